import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from './read-node.js';
import { numberOf, numbersOf, respelled, vector } from './respelled.js';
import type { OldNode, Upgrade, Workshop } from './upgrade.js';

/** Resize as opset 11 has it, on the grid that Upsample and the first Resize used: output i looks at i / scale. */
const asymmetric = (
  node: OldNode,
  scales: string,
  values: readonly number[] | undefined,
  shop: Workshop,
): readonly NodeDocument[] => {
  const mode = node.attrs['mode'] === 'bilinear' ? 'linear' : (node.attrs['mode'] ?? 'nearest');
  const shrinks = values?.some((scale) => scale < 1) === true;
  if (shrinks && values.some((scale) => scale > 1)) return shop.refuse(onnxSays.mixedScales(node.op));
  // The first Resize rounded down where it grew and up where it shrank, as onnxruntime still does.
  const attrs = {
    coordinate_transformation_mode: 'asymmetric',
    mode,
    ...(mode === 'nearest' && { nearest_mode: shrinks ? 'ceil' : 'floor' }),
  };
  return [respelled({ ...node, op: 'Resize' }, [node.inputs[0] ?? '', '', scales], attrs)];
};

const fromAttribute = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const values = numbersOf(node.attrs['scales']);
  if (values === undefined) return shop.refuse(onnxSays.missingAttribute(node.op, 'scales'));
  return asymmetric(node, shop.tensor('scales', vector('float32', values)), values, shop);
};

/** Two factors, for height and width of a batch of images. */
const fromSides = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [height, width] = ['height_scale', 'width_scale'].map((key) => numberOf(node.attrs[key]));
  if (height === undefined || width === undefined)
    return shop.refuse(onnxSays.missingAttribute(node.op, 'height_scale'));
  return fromAttribute({ ...node, attrs: { ...node.attrs, scales: [1, 1, height, width] } }, shop);
};

const fromInput = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const scales = node.inputs[1] ?? '';
  return asymmetric(node, scales, shop.constant(scales), shop);
};

const mode = { type: 'string', optional: true } as const;
const side = { type: 'float', optional: true } as const;

export const resizeUpgrades: readonly Upgrade[] = [
  {
    name: 'upsample-to-resize',
    summary: 'Upsample is a Resize with an asymmetric grid (before opset 7 of images, by height and width).',
    ops: ['Upsample'],
    before: 7,
    attrs: { mode, height_scale: side, width_scale: side },
    apply: fromSides,
  },
  {
    name: 'upsample-to-resize',
    summary:
      'Upsample is a Resize with an asymmetric grid (its scales are an attribute before opset 9, then an input).',
    ops: ['Upsample'],
    before: 9,
    attrs: { mode, scales: { type: 'floats', optional: true } },
    apply: fromAttribute,
  },
  {
    name: 'upsample-to-resize',
    summary: 'Upsample is a Resize with an asymmetric grid (gone since opset 10).',
    ops: ['Upsample'],
    before: 10,
    attrs: { mode },
    apply: fromInput,
  },
  {
    name: 'resize-grid',
    summary: 'Resize says which grid it uses (since opset 11).',
    ops: ['Resize'],
    before: 11,
    attrs: { mode },
    apply: fromInput,
  },
];

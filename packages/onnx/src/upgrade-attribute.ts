import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from './read-node.js';
import { formerReductions } from './opset.js';
import { numberOf, numbersOf, respelled, vector } from './respelled.js';
import type { OldNode, Upgrade, Workshop } from './upgrade.js';
import { writeOut } from './written/writer.js';

/** Integers that were the attribute `from` and are the input at `port`. */
const listToInput =
  (from: string, port: number) =>
  (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
    const { [from]: list, ...attrs } = node.attrs;
    const values = numbersOf(list);
    const before = Array.from({ length: port }, (_, i) => node.inputs[i] ?? '');
    const input = values === undefined ? '' : shop.tensor(from, vector('int64', values));
    return [respelled(node, [...before, input], attrs)];
  };

const ints = { type: 'ints', optional: true } as const;
const float = { type: 'float', optional: true } as const;
const int = { type: 'int', optional: true } as const;

const clip = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const bound = (key: string): string => {
    const value = numberOf(node.attrs[key]);
    return value === undefined ? '' : shop.tensor(key, vector('float32', [value], []));
  };
  return [respelled(node, [node.inputs[0] ?? '', bound('min'), bound('max')], {})];
};

const pad = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const { paddings, pads = paddings, value, ...attrs } = node.attrs;
  const filling = numberOf(value) ?? 0;
  return [
    respelled(
      node,
      [
        node.inputs[0] ?? '',
        shop.tensor('pads', vector('int64', numbersOf(pads) ?? [])),
        filling === 0 ? '' : shop.tensor('value', vector('float32', [filling], [])),
      ],
      attrs,
    ),
  ];
};

const slice = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const list = (key: string): string => {
    const values = numbersOf(node.attrs[key]);
    return values === undefined ? '' : shop.tensor(key, vector('int64', values));
  };
  return [respelled(node, [node.inputs[0] ?? '', list('starts'), list('ends'), list('axes')], {})];
};

/** Before opset 18 the number of equal parts followed from the outputs; before 13 their sizes were an attribute. */
const split = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const { split: sizes, ...attrs } = node.attrs;
  const values = numbersOf(sizes);
  const given = values === undefined ? (node.inputs[1] ?? '') : shop.tensor('split', vector('int64', values));
  const parts = given === '' ? { ...attrs, num_outputs: node.outputs.length + 1 } : attrs;
  return [respelled(node, [node.inputs[0] ?? '', given], parts)];
};

/** Inference has no use for the rate. */
const dropout = (node: OldNode): readonly NodeDocument[] => {
  const { ratio: _, is_test: __, ...attrs } = node.attrs;
  return [respelled(node, node.inputs.slice(0, 1), attrs)];
};

/** Statistics of each element, not of each channel: written out, since BatchNormalization has no such thing any more. */
const perElement = (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
  writeOut(node, shop, ({ step, number }) => {
    const [x = '', scale = '', shift = '', mean = '', variance = ''] = node.inputs;
    const epsilon = number('epsilon', numberOf(node.attrs['epsilon']) ?? 1e-5);
    const deviation = step('deviation', 'Sqrt', [step('variance', 'Add', [variance, epsilon])]);
    const factor = step('factor', 'Div', [scale, deviation]);
    const scaled = step('scaled', 'Mul', [step('centred', 'Sub', [x, mean]), factor]);
    return step('shifted', 'Add', [scaled, shift]);
  });

/** Opset 7 took `is_test` away, opset 9 `spatial`, opset 14 the outputs that only training has. */
const batchNormalization = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const { spatial = 1, is_test: test = 0, ...attrs } = node.attrs;
  if (shop.opset < 7 && test === 0) return shop.refuse(onnxSays.inTraining(node.op));
  return spatial === 0 ? perElement(node, shop) : [respelled({ ...node, outputs: [] }, node.inputs, attrs)];
};

/** The experimental preamble of early converters: scale · x + one bias for each channel. */
const imageScaler = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const bias = numbersOf(node.attrs['bias']) ?? [];
  if (bias.length === 0) return shop.refuse(onnxSays.missingAttribute(node.op, 'bias'));
  return writeOut(node, shop, ({ input, step, number, tensor }) => {
    const scale = number('scale', numberOf(node.attrs['scale']) ?? 1);
    const shift = tensor('bias', vector('float32', bias, [bias.length, 1, 1]));
    return step('shifted', 'Add', [step('scaled', 'Mul', [input(0), scale]), shift]);
  });
};

/** alpha · x + beta, experimental and gone since opset 10. */
const affine = (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
  writeOut(node, shop, ({ input, step, number }) => {
    const [alpha, beta] = [
      number('alpha', numberOf(node.attrs['alpha']) ?? 1),
      number('beta', numberOf(node.attrs['beta']) ?? 0),
    ];
    return step('shifted', 'Add', [step('scaled', 'Mul', [input(0), alpha]), beta]);
  });

const scatter = (node: OldNode): readonly NodeDocument[] => [
  respelled({ ...node, op: 'ScatterElements' }, node.inputs, node.attrs),
];

/** Attributes that are inputs now, and attributes and operators that are gone. */
export const attributeUpgrades: readonly Upgrade[] = [
  {
    name: 'axes-to-input',
    summary: 'The axes of a reduction are an input (ReduceSum since opset 13, the others since 18).',
    ops: formerReductions,
    before: 18,
    attrs: { axes: ints },
    apply: listToInput('axes', 1),
  },
  {
    name: 'axes-to-input',
    summary: 'The axes of ReduceSum, Squeeze and Unsqueeze are an input (since opset 13).',
    ops: ['ReduceSum', 'Squeeze', 'Unsqueeze'],
    before: 13,
    attrs: { axes: ints },
    apply: listToInput('axes', 1),
  },
  {
    name: 'clip-bounds-to-inputs',
    summary: 'The bounds of Clip are inputs (since opset 11).',
    ops: ['Clip'],
    before: 11,
    attrs: { min: float, max: float },
    apply: clip,
  },
  {
    name: 'pads-to-inputs',
    summary: 'The pads of Pad (paddings before opset 2) and what they are filled with are inputs (since opset 11).',
    ops: ['Pad'],
    before: 11,
    attrs: { pads: ints, paddings: ints, value: float },
    apply: pad,
  },
  {
    name: 'slice-to-inputs',
    summary: 'Starts, ends and axes of Slice are inputs (since opset 10).',
    ops: ['Slice'],
    before: 10,
    attrs: { starts: ints, ends: ints, axes: ints },
    apply: slice,
  },
  {
    name: 'split-parts',
    summary: 'Split says how many parts it makes (since opset 18), and takes their sizes as an input (since 13).',
    ops: ['Split'],
    before: 18,
    attrs: { split: ints },
    apply: split,
  },
  {
    name: 'drop-dropout-ratio',
    summary: 'Dropout without its rate, which inference does not use (an input since opset 12).',
    ops: ['Dropout'],
    before: 12,
    attrs: { ratio: float, is_test: int },
    apply: dropout,
  },
  {
    name: 'batch-norm-spatial',
    summary:
      'BatchNormalization without outputs of training (since opset 14), spatial (since 9; 0 is written out) and is_test (since 7).',
    ops: ['BatchNormalization'],
    before: 14,
    attrs: { spatial: int, is_test: int },
    apply: batchNormalization,
  },
  {
    name: 'write-out-image-scaler',
    summary: 'ImageScaler (experimental, gone since opset 10) is a Mul and an Add of one bias for each channel.',
    ops: ['ImageScaler'],
    before: 22,
    attrs: { bias: { type: 'floats', optional: true }, scale: float },
    apply: imageScaler,
  },
  {
    name: 'write-out-affine',
    summary: 'Affine (experimental, gone since opset 10) is a Mul and an Add.',
    ops: ['Affine'],
    before: 22,
    attrs: { alpha: float, beta: float },
    apply: affine,
  },
  {
    name: 'scatter-elements',
    summary: 'Scatter is called ScatterElements (since opset 11).',
    ops: ['Scatter'],
    before: 11,
    attrs: { axis: int },
    apply: scatter,
  },
];

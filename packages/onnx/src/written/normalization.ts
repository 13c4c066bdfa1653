import type { StoredTensor, ValueType } from '@kirchhoff/graph';
import { onnxSays } from '@kirchhoff/message';
import type { NodeDocument } from '../read-node.js';
import { numberOf, numbersOf, vector } from '../respelled.js';
import type { OldNode, Upgrade, Workshop } from '../upgrade.js';
import { writeOut, type Writer } from './writer.js';

const int = { type: 'int', optional: true } as const;
const float = { type: 'float', optional: true } as const;
const ints = { type: 'ints', optional: true } as const;

const ones = (count: number, type: ValueType['type']): StoredTensor =>
  vector(
    type,
    Array.from({ length: count }, () => 1),
  );

/** A scale or shift that changes nothing. */
const isIdle = (shop: Workshop, name: string, idle: number): boolean =>
  name === '' || shop.constant(name)?.every((value) => value === idle) === true;

/** y · scale + shift, both one number for each row of y's axis 1, whose last axis is the only other one. */
const perRow = (writer: Writer, shop: Workshop, y: string, scale: string, shift: string): string => {
  const { step, ints: list } = writer;
  const column = (part: string, name: string): string => step(part, 'Unsqueeze', [name, list(`${part}-axis`, [1])]);
  const scaled = isIdle(shop, scale, 1) ? y : step('scaled', 'Mul', [y, column('scale', scale)]);
  return isIdle(shop, shift, 0) ? scaled : step('shifted', 'Add', [scaled, column('shift', shift)]);
};

/** Zero mean and unit variance of each row, a sample's part `parts` of [N, C, …], as a LayerNormalization. */
const normalised = (
  { step, ints: list, tensor }: Writer,
  x: string,
  { type, shape }: ValueType,
  parts: number,
  epsilon: number,
): string => {
  const rows = step('rows', 'Reshape', [x, list('rows-shape', [0, parts, -1])]);
  const inner = shape.slice(1).reduce<number | undefined>((size, dim) => {
    return size === undefined || typeof dim === 'string' ? undefined : size * dim;
  }, 1);
  const unit =
    inner === undefined
      ? step('unit', 'ConstantOfShape', [step('length', 'Shape', [rows], { start: 2 })], {
          value: { type, shape: [1], data: [1] },
        })
      : tensor('unit', ones(inner / parts, type));
  return step('normalised', 'LayerNormalization', [rows, unit], { axis: -1, epsilon });
};

const channelsOf = (shop: Workshop, { shape }: ValueType, scale: string): number | undefined => {
  const found = shape[1] ?? shop.type(scale)?.shape[0];
  return typeof found === 'number' ? found : undefined;
};

const epsilonOf = (node: OldNode): number => numberOf(node.attrs['epsilon']) ?? 1e-5;

const instanceNormalization = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = '', scale = '', shift = ''] = node.inputs;
  const type = shop.type(x);
  const channels = type && channelsOf(shop, type, scale);
  if (type === undefined || channels === undefined) return shop.refuse(onnxSays.needsShape(node.op));
  return writeOut(node, shop, (writer) => {
    const y = perRow(writer, shop, normalised(writer, x, type, channels, epsilonOf(node)), scale, shift);
    return writer.step('restored', 'Reshape', [y, writer.step('shape', 'Shape', [x])]);
  });
};

/** Scale and shift are one number for each group before opset 21, and for each channel since. */
const groupNormalization = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = '', scale = '', shift = ''] = node.inputs;
  const type = shop.type(x);
  const groups = numberOf(node.attrs['num_groups']);
  const channels = type && channelsOf(shop, type, shop.opset < 21 ? '' : scale);
  if (groups === undefined) return shop.refuse(onnxSays.missingAttribute(node.op, 'num_groups'));
  if (type === undefined || channels === undefined) return shop.refuse(onnxSays.needsShape(node.op));
  return writeOut(node, shop, (writer) => {
    const { step, ints: list } = writer;
    const rows = normalised(writer, x, type, groups, epsilonOf(node));
    const split =
      shop.opset < 21 || (isIdle(shop, scale, 1) && isIdle(shop, shift, 0))
        ? rows
        : step('channels', 'Reshape', [rows, list('channels-shape', [0, channels, -1])]);
    return step('restored', 'Reshape', [perRow(writer, shop, split, scale, shift), step('shape', 'Shape', [x])]);
  });
};

/** Axes from one on, counted from the end where the rank cannot be told. */
const axesFrom = (axis: number, rank: number | undefined): readonly number[] | undefined => {
  const first = axis < 0 ? axis : rank === undefined ? undefined : axis - rank;
  return first === undefined ? undefined : Array.from({ length: -first }, (_, i) => first + i);
};

/** x over the root of its mean square, times scale. */
export const rootMeanSquare = (
  { step, ints: list, number }: Writer,
  x: string,
  scale: string,
  axes: readonly number[],
  epsilon: number,
  type: ValueType['type'],
): string => {
  const square = step('square', 'Mul', [x, x]);
  const mean = step('mean-square', 'ReduceMean', [square, list('axes', axes)]);
  const root = step('root', 'Sqrt', [step('stabilised', 'Add', [mean, number('epsilon', epsilon, type)])]);
  const quotient = step('quotient', 'Div', [x, root]);
  return scale === '' ? quotient : step('scaled', 'Mul', [quotient, scale]);
};

const rmsNormalization = (node: OldNode, shop: Workshop): readonly NodeDocument[] => {
  const [x = '', scale = ''] = node.inputs;
  const type = shop.type(x);
  const axes = axesFrom(numberOf(node.attrs['axis']) ?? -1, type?.shape.length);
  if (axes === undefined) return shop.refuse(onnxSays.needsShape(node.op));
  return writeOut(node, shop, (writer) =>
    rootMeanSquare(writer, x, scale, axes, epsilonOf(node), type?.type ?? 'float32'),
  );
};

const meanVariance = (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
  writeOut(node, shop, ({ input, step, ints: list, number }) => {
    const axes = list('axes', numbersOf(node.attrs['axes']) ?? [0, 2, 3]);
    const centred = step('centred', 'Sub', [input(0), step('mean', 'ReduceMean', [input(0), axes])]);
    const variance = step('variance', 'ReduceMean', [step('square', 'Mul', [centred, centred]), axes]);
    const type = shop.type(input(0))?.type ?? 'float32';
    const deviation = step('deviation', 'Add', [step('root', 'Sqrt', [variance]), number('epsilon', 1e-9, type)]);
    return step('quotient', 'Div', [centred, deviation]);
  });

/** The smallest norm that something is divided by: what is 0 stays 0. */
const leastNorm = 1e-30;

/** x over the sum of sizes along an axis, or the root of the sum of squares. */
const lpNormalization = (node: OldNode, shop: Workshop): readonly NodeDocument[] =>
  writeOut(node, shop, ({ input, step, ints: list, number }) => {
    const axes = list('axes', [numberOf(node.attrs['axis']) ?? -1]);
    const norm = step('norm', numberOf(node.attrs['p']) === 1 ? 'ReduceL1' : 'ReduceL2', [input(0), axes]);
    const least = number('least', leastNorm, shop.type(input(0))?.type ?? 'float32');
    return step('quotient', 'Div', [input(0), step('divisor', 'Max', [norm, least])]);
  });

/** Normalisations, by way of LayerNormalization or node by node. */
export const normalizationUpgrades: readonly Upgrade[] = [
  {
    name: 'write-out-instance-norm',
    summary: 'InstanceNormalization is a LayerNormalization of each channel, then a factor and a shift for each.',
    ops: ['InstanceNormalization'],
    before: Infinity,
    attrs: { epsilon: float },
    apply: instanceNormalization,
  },
  {
    name: 'write-out-group-norm',
    summary: 'GroupNormalization is a LayerNormalization of each group, then a factor and a shift.',
    ops: ['GroupNormalization'],
    before: Infinity,
    attrs: { epsilon: float, num_groups: int, stash_type: int },
    apply: groupNormalization,
  },
  {
    name: 'write-out-rms-norm',
    summary: 'RMSNormalization is a quotient by the root of the mean square, then a factor.',
    ops: ['RMSNormalization', 'SimplifiedLayerNormalization', 'com.microsoft.SimplifiedLayerNormalization'],
    before: Infinity,
    attrs: { axis: int, epsilon: float, stash_type: int },
    apply: rmsNormalization,
  },
  {
    name: 'write-out-mean-variance',
    summary: 'MeanVarianceNormalization is a difference from the mean over the deviation.',
    ops: ['MeanVarianceNormalization'],
    before: Infinity,
    attrs: { axes: ints },
    apply: meanVariance,
  },
  {
    name: 'write-out-lp-normalization',
    summary: 'LpNormalization is a quotient by the norm along an axis.',
    ops: ['LpNormalization'],
    before: Infinity,
    attrs: { axis: int, p: int },
    apply: lpNormalization,
  },
];

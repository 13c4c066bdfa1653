import type { Expr } from '@kirchhoff/formula';
import { attributesOf, equalDim, fromFront, intAttribute, ints, isSet, windowOf, type Dim } from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import type { Builder } from '../builder.js';
import { emitExpr } from '../expression.js';
import { asTensor, expandLike, reshapeLike, shapeTensor, sizeAt, type Value } from '../value.js';
import { convAdjoint } from './conv.js';
import { inputAt, sourceTensor, weightNumber, type LinearContext, type LinearMap } from './map.js';

/** A sum over sources whose common weight is a number, or a constant tensor over the outputs. */
interface Summation {
  readonly sum: (source: Value, hint: string) => string;
  readonly spread: (d: string, hint: string) => string;
  readonly weight: number | string;
}

const summationMap = ({ b }: LinearContext, { sum, spread, weight }: Summation): LinearMap => {
  const factor = (connection: Expr, hint: string): Value =>
    typeof weight === 'number'
      ? weightNumber(b, connection, weight, hint)
      : emitExpr(b, connection, { w: { tensor: weight } }, hint);
  const times = (tensor: string, value: Value, hint: string): string =>
    value === 1 ? tensor : b.emit(hint, 'Mul', [tensor, asTensor(b, value, hint)]);
  const bound = typeof weight === 'number' ? weight : undefined;
  return {
    ports: [0],
    bias: undefined,
    weight: { low: bound ?? 0, high: bound ?? 1 },
    total: (source, connection, hint) => ({ tensor: times(sum(source(0), hint), factor(connection, hint), hint) }),
    adjoint: (d, connection, _port, hint) => spread(times(d, factor(connection, hint), hint), hint),
  };
};

interface PoolWindow {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly begins: readonly number[];
  /**
   * As far as the last window reaches beyond the end, whatever the node's pads and ceil_mode say. With ceil_mode and an open
   * size, as far as it may.
   */
  readonly ends: readonly number[];
}

/** The windows of a pool node as those of a convolution over the fixed spatial size. */
export const poolWindow = ({ b, node }: LinearContext): PoolWindow => {
  const attrs = attributesOf(node);
  const kernel = ints(attrs, 'kernel_shape');
  const from = b.dims(inputAt(node, 0)).slice(2);
  const to = b.dims(node.name).slice(2);
  const { strides, dilations, pads: written } = windowOf(attrs, from, kernel);
  if (written === undefined) {
    return refuse(node.name, relevanceSays.symbolicStride(String(from.find((dim) => typeof dim === 'string'))));
  }
  const ends = kernel.map((k, i) => {
    const size = from[i];
    const count = to[i];
    const begin = written[i]!;
    const end = written[kernel.length + i]!;
    if (typeof size !== 'number' || typeof count !== 'number')
      return attrs['ceil_mode'] === 1 ? end + strides[i]! - 1 : end;
    return Math.max(0, (count - 1) * strides[i]! + dilations[i]! * (k - 1) + 1 - size - begin);
  });
  return { kernel, strides, dilations, begins: written.slice(0, kernel.length), ends };
};

const dimsAt = (b: Builder, one: string, other: string, axis: number): readonly [Dim, Dim] => [
  b.dims(one)[axis]!,
  b.dims(other)[axis]!,
];

/** Sums over the windows of a pool: a convolution, channel by channel, with ones. */
export const windowSum = (context: LinearContext): Pick<Summation, 'sum' | 'spread'> => {
  const { b, node } = context;
  const x = inputAt(node, 0);
  const window = poolWindow(context);
  const dims = b.dims(x);
  const channels = dims[1];
  if (typeof channels !== 'number') return refuse(node.name, relevanceSays.symbolicChannels(String(channels)));
  const ones = b.emit(`${node.name}.ones`, 'Expand', [b.scalar(1), b.ints([channels, 1, ...window.kernel])]);
  const attrs = {
    strides: window.strides,
    dilations: window.dilations,
    pads: [...window.begins, ...window.ends],
    group: channels,
  };
  const sum = (source: Value, hint: string): string => {
    const summed = b.emit(hint, 'Conv', [sourceTensor(context, source, x, `${hint}.source`), ones], attrs);
    const axes = window.kernel.map((_, i) => i + 2).filter((axis) => !equalDim(...dimsAt(b, summed, node.name, axis)));
    if (axes.length === 0) return summed;
    const ends = shapeTensor(
      b,
      axes.map((axis) => sizeAt(b, node.name, axis)),
      `${hint}.end`,
    );
    return b.emit(hint, 'Slice', [summed, b.ints(axes.map(() => 0)), ends, b.ints(axes)]);
  };
  return {
    sum,
    spread: (d, hint) => convAdjoint(b, d, ones, { ...window, group: channels }, x, hint),
  };
};

export const averagePoolMap = (context: LinearContext): LinearMap => {
  const { b, node } = context;
  const { sum, spread } = windowSum(context);
  const { kernel, begins, ends } = poolWindow(context);
  const size = kernel.reduce((n, k) => n * k, 1);
  if ([...begins, ...ends].every((pad) => pad === 0)) return summationMap(context, { sum, spread, weight: 1 / size });
  const ones = sourceTensor(context, 1, inputAt(node, 0), `${node.name}.ones`);
  const average = b.emit(`${node.name}.share`, 'AveragePool', [ones], attributesOf(node));
  const weight = b.emit(`${node.name}.share`, 'Div', [average, sum(1, `${node.name}.count`)]);
  return summationMap(context, { sum, spread, weight });
};

/** Sums over whole axes; `mean` divides by their size. */
export const axesMap = (context: LinearContext, axes: readonly number[], mean: boolean): LinearMap => {
  const { b, node } = context;
  const x = inputAt(node, 0);
  const dims = b.dims(x);
  const rank = dims.length;
  const positive = axes.map((axis) => fromFront(axis, rank));
  const kept = dims.map((dim, i) => (positive.includes(i) ? 1 : dim));
  const reduce = (tensor: string, hint: string): string =>
    reshapeLike(b, b.emit(hint, 'ReduceSum', [tensor, b.ints(positive)], { keepdims: 1 }), node.name, hint);
  const counts = positive.map((axis) => dims[axis]!);
  const count = counts.every((dim) => typeof dim === 'number') ? counts.reduce((n, dim) => n * dim, 1) : undefined;
  const sum = (source: Value, hint: string): string => reduce(expandLike(b, asTensor(b, source, hint), x, hint), hint);
  const weight = (): number | string => {
    if (!mean) return 1;
    if (count !== undefined) return 1 / count;
    return b.emit(`${node.name}.share`, 'Div', [b.scalar(1), sum(1, `${node.name}.count`)]);
  };
  return summationMap(context, {
    sum: (source, hint) =>
      count === undefined
        ? sum(source, hint)
        : reduceKept(b, sourceTensor(context, source, x, hint), positive, node.name, hint),
    spread: (d, hint) => {
      const symbols = kept.filter((dim) => typeof dim === 'string').length;
      const shape = symbols <= 1 ? b.ints(kept.map((dim) => (typeof dim === 'string' ? -1 : dim))) : undefined;
      const wide =
        shape === undefined
          ? b.emit(hint, 'Reshape', [
              d,
              b.emit(hint, 'Shape', [b.emit(hint, 'ReduceSum', [x, b.ints(positive)], { keepdims: 1 })]),
            ])
          : b.emit(hint, 'Reshape', [d, shape]);
      return expandLike(b, wide, x, hint);
    },
    weight: weight(),
  });
};

/** ReduceSum to the shape of `like`, except that a batch axis of size 1 stays 1. */
const reduceKept = (b: Builder, tensor: string, axes: readonly number[], like: string, hint: string): string => {
  const keepdims = b.dims(like).length === b.dims(tensor).length ? 1 : 0;
  return b.emit(hint, 'ReduceSum', [tensor, b.ints(axes)], { keepdims });
};

export const globalAveragePoolMap = (context: LinearContext): LinearMap => {
  const rank = context.b.dims(inputAt(context.node, 0)).length;
  return axesMap(
    context,
    Array.from({ length: rank - 2 }, (_, i) => i + 2),
    true,
  );
};

const reduceMap =
  (mean: boolean) =>
  (context: LinearContext): LinearMap => {
    const { b, node } = context;
    const known = b.known(inputAt(node, 1))?.values.map(Number);
    const rank = b.dims(inputAt(node, 0)).length;
    const axes = known ?? (isSet(node, 'noop_with_empty_axes') ? [] : Array.from({ length: rank }, (_, i) => i));
    return axesMap(context, axes, mean);
  };

export const reduceSumMap = reduceMap(false);
export const reduceMeanMap = reduceMap(true);

/** Running sums: their adjoint runs the other way. */
export const cumSumMap = (context: LinearContext): LinearMap => {
  const { b, node } = context;
  const [x, axis] = [inputAt(node, 0), inputAt(node, 1)];
  const attrs = attributesOf(node);
  return summationMap(context, {
    sum: (source, hint) => b.emit(hint, 'CumSum', [sourceTensor(context, source, x, hint), axis], attrs),
    spread: (d, hint) => b.emit(hint, 'CumSum', [d, axis], { ...attrs, reverse: 1 - intAttribute(node, 'reverse') }),
    weight: 1,
  });
};

import { given, listAt, type Call, type Kernel } from '../kernel.js';
import { reshaped, stridesOf, walk, zeros, type Value } from '../value.js';
import { fromFront, int, isFloatType, isOn, lanesOf } from '@kirchhoff/graph';

/** The axes that a reduction runs over: those given, else all (or none, where the node says that none means none). */
const axesOf = (call: Call, rank: number): readonly number[] => {
  const axes = listAt(call, 1);
  if (axes !== undefined && axes.length > 0) return axes.map((axis) => fromFront(axis, rank));
  return isOn(call.attrs, 'noop_with_empty_axes') ? [] : Array.from({ length: rank }, (_, axis) => axis);
};

/** Reduces the values of each cell (all positions along the axes reduced) to one number. */
const reduction =
  (of: (values: Float64Array) => number): Kernel =>
  (call) => {
    const x = given(call, 0);
    const axes = axesOf(call, x.shape.length);
    const strides = stridesOf(x.shape);
    const keeps = (axis: number): boolean => !axes.includes(axis);
    const select = (list: readonly number[], chosen: (axis: number) => boolean) =>
      list.filter((_, axis) => chosen(axis));
    const cells = walk(select(x.shape, keeps), select(strides, keeps));
    const inside = walk(
      axes.map((axis) => x.shape[axis]!),
      axes.map((axis) => strides[axis]!),
    );
    const y = zeros(
      x.type,
      isOn(call.attrs, 'keepdims') ? x.shape.map((dim, axis) => (keeps(axis) ? dim : 1)) : select(x.shape, keeps),
    );
    const values = new Float64Array(inside.length);
    for (let cell = 0; cell < cells.length; cell++) {
      for (let i = 0; i < inside.length; i++) values[i] = x.data[cells[cell]! + inside[i]!]!;
      y.data[cell] = isFloatType(x.type) ? of(values) : Math.trunc(of(values));
    }
    return [y];
  };

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** The position of the greatest element along one axis by the order given; the first where several are equal. */
const extremum =
  (better: (a: number, b: number) => boolean): Kernel =>
  (call) => {
    const x = given(call, 0);
    const axis = fromFront(int(call.attrs, 'axis'), x.shape.length);
    const { outer, length, inner } = lanesOf(x.shape, axis);
    const last = isOn(call.attrs, 'select_last_index');
    const kept = zeros('int64', x.shape.with(axis, 1));
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < inner; k++) {
        let best = 0;
        for (let i = 1; i < length; i++) {
          const value = x.data[(o * length + i) * inner + k]!;
          const record = x.data[(o * length + best) * inner + k]!;
          if (better(value, record) || (last && value === record)) best = i;
        }
        kept.data[o * inner + k] = best;
      }
    }
    return [isOn(call.attrs, 'keepdims') ? kept : reshaped(kept, x.shape.toSpliced(axis, 1))];
  };

/** Replaces the elements along one axis by a function of all of them. */
export const along = (x: Value, axis: number, of: (lane: Float64Array) => Float64Array): Value => {
  const { outer, length, inner } = lanesOf(x.shape, axis);
  const y = zeros(x.type, x.shape);
  const lane = new Float64Array(length);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < inner; k++) {
      for (let i = 0; i < length; i++) lane[i] = x.data[(o * length + i) * inner + k]!;
      const result = of(lane);
      for (let i = 0; i < length; i++) y.data[(o * length + i) * inner + k] = result[i]!;
    }
  }
  return y;
};

const overAxis =
  (of: (lane: Float64Array) => Float64Array): Kernel =>
  (call) => {
    const x = given(call, 0);
    return [along(x, fromFront(int(call.attrs, 'axis'), x.shape.length), of)];
  };

const greatest = (values: Float64Array): number => values.reduce((best, value) => Math.max(best, value), -Infinity);

const CumSum: Kernel = (call) => {
  const x = given(call, 0);
  const [exclusive, reverse] = [isOn(call.attrs, 'exclusive'), isOn(call.attrs, 'reverse')];
  const running = (lane: Float64Array): Float64Array => {
    let total = 0;
    return lane.map((value) => {
      total += value;
      return exclusive ? total - value : total;
    });
  };
  const axis = fromFront(given(call, 1).data[0]!, x.shape.length);
  return [along(x, axis, (lane) => (reverse ? running(lane.toReversed()).toReversed() : running(lane)))];
};

export const reduceKernels = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction((values) => sum(values) / values.length),
  ReduceMax: reduction(greatest),
  ReduceMin: reduction((values) => values.reduce((least, value) => Math.min(least, value), Infinity)),
  ReduceProd: reduction((values) => values.reduce((product, value) => product * value, 1)),
  ReduceL1: reduction((values) => values.reduce((total, value) => total + Math.abs(value), 0)),
  ReduceSumSquare: reduction((values) => values.reduce((total, value) => total + value * value, 0)),
  ReduceLogSum: reduction((values) => Math.log(sum(values))),
  ReduceLogSumExp: reduction((values) => {
    const top = greatest(values);
    return Number.isFinite(top)
      ? top + Math.log(values.reduce((total, value) => total + Math.exp(value - top), 0))
      : top;
  }),
  ReduceL2: reduction((values) => Math.sqrt(values.reduce((total, value) => total + value * value, 0))),
  ArgMax: extremum((a, b) => a > b),
  ArgMin: extremum((a, b) => a < b),
  CumSum,
  Softmax: overAxis((lane) => {
    const top = greatest(lane);
    const powers = lane.map((value) => Math.exp(value - top));
    const total = sum(powers);
    return powers.map((power) => power / total);
  }),
  LogSoftmax: overAxis((lane) => {
    const top = greatest(lane);
    const log = Math.log(sum(lane.map((value) => Math.exp(value - top))));
    return lane.map((value) => value - top - log);
  }),
} satisfies Record<string, Kernel>;

import { greatest } from '@kirchhoff/graph';
import { stridesOf, walk, type Value } from './value.js';

/** The shape that all of `shapes` are broadcast to, by the rules of numpy. */
export const broadcastShape = (shapes: readonly (readonly number[])[]): number[] => {
  const rank = greatest(
    shapes.map((shape) => shape.length),
    0,
  );
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return dims.find((dim) => dim !== 1) ?? 1;
  });
};

/** For each element of a tensor of shape `to`, the flat position of its source in a tensor of shape `from`. */
export const broadcastPositions = (from: readonly number[], to: readonly number[]): Int32Array => {
  const strides = stridesOf(from);
  const lead = to.length - from.length;
  return walk(
    to,
    to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]!)),
  );
};

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((dim, axis) => dim === b[axis]);

/** The elements of `value` repeated to fill `shape`. */
export const spread = (value: Value, shape: readonly number[]): Float64Array =>
  sameShape(value.shape, shape)
    ? value.data
    : Float64Array.from(broadcastPositions(value.shape, shape), (position) => value.data[position]!);

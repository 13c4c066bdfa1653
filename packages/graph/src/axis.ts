import { sizeOf } from './tensor.js';

/** The axis as it is counted from the front: −1 is the last of `rank`. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** A tensor seen as [outer, length, inner]: the axis that an operator runs along, what lies before it and after it. */
export interface Lanes {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** @param axis counted from the front */
export const lanesOf = (shape: readonly number[], axis: number): Lanes => ({
  outer: sizeOf(shape.slice(0, axis)),
  length: shape[axis]!,
  inner: sizeOf(shape.slice(axis + 1)),
});

import { fromNumbers, sizeOf, toNumbers, type ElementType, type InlineTensor } from '@kirchhoff/graph';

/** A tensor inside a reference session: every element type is held in float64, row-major. */
export interface Value {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A zero-filled value. */
export const zeros = (type: ElementType, shape: readonly number[]): Value => ({
  type,
  shape,
  data: new Float64Array(sizeOf(shape)),
});

/** A tensor of a document: its numbers as its element type holds them (0.1 as the float32 nearest to it). */
export const valueOfInline = ({ type, shape, data }: InlineTensor): Value => ({
  type,
  shape,
  data: toNumbers(fromNumbers(type, data)),
});

/** The same elements, seen in another shape. */
export const reshaped = (value: Value, shape: readonly number[]): Value => ({ ...value, shape });

/** Row-major strides, in elements. */
export const stridesOf = (shape: readonly number[]): number[] => {
  const strides = Array.from(shape, () => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
};

/**
 * The flat positions that a walk over `shape`, in row-major order, visits in an array of the given strides, beginning
 * at `start`. Transpose permutes the strides, Slice scales them and moves the start, broadcasting sets some to 0.
 */
export const walk = (shape: readonly number[], strides: readonly number[], start = 0): Int32Array => {
  const positions = new Int32Array(sizeOf(shape));
  const index = Array.from(shape, () => 0);
  let position = start;
  for (let i = 0; i < positions.length; i++) {
    positions[i] = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      position += strides[axis]!;
      if (index[axis]! < shape[axis]!) break;
      position -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return positions;
};

/** The elements of `value` at `positions`, as a value of `shape`. */
export const picked = (value: Value, shape: readonly number[], positions: ArrayLike<number>): Value => {
  const out = zeros(value.type, shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = value.data[positions[i]!]!;
  return out;
};

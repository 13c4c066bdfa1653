import { greatest } from '../extreme.js';
import { sizeOf } from '../tensor.js';
import type { Dim } from '../graph.js';
import type { InferContext, KnownTensor } from './row.js';

/** Beyond this many elements values are data, not shapes. */
export const knownLimit = 1024;

export const knownVector = (values: readonly Dim[]): KnownTensor => ({ shape: [values.length], values });
export const knownScalar = (value: Dim): KnownTensor => ({ shape: [], values: [value] });

export const allNumbers = (values: readonly Dim[]): values is readonly number[] =>
  values.every((v) => typeof v === 'number');

const strides = (shape: readonly number[]): readonly number[] => {
  const result = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--) result[i] = (result[i + 1] ?? 1) * (shape[i + 1] ?? 1);
  return result;
};

/** A tensor built element by element: `from(index)` is the flat position in the source. */
export const rebuild = (
  shape: readonly number[],
  from: (index: readonly number[]) => Dim | undefined,
): KnownTensor | undefined => {
  const size = sizeOf(shape);
  if (size > knownLimit) return undefined;
  const steps = strides(shape);
  const values: Dim[] = [];
  for (let flat = 0; flat < size; flat++) {
    const value = from(shape.map((d, axis) => Math.floor(flat / (steps[axis] ?? 1)) % d));
    if (value === undefined) return undefined;
    values.push(value);
  }
  return { shape, values };
};

/** The element at an index; axes of size 1 repeat, missing leading axes are ignored (broadcasting). */
export const elementAt = (known: KnownTensor, index: readonly number[]): Dim | undefined => {
  const steps = strides(known.shape);
  const skip = index.length - known.shape.length;
  let flat = 0;
  known.shape.forEach((d, axis) => {
    flat += (d === 1 ? 0 : (index[axis + skip] ?? 0)) * (steps[axis] ?? 1);
  });
  return known.values[flat];
};

/** Elementwise combination of known inputs under broadcasting; undefined where one is unknown or `f` cannot tell. */
export const combine = (
  context: InferContext,
  f: (...values: readonly Dim[]) => Dim | undefined,
): KnownTensor | undefined => {
  const operands: KnownTensor[] = [];
  for (let i = 0; i < context.inputs.length; i++) {
    const known = context.known(i);
    if (known === undefined) return undefined;
    operands.push(known);
  }
  const rank = greatest(
    operands.map((o) => o.shape.length),
    0,
  );
  const shape = Array.from({ length: rank }, (_, i) => {
    const dims = operands.map((o) => o.shape[o.shape.length - rank + i] ?? 1);
    return dims.find((d) => d !== 1) ?? 1;
  });
  return rebuild(shape, (index) => {
    const values: Dim[] = [];
    for (const operand of operands) {
      const value = elementAt(operand, index);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return f(...values);
  });
};

/** The same values under another shape. */
export const reshaped = (context: InferContext, shape: readonly Dim[]): KnownTensor | undefined => {
  const known = context.known(0);
  return known !== undefined && allNumbers(shape) && sizeOf(shape) === known.values.length
    ? { shape, values: known.values }
    : undefined;
};

import { intAttribute } from '../attributes.js';
import type { Dim, Node } from '../graph.js';
import type { OpName } from '../operators/index.js';
import { sizeOf } from '../tensor.js';
import { apart, type Apart } from './samples.js';
import type { Values } from './values.js';

const equalSlices = (shape: readonly number[], axis: number, values: ArrayLike<number>): boolean => {
  const inner = sizeOf(shape.slice(axis + 1));
  for (let i = 0; i < values.length; i++) {
    const first = i - (Math.floor(i / inner) % shape[axis]!) * inner;
    if (!Object.is(values[i], values[first])) return false;
  }
  return shape[axis]! * inner > 0;
};

/** Operators that compute element by element: equal along an axis where all that they read is. */
const elementwise: readonly OpName[] = [
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Cast',
  'Where',
  'Equal',
  'Less',
  'Neg',
  'Not',
  'Identity',
];

/** The number of a value's sizes, where all are numbers. */
const numbersOnly = (dims: readonly Dim[]): readonly number[] | undefined => {
  const shape = dims.filter((dim) => typeof dim === 'number');
  return shape.length === dims.length ? shape : undefined;
};

/** Whether what a node makes of values that depend on no sample is equal along an axis. */
const madeEqual = (values: Values, node: Node, axis: number, rank: number): boolean => {
  const { op, inputs } = node;
  const dimsOf = (name: string): readonly Dim[] => values.typeOf(name)?.shape ?? [];
  const [x = ''] = inputs;
  const aligned = (name: string): boolean => {
    const at = axis - (rank - dimsOf(name).length);
    return at < 0 || isEqualAlong(values, name, at);
  };
  if (op === 'ConstantOfShape') return true;
  if (op === 'Expand') return aligned(x);
  if (op === 'Tile') return dimsOf(x)[axis] === 1;
  if (elementwise.includes(op)) return inputs.every((name) => name === '' || aligned(name));
  if (op !== 'Gather') return false;
  const along = intAttribute(node, 'axis');
  const from = along < 0 ? along + dimsOf(x).length : along;
  const [, indices = ''] = inputs;
  const depth = dimsOf(indices).length;
  if (axis >= from && axis < from + depth) return isEqualAlong(values, indices, axis - from);
  return isEqualAlong(values, x, axis < from ? axis : axis - depth + 1);
};

/** Whether a value that depends on no sample is equal along an axis: by its numbers, or by how it is made. */
export const isEqualAlong = (values: Values, name: string, axis: number): boolean => {
  const dims = values.typeOf(name)?.shape ?? [];
  if (dims[axis] === 1) return true;
  const shape = numbersOnly(dims);
  const stored = values.numbers(name);
  if (stored !== undefined && shape !== undefined) return equalSlices(shape, axis, stored);
  const known = values.known(name)?.values.filter((value) => typeof value === 'number');
  if (shape !== undefined && known !== undefined && known.length > 0 && known.length === sizeOf(shape))
    return equalSlices(shape, axis, known);
  const maker = values.maker(name);
  return maker !== undefined && madeEqual(values, maker, axis, dims.length);
};

/** Whether the numbers of a constant repeat along an axis [outer, size, inner], once for each of `size` samples. */
export const isPeriodic = (
  values: Values,
  name: string,
  axis: number,
  [outer, size, inner]: readonly [number, number, number],
): boolean => {
  const shape = numbersOnly(values.typeOf(name)?.shape ?? []);
  const stored = values.numbers(name);
  if (stored === undefined || shape === undefined || shape[axis] !== outer * size * inner) return false;
  return equalSlices([...shape.slice(0, axis), outer, size, inner, ...shape.slice(axis + 1)], axis + 1, stored);
};

/**
 * Where samples lie in a constant of indices n · stride + r, n that of the sample, with r from 0 to the stride and the same for all of
 * `size` samples; undefined where it is none.
 */
export const homeIn = (values: Values, name: string, size: number, stride: number): Apart | undefined => {
  const shape = numbersOnly(values.typeOf(name)?.shape ?? []);
  const stored = values.numbers(name) ?? values.known(name)?.values.map(Number);
  if (shape === undefined || stored === undefined || stored.length !== sizeOf(shape)) return undefined;
  const led = (axis: number, inner: number): boolean => {
    const step = inner * sizeOf(shape.slice(axis + 1));
    return Array.from(stored).every((value, i) => {
      const n = Math.floor(i / step) % size;
      const rest = value - n * stride;
      return rest >= 0 && rest < stride && rest === stored[i - n * step];
    });
  };
  for (const [axis, dim] of shape.entries()) {
    if (dim % size !== 0) continue;
    const inners = Array.from({ length: dim / size }, (_, i) => i + 1).filter((inner) => (dim / size) % inner === 0);
    const inner = inners.find((one) => led(axis, one));
    if (inner !== undefined) return apart(axis, dim / size / inner, inner);
  }
  return undefined;
};

import type { Dim } from '@kirchhoff/graph';
import type { Builder } from './builder.js';

/** What an expression became: a number, or a tensor of the graph (`logical`: a bool tensor that stands for 1 and 0). */
export type Value = number | { readonly tensor: string; readonly logical?: true };

/** The value as a float tensor (a scalar where it is a number). */
export const asTensor = (b: Builder, value: Value, hint: string): string => {
  if (typeof value === 'number') return b.scalar(value);
  return value.logical ? b.emit(hint, 'Where', [value.tensor, b.scalar(1), b.scalar(0)]) : value.tensor;
};

export const sameDims = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((dim, i) => dim === b[i]);

/** `value` reshaped to the dimensions of `like`. */
export const reshapeLike = (b: Builder, value: string, like: string, hint: string): string => {
  const dims = b.dims(like);
  if (sameDims(b.dims(value), dims)) return value;
  const symbols = dims.filter((dim) => typeof dim === 'string').length;
  const shape =
    symbols <= 1
      ? b.ints(dims.map((dim) => (typeof dim === 'string' ? -1 : dim)))
      : b.emit(`${like}.shape`, 'Shape', [like]);
  return b.emit(hint, 'Reshape', [value, shape]);
};

/** A size that a shape is made of: a number, or that of an axis at run time. */
export type Size = number | { readonly of: string; readonly axis: number };

/** The size of an axis: its number where it is known. */
export const sizeAt = (b: Builder, of: string, axis: number): Size => {
  const dim = b.dims(of)[axis]!;
  return typeof dim === 'number' ? dim : { of, axis };
};

export const sizesOf = (b: Builder, of: string): readonly Size[] => b.dims(of).map((_, axis) => sizeAt(b, of, axis));

/** A size as a tensor [1]. */
export const sizeTensor = (b: Builder, size: Size): string =>
  typeof size === 'number'
    ? b.ints([size])
    : b.emit(`${size.of}.size`, 'Shape', [size.of], { start: size.axis, end: size.axis + 1 });

/** A shape, of which any number of sizes may be open. */
export const shapeTensor = (b: Builder, sizes: readonly Size[], hint: string): string => {
  const numbers = sizes.filter((size) => typeof size === 'number');
  if (numbers.length === sizes.length) return b.ints(numbers);
  const parts = sizes.map((size) => sizeTensor(b, size));
  return parts.length === 1 ? parts[0]! : b.emit(`${hint}.shape`, 'Concat', parts, { axis: 0 });
};

/** `value` under another shape. Where one size alone is open, it is what the others leave. */
export const reshapeTo = (b: Builder, value: string, sizes: readonly Size[], hint: string): string => {
  const rest = sizes.map((size) => (typeof size === 'number' ? size : -1));
  const left = rest.filter((size) => size === -1).length;
  return b.emit(hint, 'Reshape', [value, left <= 1 ? b.ints(rest) : shapeTensor(b, sizes, hint)]);
};

/** `value` repeated to the dimensions of `like`, where it is smaller. */
export const expandLike = (b: Builder, value: string, like: string, hint: string): string =>
  sameDims(b.dims(value), b.dims(like))
    ? value
    : b.emit(hint, 'Expand', [value, b.emit(`${like}.shape`, 'Shape', [like])]);

/** Sums away what broadcasting repeated: the adjoint of `expandLike`. */
export const reduceLike = (b: Builder, value: string, like: string, hint: string): string => {
  const from = b.dims(value);
  const to = b.dims(like);
  if (sameDims(from, to)) return value;
  const lead = from.length - to.length;
  const axes = from.map((_, i) => i).filter((i) => i < lead || (to[i - lead] === 1 && from[i] !== 1));
  const summed = axes.length === 0 ? value : b.emit(hint, 'ReduceSum', [value, b.ints(axes)], { keepdims: 1 });
  return expandLike(b, reshapeLike(b, summed, like, hint), like, hint);
};

const zeros = (b: Builder, shape: string, hint: string): string =>
  b.emit(hint, 'ConstantOfShape', [shape], { value: { type: b.float, shape: [1], data: [0] } });

/** Zeros of the dimensions of `like`. */
export const zerosLike = (b: Builder, like: string, hint: string): string =>
  zeros(b, b.emit(`${like}.shape`, 'Shape', [like]), hint);

/** Zeros of these sizes. */
export const zerosOf = (b: Builder, sizes: readonly Size[], hint: string): string =>
  zeros(b, shapeTensor(b, sizes, hint), hint);

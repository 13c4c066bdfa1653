import type { Dim } from '@kirchhoff/graph';
import type { Builder } from './builder.js';

/** What an expression became: a number, or a tensor of the graph (`logical`: a bool tensor that stands for 1 and 0). */
export type Value = number | { readonly tensor: string; readonly logical?: true };

export const tensorValue = (tensor: string): Value => ({ tensor });

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

/** Zeros of the dimensions of `like`. */
export const zerosLike = (b: Builder, like: string, hint: string): string =>
  b.emit(hint, 'ConstantOfShape', [b.emit(`${like}.shape`, 'Shape', [like])], {
    value: { type: b.float, shape: [1], data: [0] },
  });

import { sizeOf, type Tensor } from '@kirchhoff/graph';

/** How many numbers one sample of a batch holds. */
export const rowSize = ({ shape }: Pick<Tensor, 'shape'>): number => sizeOf(shape.slice(1));

/** A float32 batch. */
export const batchOf = (shape: readonly number[], data: Float32Array): Tensor => ({ type: 'float32', shape, data });

/** The values of a batch of real numbers, as float32. */
export const floats = ({ data }: Tensor): Float32Array =>
  data instanceof Float32Array
    ? data
    : data instanceof BigInt64Array
      ? Float32Array.from(data, Number)
      : Float32Array.from(data);

/** Samples `from` to `to` of a batch, sharing its memory. */
export const rowsOf = (batch: Tensor, from: number, to: number): Tensor => {
  const size = rowSize(batch);
  return { ...batch, shape: [to - from, ...batch.shape.slice(1)], data: batch.data.subarray(from * size, to * size) };
};

/** One sample of a batch, as a batch of one. */
export const rowOf = (batch: Tensor, n: number): Tensor => rowsOf(batch, n, n + 1);

/** Batches of equal sample shape, one after another. */
export const stackRows = (batches: readonly [Tensor, ...Tensor[]]): Tensor => {
  const [first] = batches;
  if (batches.length === 1) return first;
  const count = batches.reduce((n, { shape }) => n + shape[0]!, 0);
  const data = new Float32Array(count * rowSize(first));
  let at = 0;
  for (const batch of batches) {
    data.set(floats(batch), at);
    at += batch.data.length;
  }
  return batchOf([count, ...first.shape.slice(1)], data);
};

/** `count` samples made by `fill`, which writes sample `i` into its place. */
export const makeRows = (
  sample: readonly number[],
  count: number,
  fill: (i: number, row: Float32Array) => void,
): Tensor => {
  const size = sizeOf(sample);
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) fill(i, data.subarray(i * size, (i + 1) * size));
  return batchOf([count, ...sample], data);
};

import {
  allocate,
  fromNumbers,
  lanesOf,
  ownAxis,
  sizeOf,
  toNumbers,
  type Batch,
  type Dim,
  type Graph,
  type Samples,
  type Tensor,
} from '@kirchhoff/graph';
import { samplesSays } from '@kirchhoff/message';

/** The axis of a value's shape along which the samples of a model's canonical graph lie; −1 where they lie along none. */
export const batchAxis = ({ batch }: Graph, shape: readonly Dim[]): number =>
  typeof batch === 'string' ? shape.indexOf(batch) : -1;

/** How many samples the given inputs hold: 1 where the graph has no batch axis. */
export const countSamples = (graph: Graph, inputs: Readonly<Record<string, Tensor>>): number => {
  for (const { name, shape } of graph.inputs) {
    const axis = batchAxis(graph, shape);
    if (axis >= 0) return inputs[name]?.shape[axis] ?? 1;
  }
  return 1;
};

/** Copies `length` places of an axis between tensors that differ along that axis alone. */
const copySlab = (from: Tensor, at: number, to: Tensor, into: number, axis: number, length: number): void => {
  const { inner, outer } = lanesOf(from.shape, axis);
  const [stepFrom, stepTo] = [from.shape[axis]! * inner, to.shape[axis]! * inner];
  for (let i = 0; i < outer; i++) {
    const start = i * stepFrom + at * inner;
    const part = from.data.subarray(start, start + length * inner);
    (to.data as Float32Array).set(part as Float32Array, i * stepTo + into * inner);
  }
};

const resized = ({ shape }: Tensor, axis: number, length: number): readonly number[] =>
  shape.map((dim, i) => (i === axis ? length : dim));

/** Places `from` to `to` of an axis of a batch; the tensor itself where it has none (`axis` −1). */
export const cutBatch = (batch: Tensor, axis: number, from: number, to: number): Tensor => {
  if (axis < 0) return batch;
  const shape = resized(batch, axis, to - from);
  const part = { type: batch.type, shape, data: allocate(batch.type, sizeOf(shape)) };
  copySlab(batch, from, part, 0, axis, to - from);
  return part;
};

/** One sample of a batch, its batch axis left out; the tensor itself where it has none (`axis` −1). */
export const sampleOf = (batch: Tensor, axis: number, n: number): Tensor => {
  if (axis < 0) return batch;
  const one = cutBatch(batch, axis, n, n + 1);
  return { ...one, shape: one.shape.toSpliced(axis, 1) };
};

/**
 * A value with its samples along the first axis, one row for each: their own axis is moved there; where it is merged with
 * others, these stay where it was. The tensor itself where its samples come first, or it is the same for all of them.
 */
export const samplesFirst = (value: Tensor, samples: Samples, count: number): Tensor => {
  if (samples.kind !== 'apart' || (samples.axis === 0 && ownAxis(samples) === 0)) return value;
  const { axis, inner } = samples;
  const [before, behind] = [value.shape.slice(0, axis), value.shape.slice(axis + 1)];
  const rounds = typeof inner === 'number' ? inner : value.shape[axis]! / (count * Number(samples.outer));
  const outer = value.shape[axis]! / (count * rounds);
  const step = rounds * sizeOf(behind);
  const lead = sizeOf(before) * outer;
  const data = allocate(value.type, sizeOf(value.shape));
  for (let n = 0; n < count; n++) {
    for (let i = 0; i < lead; i++) {
      const from = (i * count + n) * step;
      (data as Float32Array).set(value.data.subarray(from, from + step) as Float32Array, (n * lead + i) * step);
    }
  }
  const merged = [outer, rounds].filter((size) => size !== 1);
  return { type: value.type, shape: [count, ...before, ...merged, ...behind], data };
};

/** What a value holds for one of `count` samples: all of it where they share it, a row of numbers where they are merged with others. */
export const partOf = (value: Tensor, samples: Samples, count: number, n: number): Tensor => {
  if (samples.kind !== 'apart') return value;
  const own = ownAxis(samples);
  if (own !== undefined) return sampleOf(value, own, n);
  const { axis, outer, inner } = samples;
  const behind = sizeOf(value.shape.slice(axis + 1));
  const rounds = typeof inner === 'number' ? inner : value.shape[axis]! / (count * Number(outer));
  const all = toNumbers(value.data);
  const part = all.filter((_, i) => Math.floor(i / (rounds * behind)) % count === n);
  return { type: value.type, shape: [part.length], data: fromNumbers(value.type, part) };
};

/** Several batches as one, along `axis`. They must agree in type and in all other axes. */
export const joinBatches = (batches: readonly [Tensor, ...Tensor[]], axis: number): Tensor => {
  const [first] = batches;
  const shape = resized(
    first,
    axis,
    batches.reduce((n, one) => n + one.shape[axis]!, 0),
  );
  const joined = { type: first.type, shape, data: allocate(first.type, sizeOf(shape)) };
  let at = 0;
  for (const one of batches) {
    copySlab(one, 0, joined, at, axis, one.shape[axis]!);
    at += one.shape[axis]!;
  }
  return joined;
};

/** What is known of a model's samples, in words: where they lie and what was opened for them, or why there is one. */
export const batchLines = (batch: Batch): readonly string[] =>
  batch.kind === 'proved' ? [samplesSays.found([...batch.axes]), ...batch.changes] : [samplesSays.single(batch.why)];

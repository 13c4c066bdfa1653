import { refuse, runtimeSays } from '@kirchhoff/message';
import { given, type Call, type Kernel } from '../kernel.js';
import { stridesOf, walk, zeros } from '../value.js';
import { fromFront, int, isOn, lanesOf, sizeOf, string } from '@kirchhoff/graph';

/** An index from the front, checked against the length of its axis. */
const within = (call: Call, index: number, length: number): number => {
  const at = fromFront(index, length);
  return at >= 0 && at < length ? at : refuse(call.node.name, runtimeSays.indexOutOfRange(call.node.op, index, length));
};

/** y[…, indices, …] = x[…, index, …] along one axis. */
const Gather: Kernel = (call) => {
  const [x, indices] = [given(call, 0), given(call, 1)];
  const axis = fromFront(int(call.attrs, 'axis'), x.shape.length);
  const { outer, length, inner } = lanesOf(x.shape, axis);
  const y = zeros(x.type, [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]);
  const count = indices.data.length;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      const from = (o * length + within(call, indices.data[i]!, length)) * inner;
      y.data.set(x.data.subarray(from, from + inner), (o * count + i) * inner);
    }
  }
  return [y];
};

/** For each element of `indices`, the flat position in a tensor of `shape` that it names along `axis`. */
const elementPositions = (call: Call, shape: readonly number[], axis: number): Int32Array => {
  const indices = given(call, 1);
  const strides = stridesOf(shape);
  const positions = walk(
    indices.shape,
    strides.map((stride, i) => (i === axis ? 0 : stride)),
  );
  for (let i = 0; i < positions.length; i++)
    positions[i]! += within(call, indices.data[i]!, shape[axis]!) * strides[axis]!;
  return positions;
};

const GatherElements: Kernel = (call) => {
  const [x, indices] = [given(call, 0), given(call, 1)];
  const positions = elementPositions(call, x.shape, fromFront(int(call.attrs, 'axis'), x.shape.length));
  const y = zeros(x.type, indices.shape);
  for (let i = 0; i < positions.length; i++) y.data[i] = x.data[positions[i]!]!;
  return [y];
};

const reductions: Readonly<Record<string, (old: number, update: number) => number>> = {
  none: (_, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  min: Math.min,
  max: Math.max,
};

const ScatterElements: Kernel = (call) => {
  const [x, updates] = [given(call, 0), given(call, 2)];
  const positions = elementPositions(call, x.shape, fromFront(int(call.attrs, 'axis'), x.shape.length));
  const reduce = reductions[string(call.attrs, 'reduction')]!;
  const y = { ...x, data: x.data.slice() };
  for (let i = 0; i < positions.length; i++) y.data[positions[i]!] = reduce(y.data[positions[i]!]!, updates.data[i]!);
  return [y];
};

/** Where each vector of indices points to in a tensor of `shape`, after `batch` common axes: the flat position of what it names. */
const namedPlaces = (
  call: Call,
  shape: readonly number[],
  batch: number,
): { readonly places: Int32Array; readonly run: number } => {
  const indices = given(call, 1);
  const depth = indices.shape.at(-1)!;
  const strides = stridesOf(shape);
  const each = sizeOf(indices.shape.slice(batch, -1));
  const whole = sizeOf(shape.slice(batch));
  const places = new Int32Array(indices.data.length / depth);
  for (let i = 0; i < places.length; i++) {
    let at = Math.floor(i / each) * whole;
    for (let k = 0; k < depth; k++)
      at += within(call, indices.data[i * depth + k]!, shape[batch + k]!) * strides[batch + k]!;
    places[i] = at;
  }
  return { places, run: sizeOf(shape.slice(batch + depth)) };
};

const GatherND: Kernel = (call) => {
  const [x, indices] = [given(call, 0), given(call, 1)];
  const batch = int(call.attrs, 'batch_dims');
  const { places, run } = namedPlaces(call, x.shape, batch);
  const y = zeros(x.type, [...indices.shape.slice(0, -1), ...x.shape.slice(batch + indices.shape.at(-1)!)]);
  for (let i = 0; i < places.length; i++) y.data.set(x.data.subarray(places[i]!, places[i]! + run), i * run);
  return [y];
};

const ScatterND: Kernel = (call) => {
  const [x, updates] = [given(call, 0), given(call, 2)];
  const { places, run } = namedPlaces(call, x.shape, 0);
  const reduce = reductions[string(call.attrs, 'reduction')]!;
  const y = { ...x, data: x.data.slice() };
  for (let i = 0; i < places.length; i++) {
    for (let k = 0; k < run; k++) {
      const at = places[i]! + k;
      y.data[at] = reduce(y.data[at]!, updates.data[i * run + k]!);
    }
  }
  return [y];
};

/** In order; of equal elements the first comes first. */
const TopK: Kernel = (call) => {
  const x = given(call, 0);
  const count = given(call, 1).data[0]!;
  const axis = fromFront(int(call.attrs, 'axis'), x.shape.length);
  const { outer, length, inner } = lanesOf(x.shape, axis);
  const sign = isOn(call.attrs, 'largest') ? -1 : 1;
  const values = zeros(x.type, x.shape.with(axis, count));
  const places = zeros('int64', values.shape);
  const order = new Int32Array(length);
  for (let o = 0; o < outer; o++) {
    for (let k = 0; k < inner; k++) {
      const at = (i: number): number => (o * length + i) * inner + k;
      for (let i = 0; i < length; i++) order[i] = i;
      order.sort((a, b) => sign * (x.data[at(a)]! - x.data[at(b)]!) || a - b);
      for (let i = 0; i < count; i++) {
        values.data[(o * count + i) * inner + k] = x.data[at(order[i]!)]!;
        places.data[(o * count + i) * inner + k] = order[i]!;
      }
    }
  }
  return [values, places];
};

const Compress: Kernel = (call) => {
  const [x, condition] = [given(call, 0), given(call, 1)];
  const written = call.attrs['axis'];
  const shape = typeof written === 'number' ? x.shape : [x.data.length];
  const axis = typeof written === 'number' ? fromFront(written, shape.length) : 0;
  const { outer, length, inner } = lanesOf(shape, axis);
  const kept = [...condition.data.keys()].filter((i) => condition.data[i] !== 0);
  const y = zeros(x.type, shape.with(axis, kept.length));
  for (let o = 0; o < outer; o++) {
    for (const [to, i] of kept.entries()) {
      const start = (o * length + i) * inner;
      y.data.set(x.data.subarray(start, start + inner), (o * kept.length + to) * inner);
    }
  }
  return [y];
};

/** [off, on] in a new axis of length `depth`; an index out of range leaves only `off`. */
const OneHot: Kernel = (call) => {
  const [indices, values] = [given(call, 0), given(call, 2)];
  const depth = given(call, 1).data[0]!;
  const axis = fromFront(int(call.attrs, 'axis'), indices.shape.length + 1);
  const shape = indices.shape.toSpliced(axis, 0, depth);
  const inner = sizeOf(indices.shape.slice(axis));
  const y = zeros(values.type, shape);
  y.data.fill(values.data[0]!);
  for (const [i, index] of indices.data.entries()) {
    const at = fromFront(index, depth);
    if (at < 0 || at >= depth) continue;
    y.data[(Math.floor(i / inner) * depth + at) * inner + (i % inner)] = values.data[1]!;
  }
  return [y];
};

export const gatherKernels = {
  Gather,
  GatherElements,
  GatherND,
  ScatterElements,
  ScatterND,
  TopK,
  Compress,
  OneHot,
} satisfies Record<string, Kernel>;

import { sizeOf } from '@kirchhoff/graph';
import { refuse, runtimeSays } from '@kirchhoff/message';
import { number, text } from '../attribute.js';
import { given, type Call, type Kernel } from '../kernel.js';
import { fromFront, lanesOf, stridesOf, walk, zeros } from '../value.js';

/** An index from the front, checked against the length of its axis. */
const within = (call: Call, index: number, length: number): number => {
  const at = fromFront(index, length);
  return at >= 0 && at < length ? at : refuse(call.node.name, runtimeSays.indexOutOfRange(call.node.op, index, length));
};

/** y[…, indices, …] = x[…, index, …] along one axis. */
const Gather: Kernel = (call) => {
  const [x, indices] = [given(call, 0), given(call, 1)];
  const axis = fromFront(number(call.attrs, 'axis'), x.shape.length);
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
  const positions = elementPositions(call, x.shape, fromFront(number(call.attrs, 'axis'), x.shape.length));
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
  const positions = elementPositions(call, x.shape, fromFront(number(call.attrs, 'axis'), x.shape.length));
  const reduce = reductions[text(call.attrs, 'reduction')]!;
  const y = { ...x, data: x.data.slice() };
  for (let i = 0; i < positions.length; i++) y.data[positions[i]!] = reduce(y.data[positions[i]!]!, updates.data[i]!);
  return [y];
};

/** [off, on] in a new axis of length `depth`; an index out of range leaves only `off`. */
const OneHot: Kernel = (call) => {
  const [indices, values] = [given(call, 0), given(call, 2)];
  const depth = given(call, 1).data[0]!;
  const axis = fromFront(number(call.attrs, 'axis'), indices.shape.length + 1);
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

export const gatherKernels = { Gather, GatherElements, ScatterElements, OneHot } satisfies Record<string, Kernel>;

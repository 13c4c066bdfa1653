import { broadcastShape, broadcastPositions } from '../broadcast.js';
import { allGiven, given, listAt, type Call, type Kernel } from '../kernel.js';
import { picked, reshaped, stridesOf, walk, zeros, type Value } from '../value.js';
import { fromFront, int, isOn, lanesOf, optionalInts, sizeOf, string } from '@kirchhoff/graph';

const identity: Kernel = (call) => [given(call, 0)];

const Flatten: Kernel = (call) => {
  const x = given(call, 0);
  const axis = fromFront(int(call.attrs, 'axis'), x.shape.length);
  return [reshaped(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))])];
};

/** 0 keeps a dimension (unless `allowzero`), −1 stands for whatever is left. */
const Reshape: Kernel = (call) => {
  const x = given(call, 0);
  const keepZero = isOn(call.attrs, 'allowzero');
  const wanted = (listAt(call, 1) ?? []).map((dim, axis) => (dim === 0 && !keepZero ? x.shape[axis]! : dim));
  const known = wanted.reduce((size, dim) => (dim === -1 ? size : size * dim), 1);
  return [
    reshaped(
      x,
      wanted.map((dim) => (dim === -1 ? x.data.length / known : dim)),
    ),
  ];
};

const transpose = (x: Value, order: readonly number[]): Value => {
  const strides = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis]!);
  return picked(
    x,
    shape,
    walk(
      shape,
      order.map((axis) => strides[axis]!),
    ),
  );
};

const Transpose: Kernel = (call) => {
  const x = given(call, 0);
  return [transpose(x, optionalInts(call.attrs, 'perm') ?? x.shape.map((_, axis) => x.shape.length - 1 - axis))];
};

/** Where a slice begins and how many elements it takes; negative bounds count from the end, out-of-range ones are cut. */
const sliceAlong = (
  size: number,
  start: number,
  end: number,
  step: number,
): { readonly first: number; readonly count: number } => {
  const lowest = step > 0 ? 0 : -1;
  const highest = step > 0 ? size : size - 1;
  const cut = (at: number): number => Math.min(Math.max(at < 0 ? at + size : at, lowest), highest);
  const first = step > 0 ? cut(start) : Math.max(cut(start), 0);
  return { first, count: Math.max(Math.ceil((cut(end) - first) / step), 0) };
};

const Slice: Kernel = (call) => {
  const x = given(call, 0);
  const starts = listAt(call, 1) ?? [];
  const ends = listAt(call, 2) ?? [];
  const axes = (listAt(call, 3) ?? starts.map((_, i) => i)).map((axis) => fromFront(axis, x.shape.length));
  const steps = listAt(call, 4) ?? starts.map(() => 1);
  const strides = stridesOf(x.shape);
  const shape = [...x.shape];
  let origin = 0;
  for (const [i, axis] of axes.entries()) {
    const { first, count } = sliceAlong(x.shape[axis]!, starts[i]!, ends[i]!, steps[i]!);
    origin += first * strides[axis]!;
    strides[axis]! *= steps[i]!;
    shape[axis] = count;
  }
  return [picked(x, shape, walk(shape, strides, origin))];
};

const Concat: Kernel = (call) => {
  const values = allGiven(call);
  const first = values[0]!;
  const axis = fromFront(int(call.attrs, 'axis'), first.shape.length);
  const shape = first.shape.map((dim, i) => (i === axis ? values.reduce((sum, v) => sum + v.shape[axis]!, 0) : dim));
  const out = zeros(first.type, shape);
  const { outer, length, inner } = lanesOf(shape, axis);
  let offset = 0;
  for (const value of values) {
    const run = value.shape[axis]! * inner;
    for (let o = 0; o < outer; o++)
      out.data.set(value.data.subarray(o * run, (o + 1) * run), o * length * inner + offset);
    offset += run;
  }
  return [out];
};

/** Parts of the given lengths along one axis, one after another. */
const cutAlong = (x: Value, axis: number, lengths: readonly number[]): readonly Value[] => {
  const strides = stridesOf(x.shape);
  let start = 0;
  return lengths.map((length) => {
    const shape = x.shape.map((dim, i) => (i === axis ? length : dim));
    const part = picked(x, shape, walk(shape, strides, start * strides[axis]!));
    start += length;
    return part;
  });
};

/** Equal parts where no lengths are given; the last is shorter where the axis does not divide. */
const Split: Kernel = (call) => {
  const x = given(call, 0);
  const axis = fromFront(int(call.attrs, 'axis'), x.shape.length);
  const parts = call.outputCount;
  const each = Math.ceil(x.shape[axis]! / parts);
  const equal = Array.from({ length: parts }, (_, i) => Math.max(Math.min(each, x.shape[axis]! - i * each), 0));
  return cutAlong(x, axis, listAt(call, 1) ?? equal);
};

const Squeeze: Kernel = (call) => {
  const x = given(call, 0);
  const axes = listAt(call, 1)?.map((axis) => fromFront(axis, x.shape.length));
  return [
    reshaped(
      x,
      x.shape.filter((dim, axis) => (axes === undefined ? dim !== 1 : !axes.includes(axis))),
    ),
  ];
};

const Unsqueeze: Kernel = (call) => {
  const x = given(call, 0);
  const axes = listAt(call, 1) ?? [];
  const rank = x.shape.length + axes.length;
  const added = new Set(axes.map((axis) => fromFront(axis, rank)));
  const rest = x.shape.values();
  return [
    reshaped(
      x,
      Array.from({ length: rank }, (_, axis) => (added.has(axis) ? 1 : rest.next().value!)),
    ),
  ];
};

const Expand: Kernel = (call) => {
  const x = given(call, 0);
  const shape = broadcastShape([x.shape, listAt(call, 1) ?? []]);
  return [picked(x, shape, broadcastPositions(x.shape, shape))];
};

const Tile: Kernel = (call) => {
  const x = given(call, 0);
  const repeats = listAt(call, 1) ?? [];
  // Tiling is broadcasting: an axis of length d repeated r times is [1 → r, d] laid out as one axis.
  const apart = x.shape.flatMap((dim) => [1, dim]);
  const together = x.shape.flatMap((dim, axis) => [repeats[axis]!, dim]);
  const shape = x.shape.map((dim, axis) => dim * repeats[axis]!);
  return [picked(x, shape, broadcastPositions(apart, together))];
};

/** Where a padded axis reads from, by position relative to the input; −1 where the constant stands. */
const padSources: Readonly<Record<string, (at: number, size: number) => number>> = {
  constant: (at, size) => (at >= 0 && at < size ? at : -1),
  edge: (at, size) => Math.min(Math.max(at, 0), size - 1),
  reflect: (at, size) => {
    const period = Math.max(2 * (size - 1), 1);
    const folded = ((at % period) + period) % period;
    return Math.min(folded, period - folded);
  },
  wrap: (at, size) => ((at % size) + size) % size,
};

const Pad: Kernel = (call) => {
  const x = given(call, 0);
  const rank = x.shape.length;
  const pads = listAt(call, 1) ?? [];
  const axes = (listAt(call, 3) ?? x.shape.map((_, axis) => axis)).map((axis) => fromFront(axis, rank));
  const source = padSources[string(call.attrs, 'mode')]!;
  const fill = call.inputs[2]?.data[0] ?? 0;
  let value = x;
  for (const [i, axis] of axes.entries()) {
    const [before, after] = [pads[i]!, pads[axes.length + i]!];
    const { outer, length, inner } = lanesOf(value.shape, axis);
    const padded = zeros(
      x.type,
      value.shape.map((dim, j) => (j === axis ? dim + before + after : dim)),
    );
    const size = padded.shape[axis]!;
    for (let o = 0; o < outer; o++) {
      for (let p = 0; p < size; p++) {
        const from = source(p - before, length);
        for (let k = 0; k < inner; k++)
          padded.data[(o * size + p) * inner + k] = from < 0 ? fill : value.data[(o * length + from) * inner + k]!;
      }
    }
    value = padded;
  }
  return [value];
};

const blockOf = (call: Call) => {
  const x = given(call, 0);
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  return { x, block: int(call.attrs, 'blocksize'), batch, channels, height, width };
};

const DepthToSpace: Kernel = (call) => {
  const { x, block, batch, channels, height, width } = blockOf(call);
  const depth = channels / block ** 2;
  const shape = [batch, depth, height * block, width * block];
  const columnFirst = string(call.attrs, 'mode') === 'CRD';
  const apart = columnFirst ? [batch, depth, block, block, height, width] : [batch, block, block, depth, height, width];
  return [reshaped(transpose(reshaped(x, apart), columnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]), shape)];
};

const SpaceToDepth: Kernel = (call) => {
  const { x, block, batch, channels, height, width } = blockOf(call);
  const [rows, columns] = [height / block, width / block];
  const apart = reshaped(x, [batch, channels, rows, block, columns, block]);
  return [reshaped(transpose(apart, [0, 3, 5, 1, 2, 4]), [batch, channels * block ** 2, rows, columns])];
};

/** A triangle of each matrix: columns from row + k on, or (lower) up to row + k. */
const Trilu: Kernel = (call) => {
  const x = given(call, 0);
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const k = call.inputs[1]?.data[0] ?? 0;
  const upper = isOn(call.attrs, 'upper');
  const y = zeros(x.type, x.shape);
  for (let i = 0; i < y.data.length; i++) {
    const over = (i % columns) - (Math.floor(i / columns) % rows) - k;
    if (upper ? over >= 0 : over <= 0) y.data[i] = x.data[i]!;
  }
  return [y];
};

const ReverseSequence: Kernel = (call) => {
  const [x, lengths] = [given(call, 0), given(call, 1)];
  const samplesFirst = int(call.attrs, 'batch_axis') === 0;
  const [rows, columns] = x.shape as [number, number];
  const run = sizeOf(x.shape.slice(2));
  const y = zeros(x.type, x.shape);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const [sample, time] = samplesFirst ? [i, j] : [j, i];
      const length = lengths.data[sample]!;
      const source = time < length ? length - 1 - time : time;
      const from = (samplesFirst ? sample * columns + source : source * columns + sample) * run;
      y.data.set(x.data.subarray(from, from + run), (i * columns + j) * run);
    }
  }
  return [y];
};

/** Outside training nothing is dropped; the mask (if asked for) is all true. */
const Dropout: Kernel = (call) => {
  const x = given(call, 0);
  return [x, { type: 'bool', shape: x.shape, data: new Float64Array(x.data.length).fill(1) }];
};

export const structureKernels = {
  Identity: identity,
  Dropout,
  Flatten,
  Reshape,
  Transpose,
  Slice,
  Concat,
  Split,
  Squeeze,
  Unsqueeze,
  Expand,
  Tile,
  Pad,
  DepthToSpace,
  SpaceToDepth,
  Trilu,
  ReverseSequence,
} satisfies Record<string, Kernel>;

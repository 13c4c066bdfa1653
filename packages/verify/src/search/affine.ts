import type { Attributes, InlineTensor } from '@kirchhoff/graph';
import { sizeOf } from '@kirchhoff/graph';
import { benchOf, type AffineNode, type Bench } from './bench.js';
import type { Draw } from './drawing.js';
import {
  broadcastAt,
  flatOf,
  wireAveragePool,
  wireConv,
  wireConvTranspose,
  wireElementwise,
  wireProduct,
  wireReduce,
  type Geometry,
} from './wiring.js';

const times = <T>(count: number, of: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

const geometryOf = (draw: Draw, dims: number): Geometry => {
  const kernel = times(dims, () => draw.integer(1, dims === 1 ? 3 : 2));
  const dilations = times(dims, () => draw.integer(1, 2));
  const reach = kernel.map((k, a) => dilations[a]! * (k - 1));
  return {
    kernel,
    dilations,
    strides: times(dims, () => draw.integer(1, 2)),
    begins: reach.map((r) => draw.integer(0, Math.min(r, 1) + (draw.integer(0, 5) === 0 ? 1 : 0))),
    ends: reach.map((r) => draw.integer(0, Math.min(r, 2))),
  };
};

const attributesOf = ({ kernel, strides, dilations, begins, ends }: Geometry, more: Attributes = {}): Attributes => ({
  kernel_shape: kernel,
  strides,
  dilations,
  pads: [...begins, ...ends],
  ...more,
});

const spaceOf = (draw: Draw, { kernel, dilations }: Geometry, extra: number): number[] =>
  kernel.map((k, a) => dilations[a]! * (k - 1) + 1 + draw.integer(0, extra));

const conv = (bench: Bench, transposed: boolean): AffineNode => {
  const { draw } = bench;
  const dims = draw.integer(1, 2);
  const geometry = geometryOf(draw, dims);
  const group = draw.integer(1, 2);
  const [inside, outside] = [draw.integer(1, 2), draw.integer(1, 2)];
  const space = spaceOf(draw, geometry, dims === 1 ? 3 : 1);
  const x = bench.computed(0, [draw.integer(1, 2), group * inside, ...space], draw.flag());
  const W = bench.weights(
    'W',
    transposed ? [group * inside, outside, ...geometry.kernel] : [group * outside, inside, ...geometry.kernel],
  );
  const bias = draw.flag() ? bench.weights('B', [group * outside]).data : undefined;
  const names = [x.name, 'W', ...(bias ? ['B'] : [])];
  if (!transposed) {
    return bench.finish(
      'Conv',
      true,
      names,
      wireConv(x.shape, W, bias, group, geometry),
      attributesOf(geometry, { group }),
    );
  }
  const pads = geometry.kernel.map((k, a) => Math.min(geometry.begins[a]!, geometry.dilations[a]! * (k - 1)));
  const padding = geometry.strides.map((s) => draw.integer(0, s - 1));
  const used = { ...geometry, begins: pads, ends: pads.map(() => 0) };
  const attrs = attributesOf(used, {
    group,
    ...(draw.flag() || padding.some((p) => p > 0) ? { output_padding: padding } : {}),
  });
  return bench.finish('ConvTranspose', true, names, wireConvTranspose(x.shape, W, bias, group, used, padding), attrs);
};

const gemm = (bench: Bench): AffineNode => {
  const { draw } = bench;
  const [M, K, N] = [draw.integer(1, 3), draw.integer(1, 4), draw.integer(1, 3)];
  const [transA, transB] = [draw.integer(0, 1), draw.integer(0, 1)];
  const [alpha, beta] = [draw.pick([1, 0.5, -2]), draw.pick([1, 0.5, -1])];
  const shapes = [transA ? [K, M] : [M, K], transB ? [N, K] : [K, N]] as const;
  const port = draw.integer(0, 3) === 0 ? 1 : 0;
  const batch = port === 0 && transA === 0 && draw.flag();
  const x = bench.computed(port, shapes[port], batch);
  const W = bench.weights('W', shapes[1 - port]!);
  const biasShape = draw.pick<readonly number[] | undefined>([undefined, [N], [1, N], [], [M, 1]]);
  const B =
    biasShape && !(batch && biasShape[0] === M && biasShape.length === 2 && M > 1)
      ? bench.weights('B', biasShape)
      : undefined;
  const at = (m: number, k: number, n: number) =>
    [flatOf(transA ? [k, m] : [m, k], shapes[0]), flatOf(transB ? [n, k] : [k, n], shapes[1])] as const;
  const wiring = wireProduct(
    [M, N],
    K,
    port,
    W.data.map((w) => alpha * w),
    ([m, n], k) => at(m!, k, n!),
    (index) => (B ? beta * B.data[broadcastAt(index, B.shape)]! : 0),
  );
  const names = [...(port === 0 ? [x.name, 'W'] : ['W', x.name]), ...(B ? ['B'] : [])];
  return bench.finish('Gemm', true, names, wiring, { alpha, beta, transA, transB });
};

/** Gemm whose third operand is computed: one more source, with weight beta. */
const gemmOfThree = (bench: Bench): AffineNode => {
  const { draw } = bench;
  const [M, K, N] = [2, draw.integer(1, 3), draw.integer(1, 3)];
  const beta = draw.pick([1, 0.5, -1]);
  const alpha = draw.pick([1, 0.5]);
  const x = bench.computed(0, [M, K], false);
  const W = bench.weights('W', [K, N]);
  const c = bench.computed(2, draw.pick([[M, N], [1, N], [N]]), false);
  const product = wireProduct(
    [M, N],
    K,
    0,
    W.data.map((w) => alpha * w),
    ([m, n], k) => [flatOf([m!, k], [M, K]), flatOf([k, n!], [K, N])],
    () => 0,
  );
  const added = wireElementwise([M, N], [{ port: 2, shape: c.shape, w: () => beta }], () => 0);
  const meetings = product.meetings.map(({ connections, b }, i) => ({
    connections: [...connections, ...added.meetings[i]!.connections],
    b,
  }));
  return bench.finish('Gemm', true, [x.name, 'W', c.name], { shape: [M, N], meetings }, { alpha, beta });
};

const matMul = (bench: Bench): AffineNode => {
  const { draw } = bench;
  const [M, K, N] = [draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)];
  const samples = draw.integer(1, 2);
  const port = draw.integer(0, 1);
  const deep = draw.flag();
  const both = deep && draw.integer(0, 2) === 0;
  const lead = deep ? [samples] : [];
  const own = (p: number): number[] => (p === 0 ? [M, K] : [K, N]);
  const xShape = [...lead, ...own(port)];
  const wShape = both ? [samples, ...own(1 - port)] : own(1 - port);
  const x = bench.computed(port, xShape, draw.flag() && !both && (deep || port === 0));
  const W = bench.weights('W', wShape);
  const shapes = port === 0 ? [xShape, wShape] : [wShape, xShape];
  const at = (index: readonly number[], k: number): readonly [number, number] => {
    const outer = index.slice(0, -2);
    const [m, n] = index.slice(-2) as [number, number];
    return [broadcastAt([...outer, m, k], shapes[0]!), broadcastAt([...outer, k, n], shapes[1]!)];
  };
  const wiring = wireProduct([...lead, M, N], K, port, W.data, at, () => 0);
  return bench.finish('MatMul', true, port === 0 ? [x.name, 'W'] : ['W', x.name], wiring);
};

/** A shape that broadcasts to `shape`; with a batch, the batch axis stays. */
const smaller = (draw: Draw, shape: readonly number[], batch = false): number[] => {
  const cut = draw.flag() ? [...shape] : shape.map((size, axis) => (axis === 0 || draw.flag() ? size : 1));
  return !batch && draw.integer(0, 3) === 0 ? cut.slice(1) : cut;
};

const sum = (bench: Bench, op: 'Add' | 'Sub' | 'Sum' | 'Mean'): AffineNode => {
  const { draw } = bench;
  const shape = [draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 2)];
  const count = op === 'Add' || op === 'Sub' ? 2 : draw.pick([1, 2, 4]);
  const constantAt = count > 1 && draw.integer(0, 2) === 0 ? draw.integer(0, count - 1) : -1;
  const full = constantAt === 0 ? 1 : 0;
  const batch = draw.flag() && constantAt < 0;
  const twice = count === 2 && constantAt < 0 && draw.integer(0, 3) === 0;
  const weight = (port: number): number => (op === 'Mean' ? 1 / count : op === 'Sub' && port === 1 ? -1 : 1);
  const names: string[] = [];
  const shapes: (readonly number[])[] = [];
  const sources: { port: number; shape: readonly number[]; w: () => number }[] = [];
  let bias: InlineTensor | undefined;
  for (let port = 0; port < count; port++) {
    if (port === constantAt) {
      bias = bench.weights('C', smaller(draw, shape));
      names.push('C');
      shapes.push(bias.shape);
      continue;
    }
    if (twice && port === 1) {
      names.push(names[0]!);
      sources.push({ port: 0, shape: shapes[0]!, w: () => weight(1) });
      continue;
    }
    const own = port === full ? shape : smaller(draw, shape, batch);
    const operand = bench.computed(port, own, batch);
    names.push(operand.name);
    shapes.push(own);
    sources.push({ port, shape: own, w: () => weight(port) });
  }
  const wiring = wireElementwise(shape, sources, (index) =>
    bias ? weight(constantAt) * bias.data[broadcastAt(index, bias.shape)]! : 0,
  );
  return bench.finish(op, false, names, wiring, undefined, batch);
};

const scaling = (bench: Bench, op: 'Mul' | 'Div'): AffineNode => {
  const { draw } = bench;
  const shape = [draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 2)];
  const wide = draw.integer(0, 2) === 0;
  const batch = draw.flag();
  const x = bench.computed(op === 'Mul' && draw.flag() ? 1 : 0, wide ? [shape[0]!, 1, shape[2]!] : shape, batch);
  const own = wide ? shape.slice(1) : smaller(draw, shape).slice(batch ? 1 : 0);
  const raw = bench.numbers(sizeOf(own));
  const C = bench.constant('C', own, op === 'Div' ? raw.map((v) => draw.pick([0.5, 1, -2, 4]) + (v > 5 ? v : 0)) : raw);
  const port = x.name.endsWith('1') ? 1 : 0;
  const w = (index: readonly number[]): number => {
    const c = C.data[broadcastAt(index, own)]!;
    return op === 'Div' ? 1 / c : c;
  };
  return bench.finish(
    op,
    false,
    port === 1 ? ['C', x.name] : [x.name, 'C'],
    wireElementwise(shape, [{ port, shape: x.shape, w }], () => 0),
  );
};

const negation = (bench: Bench): AffineNode => {
  const shape = [bench.draw.integer(1, 2), bench.draw.integer(1, 4)];
  const x = bench.computed(0, shape, bench.draw.flag());
  return bench.finish(
    'Neg',
    false,
    [x.name],
    wireElementwise(shape, [{ port: 0, shape, w: () => -1 }], () => 0),
  );
};

/** Whether ceil_mode would give a last window that starts after the input: onnxruntime's own shape inference keeps it. */
const startsBeyond = (space: readonly number[], { kernel, strides, dilations, begins, ends }: Geometry): boolean =>
  space.some((size, a) => {
    const last =
      Math.ceil((size + begins[a]! + ends[a]! - dilations[a]! * (kernel[a]! - 1) - 1) / strides[a]!) * strides[a]!;
    return last >= size + begins[a]!;
  });

const averagePool = (bench: Bench): AffineNode => {
  const { draw } = bench;
  const dims = draw.integer(1, 2);
  const kernel = times(dims, () => draw.integer(1, dims === 1 ? 4 : 2));
  const geometry: Geometry = {
    kernel,
    strides: times(dims, () => draw.integer(1, 3)),
    dilations: times(dims, () => (draw.integer(0, 3) === 0 ? 2 : 1)),
    begins: kernel.map((k) => draw.integer(0, k - 1 > 1 ? 1 : k - 1)),
    ends: kernel.map((k) => draw.integer(0, k - 1 > 1 ? 1 : k - 1)),
  };
  const x = bench.computed(
    0,
    [draw.integer(1, 2), draw.integer(1, 2), ...spaceOf(draw, geometry, dims === 1 ? 3 : 2)],
    draw.flag(),
  );
  const ceil = draw.flag() && !startsBeyond(x.shape.slice(2), geometry);
  const include = draw.flag();
  const wiring = wireAveragePool(x.shape, geometry, ceil, include);
  const attrs = attributesOf(geometry, { ceil_mode: Number(ceil), count_include_pad: Number(include) });
  return bench.finish('AveragePool', false, [x.name], wiring, attrs);
};

const globalAveragePool = (bench: Bench): AffineNode => {
  const { draw } = bench;
  const shape = [draw.integer(1, 2), draw.integer(1, 3), ...draw.pick([[2], [4], [2, 2], [3], [1]])];
  const x = bench.computed(0, shape, draw.flag());
  const axes = shape.map((_, axis) => axis).slice(2);
  return bench.finish('GlobalAveragePool', false, [x.name], wireReduce(shape, axes, true, true));
};

const reduction = (bench: Bench, op: 'ReduceMean' | 'ReduceSum'): AffineNode => {
  const { draw } = bench;
  const shape = [draw.integer(1, 2), draw.pick([1, 2, 4]), draw.integer(1, 3)];
  const batch = draw.flag();
  const x = bench.computed(0, shape, batch);
  const axes = draw.pick<readonly number[] | undefined>([
    [1],
    [2],
    [-1],
    [1, 2],
    [-2, -1],
    ...(batch ? [] : [undefined, [0], [0, 2]]),
  ]);
  const keep = draw.flag();
  const wiring = wireReduce(shape, axes ?? [0, 1, 2], keep, op === 'ReduceMean');
  const names = [x.name, ...(axes ? [bench.integers('axes', axes)] : [])];
  return bench.finish(op, false, names, wiring, { keepdims: Number(keep) }, batch);
};

const batchNormalization = (bench: Bench): AffineNode => {
  const { draw } = bench;
  const shape = [draw.integer(1, 2), draw.integer(1, 3), ...draw.pick([[], [2], [2, 2]])];
  const channels = shape[1]!;
  const x = bench.computed(0, shape, draw.flag());
  const [gamma, beta, mean] = ['gamma', 'beta', 'mean'].map((name) => bench.weights(name, [channels]).data) as [
    readonly number[],
    readonly number[],
    readonly number[],
  ];
  const deviation = times(channels, () => draw.pick([0.5, 1, 2]));
  const epsilon = 0.125;
  bench.constant(
    'var',
    [channels],
    deviation.map((s) => s * s - epsilon),
  );
  const w = (index: readonly number[]): number => gamma[index[1]!]! / deviation[index[1]!]!;
  const b = (index: readonly number[]): number => beta[index[1]!]! - mean[index[1]!]! * w(index);
  const wiring = wireElementwise(shape, [{ port: 0, shape, w }], b);
  return bench.finish('BatchNormalization', false, [x.name, 'gamma', 'beta', 'mean', 'var'], wiring, { epsilon });
};

/** Every family of affine nodes. `exact` ones are drawn from numbers whose sums cancel exactly. */
export const families: Readonly<Record<string, (draw: Draw) => AffineNode>> = {
  Conv: (draw) => conv(benchOf(draw, true), false),
  ConvTranspose: (draw) => conv(benchOf(draw, true), true),
  Gemm: (draw) => gemm(benchOf(draw, true)),
  'Gemm with a computed bias': (draw) => gemmOfThree(benchOf(draw, true)),
  MatMul: (draw) => matMul(benchOf(draw, true)),
  Add: (draw) => sum(benchOf(draw, true), 'Add'),
  Sub: (draw) => sum(benchOf(draw, true), 'Sub'),
  Sum: (draw) => sum(benchOf(draw, true), 'Sum'),
  Mean: (draw) => sum(benchOf(draw, true), 'Mean'),
  Mul: (draw) => scaling(benchOf(draw, true), 'Mul'),
  Div: (draw) => scaling(benchOf(draw, true), 'Div'),
  Neg: (draw) => negation(benchOf(draw, true)),
  AveragePool: (draw) => averagePool(benchOf(draw, false)),
  GlobalAveragePool: (draw) => globalAveragePool(benchOf(draw, false)),
  ReduceMean: (draw) => reduction(benchOf(draw, false), 'ReduceMean'),
  ReduceSum: (draw) => reduction(benchOf(draw, true), 'ReduceSum'),
  BatchNormalization: (draw) => batchNormalization(benchOf(draw, true)),
};

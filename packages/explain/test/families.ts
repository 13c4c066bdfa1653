import {
  sizeOf,
  tensor,
  type Attributes,
  type Graph,
  type Node,
  type OpName,
  type TensorStore,
} from '@kirchhoff/graph';

/** A network with seeded random weights, as an exporter would write it. */
export interface Family {
  readonly graph: Graph;
  readonly store: TensorStore;
}

/** Numbers in [−1, 1), by a linear congruential generator. */
export const seeded = (seed: number): (() => number) => {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
};

interface ConvOptions {
  readonly stride?: number;
  readonly group?: number;
  readonly pad?: number;
  readonly bias?: boolean;
}

/** Grows a network node by node. */
const grow = (seed: number) => {
  const next = seeded(seed);
  const nodes: Node[] = [];
  const store = new Map<string, { type: 'float32' | 'int64'; shape: readonly number[]; values: readonly number[] }>();
  let count = 0;
  const put = (op: OpName, inputs: readonly string[], attrs?: Attributes, outputs?: readonly string[]): string => {
    const name = `${op.toLowerCase()}${++count}`;
    nodes.push({ name, op, inputs, ...(attrs && { attrs }), ...(outputs && { outputs }) });
    return name;
  };
  const weight = (shape: readonly number[], scale = 1, mean = 0): string => {
    const name = `w${store.size}`;
    const values = Array.from({ length: sizeOf(shape) }, () => mean + scale * next());
    store.set(name, { type: 'float32', shape, values });
    return name;
  };
  const ints = (...values: readonly number[]): string => {
    const name = `i${store.size}`;
    store.set(name, { type: 'int64', shape: [values.length], values });
    return name;
  };
  const number = (value: number): string => {
    const name = `n${store.size}`;
    store.set(name, { type: 'float32', shape: [], values: [value] });
    return name;
  };
  const conv = (x: string, from: number, to: number, kernel: number, options: ConvOptions = {}): string => {
    const { stride = 1, group = 1, pad = kernel >> 1, bias = true } = options;
    const fan = (from / group) * kernel * kernel;
    const inputs = [x, weight([to, from / group, kernel, kernel], Math.sqrt(3 / fan))];
    return put('Conv', bias ? [...inputs, weight([to], 0.1)] : inputs, {
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
      group,
    });
  };
  const norm = (x: string, c: number): string =>
    put('BatchNormalization', [x, weight([c], 0.2, 1), weight([c], 0.1), weight([c], 0.1), weight([c], 0.2, 1)]);
  const dense = (x: string, from: number, to: number): string =>
    put('Gemm', [x, weight([to, from], Math.sqrt(3 / from)), weight([to], 0.1)], { transB: 1 });
  const relu = (x: string): string => put('Relu', [x]);
  const add = (a: string, b: string): string => put('Add', [a, b]);
  const maxPool = (x: string, kernel: number, stride: number, pad = 0): string =>
    put('MaxPool', [x], { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] });
  const averagePool = (x: string, kernel: number, stride: number, pad = 0): string =>
    put('AveragePool', [x], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      count_include_pad: 1,
    });
  const head = (x: string, from: number): string => dense(put('Flatten', [put('GlobalAveragePool', [x])]), from, 4);
  const finish = (name: string, side: number, output: string): Family => ({
    graph: {
      name,
      inputs: [{ name: 'image', type: 'float32', shape: ['N', 3, side, side] }],
      nodes,
      outputs: [output],
      tensors: Object.fromEntries(
        [...store].map(([key, { type, shape, values }]) => [key, { type, shape, data: [...values] }]),
      ),
    },
    store: new Map(
      [...store].map(([key, { type, shape, values }]) => [
        key,
        { type, shape, read: () => tensor(type, shape, values).data },
      ]),
    ),
  });
  return { put, weight, ints, number, conv, norm, dense, relu, add, maxPool, averagePool, head, finish };
};

/** AlexNet: local response normalisation, large kernels, three dense layers. */
const alexnet = (): Family => {
  const g = grow(1);
  const lrn = (x: string): string => g.put('LRN', [x], { size: 5, alpha: 0.1, beta: 0.75, bias: 2 });
  const one = g.maxPool(lrn(g.relu(g.conv('image', 3, 8, 5, { stride: 2, pad: 2 }))), 3, 2);
  const two = g.relu(g.conv(lrn(g.relu(g.conv(one, 8, 8, 3, { group: 2 }))), 8, 6, 3));
  const flat = g.put('Flatten', [two]);
  const six = g.put('Dropout', [g.relu(g.dense(flat, 6 * 3 * 3, 12))]);
  return g.finish('alexnet', 16, g.put('Softmax', [g.dense(g.relu(g.dense(six, 12, 8)), 8, 4)]));
};

const vgg = (): Family => {
  const g = grow(2);
  const block = (x: string, from: number, to: number): string =>
    g.maxPool(g.relu(g.conv(g.relu(g.conv(x, from, to, 3)), to, to, 3)), 2, 2);
  const flat = g.put('Flatten', [block(block('image', 3, 6), 6, 8)]);
  return g.finish('vgg', 8, g.dense(g.relu(g.dense(flat, 32, 10)), 10, 4));
};

/** Inception: branches of several kernels, an average pool with padding, joined by Concat. */
const inception = (): Family => {
  const g = grow(3);
  const unit = (x: string, from: number, to: number, kernel: number): string =>
    g.relu(g.norm(g.conv(x, from, to, kernel, { bias: false }), to));
  const stem = unit('image', 3, 6, 3);
  const branches = [
    unit(stem, 6, 3, 1),
    unit(unit(stem, 6, 4, 1), 4, 3, 5),
    unit(g.averagePool(stem, 3, 1, 1), 6, 2, 1),
    g.maxPool(stem, 3, 1, 1),
  ];
  return g.finish('inception', 8, g.head(g.put('Concat', branches, { axis: 1 }), 14));
};

const resnet = (): Family => {
  const g = grow(4);
  const unit = (x: string, from: number, to: number, stride = 1): string =>
    g.norm(g.conv(x, from, to, 3, { stride, bias: false }), to);
  const stem = g.maxPool(g.relu(unit('image', 3, 6)), 3, 2, 1);
  const block = g.relu(g.add(unit(g.relu(unit(stem, 6, 6)), 6, 6), stem));
  const down = g.norm(g.conv(block, 6, 8, 1, { stride: 2, bias: false }), 8);
  const next = g.relu(g.add(unit(g.relu(unit(block, 6, 8, 2)), 8, 8), down));
  return g.finish('resnet', 8, g.head(next, 8));
};

/** DenseNet: every layer reads all before it; BatchNormalization stands before the activation. */
const densenet = (): Family => {
  const g = grow(5);
  let x = g.conv('image', 3, 6, 3, { bias: false });
  let width = 6;
  for (let i = 0; i < 3; i++) {
    const narrow = g.conv(g.relu(g.norm(x, width)), width, 4, 1, { bias: false });
    x = g.put('Concat', [x, g.conv(g.relu(g.norm(narrow, 4)), 4, 3, 3, { bias: false })], { axis: 1 });
    width += 3;
  }
  const transition = g.averagePool(g.conv(g.relu(g.norm(x, width)), width, 8, 1, { bias: false }), 2, 2);
  return g.finish('densenet', 8, g.head(g.relu(g.norm(transition, 8)), 8));
};

const squeezenet = (): Family => {
  const g = grow(6);
  const fire = (x: string, from: number): string => {
    const squeezed = g.relu(g.conv(x, from, 3, 1));
    return g.put('Concat', [g.relu(g.conv(squeezed, 3, 4, 1)), g.relu(g.conv(squeezed, 3, 4, 3))], { axis: 1 });
  };
  const features = fire(g.maxPool(fire(g.relu(g.conv('image', 3, 6, 3, { stride: 2 })), 6), 3, 2), 8);
  const classes = g.put('GlobalAveragePool', [g.relu(g.conv(g.put('Dropout', [features]), 8, 4, 1))]);
  return g.finish('squeezenet', 12, g.put('Reshape', [classes, g.ints(0, -1)]));
};

/** ShuffleNet: half of the channels go by; groups are shuffled by Reshape, Transpose, Reshape. */
const shufflenet = (): Family => {
  const g = grow(7);
  const stem = g.relu(g.norm(g.conv('image', 3, 8, 3, { bias: false }), 8));
  const right = 'half';
  const left = g.put('Split', [stem, g.ints(4, 4)], { axis: 1 }, [right]);
  const narrow = g.relu(g.norm(g.conv(right, 4, 4, 1, { bias: false }), 4));
  const deep = g.norm(g.conv(narrow, 4, 4, 3, { group: 4, bias: false }), 4);
  const wide = g.relu(g.norm(g.conv(deep, 4, 4, 1, { bias: false }), 4));
  const joined = g.put('Concat', [left, wide], { axis: 1 });
  const grouped = g.put('Reshape', [joined, g.ints(0, 2, 4, 8, 8)]);
  const shuffled = g.put('Reshape', [g.put('Transpose', [grouped], { perm: [0, 2, 1, 3, 4] }), g.ints(0, -1, 8, 8)]);
  return g.finish('shufflenet', 8, g.head(g.relu(g.conv(shuffled, 8, 8, 1, { group: 2 })), 8));
};

/** MobileNet: inverted residuals, depthwise convolutions, Clip as ReLU6, HardSwish, squeeze-excite by HardSigmoid. */
const mobilenet = (): Family => {
  const g = grow(8);
  const relu6 = (x: string): string => g.put('Clip', [x, g.number(0), g.number(6)]);
  const swish = (x: string): string => g.put('HardSwish', [x]);
  const stem = swish(g.norm(g.conv('image', 3, 6, 3, { stride: 2, bias: false }), 6));
  const expanded = relu6(g.norm(g.conv(stem, 6, 12, 1, { bias: false }), 12));
  const depth = swish(g.norm(g.conv(expanded, 12, 12, 3, { group: 12, bias: false }), 12));
  const pooled = g.put('ReduceMean', [depth, g.ints(2, 3)], { keepdims: 1 });
  const gate = g.put('HardSigmoid', [g.conv(g.relu(g.conv(pooled, 12, 4, 1)), 4, 12, 1)], { alpha: 1 / 6 });
  const scaled = g.put('Mul', [depth, gate]);
  const block = g.add(g.norm(g.conv(scaled, 12, 6, 1, { bias: false }), 6), stem);
  return g.finish('mobilenet', 8, g.head(relu6(g.conv(block, 6, 8, 1)), 8));
};

/** EfficientNet: x · Sigmoid(x), squeeze-excite by Sigmoid. */
const efficientnet = (): Family => {
  const g = grow(9);
  const swish = (x: string): string => g.put('Mul', [x, g.put('Sigmoid', [x])]);
  const stem = swish(g.norm(g.conv('image', 3, 6, 3, { bias: false }), 6));
  const depth = swish(g.norm(g.conv(stem, 6, 6, 3, { group: 6, bias: false }), 6));
  const squeezed = swish(g.conv(g.put('GlobalAveragePool', [depth]), 6, 3, 1));
  const excited = g.put('Mul', [g.put('Sigmoid', [g.conv(squeezed, 3, 6, 1)]), depth]);
  const block = g.add(g.norm(g.conv(excited, 6, 6, 1, { bias: false }), 6), stem);
  return g.finish('efficientnet', 8, g.head(swish(g.conv(block, 6, 8, 1)), 8));
};

/** ConvNeXt: patches, depthwise 7 × 7, LayerNormalization and dense layers over channels last, Gelu, a layer scale. */
const convnext = (): Family => {
  const g = grow(10);
  const layerNorm = (x: string, c: number): string =>
    g.put('LayerNormalization', [x, g.weight([c], 0.2, 1), g.weight([c], 0.1)], { epsilon: 1e-6 });
  const last = (x: string): string => g.put('Transpose', [x], { perm: [0, 2, 3, 1] });
  const first = (x: string): string => g.put('Transpose', [x], { perm: [0, 3, 1, 2] });
  const stem = first(layerNorm(last(g.conv('image', 3, 6, 2, { stride: 2, pad: 0 })), 6));
  const normal = layerNorm(last(g.conv(stem, 6, 6, 7, { group: 6 })), 6);
  const wide = g.add(g.put('MatMul', [normal, g.weight([6, 12], 0.7)]), g.weight([12], 0.1));
  const narrow = g.add(g.put('MatMul', [g.put('Gelu', [wide]), g.weight([12, 6], 0.5)]), g.weight([6], 0.1));
  const scaled = g.put('Mul', [g.weight([6], 0.3, 0.5), narrow]);
  const block = g.add(stem, first(scaled));
  const pooled = layerNorm(g.put('Flatten', [g.put('GlobalAveragePool', [block])]), 6);
  return g.finish('convnext', 8, g.dense(pooled, 6, 4));
};

/** One small network of each family of classifiers. */
export const families: Readonly<Record<string, () => Family>> = {
  alexnet,
  vgg,
  inception,
  resnet,
  densenet,
  squeezenet,
  shufflenet,
  mobilenet,
  efficientnet,
  convnext,
};

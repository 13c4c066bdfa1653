import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import {
  infer,
  type Graph,
  type Input,
  type InlineTensor,
  type Node,
  type StoredTensor,
  type TensorEntry,
} from '@kirchhoff/graph';
import { floats, graphOf, inferred, int, ints, node, problemsOf, typeText } from './small.js';

const float = (...shape: readonly number[]): TensorEntry => ({
  type: 'float32',
  shape,
  data: Array.from({ length: shape.reduce((n, d) => n * d, 1) }, () => 0),
});
const input = (name: string, shape: Input['shape'], type: Input['type'] = 'float32'): Input => ({ name, type, shape });

const lenet = graphOf(
  [input('image', ['N', 1, 28, 28])],
  [
    node('conv1', 'Conv', ['image', 'conv1.weight', 'conv1.bias'], { pads: [2, 2, 2, 2] }),
    node('relu1', 'Relu', ['conv1']),
    node('pool1', 'MaxPool', ['relu1'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('conv2', 'Conv', ['pool1', 'conv2.weight', 'conv2.bias']),
    node('relu2', 'Relu', ['conv2']),
    node('pool2', 'MaxPool', ['relu2'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('flatten', 'Flatten', ['pool2']),
    node('fc1', 'Gemm', ['flatten', 'fc1.weight', 'fc1.bias'], { transB: 1 }),
    node('relu3', 'Relu', ['fc1']),
    node('fc2', 'Gemm', ['relu3', 'fc2.weight', 'fc2.bias'], { transB: 1 }),
  ],
  {
    'conv1.weight': float(12, 1, 5, 5),
    'conv1.bias': float(12),
    'conv2.weight': float(32, 12, 5, 5),
    'conv2.bias': float(32),
    'fc1.weight': float(128, 800),
    'fc1.bias': float(128),
    'fc2.weight': float(10, 128),
    'fc2.bias': float(10),
  },
);

test('LeNet, with a symbolic batch', () => {
  const typed = inferred(lenet);
  expect(lenet.nodes.map(({ name }) => `${name}: ${typeText(typed, name)}`)).toEqual([
    'conv1: float32[N, 12, 28, 28]',
    'relu1: float32[N, 12, 28, 28]',
    'pool1: float32[N, 12, 14, 14]',
    'conv2: float32[N, 32, 10, 10]',
    'relu2: float32[N, 32, 10, 10]',
    'pool2: float32[N, 32, 5, 5]',
    'flatten: float32[N, 800]',
    'fc1: float32[N, 128]',
    'relu3: float32[N, 128]',
    'fc2: float32[N, 10]',
  ]);
  expect(typeText(typed, 'fc1.weight')).toBe('float32[128, 800]');
});

test('each faulty node is reported once, what depends on it is not, and the others still are', () => {
  const graph: Graph = {
    ...lenet,
    tensors: { ...lenet.tensors, 'conv1.weight': float(12, 3, 5, 5) },
    nodes: [...lenet.nodes, node('other', 'MatMul', ['image', 'fc2.weight'])],
  };
  expect(problemsOf(graph)).toBe(
    [
      '/nodes/0 (conv1): Conv: input has 1 channels (shape [N, 1, 28, 28]) but the weight [12, 3, 5, 5] expects 3 × group 1',
      '/nodes/10 (other): MatMul: [N, 1, 28, 28] × [10, 128]: the inner dimensions 28 and 10 differ',
    ].join('\n'),
  );
});

test('what is not declared or not loaded is named', () => {
  const graph = graphOf([input('x', ['N'])], [node('y', 'Add', ['x', 'w']), node('z', 'Add', ['y', 'v'])], {
    w: { file: 'weights.safetensors' },
  });
  expect(problemsOf(graph)).toBe(
    '/tensors/w: no tensor called "w" was loaded\n/nodes/1 (z): "v" is read but nothing declares it; declare it as an input, node or tensor',
  );
});

describe('known values', () => {
  const x = input('x', ['N', 16, 5, 5]);

  test('a shape computed from the input: Shape, Gather, Unsqueeze, Concat, Reshape', () => {
    const graph = graphOf(
      [x],
      [
        node('shape', 'Shape', ['x']),
        node('n', 'Gather', ['shape', 'zero']),
        node('n1', 'Unsqueeze', ['n', 'zeros']),
        node('target', 'Concat', ['n1', 'rest'], { axis: 0 }),
        node('y', 'Reshape', ['x', 'target']),
      ],
      { zero: int(0), zeros: ints(0), rest: ints(-1) },
    );
    const typed = inferred(graph);
    expect(typed.known.get('target')?.values).toEqual(['N', -1]);
    expect(typeText(typed, 'y')).toBe('float32[N, 400]');
  });

  test('arithmetic on symbols: (2·T + 1) - T, products, division', () => {
    const graph = graphOf(
      [input('x', ['T'])],
      [
        node('t', 'Shape', ['x']),
        node('double', 'Mul', ['t', 'two']),
        node('odd', 'Add', ['double', 'one']),
        node('back', 'Sub', ['odd', 't']),
        node('half', 'Div', ['t', 'two']),
        node('y', 'ConstantOfShape', ['back']),
        node('z', 'Expand', ['y', 'odd1']),
        node('odd1', 'Identity', ['one']),
      ],
      { two: ints(2), one: ints(1) },
    );
    const ordered: Graph = {
      ...graph,
      nodes: [...graph.nodes.slice(0, 6), ...graph.nodes.slice(7), ...graph.nodes.slice(6, 7)],
    };
    const typed = inferred(ordered);
    expect(typed.known.get('odd')?.values).toEqual(['2*T + 1']);
    expect(typed.known.get('half')?.values).toEqual(['floor(T/2)']);
    expect(typeText(typed, 'z')).toBe('float32[T + 1]');
  });

  test('an expanded shape as PyTorch writes it: Where(Equal(shape, -1), ones, shape)', () => {
    const graph = graphOf(
      [input('x', ['N', 1])],
      [
        node('fill', 'ConstantOfShape', ['length'], { value: { type: 'int64', shape: [1], data: [1] } }),
        node('open', 'Equal', ['asked', 'minus']),
        node('target', 'Where', ['open', 'fill', 'asked']),
        node('y', 'Expand', ['x', 'target']),
      ],
      { length: ints(2), asked: ints(-1, 7), minus: ints(-1) },
    );
    expect(typeText(inferred(graph), 'y')).toBe('float32[N, 7]');
  });

  test('slices, squeezes, casts, ranges, sizes, comparisons, minima and sums of known values', () => {
    const nodes: readonly Node[] = [
      node('shape', 'Shape', ['x']),
      node('tail', 'Slice', ['shape', 'starts', 'ends']),
      node('backwards', 'Slice', ['shape', 'last', 'far', 'zeros', 'last']),
      node('part', 'Shape', ['x'], { start: 1, end: -1 }),
      node('size', 'Size', ['x']),
      node('range', 'Range', ['one', 'four', 'one']),
      node('cast', 'Cast', ['halves'], { to: 7 }),
      node('rows', 'Reshape', ['pairs', 'square']),
      node('turned', 'Transpose', ['rows']),
      node('column', 'Gather', ['rows', 'one'], { axis: 1 }),
      node('sum', 'ReduceSum', ['pairs'], { keepdims: 0 }),
      node('runs', 'CumSum', ['pairs', 'zero']),
      node('least', 'Min', ['pairs', 'twos']),
      node('less', 'Less', ['pairs', 'twos']),
      node('both', 'Not', ['less']),
      node('rest', 'Mod', ['pairs', 'twos']),
      node('flat', 'Squeeze', ['twos']),
      node('constant', 'Constant', [], { value_ints: [5, 6] }),
    ];
    const { known } = inferred(
      graphOf([x], nodes, {
        starts: ints(1),
        ends: ints(3),
        last: ints(-1),
        far: ints(-100),
        zeros: ints(0),
        zero: int(0),
        one: int(1),
        four: int(4),
        halves: floats(1.5, -2.5),
        pairs: ints(1, 2, 3, 4),
        square: ints(2, 2),
        twos: ints(2),
      }),
    );
    const values = Object.fromEntries([...known].map(([name, { values: v }]) => [name, v]));
    expect(values).toMatchObject({
      shape: ['N', 16, 5, 5],
      tail: [16, 5],
      backwards: [5, 5, 16, 'N'],
      part: [16, 5],
      size: ['400*N'],
      range: [1, 2, 3],
      cast: [1, -2],
      rows: [1, 2, 3, 4],
      turned: [1, 3, 2, 4],
      column: [2, 4],
      sum: [10],
      runs: [1, 3, 6, 10],
      least: [1, 2, 2, 2],
      less: [1, 0, 0, 0],
      both: [0, 1, 1, 1],
      rest: [1, 0, 1, 0],
      flat: [2],
      constant: [5, 6],
    });
  });

  test('stored constants are read only where a shape needs them', () => {
    let reads = 0;
    const stored = (data: BigInt64Array | Float32Array, type: StoredTensor['type']): StoredTensor => ({
      type,
      shape: [data.length],
      read: () => {
        reads++;
        return data;
      },
    });
    const store = new Map([
      ['target', stored(BigInt64Array.of(0n, 400n), 'int64')],
      ['bias', stored(new Float32Array(400), 'float32')],
    ]);
    const graph = graphOf([x], [node('y', 'Reshape', ['x', 'target']), node('z', 'Add', ['y', 'bias'])], {
      target: { file: 'w.safetensors' },
      bias: { file: 'w.safetensors' },
    });
    const result = infer(graph, store);
    expect(E.isRight(result) && typeText(result.right, 'z')).toBe('float32[N, 400]');
    expect(reads).toBe(1);
  });
});

describe('Scan', () => {
  const body = (state: Input['shape'], nodes: readonly Node[], outputs: readonly string[]): Graph => ({
    name: 'body',
    inputs: [input('h', state), input('xt', ['B', 8])],
    nodes,
    outputs,
    tensors: {},
  });
  const cell = body(
    ['B', 5],
    [
      node('scan/wx', 'MatMul', ['xt', 'W']),
      node('scan/uh', 'MatMul', ['h', 'U']),
      node('scan/sum', 'Add', ['scan/wx', 'scan/uh']),
      node('scan/h', 'Tanh', ['scan/sum']),
      node('scan/y', 'Identity', ['scan/h']),
    ],
    ['scan/h', 'scan/y'],
  );
  const graph = (inner: Graph, axes: readonly number[] = [0]): Graph =>
    graphOf(
      [input('x', ['T', 'N', 8]), input('h0', ['N', 5])],
      [node('scan', 'Scan', ['h0', 'x'], { body: inner, num_scan_inputs: 1, scan_input_axes: axes }, ['ys'])],
      { W: float(8, 5), U: float(5, 5) },
    );

  test('states keep their shape, scanned outputs gain the time axis, bodies may capture outer tensors', () => {
    const typed = inferred(graph(cell));
    expect([typeText(typed, 'scan'), typeText(typed, 'ys')]).toEqual(['float32[N, 5]', 'float32[T, N, 5]']);
    const inside = typed.bodies.get('scan');
    expect(inside && typeText(inside, 'scan/sum')).toBe('float32[N, 5]');
  });

  test('a fault in a body names its place', () => {
    expect(problemsOf(graph(body(['B', 5], [node('scan/h', 'MatMul', ['xt', 'U'])], ['scan/h', 'scan/h'])))).toBe(
      '/nodes/0/attrs/body/nodes/0 (scan/h): MatMul: [N, 8] × [5, 5]: the inner dimensions 8 and 5 differ',
    );
  });

  test('a state that changes, a declaration that contradicts, too few outputs', () => {
    const changed = body(['B', 5], [node('scan/h', 'MatMul', ['xt', 'W2'])], ['scan/h', 'scan/h']);
    const w2: InlineTensor = { type: 'float32', shape: [8, 2], data: Array.from({ length: 16 }, () => 0) };
    const outer = graph(changed);
    expect(problemsOf({ ...outer, tensors: { ...outer.tensors, W2: w2 } })).toBe(
      '/nodes/0 (scan): Scan: the body turns the state "h" of shape [N, 5] into [N, 2]; a state keeps its shape and type',
    );
    expect(problemsOf(graph({ ...cell, inputs: [input('h', ['B', 6]), input('xt', ['B', 8])] }))).toBe(
      '/nodes/0/attrs/body/inputs/0 (h): float32[N, 5] flows in but float32[B, 6] is declared',
    );
    expect(problemsOf(graph({ ...cell, outputs: ['scan/h'] }))).toBe(
      '/nodes/0 (scan): Scan: the body has 1 outputs but 2 are needed',
    );
  });
});

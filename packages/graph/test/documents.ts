const floats = (shape: readonly number[], value = 0.5): object => ({
  type: 'float32',
  shape,
  data: Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => value - (i % 5) / 4),
});
const ints = (...data: readonly number[]): object => ({ type: 'int64', shape: [data.length], data });

const node = (name: string, op: string, inputs: readonly string[], attrs: object = {}): object => ({
  name,
  op,
  inputs,
  attrs,
});

/** Small graph documents that say between them whatever a document can say: what mutations start from. */
export const documents: readonly object[] = [
  {
    format: 'kirchhoff-graph/1',
    name: 'picture',
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 2, 6, 6], range: [-1, [1, 2]] }],
    nodes: [
      node('padded', 'Pad', ['x', 'pads'], { mode: 'reflect' }),
      node('conv', 'Conv', ['padded', 'w', 'b'], { strides: [2, 1], pads: [1, 1, 1, 1], dilations: [1, 2], group: 2 }),
      node('norm', 'BatchNormalization', ['conv', 'b', 'b', 'b', 'v'], { epsilon: 0.001 }),
      node('clip', 'Clip', ['norm', 'zero', ''], {}),
      { name: 'pool', op: 'MaxPool', inputs: ['clip'], attrs: { kernel_shape: [2, 2], ceil_mode: 1 }, outputs: ['at'] },
      node('up', 'Resize', ['pool', '', 'scales'], { mode: 'linear' }),
      node('mean', 'ReduceMean', ['up', 'axes'], { keepdims: 0 }),
      node('y', 'Gemm', ['mean', 'fc', 'b'], { transB: 1, alpha: 0.5 }),
      node('p', 'Softmax', ['y'], { axis: 1 }),
    ],
    outputs: ['p', 'at'],
    tensors: {
      pads: ints(0, 0, 1, 1, 0, 0, 1, 1),
      w: floats([4, 1, 3, 3]),
      b: floats([4]),
      v: { type: 'float32', shape: [4], data: [1, 2, 'Infinity', 0.25] },
      zero: floats([]),
      scales: { type: 'float32', shape: [4], data: [1, 1, 2, 2] },
      axes: ints(2, -1),
      fc: floats([4, 4]),
    },
  },
  {
    format: 'kirchhoff-graph/1',
    name: 'text',
    inputs: [
      { name: 'ids', type: 'int64', shape: ['N', '2*T + 1'] },
      { name: 'mask', type: 'bool', shape: ['N', '2*T + 1'] },
    ],
    nodes: [
      node('words', 'Gather', ['table', 'ids']),
      node('shape', 'Shape', ['words'], { start: 0, end: 2 }),
      node('one', 'ConstantOfShape', ['shape'], { value: { type: 'float32', shape: [1], data: [1] } }),
      node('kept', 'Where', ['mask', 'one', 'half']),
      node('wide', 'Unsqueeze', ['kept', 'last']),
      node('weighed', 'Mul', ['words', 'wide']),
      { name: 'part', op: 'Split', inputs: ['weighed'], outputs: ['rest'], attrs: { axis: 2, num_outputs: 2 } },
      node('joined', 'Concat', ['rest', 'part'], { axis: -1 }),
      node('turned', 'Transpose', ['joined'], { perm: [0, 2, 1] }),
      node('scores', 'MatMul', ['joined', 'turned']),
      node('tokens', 'Reshape', ['scores', 'flat']),
      { name: 'best', op: 'TopK', inputs: ['tokens', 'k'], outputs: ['where'] },
      node('gate', 'Sigmoid', ['best']),
      { name: 'gated', op: 'Mul', inputs: ['best', 'gate'], roles: { gate: 1, signal: 0 } },
    ],
    outputs: ['gated', 'where'],
    tensors: { table: floats([7, 4]), half: floats([], 0.5), last: ints(2), flat: ints(0, -1), k: ints(1) },
  },
  {
    format: 'kirchhoff-graph/1',
    name: 'recurrence',
    inputs: [{ name: 'x', type: 'float32', shape: ['T', 'N', 2] }],
    nodes: [
      {
        name: 'hs',
        op: 'RNN',
        inputs: ['x', 'w', 'r', 'bias'],
        attrs: { hidden_size: 3, activations: ['Relu'] },
        outputs: ['h'],
      },
      node('flat', 'Squeeze', ['hs', 'ones']),
      {
        name: 'state',
        op: 'Scan',
        inputs: ['start', 'flat'],
        outputs: ['all'],
        attrs: {
          num_scan_inputs: 1,
          scan_input_axes: [0],
          scan_input_directions: [1],
          body: {
            inputs: [
              { name: 'before', type: 'float32', shape: [3] },
              { name: 'now', type: 'float32', shape: ['N', 3] },
            ],
            nodes: [
              node('sum', 'ReduceSum', ['now', 'first'], { keepdims: 0 }),
              node('next', 'Add', ['before', 'sum']),
              node('scaled', 'Mul', ['now', 'factor']),
            ],
            outputs: ['next', 'scaled'],
            tensors: { factor: floats([3]), first: ints(0) },
          },
        },
      },
      node('hot', 'OneHot', ['numbers', 'depth', 'values'], { axis: 0 }),
      node('y', 'Tile', ['state', 'twice']),
    ],
    outputs: ['y', 'all', 'hot'],
    tensors: {
      w: floats([1, 3, 2]),
      r: floats([1, 3, 3]),
      bias: floats([1, 6]),
      ones: ints(1),
      start: floats([3]),
      numbers: ints(0, 2),
      depth: { type: 'int64', shape: [], data: [4] },
      values: floats([2]),
      twice: ints(2),
    },
  },
];

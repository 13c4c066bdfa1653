import { node, testSoundness } from './soundness.js';

const root = { two: 2, half: 0.5, one: 1, root: Math.SQRT2 };
const gelu = (...end: readonly ReturnType<typeof node>[]) => [
  node('scaled', 'Div', ['x', 'root']),
  node('erf', 'Erf', ['scaled']),
  node('sum', 'Add', ['erf', 'one']),
  ...end,
];
const cube = { cubic: 0.044715, slope: Math.sqrt(2 / Math.PI), half: 0.5, one: 1, three: 3 };
const clip = [node('shifted', 'Add', ['x', 'three']), node('clip', 'Clip', ['shifted', 'zero', 'six'])];
const clipNumbers = { three: 3, zero: 0, six: 6 };
const centred = [node('mean', 'ReduceMean', ['x', 'axes']), node('centred', 'Sub', ['x', 'mean'])];
const epsilon = { epsilon: 1e-5, two: 2 };
const deviation = (squared: ReturnType<typeof node>) => [
  squared,
  node('variance', 'ReduceMean', ['square', 'axes']),
  node('stable', 'Add', ['variance', 'epsilon']),
  node('root', 'Sqrt', ['stable']),
];
const square = node('square', 'Pow', ['centred', 'two']);

testSoundness([
  {
    name: 'Gelu as PyTorch writes it',
    rewrite: 'join-activations',
    shape: [3],
    nodes: gelu(node('product', 'Mul', ['x', 'sum']), node('y', 'Mul', ['product', 'half'])),
    numbers: root,
    left: ['Gelu'],
  },
  {
    name: 'Gelu, halved first',
    rewrite: 'join-activations',
    shape: [3],
    nodes: gelu(node('halved', 'Mul', ['half', 'x']), node('y', 'Mul', ['halved', 'sum'])),
    numbers: root,
    left: ['Gelu'],
  },
  {
    name: 'Gelu, divided by two',
    rewrite: 'join-activations',
    shape: [3],
    nodes: gelu(node('halved', 'Div', ['sum', 'two']), node('y', 'Mul', ['x', 'halved'])),
    numbers: root,
    left: ['Gelu'],
  },
  {
    name: 'not a Gelu of another width',
    rewrite: '',
    shape: [3],
    nodes: gelu(node('product', 'Mul', ['x', 'sum']), node('y', 'Mul', ['product', 'half'])),
    numbers: { ...root, root: 1.5 },
    left: ['Div', 'Erf', 'Add', 'Mul', 'Mul'],
  },
  {
    name: 'Gelu by tanh',
    rewrite: 'join-activations',
    shape: [3],
    nodes: [
      node('cube', 'Pow', ['x', 'three']),
      node('small', 'Mul', ['cubic', 'cube']),
      node('inner', 'Add', ['x', 'small']),
      node('argument', 'Mul', ['inner', 'slope']),
      node('tanh', 'Tanh', ['argument']),
      node('sum', 'Add', ['tanh', 'one']),
      node('product', 'Mul', ['x', 'sum']),
      node('y', 'Mul', ['product', 'half']),
    ],
    numbers: cube,
    left: ['Gelu'],
  },
  {
    name: 'HardSwish as it was written before opset 14',
    rewrite: 'join-activations',
    shape: [3],
    nodes: [...clip, node('product', 'Mul', ['x', 'clip']), node('y', 'Div', ['product', 'six'])],
    numbers: clipNumbers,
    left: ['HardSwish'],
  },
  {
    name: 'HardSwish of a hard sigmoid',
    rewrite: 'join-activations',
    shape: [3],
    nodes: [node('gate', 'HardSigmoid', ['x'], { alpha: 1 / 6 }), node('y', 'Mul', ['gate', 'x'])],
    left: ['HardSwish'],
  },
  {
    name: 'HardSigmoid, whose result is read twice',
    rewrite: 'join-activations',
    shape: [3],
    nodes: [
      ...clip,
      node('gate', 'Div', ['clip', 'six']),
      node('twice', 'Add', ['gate', 'gate']),
      node('y', 'Mul', ['x', 'twice']),
    ],
    numbers: clipNumbers,
    left: ['HardSigmoid', 'Add', 'Mul'],
  },
  {
    name: 'a layer normalisation with scale and shift',
    rewrite: 'join-layer-norm',
    shape: [2, 3],
    nodes: [
      ...centred,
      ...deviation(square),
      node('quotient', 'Div', ['centred', 'root']),
      node('scaled', 'Mul', ['gamma', 'quotient']),
      node('y', 'Add', ['scaled', 'beta']),
    ],
    weights: { gamma: [3], beta: [3] },
    ints: { axes: [-1] },
    numbers: epsilon,
    left: ['LayerNormalization'],
  },
  {
    name: 'over two axes, with a reciprocal and a product as square',
    rewrite: 'join-layer-norm',
    shape: [2, 3],
    nodes: [
      ...centred,
      ...deviation(node('square', 'Mul', ['centred', 'centred'])),
      node('inverse', 'Reciprocal', ['root']),
      node('y', 'Mul', ['inverse', 'centred']),
    ],
    ints: { axes: [2, 1] },
    numbers: epsilon,
    left: ['LayerNormalization'],
  },
  {
    name: 'centred twice, over channels',
    rewrite: 'join-layer-norm',
    shape: [3, 2, 2],
    nodes: [
      ...centred,
      node('mean2', 'ReduceMean', ['x', 'axes']),
      node('centred2', 'Sub', ['x', 'mean2']),
      ...deviation(node('square', 'Pow', ['centred2', 'two'])),
      node('quotient', 'Div', ['centred', 'root']),
      node('y', 'Mul', ['quotient', 'gamma']),
    ],
    weights: { gamma: [3, 1, 1] },
    ints: { axes: [1] },
    numbers: epsilon,
    left: ['Transpose', 'LayerNormalization', 'Transpose', 'Mul'],
  },
  {
    name: 'not where the variance is of other axes',
    rewrite: '',
    shape: [2, 3, 2],
    nodes: [
      ...centred,
      square,
      node('variance', 'ReduceMean', ['square', 'others']),
      node('stable', 'Add', ['variance', 'epsilon']),
      node('root', 'Sqrt', ['stable']),
      node('y', 'Div', ['centred', 'root']),
    ],
    ints: { axes: [3], others: [2] },
    numbers: epsilon,
    left: ['ReduceMean', 'Sub', 'Pow', 'ReduceMean', 'Add', 'Sqrt', 'Div'],
  },
]);

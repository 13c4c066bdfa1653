import {
  bodiesOf,
  infer,
  outputsOf,
  resolveTensors,
  type Graph,
  type InlineTensor,
  type Input,
  type Node,
} from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';
import { canonize, canonizers, type Rewrite } from '../src/index.js';
import { node } from './soundness.js';

/** A small graph, what one rewrite alone makes of it, and what it says of that. */
interface Row {
  /** The shape of the input `x`. */
  readonly x: Input['shape'];
  /** The shapes of further inputs. */
  readonly others?: Readonly<Record<string, Input['shape']>>;
  readonly batch?: string;
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, InlineTensor>>;
  /** The nodes afterwards, in order; those that compute with constants alone are left out. */
  readonly after: readonly string[];
  readonly says: readonly string[];
}

const half = (...shape: readonly number[]): InlineTensor => ({
  type: 'float32',
  shape,
  data: Array.from({ length: shape.reduce((n, dim) => n * dim, 1) }, () => 0.5),
});
const number = (value: number): InlineTensor => ({ type: 'float32', shape: [], data: [value] });
const ints = (...data: readonly number[]): InlineTensor => ({ type: 'int64', shape: [data.length], data });

const map = ['N', 2, 4, 4];
const statistics = { gamma: half(2), beta: half(2), mean: half(2), variance: half(2) };
const norm = (name: string, x: string): Node =>
  node(name, 'BatchNormalization', [x, 'gamma', 'beta', 'mean', 'variance']);

const rows: Readonly<Record<string, Row>> = {
  'remove-pass-through': {
    x: ['N', 3],
    nodes: [node('same', 'Identity', ['x']), node('y', 'Relu', ['same'])],
    after: ['y = Relu(x)'],
    says: ['same (Identity) removed'],
  },
  'fold-constants': {
    x: ['N', 3],
    nodes: [node('size', 'Shape', ['x'], { start: 1 }), node('y', 'Expand', ['x', 'size'])],
    after: ['y = Expand(x, size)'],
    says: ['size (Shape) is [3]'],
  },
  'join-softmax': {
    x: ['N', 3],
    nodes: [
      node('power', 'Exp', ['x']),
      node('total', 'ReduceSum', ['power', 'axis']),
      node('y', 'Div', ['power', 'total']),
    ],
    tensors: { axis: ints(1) },
    after: ['y = Softmax(x) axis=1'],
    says: ['y (Div) and the nodes before it from x on are Softmax'],
  },
  'strip-softmax-head': {
    x: ['N', 3],
    nodes: [node('score', 'Neg', ['x']), node('y', 'Softmax', ['score'])],
    after: ['score = Neg(x)'],
    says: ['y (Softmax) taken off; the output is now score'],
  },
  'strip-sigmoid-head': {
    x: ['N', 3],
    nodes: [node('score', 'Neg', ['x']), node('y', 'Sigmoid', ['score'])],
    after: ['score = Neg(x)'],
    says: ['y (Sigmoid) taken off; the output is now score'],
  },
  'write-out-gates': {
    x: [4, 'N', 2],
    nodes: [node('y', 'RNN', ['x', 'W', 'R'], { hidden_size: 3 })],
    tensors: { W: half(1, 3, 2), R: half(1, 3, 3) },
    after: [
      'y/batch = Shape(x) start=1 end=2',
      'y/initial_shape = Concat(y/batch, y/ints_3) axis=0',
      'y/initial = ConstantOfShape(y/initial_shape)',
      'y/scan, y/steps = Scan(y/initial, x) num_scan_inputs=1',
      '  y/hx = Concat(y/h, y/x) axis=1',
      '  y/pre = Gemm(y/hx, y/weight) transB=1',
      '  y/hidden = Tanh(y/pre)',
      '  y/step = Identity(y/hidden)',
      'y = Unsqueeze(y/steps, y/ints_1)',
    ],
    says: ['y (RNN, forward) written as Scan over gates'],
  },
  'write-out-norms': {
    x: ['N', 3],
    nodes: [node('y', 'ReduceL2', ['x', 'axis'])],
    tensors: { axis: ints(1) },
    after: ['y.each = Pow(x, y.two)', 'y.sum = ReduceSum(y.each, axis)', 'y = Sqrt(y.sum)'],
    says: ['y (ReduceL2) is a ReduceSum'],
  },
  'join-layer-norm': {
    x: ['N', 3],
    nodes: [
      node('mean', 'ReduceMean', ['x', 'axis']),
      node('centred', 'Sub', ['x', 'mean']),
      node('square', 'Pow', ['centred', 'two']),
      node('variance', 'ReduceMean', ['square', 'axis']),
      node('moved', 'Add', ['variance', 'epsilon']),
      node('deviation', 'Sqrt', ['moved']),
      node('y', 'Div', ['centred', 'deviation']),
    ],
    tensors: { axis: ints(-1), two: number(2), epsilon: number(0.125) },
    after: ['y = LayerNormalization(x, y.scale) axis=-1 epsilon=0.125'],
    says: ['y (Div) and the nodes before it from x on are LayerNormalization'],
  },
  'split-layer-norm': {
    x: ['N', 3],
    nodes: [node('y', 'LayerNormalization', ['x', 'scale', 'shift'])],
    tensors: { scale: half(3), shift: half(3) },
    after: ['y.normal = LayerNormalization(x, y.ones)', 'y.scaled = Mul(y.normal, scale)', 'y = Add(y.scaled, shift)'],
    says: ['y (LayerNormalization) is one without scale and bias, then Mul and Add'],
  },
  'join-activations': {
    x: ['N', 3],
    nodes: [
      node('argument', 'Mul', ['x', 'root']),
      node('curve', 'Erf', ['argument']),
      node('sum', 'Add', ['curve', 'one']),
      node('product', 'Mul', ['x', 'sum']),
      node('y', 'Mul', ['product', 'half']),
    ],
    tensors: { root: number(Math.fround(Math.SQRT1_2)), one: number(1), half: number(0.5) },
    after: ['y = Gelu(x)'],
    says: ['y (Mul) and 4 nodes before it are Gelu'],
  },
  'write-quotients': {
    x: ['N', 3],
    nodes: [node('under', 'Exp', ['x']), node('y', 'Div', ['x', 'under'])],
    after: ['under = Exp(x)', 'y.reciprocal = Reciprocal(under)', 'y = Mul(x, y.reciprocal)'],
    says: ['y (Div) is a product by the reciprocal of under'],
  },
  'explicit-pads': {
    x: map,
    nodes: [node('y', 'Conv', ['x', 'W'], { auto_pad: 'SAME_UPPER' })],
    tensors: { W: half(2, 2, 3, 3) },
    after: ['y = Conv(x, W) pads=1,1,1,1'],
    says: ['y (Conv): auto_pad SAME_UPPER written out'],
  },
  'write-out-computed-weights': {
    x: [3, 2],
    others: { w: [4, 2] },
    nodes: [node('y', 'Gemm', ['x', 'w'], { alpha: 2, transB: 1 })],
    after: ['y.b = Transpose(w) perm=1,0', 'y.product = MatMul(x, y.b)', 'y = Mul(y.product, y.alpha)'],
    says: ['y (Gemm) is a MatMul of two computed tensors'],
  },
  'fold-pad': {
    x: map,
    nodes: [node('pad', 'Pad', ['x', 'pads']), node('y', 'Conv', ['pad', 'W'])],
    tensors: { pads: ints(0, 0, 1, 1, 0, 0, 1, 1), W: half(2, 2, 3, 3) },
    after: ['y = Conv(x, W) pads=1,1,1,1'],
    says: ['pad (Pad) folded into y (Conv)'],
  },
  'reduce-to-pool': {
    x: map,
    nodes: [node('y', 'ReduceMean', ['x', 'axes'], { keepdims: 0 })],
    tensors: { axes: ints(2, 3) },
    after: ['y.pool = GlobalAveragePool(x)', 'y = Flatten(y.pool)'],
    says: ['y (ReduceMean) is a GlobalAveragePool'],
  },
  'slices-to-split': {
    x: ['N', 4],
    nodes: [
      node('low', 'Slice', ['x', 'zero', 'one', 'axis']),
      node('high', 'Slice', ['x', 'one', 'four', 'axis']),
      node('y', 'Concat', ['high', 'low'], { axis: 1 }),
    ],
    tensors: { zero: ints(0), one: ints(1), four: ints(4), axis: ints(1) },
    after: ['low, high = Split(x, low.sizes) axis=1', 'y = Concat(high, low) axis=1'],
    says: ['2 Slices of x are one Split (low)'],
  },
  'fold-scale': {
    x: map,
    nodes: [node('conv', 'Conv', ['x', 'W', 'b']), node('y', 'Mul', ['conv', 's'])],
    tensors: { W: half(3, 2, 1, 1), b: half(3), s: half(3, 1, 1) },
    after: ['conv = Conv(x, y.weight, y.bias)'],
    says: ['y (Mul) folded into conv (Conv)'],
  },
  'fold-bias': {
    x: ['N', 3],
    nodes: [node('product', 'MatMul', ['x', 'W']), node('y', 'Add', ['product', 'b'])],
    tensors: { W: half(3, 2), b: half(2) },
    after: ['product = Gemm(x, W, b)'],
    says: ['y (Add) folded into product (MatMul)'],
  },
  'raise-batch-norm': {
    x: map,
    nodes: [
      node('left', 'Conv', ['x', 'W']),
      node('right', 'Conv', ['x', 'W']),
      node('both', 'Concat', ['left', 'right'], { axis: 1 }),
      norm('y', 'both'),
    ],
    tensors: { W: half(1, 2, 1, 1), ...statistics },
    after: [
      'left = Conv(x, W)',
      'right = Conv(x, W)',
      'y.of_0 = BatchNormalization(left, y.gamma.of_0, y.beta.of_0, y.mean.of_0, y.variance.of_0)',
      'y.of_1 = BatchNormalization(right, y.gamma.of_1, y.beta.of_1, y.mean.of_1, y.variance.of_1)',
      'y = Concat(y.of_0, y.of_1) axis=1',
    ],
    says: ['y (BatchNormalization) put before both (Concat)'],
  },
  'fold-batch-norm': {
    x: map,
    nodes: [node('conv', 'Conv', ['x', 'W']), norm('y', 'conv')],
    tensors: { W: half(2, 2, 1, 1), ...statistics },
    after: ['conv = Conv(x, y.weight, y.bias)'],
    says: ['y (BatchNormalization) folded into conv (Conv)'],
  },
  'fold-batch-norm-forward': {
    x: map,
    nodes: [node('active', 'Relu', ['x']), norm('norm', 'active'), node('y', 'Conv', ['norm', 'W'])],
    tensors: { W: half(3, 2, 1, 1), ...statistics },
    after: ['active = Relu(x)', 'y = Conv(active, norm.weight.joined, norm.bias.flat)'],
    says: ['norm (BatchNormalization) folded into y (Conv) after it'],
  },
  'join-reshapes': {
    x: map,
    nodes: [node('flat', 'Flatten', ['x']), node('y', 'Reshape', ['flat', 'sizes'])],
    tensors: { sizes: ints(-1, 8, 4) },
    after: ['y = Reshape(x, y.shape)'],
    says: ['flat (Flatten) joined with y (Reshape)'],
  },
  'repeat-shared': {
    x: ['N', 3],
    others: { table: [3] },
    batch: 'N',
    nodes: [node('shared', 'Relu', ['table']), node('y', 'Add', ['x', 'shared'])],
    after: [
      'shared = Relu(table)',
      'y.wide = Unsqueeze(shared, y.wide.axes)',
      'y.samples = Shape(x) start=0 end=1',
      'y.each.shape = Concat(y.samples, y.behind) axis=0',
      'y.each = Expand(y.wide, y.each.shape)',
      'y = Add(x, y.each)',
    ],
    says: ['shared repeated for each sample of y (Add)'],
  },
  'mark-preamble': {
    x: map,
    nodes: [node('scaled', 'Mul', ['x', 'factor']), node('y', 'Conv', ['scaled', 'W'])],
    tensors: { factor: number(0.5), W: half(2, 2, 1, 1) },
    after: ['scaled = Mul(x, factor), preamble', 'y = Conv(scaled, W)'],
    says: ['scaled (Mul): preparation of the input; what reaches scaled is the relevance of x'],
  },
};

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const typedOf = ({ x, others, batch, nodes, tensors = {} }: Row) => {
  const inputs = Object.entries({ x, ...others }).map(([name, shape]): Input => ({ name, type: 'float32', shape }));
  const outputs = [nodes.at(-1)!.name];
  const graph: Graph = { name: 'g', inputs, nodes, outputs, tensors, ...(batch !== undefined && { batch }) };
  return right(infer(graph, right(resolveTensors(graph, () => E.left([])))));
};

const textOf = (attrs: Node['attrs'] = {}): string =>
  Object.entries(attrs)
    .flatMap(([key, value]) => (typeof value === 'object' && !Array.isArray(value) ? [] : ` ${key}=${String(value)}`))
    .join('');

/** Nodes that depend on an input, each as `name = Op(inputs) attributes`, those of a body behind the node that holds it. */
const linesOf = ({ inputs, nodes }: Graph): readonly string[] => {
  const computed = new Set(inputs.map(({ name }) => name));
  return nodes.flatMap((one) => {
    if (!one.inputs.some((input) => computed.has(input))) return [];
    const names = outputsOf(one);
    for (const name of names) computed.add(name);
    const body = bodiesOf(one).flatMap(([, graph]) => linesOf(graph).map((line) => `  ${line}`));
    const marked = one.preamble === true ? ', preamble' : '';
    return [`${names.join(', ')} = ${one.op}(${one.inputs.join(', ')})${textOf(one.attrs)}${marked}`, ...body];
  });
};

const withoutRow = (rewrites: readonly Rewrite[]): readonly string[] =>
  rewrites.map(({ name }) => name).filter((name) => !Object.hasOwn(rows, name));

test('every rewrite has a row, and a new one would be missed', () => {
  expect(withoutRow(canonizers)).toEqual([]);
  expect(withoutRow([...canonizers, { name: 'new', edit: () => [] }])).toEqual(['new']);
  expect(Object.keys(rows)).toEqual(canonizers.map(({ name }) => name));
});

test.each(canonizers)('$name', (rewrite) => {
  const row = rows[rewrite.name]!;
  const { typed, log } = right(canonize(typedOf(row), [rewrite]));
  expect(linesOf(typed.graph)).toEqual(row.after);
  expect(log.flatMap(({ changes }) => changes)).toEqual(row.says);
});

import type {
  Attributes,
  Dim,
  Graph,
  InlineTensor,
  Input,
  Node,
  OpName,
  Range,
  Tensor,
  TensorEntry,
} from '@kirchhoff/graph';
import { tensor } from '@kirchhoff/graph';
import type { RuleCase, RuleKind } from '@kirchhoff/rule';
import type { Point } from './point.js';

/** A graph and a value for each of its inputs. */
export interface Example {
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** Numbers as float32 holds them. */
export const inline = (shape: readonly number[], data: readonly number[]): InlineTensor => ({
  type: 'float32',
  shape,
  data: data.map(Math.fround),
});

export const integers = (...data: readonly number[]): InlineTensor => ({ type: 'int64', shape: [data.length], data });

export const node = (name: string, op: OpName, inputs: readonly string[], attrs?: Attributes): Node => ({
  name,
  op,
  inputs,
  ...(attrs && { attrs }),
});

export const input = (name: string, shape: readonly Dim[], range?: Range): Input => ({
  name,
  type: 'float32',
  shape,
  ...(range && { range }),
});

export const floats = (shape: readonly number[], data: ArrayLike<number>): Tensor => tensor('float64', shape, data);

interface Parts {
  readonly inputs: readonly Input[];
  readonly values: Readonly<Record<string, Tensor>>;
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, TensorEntry>>;
  /** The shape of y. */
  readonly shape: readonly number[];
}

const column = (point: Point, name: string): number[] => point.sources.map((source) => source[name] ?? 0);

/** Vectors, one after another, each of them an input of its own. */
const vectors = (named: Readonly<Record<string, readonly [shape: readonly number[], data: readonly number[]]>>) => ({
  inputs: Object.entries(named).map(([name, [shape]]) => input(name, shape)),
  values: Object.fromEntries(Object.entries(named).map(([name, [shape, data]]) => [name, floats(shape, data)])),
});

/** An output whose window lies in the padding. */
const padded = (point: Point): Parts => ({
  ...vectors({ x: [[1, 1, 1], [0]] }),
  nodes: [{ name: 'y', op: 'Conv', inputs: ['x', 'W', 'B'], attrs: { kernel_shape: [1], pads: [1, 0], strides: [2] } }],
  tensors: { W: inline([1, 1, 1], [1]), B: inline([1], [point.output['b'] ?? 0]) },
  shape: [1, 1, 1],
});

const dense = (point: Point): Parts => {
  if (point.sources.length === 0) return padded(point);
  const x = column(point, 'x');
  const [low, high] = [column(point, 'low'), column(point, 'high')];
  const bounded = point.sources[0]?.['low'] !== undefined;
  const { inputs, values } = vectors({ x: [[1, x.length], x] });
  return {
    inputs: bounded ? inputs.map((one) => ({ ...one, range: { low, high } })) : inputs,
    values,
    nodes: [{ name: 'y', op: 'Gemm', inputs: ['x', 'W', 'B'] }],
    tensors: { W: inline([x.length, 1], column(point, 'w')), B: inline([1], [point.output['b'] ?? 0]) },
    shape: [1, 1],
  };
};

/** A sum of single numbers; the bias, where there is one, as a constant summand. */
const plain = (point: Point, op: OpName): Parts => {
  const { inputs, values } = vectors(
    Object.fromEntries(column(point, 'x').map((x, i) => [`x${i + 1}`, [[1, 1], [x]] as const])),
  );
  const names = inputs.map(({ name }) => name);
  const b = point.output['b'] ?? 0;
  const constant = b !== 0 || (op === 'Add' && names.length === 1);
  return {
    inputs,
    values,
    nodes: [{ name: 'y', op, inputs: constant ? [...names, 'B'] : names }],
    tensors: constant ? { B: inline([1, 1], [b]) } : {},
    shape: [1, 1],
  };
};

const linear = (point: Point): Parts =>
  ['Gemm', 'Conv', 'ConvTranspose', 'MatMul'].includes(point.op) || column(point, 'w').some((w) => w !== 1)
    ? dense(point)
    : plain(point, point.op);

const quotient = ({ op, output }: Point): Parts => ({
  ...vectors({ scale: [[1, 1], [output['scale'] ?? 0]], signal: [[1, 1], [output['signal'] ?? 0]] }),
  nodes: [{ name: 'y', op, inputs: ['signal', 'scale'], roles: { scale: 1, signal: 0 } }],
  shape: [1, 1],
});

const product = ({ op, output }: Point): Parts => {
  if (output['gate_pre'] === undefined) {
    const two = vectors({ a: [[1, 1], [output['a'] ?? 0]], b: [[1, 1], [output['b'] ?? 0]] });
    return { ...two, nodes: [{ name: 'y', op, inputs: ['a', 'b'] }], shape: [1, 1] };
  }
  const two = vectors({ gate_pre: [[1, 1], [output['gate_pre']]], signal_pre: [[1, 1], [output['signal_pre'] ?? 0]] });
  const nodes: readonly Node[] = [
    { name: 'gate', op: 'Sigmoid', inputs: ['gate_pre'] },
    { name: 'signal', op: 'Tanh', inputs: ['signal_pre'] },
    { name: 'y', op: 'Mul', inputs: ['gate', 'signal'], roles: { gate: 0, signal: 1 } },
  ];
  return { ...two, nodes, shape: [1, 1] };
};

const contraction = (point: Point): Parts => {
  const n = point.sources.length;
  const [first, second] = point.sources[0]?.['gate'] === undefined ? ['a', 'b'] : ['gate', 'signal'];
  return {
    ...vectors({ [first]: [[1, 1, n], column(point, first)], [second]: [[1, n, 1], column(point, second)] }),
    nodes: [
      {
        name: 'y',
        op: 'MatMul',
        inputs: [first, second],
        ...(first === 'gate' && { roles: { gate: 0, signal: 1 } }),
      },
    ],
    shape: [1, 1, 1],
  };
};

const alone = (point: Point): Parts => {
  const x = column(point, 'x');
  return {
    ...vectors({ x: [[1, x.length], x] }),
    nodes: [{ name: 'y', op: point.op, inputs: ['x'] }],
    shape: [1, x.length],
  };
};

const maximum = (point: Point): Parts => {
  const x = column(point, 'x');
  return {
    ...vectors({ x: [[1, 1, x.length], x] }),
    nodes: [{ name: 'y', op: 'MaxPool', inputs: ['x'], attrs: { kernel_shape: [x.length] } }],
    shape: [1, 1, 1],
  };
};

const axis = (point: Point): Parts => {
  const parts = alone(point);
  if (point.op !== 'LayerNormalization') return parts;
  const n = point.sources.length;
  return {
    ...parts,
    nodes: [{ name: 'y', op: point.op, inputs: ['x', 'scale'], attrs: { axis: -1 } }],
    tensors: { scale: inline([n], Array<number>(n).fill(1)) },
  };
};

const ofKind: { readonly [K in RuleKind]: (point: Point) => Parts } = {
  affine: linear,
  weighted: linear,
  plain: linear,
  product,
  quotient,
  contraction,
  elementwise: alone,
  maximum,
  axis,
  other: product,
};

/** A point as a graph of one node `y`; the relevance that reaches it is the input `target` of its explanation. */
export const graphOfPoint = ({ on }: Pick<RuleCase, 'on'>, point: Point): Example => {
  const { inputs, values, nodes, tensors = {}, shape } = ofKind[on](point);
  const R = on === 'axis' ? column(point, 'R') : [point.output['R'] ?? 0];
  return {
    graph: { name: 'counterexample', inputs, nodes, outputs: ['y'], tensors },
    inputs: { ...values, target: floats(shape, R) },
  };
};

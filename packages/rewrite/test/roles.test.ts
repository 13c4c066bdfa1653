import {
  infer,
  printGraph,
  resolveTensors,
  type Graph,
  type InlineTensor,
  type Input,
  type Node,
} from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { canonize } from '../src/index.js';

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const float = (shape: readonly number[], ...data: readonly number[]): InlineTensor => ({
  type: 'float32',
  shape,
  data,
});

const node = (name: string, op: Node['op'], inputs: readonly string[], attrs?: Node['attrs']): Node => ({
  name,
  op,
  inputs,
  ...(attrs && { attrs }),
});

const tensors: Readonly<Record<string, InlineTensor>> = {
  one: float([], 1),
  two: float([], 2),
  half: float([], -0.5),
  small: float([], 1e-6),
  scale: float([], 1 / 255),
  mean: float([2, 1, 1], 0.485, 0.456),
  std: float([2, 1, 1], 0.229, 0.224),
  gain: float([3], 1, 2, 3),
  ones: float([3], 1, 1, 1),
  W: float([3, 3], 1, 0, 0, 0, 1, 0, 0, 0, 1),
  K: float([1, 2, 1, 1], 1, 1),
  last: { type: 'int64', shape: [1], data: [-1] },
};

const rows: Input = { name: 'x', type: 'float32', shape: ['N', 3] };
const picture: Input = { name: 'x', type: 'float32', shape: ['N', 2, 2, 2] };

/** What the rewrites said, and the nodes that they left. */
const left = (nodes: readonly Node[], input: Input = rows): string => {
  const graph: Graph = { name: 'g', inputs: [input], nodes, outputs: [nodes.at(-1)!.name], tensors };
  const typed = right(infer(graph, right(resolveTensors(graph, () => E.left([])))));
  const { typed: after, log } = right(canonize(typed));
  const lines = printGraph(after.graph, after)
    .split('\n')
    .map((line) => line.trim());
  return [
    ...log.flatMap(({ rewrite, changes }) => changes.map((change) => `${rewrite}: ${change}`)),
    ...lines.filter((line) => line.includes(' = ') && !line.startsWith('tensor')),
  ].join('\n');
};

describe('a quotient is a product by a scale', () => {
  const square = [
    node('a', 'Gemm', ['x', 'W']),
    node('q', 'Pow', ['a', 'two']),
    node('m', 'ReduceMean', ['q', 'last']),
    node('v', 'Add', ['m', 'small']),
  ];

  test('in RMSNorm, by Div, Reciprocal or a power', () => {
    const root = [...square, node('s', 'Sqrt', ['v'])];
    expect(left([...root, node('y', 'Div', ['a', 's'])])).toMatchInlineSnapshot(`
      "write-quotients: y (Div) is a product by the reciprocal of s
      a: float32[N,3] = Gemm(x, W)
      q: float32[N,3] = Pow(a, two)
      m: float32[N,1] = ReduceMean(q, last)
      v: float32[N,1] = Add(m, small)
      s: float32[N,1] = Sqrt(v)
      y.reciprocal: float32[N,1] = Reciprocal(s)
      y: float32[N,3] = Mul(a, y.reciprocal) scale=1 signal=0"
    `);
    expect(left([...root, node('i', 'Div', ['one', 's']), node('y', 'Mul', ['i', 'a'])])).toMatchInlineSnapshot(`
      "write-quotients: i (Div) is a product by the reciprocal of s
      write-quotients: y (Mul): i is a scale
      a: float32[N,3] = Gemm(x, W)
      q: float32[N,3] = Pow(a, two)
      m: float32[N,1] = ReduceMean(q, last)
      v: float32[N,1] = Add(m, small)
      s: float32[N,1] = Sqrt(v)
      i: float32[N,1] = Reciprocal(s)
      y: float32[N,3] = Mul(i, a) scale=0 signal=1"
    `);
    expect(
      left([...square, node('i', 'Pow', ['v', 'half']), node('g', 'Mul', ['i', 'gain']), node('y', 'Mul', ['a', 'g'])]),
    ).toMatchInlineSnapshot(`
      "write-quotients: y (Mul): g is a scale
      a: float32[N,3] = Gemm(x, W)
      q: float32[N,3] = Pow(a, two)
      m: float32[N,1] = ReduceMean(q, last)
      v: float32[N,1] = Add(m, small)
      i: float32[N,1] = Pow(v, half)
      g: float32[N,3] = Mul(i, gain)
      y: float32[N,3] = Mul(a, g) scale=1 signal=0"
    `);
  });

  test('but no product of two reciprocals, and no division by a constant', () => {
    expect(left([...square, node('i', 'Reciprocal', ['v']), node('y', 'Mul', ['i', 'i'])])).toMatchInlineSnapshot(`
      "a: float32[N,3] = Gemm(x, W)
      q: float32[N,3] = Pow(a, two)
      m: float32[N,1] = ReduceMean(q, last)
      v: float32[N,1] = Add(m, small)
      i: float32[N,1] = Reciprocal(v)
      y: float32[N,1] = Mul(i, i)"
    `);
    expect(left([node('a', 'Relu', ['x']), node('y', 'Div', ['a', 'two'])])).toMatchInlineSnapshot(`
      "a: float32[N,3] = Relu(x)
      y: float32[N,3] = Div(a, two)"
    `);
  });
});

describe('a preparation of the input', () => {
  const normalised = [
    node('a', 'Mul', ['x', 'scale']),
    node('b', 'Sub', ['a', 'mean']),
    node('n', 'Div', ['b', 'std']),
  ];

  test('is marked before the first layer', () => {
    expect(left([...normalised, node('y', 'Conv', ['n', 'K'])], picture)).toMatchInlineSnapshot(`
      "mark-preamble: a (Mul), b (Sub), n (Div): preparation of the input; what reaches n is the relevance of x
      a: float32[N,2,2,2] = Mul(x, scale) preamble
      b: float32[N,2,2,2] = Sub(a, mean) preamble
      n: float32[N,2,2,2] = Div(b, std) preamble
      y: float32[N,1,2,2] = Conv(n, K)"
    `);
  });

  test('is not where something else reads it or it', () => {
    expect(left([...normalised, node('c', 'Conv', ['n', 'K']), node('y', 'Add', ['c', 'n'])], picture))
      .toMatchInlineSnapshot(`
      "a: float32[N,2,2,2] = Mul(x, scale)
      b: float32[N,2,2,2] = Sub(a, mean)
      n: float32[N,2,2,2] = Div(b, std)
      c: float32[N,1,2,2] = Conv(n, K)
      y: float32[N,2,2,2] = Add(c, n)"
    `);
    expect(left([node('a', 'Add', ['x', 'ones']), node('y', 'Relu', ['a'])])).toMatchInlineSnapshot(`
      "a: float32[N,3] = Add(x, ones)
      y: float32[N,3] = Relu(a)"
    `);
  });
});

describe('a layer normalisation', () => {
  test('with scale and bias is split', () => {
    expect(left([node('y', 'LayerNormalization', ['x', 'gain', 'ones'])])).toMatchInlineSnapshot(`
      "split-layer-norm: y (LayerNormalization) is one without scale and bias, then Mul and Add
      y.scale.shape: int64[1] = Constant() value_ints=[3]
      y.ones: float32[3] = ConstantOfShape(y.scale.shape) value=float32[1]{1}
      y.normal: float32[N,3] = LayerNormalization(x, y.ones)
      y.scaled: float32[N,3] = Mul(y.normal, gain)
      y: float32[N,3] = Add(y.scaled, ones)"
    `);
    expect(left([node('y', 'LayerNormalization', ['x', 'ones', 'gain'])])).toMatchInlineSnapshot(`
      "split-layer-norm: y (LayerNormalization) is one without scale and bias, then Add
      y.normal: float32[N,3] = LayerNormalization(x, ones)
      y: float32[N,3] = Add(y.normal, gain)"
    `);
    expect(left([node('y', 'LayerNormalization', ['x', 'ones'])])).toMatchInlineSnapshot(
      `"y: float32[N,3] = LayerNormalization(x, ones)"`,
    );
  });
});

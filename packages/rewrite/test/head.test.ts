import { infer, printGraph, resolveTensors, type Graph, type InlineTensor, type Node } from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { canonize } from '../src/index.js';

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const numbers = (...data: readonly number[]): InlineTensor => ({ type: 'float32', shape: [], data });
const ints = (...data: readonly number[]): InlineTensor => ({ type: 'int64', shape: [data.length], data });

const tensors: Readonly<Record<string, InlineTensor>> = {
  W: { type: 'float32', shape: [3, 2], data: [1, 0, 0, 1, 1, 1] },
  V: { type: 'float32', shape: [2, 2], data: [1, 0, 0, 1] },
  one: numbers(1),
  minus: numbers(-1),
  low: numbers(1e-7),
  high: numbers(1 - 1e-7),
  hundred: numbers(100),
  axis: ints(1),
  start: ints(1),
  end: ints(2),
};

const node = (name: string, op: Node['op'], inputs: readonly string[], attrs?: Node['attrs']): Node => ({
  name,
  op,
  inputs,
  ...(attrs && { attrs }),
});

/** What is left of z = x·W and these nodes, and what was said of it. */
const left = (nodes: readonly Node[], outputs = [nodes.at(-1)!.name]): string => {
  const graph: Graph = {
    name: 'g',
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 3] }],
    nodes: [node('z', 'Gemm', ['x', 'W']), ...nodes],
    outputs,
    tensors,
  };
  const typed = right(infer(graph, right(resolveTensors(graph, () => E.left([])))));
  const { typed: after, log } = right(canonize(typed));
  const lines = printGraph(after.graph, after)
    .split('\n')
    .map((line) => line.trim());
  return [
    ...log.flatMap(({ rewrite, changes }) => changes.map((change) => `${rewrite}: ${change}`)),
    ...lines.filter((line) => line.includes(' = ') && !line.startsWith('tensor')),
    lines.at(-1)!,
  ].join('\n');
};

const softmax = node('p', 'Softmax', ['z']);
const sigmoid = node('p', 'Sigmoid', ['z']);

describe('a head is taken off', () => {
  test('with what shows it in another measure', () => {
    expect(left([softmax, node('kept', 'Clip', ['p', 'low', 'high']), node('y', 'Log', ['kept'])]))
      .toMatchInlineSnapshot(`
      "strip-softmax-head: p (Softmax), kept (Clip), y (Log) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    expect(left([softmax, node('y', 'Mul', ['p', 'hundred'])])).toMatchInlineSnapshot(`
      "strip-softmax-head: p (Softmax), y (Mul) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    expect(left([softmax, node('above', 'Add', ['p', 'low']), node('y', 'Log', ['above'])])).toMatchInlineSnapshot(`
      "strip-softmax-head: p (Softmax), above (Add), y (Log) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    expect(left([node('l', 'LogSoftmax', ['z']), node('y', 'Exp', ['l'])])).toMatchInlineSnapshot(`
      "strip-softmax-head: l (LogSoftmax), y (Exp) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
  });

  test('and what moves its elements stays', () => {
    expect(left([softmax, node('y', 'Slice', ['p', 'start', 'end', 'axis'])])).toMatchInlineSnapshot(`
      "strip-softmax-head: p (Softmax) taken off; the output y is now the score
      z: float32[N,2] = Gemm(x, W)
      y: float32[N,1] = Slice(z, start, end, axis)
      output y"
    `);
    expect(
      left(
        [softmax, { ...node('first', 'Split', ['p'], { axis: 1, num_outputs: 2 }), outputs: ['second'] }],
        ['first', 'second'],
      ),
    ).toMatchInlineSnapshot(`
      "strip-softmax-head: p (Softmax) taken off; the output first is now the score
      strip-softmax-head: p (Softmax) taken off; the output second is now the score
      z: float32[N,2] = Gemm(x, W)
      first: float32[N,1], second: float32[N,1] = Split(z) axis=1 num_outputs=2
      output first, second"
    `);
    expect(left([softmax, node('y', 'Cast', ['p'], { to: 11 })])).toMatchInlineSnapshot(`
      "strip-softmax-head: p (Softmax) taken off; the output y is now the score
      z: float32[N,2] = Gemm(x, W)
      y: float64[N,2] = Cast(z) to=11
      output y"
    `);
  });

  test('beside a label', () => {
    const label = node('label', 'ArgMax', ['shown'], { axis: 1, keepdims: 0 });
    expect(left([softmax, node('shown', 'Transpose', ['p'], { perm: [0, 1] }), label], ['label', 'shown']))
      .toMatchInlineSnapshot(`
      "strip-softmax-head: p (Softmax) taken off; the output is now shown.score
      join-reshapes: shown (Transpose) changes nothing and is removed
      z: float32[N,2] = Gemm(x, W)
      p: float32[N,2] = Softmax(z)
      shown.score: float32[N,2] = Transpose(z) perm=[0,1]
      label: int64[N] = ArgMax(p) axis=1 keepdims=0
      output label, shown.score"
    `);
  });

  test('of a sigmoid, and of both classes', () => {
    expect(left([sigmoid])).toMatchInlineSnapshot(`
      "strip-sigmoid-head: p (Sigmoid) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    const both = node('y', 'Concat', ['q', 'p'], { axis: 1 });
    expect(left([sigmoid, node('q', 'Sub', ['one', 'p']), both])).toMatchInlineSnapshot(`
      "strip-sigmoid-head: p (Sigmoid) taken off; the output y is now the score; the score of 1 − p is that of p with its sign turned (q)
      z: float32[N,2] = Gemm(x, W)
      q: float32[N,2] = Neg(z)
      y: float32[N,4] = Concat(q, z) axis=1
      output y"
    `);
    expect(left([sigmoid, node('n', 'Neg', ['p']), node('q', 'Add', ['n', 'one']), both])).toMatchInlineSnapshot(`
      "strip-sigmoid-head: p (Sigmoid) taken off; the output y is now the score; the score of 1 − p is that of p with its sign turned (q)
      z: float32[N,2] = Gemm(x, W)
      q: float32[N,2] = Neg(z)
      y: float32[N,4] = Concat(q, z) axis=1
      output y"
    `);
  });
});

describe('written out', () => {
  const exp = node('e', 'Exp', ['z']);
  const sum = node('s', 'ReduceSum', ['e', 'axis']);
  const shifted = [node('m', 'ReduceMax', ['z', 'axis']), node('d', 'Sub', ['z', 'm']), node('e', 'Exp', ['d']), sum];

  test('softmax', () => {
    expect(left([exp, sum, node('y', 'Div', ['e', 's'])])).toMatchInlineSnapshot(`
      "join-softmax: y (Div) and the nodes before it from z on are Softmax
      strip-softmax-head: y (Softmax) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    expect(left([...shifted, node('y', 'Div', ['e', 's'])])).toMatchInlineSnapshot(`
      "join-softmax: y (Div) and the nodes before it from z on are Softmax
      strip-softmax-head: y (Softmax) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    const flat = node('s', 'ReduceSum', ['e', 'axis'], { keepdims: 0 });
    const wide = [exp, flat, node('w', 'Unsqueeze', ['s', 'axis']), node('i', 'Reciprocal', ['w'])];
    expect(left([...wide, node('y', 'Mul', ['e', 'i'])])).toMatchInlineSnapshot(`
      "join-softmax: y (Mul) and the nodes before it from z on are Softmax
      strip-softmax-head: y (Softmax) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
  });

  test('log-softmax', () => {
    expect(left([exp, sum, node('l', 'Log', ['s']), node('y', 'Sub', ['z', 'l'])])).toMatchInlineSnapshot(`
      "join-softmax: y (Sub) and the nodes before it from z on are LogSoftmax
      strip-softmax-head: y (LogSoftmax) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    expect(left([...shifted, node('l', 'Log', ['s']), node('y', 'Sub', ['d', 'l'])])).toMatchInlineSnapshot(`
      "join-softmax: y (Sub) and the nodes before it from z on are LogSoftmax
      strip-softmax-head: y (LogSoftmax) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    expect(left([...shifted, node('l', 'Log', ['s']), node('t', 'Add', ['l', 'm']), node('y', 'Sub', ['z', 't'])]))
      .toMatchInlineSnapshot(`
      "join-softmax: y (Sub) and the nodes before it from z on are LogSoftmax
      strip-softmax-head: y (LogSoftmax) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
  });

  test('sigmoid', () => {
    const under = [node('n', 'Neg', ['z']), node('e', 'Exp', ['n']), node('t', 'Add', ['one', 'e'])];
    expect(left([...under, node('y', 'Div', ['one', 't'])])).toMatchInlineSnapshot(`
      "join-softmax: y (Div) and the nodes before it from z on are Sigmoid
      strip-sigmoid-head: y (Sigmoid) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    expect(left([...under, node('y', 'Reciprocal', ['t'])])).toMatchInlineSnapshot(`
      "join-softmax: y (Reciprocal) and the nodes before it from z on are Sigmoid
      strip-sigmoid-head: y (Sigmoid) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
    expect(left([exp, node('t', 'Add', ['e', 'one']), node('y', 'Div', ['e', 't'])])).toMatchInlineSnapshot(`
      "join-softmax: y (Div) and the nodes before it from z on are Sigmoid
      strip-sigmoid-head: y (Sigmoid) taken off; the output is now z
      z: float32[N,2] = Gemm(x, W)
      output z"
    `);
  });

  test('but not over another axis, or of another value', () => {
    const other = node('s', 'ReduceSum', ['e'], { keepdims: 1 });
    expect(left([exp, other, node('y', 'Div', ['e', 's'])])).toMatchInlineSnapshot(`
      "write-quotients: y (Div) is a product by the reciprocal of s
      z: float32[N,2] = Gemm(x, W)
      e: float32[N,2] = Exp(z)
      s: float32[1,1] = ReduceSum(e) keepdims=1
      y.reciprocal: float32[1,1] = Reciprocal(s)
      y: float32[N,2] = Mul(e, y.reciprocal) scale=1 signal=0
      output y"
    `);
  });
});

describe('no head', () => {
  test('where a layer works with it', () => {
    expect(left([softmax, node('y', 'Gemm', ['p', 'V'])], ['y', 'p'])).toMatchInlineSnapshot(`
      "z: float32[N,2] = Gemm(x, W)
      p: float32[N,2] = Softmax(z)
      y: float32[N,2] = Gemm(p, V)
      output y, p"
    `);
    expect(left([sigmoid, node('y', 'Mul', ['p', 'z'])], ['y', 'p'])).toMatchInlineSnapshot(`
      "z: float32[N,2] = Gemm(x, W)
      p: float32[N,2] = Sigmoid(z)
      y: float32[N,2] = Mul(p, z)
      output y, p"
    `);
  });

  test('where the sign would turn', () => {
    expect(left([softmax, node('l', 'Log', ['p']), node('y', 'Neg', ['l'])])).toMatchInlineSnapshot(`
      "z: float32[N,2] = Gemm(x, W)
      p: float32[N,2] = Softmax(z)
      l: float32[N,2] = Log(p)
      y: float32[N,2] = Neg(l)
      output y"
    `);
    expect(left([softmax, node('y', 'Sub', ['one', 'p'])])).toMatchInlineSnapshot(`
      "z: float32[N,2] = Gemm(x, W)
      p: float32[N,2] = Softmax(z)
      y: float32[N,2] = Sub(one, p)
      output y"
    `);
  });
});

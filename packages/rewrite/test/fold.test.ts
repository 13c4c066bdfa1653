import {
  infer,
  resolveTensors,
  sizeOf,
  tensor,
  toNumbers,
  type Graph,
  type InlineTensor,
  type Node,
} from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import { reference } from '@kirchhoff/runtime';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { applyPatches, enablePatches, type Patch } from 'immer';
import { describe, expect, test } from 'vitest';
import { canonize, type Canonized } from '../src/index.js';

enablePatches();

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

/** A case: the shape of the input, nodes, shapes of weights (drawn), and integers (fixed). */
interface Case {
  readonly name: string;
  readonly rewrite: string;
  readonly shape: readonly number[];
  readonly nodes: readonly Node[];
  readonly weights?: Readonly<Record<string, readonly number[]>>;
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  /** Operators of the canonical graph that are no constants and depend on the input. */
  readonly left: readonly string[];
}

const node = (name: string, op: Node['op'], inputs: readonly string[], attrs?: Node['attrs']): Node => ({
  name,
  op,
  inputs,
  ...(attrs && { attrs }),
});

const norm = (x: string): Node => node('norm', 'BatchNormalization', [x, 'gamma', 'beta', 'mean', 'variance']);
const statistics = (c: number) => ({ gamma: [c], beta: [c], mean: [c], variance: [c] });

const cases: readonly Case[] = [
  {
    name: 'before a Conv',
    rewrite: 'fold-batch-norm-forward',
    shape: [3, 4, 4],
    nodes: [norm('x'), node('y', 'Conv', ['norm', 'W', 'b'])],
    weights: { ...statistics(3), W: [2, 3, 3, 3], b: [2] },
    left: ['Conv'],
  },
  {
    name: 'before a grouped Conv without bias',
    rewrite: 'fold-batch-norm-forward',
    shape: [4, 4, 4],
    nodes: [norm('x'), node('y', 'Conv', ['norm', 'W'], { group: 2, strides: [2, 1] })],
    weights: { ...statistics(4), W: [6, 2, 2, 2] },
    left: ['Conv'],
  },
  {
    name: 'before a Gemm',
    rewrite: 'fold-batch-norm-forward',
    shape: [3],
    nodes: [norm('x'), node('y', 'Gemm', ['norm', 'W', 'b'])],
    weights: { ...statistics(3), W: [3, 2], b: [2] },
    left: ['Gemm'],
  },
  {
    name: 'before a transposed Gemm',
    rewrite: 'fold-batch-norm-forward',
    shape: [3],
    nodes: [norm('x'), node('y', 'Gemm', ['norm', 'W'], { transB: 1 })],
    weights: { ...statistics(3), W: [2, 3] },
    left: ['Gemm'],
  },
  {
    name: 'through a Pad that reflects',
    rewrite: 'fold-batch-norm-forward',
    shape: [2, 4, 4],
    nodes: [norm('x'), node('pad', 'Pad', ['norm', 'pads'], { mode: 'reflect' }), node('y', 'Conv', ['pad', 'W', 'b'])],
    weights: { ...statistics(2), W: [2, 2, 3, 3], b: [2] },
    ints: { pads: [0, 0, 1, 1, 0, 0, 1, 1] },
    left: ['Pad', 'Conv'],
  },
  {
    name: 'not before a Conv with padding',
    rewrite: '',
    shape: [2, 4, 4],
    nodes: [norm('x'), node('y', 'Conv', ['norm', 'W'], { pads: [1, 1, 1, 1] })],
    weights: { ...statistics(2), W: [2, 2, 3, 3] },
    left: ['BatchNormalization', 'Conv'],
  },
  {
    name: 'not through a Pad with zeros',
    rewrite: 'fold-pad',
    shape: [2, 4, 4],
    nodes: [norm('x'), node('pad', 'Pad', ['norm', 'pads']), node('y', 'Conv', ['pad', 'W'])],
    weights: { ...statistics(2), W: [2, 2, 3, 3] },
    ints: { pads: [0, 0, 1, 1, 0, 0, 1, 1] },
    left: ['BatchNormalization', 'Conv'],
  },
  {
    name: 'a factor per channel after a Conv',
    rewrite: 'fold-scale',
    shape: [2, 4, 4],
    nodes: [node('conv', 'Conv', ['x', 'W', 'b']), node('y', 'Mul', ['s', 'conv'])],
    weights: { W: [3, 2, 2, 2], b: [3], s: [3, 1, 1] },
    left: ['Conv'],
  },
  {
    name: 'a divisor after a transposed Conv, then a bias',
    rewrite: 'fold-scale',
    shape: [2, 3, 3],
    nodes: [
      node('conv', 'ConvTranspose', ['x', 'W']),
      node('div', 'Div', ['conv', 's']),
      node('y', 'Add', ['div', 'b']),
    ],
    weights: { W: [2, 3, 2, 2], s: [1, 3, 1, 1], b: [3, 1, 1] },
    left: ['ConvTranspose'],
  },
  {
    name: 'a number after a Gemm',
    rewrite: 'fold-scale',
    shape: [3],
    nodes: [node('dense', 'Gemm', ['x', 'W', 'b'], { transB: 1 }), node('y', 'Mul', ['dense', 's'])],
    weights: { W: [2, 3], b: [2], s: [] },
    left: ['Gemm'],
  },
  {
    name: 'not a factor per pixel',
    rewrite: '',
    shape: [2, 4, 4],
    nodes: [node('conv', 'Conv', ['x', 'W']), node('y', 'Mul', ['conv', 's'])],
    weights: { W: [3, 2, 1, 1], s: [4, 4] },
    left: ['Conv', 'Mul'],
  },
  {
    name: 'reshapes in a row',
    rewrite: 'join-reshapes',
    shape: [2, 3, 4],
    nodes: [
      node('a', 'Reshape', ['x', 'one']),
      node('b', 'Unsqueeze', ['a', 'axis']),
      node('c', 'Reshape', ['b', 'two']),
      node('y', 'Relu', ['c']),
    ],
    ints: { one: [0, 6, 4], axis: [1], two: [-1, 8, 3] },
    left: ['Reshape', 'Relu'],
  },
  {
    name: 'reshapes that lead back',
    rewrite: 'join-reshapes',
    shape: [2, 3],
    nodes: [node('a', 'Flatten', ['x']), node('b', 'Reshape', ['a', 'back']), node('y', 'Relu', ['b'])],
    ints: { back: [-1, 2, 3] },
    left: ['Relu'],
  },
  {
    name: 'transpositions in a row',
    rewrite: 'join-reshapes',
    shape: [2, 3, 4],
    nodes: [
      node('a', 'Transpose', ['x'], { perm: [0, 2, 3, 1] }),
      node('b', 'Transpose', ['a'], { perm: [0, 2, 1, 3] }),
      node('y', 'Relu', ['b']),
    ],
    left: ['Transpose', 'Relu'],
  },
  {
    name: 'a mean over all pixels',
    rewrite: 'reduce-to-pool',
    shape: [2, 3, 4],
    nodes: [node('y', 'ReduceMean', ['x', 'axes'], { keepdims: 0 })],
    ints: { axes: [-1, 2] },
    left: ['GlobalAveragePool', 'Flatten'],
  },
  {
    name: 'a maximum over all pixels',
    rewrite: 'reduce-to-pool',
    shape: [2, 3, 4],
    nodes: [node('y', 'ReduceMax', ['x', 'axes'])],
    ints: { axes: [2, 3] },
    left: ['GlobalMaxPool'],
  },
  {
    name: 'not a mean over channels',
    rewrite: '',
    shape: [2, 3, 4],
    nodes: [node('y', 'ReduceMean', ['x', 'axes'])],
    ints: { axes: [1, 2] },
    left: ['ReduceMean'],
  },
  {
    name: 'arithmetic of shapes',
    rewrite: 'fold-constants',
    shape: [2, 3, 4],
    nodes: [
      node('s', 'Shape', ['x'], { start: 1 }),
      node('half', 'Div', ['s', 'two']),
      node('shape', 'Concat', ['minus', 'half', 'two'], { axis: 0 }),
      node('y', 'Reshape', ['x', 'shape']),
    ],
    ints: { two: [2], minus: [-1] },
    left: ['Reshape'],
  },
];

/** Weights from one list of numbers; variances are kept positive and factors away from 0. */
const build = ({ shape, nodes, weights = {}, ints = {} }: Case, numbers: readonly number[]) => {
  let at = 0;
  const draw = (): number => numbers[at++ % numbers.length]!;
  const drawn = Object.entries(weights).map(([name, dims]): [string, InlineTensor] => {
    const values = Array.from({ length: sizeOf(dims) }, draw);
    const positive = name === 'variance' || name === 's';
    return [
      name,
      { type: 'float32', shape: dims, data: positive ? values.map((v) => Math.fround(Math.abs(v) + 0.25)) : values },
    ];
  });
  const whole = Object.entries(ints).map(([name, data]): [string, InlineTensor] => [
    name,
    { type: 'int64', shape: [data.length], data },
  ]);
  const graph: Graph = {
    name: 'g',
    inputs: [{ name: 'x', type: 'float32', shape: ['N', ...shape] }],
    nodes,
    outputs: ['y'],
    tensors: Object.fromEntries([...drawn, ...whole]),
  };
  const store = right(resolveTensors(graph, () => E.left([])));
  const size = 2 * sizeOf(shape);
  const x = tensor('float32', [2, ...shape], Array.from({ length: size }, draw));
  return { typed: right(infer(graph, store)), x };
};

const run = async ({ typed }: Canonized, x: ReturnType<typeof tensor>): Promise<readonly number[]> => {
  const session = await reference.compile(typed.graph, typed.store);
  const outputs = await session.run({ x });
  return [...toNumbers(Object.values(outputs)[0]!.data)];
};

/** Operators that depend on the input, by way of data rather than shape. */
const computed = ({ typed }: Canonized): readonly string[] => {
  const live = new Set(['x']);
  return typed.graph.nodes.flatMap(({ name, op, inputs }) => {
    if (!inputs.some((input) => live.has(input)) || op === 'Shape') return [];
    live.add(name);
    return [op];
  });
};

describe.each(cases)('$rewrite: $name', (one) => {
  test('keeps every value, and is logged so that its patches lead to the same graph', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.float({ min: -2, max: 2, noNaN: true }), { minLength: 37, maxLength: 37 }),
        async (numbers) => {
          const { typed, x } = build(one, numbers);
          const after = right(canonize(typed));
          const wanted = await run({ typed, log: [] }, x);
          const found = await run(after, x);
          const scale = Math.max(1, ...wanted.map(Math.abs));
          expect(found).toHaveLength(wanted.length);
          found.forEach((value, i) => expect(Math.abs(value - wanted[i]!) / scale).toBeLessThan(1e-5));
          const patches = after.log.flatMap((entry): readonly Patch[] => entry.patches);
          expect(applyPatches(typed.graph, [...patches])).toEqual(after.typed.graph);
        },
      ),
      { seed: 42, numRuns: 8 },
    );
  });

  test('leaves these nodes', () => {
    const { typed } = build(one, [0.5, -1, 1.5]);
    const before = JSON.stringify(typed.graph);
    const after = right(canonize(typed));
    expect(computed(after)).toEqual(one.left);
    const done = after.log.map(({ rewrite }) => rewrite);
    if (one.rewrite === '') expect(done).toEqual([]);
    else expect(done).toContain(one.rewrite);
    expect(JSON.stringify(typed.graph)).toBe(before);
  });
});

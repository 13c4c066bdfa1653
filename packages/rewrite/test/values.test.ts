import { toNumbers, type Dim, type InlineTensor, type Node } from '@kirchhoff/graph';
import { canonize } from '@kirchhoff/rewrite';
import type { Backend } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import {
  difference,
  drawer,
  explainRun,
  floats,
  graphOf,
  inline,
  input,
  integers,
  node,
  planOf,
  right,
  run,
  sizeOf,
  typedOf,
  type Values,
} from '../../relevance/test/support.js';

interface Rewritten {
  readonly name: string;
  readonly x: readonly Dim[];
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, InlineTensor>>;
  /** The operators of the canonical graph, without those that only prepare constants. */
  readonly becomes: readonly string[];
  /** Where the graph can run; both by default. */
  readonly on?: readonly Backend['name'][];
}

const draw = drawer(7);
const some = (...shape: number[]): InlineTensor => inline(shape, draw.fine(sizeOf(shape)));
const positive = (...shape: number[]): InlineTensor => inline(shape, draw.fine(sizeOf(shape), 0.5, 2));
const norm = (channels: number) => ({ g: some(channels), h: some(channels), m: some(channels), v: positive(channels) });
const kernel = { kernel_shape: [3, 3] };
const deep: readonly Dim[] = ['N', 2, 5, 5];

const cases: readonly Rewritten[] = [
  {
    name: 'Identity after Dropout',
    x: ['N', 3],
    nodes: [
      node('r', 'Relu', ['x']),
      node('d', 'Dropout', ['r']),
      node('i', 'Identity', ['d']),
      node('y', 'Tanh', ['i']),
    ],
    becomes: ['Relu', 'Tanh'],
  },
  {
    name: 'Dropout of an input',
    x: ['N', 3],
    nodes: [node('d', 'Dropout', ['x']), node('y', 'Tanh', ['d'])],
    becomes: ['Tanh'],
  },
  {
    name: 'Dropout at the output',
    x: ['N', 3],
    nodes: [node('r', 'Relu', ['x']), node('y', 'Dropout', ['r'])],
    becomes: ['Relu'],
  },
  {
    name: 'an Identity that is the whole graph',
    x: ['N', 3],
    nodes: [node('y', 'Identity', ['x'])],
    becomes: ['Identity'],
  },
  ...(['SAME_UPPER', 'SAME_LOWER', 'VALID'] as const).flatMap((auto_pad): readonly Rewritten[] => [
    {
      name: `Conv ${auto_pad}`,
      x: deep,
      nodes: [node('y', 'Conv', ['x', 'W'], { auto_pad, strides: [2, 1] })],
      tensors: { W: some(2, 2, 2, 3) },
      becomes: ['Conv'],
    },
    {
      name: `MaxPool ${auto_pad}`,
      x: deep,
      nodes: [node('y', 'MaxPool', ['x'], { auto_pad, kernel_shape: [2, 3], strides: [2, 2] })],
      becomes: ['MaxPool'],
    },
    {
      name: `AveragePool ${auto_pad}`,
      x: deep,
      nodes: [node('y', 'AveragePool', ['x'], { auto_pad, kernel_shape: [2, 3] })],
      becomes: ['AveragePool'],
    },
    {
      name: `ConvTranspose ${auto_pad}`,
      x: deep,
      nodes: [node('y', 'ConvTranspose', ['x', 'W'], { auto_pad, strides: [2, 2] })],
      tensors: { W: some(2, 2, 3, 3) },
      becomes: ['ConvTranspose'],
    },
  ]),
  {
    name: 'ConvTranspose with an output shape',
    x: deep,
    nodes: [node('y', 'ConvTranspose', ['x', 'W'], { output_shape: [10, 9], strides: [2, 2] })],
    tensors: { W: some(2, 2, 3, 3) },
    becomes: ['ConvTranspose'],
  },
  {
    name: 'Pad before Conv',
    x: deep,
    nodes: [node('p', 'Pad', ['x', 'n']), node('y', 'Conv', ['p', 'W'], { pads: [1, 0, 0, 0] })],
    tensors: { n: integers(0, 0, 1, 2, 0, 0, 0, 1), W: some(2, 2, 3, 3) },
    becomes: ['Conv'],
  },
  {
    name: 'Pad before AveragePool',
    x: deep,
    nodes: [node('p', 'Pad', ['x', 'n']), node('y', 'AveragePool', ['p'], kernel)],
    tensors: { n: integers(0, 0, 1, 2, 0, 0, 0, 1) },
    becomes: ['AveragePool'],
  },
  {
    name: 'a wide Pad before a narrow AveragePool',
    x: deep,
    nodes: [node('p', 'Pad', ['x', 'n']), node('y', 'AveragePool', ['p'], { kernel_shape: [2, 2] })],
    tensors: { n: integers(0, 0, 3, 0, 0, 0, 0, 0) },
    becomes: ['Pad', 'AveragePool'],
    // onnxruntime folds this Pad by itself, and then refuses what it made.
    on: ['reference'],
  },
  {
    name: 'Pad with a value before Conv',
    x: deep,
    nodes: [node('p', 'Pad', ['x', 'n', 'one']), node('y', 'Conv', ['p', 'W'])],
    tensors: { n: integers(0, 0, 1, 1, 0, 0, 1, 1), one: inline([], [1]), W: some(2, 2, 3, 3) },
    becomes: ['Pad', 'Conv'],
  },
  {
    name: 'Conv and an Add per channel',
    x: deep,
    nodes: [node('c', 'Conv', ['x', 'W', 'b']), node('y', 'Add', ['k', 'c'])],
    tensors: { W: some(3, 2, 3, 3), b: some(3), k: some(3, 1, 1) },
    becomes: ['Conv'],
  },
  {
    name: 'Conv and an Add of one number',
    x: deep,
    nodes: [node('c', 'Conv', ['x', 'W']), node('y', 'Add', ['c', 'k'])],
    tensors: { W: some(3, 2, 3, 3), k: some() },
    becomes: ['Conv'],
  },
  {
    name: 'Conv and a constant made after it',
    x: deep,
    nodes: [node('c', 'Conv', ['x', 'W']), node('k', 'Reshape', ['flat', 's']), node('y', 'Add', ['c', 'k'])],
    tensors: { W: some(3, 2, 3, 3), flat: some(3), s: integers(3, 1, 1) },
    becomes: ['Conv'],
  },
  {
    name: 'Conv and an Add that differs by place',
    x: deep,
    nodes: [node('c', 'Conv', ['x', 'W']), node('y', 'Add', ['c', 'k'])],
    tensors: { W: some(3, 2, 3, 3), k: some(3, 3) },
    becomes: ['Conv', 'Add'],
  },
  {
    name: 'a Conv and an Add, twice over',
    x: deep,
    nodes: [
      node('c', 'Conv', ['x', 'W']),
      node('a', 'Add', ['c', 'k']),
      node('d', 'Conv', ['a', 'V']),
      node('y', 'Add', ['d', 'l']),
    ],
    tensors: { W: some(3, 2, 3, 3), k: some(3, 1, 1), V: some(2, 3, 1, 1), l: some(2, 1, 1) },
    becomes: ['Conv', 'Conv'],
  },
  {
    name: 'MatMul and an Add, twice over',
    x: ['N', 4],
    nodes: [
      node('c', 'MatMul', ['x', 'W']),
      node('a', 'Add', ['c', 'k']),
      node('d', 'MatMul', ['a', 'V']),
      node('y', 'Add', ['l', 'd']),
    ],
    tensors: { W: some(4, 3), k: some(3), V: some(3, 2), l: some(2) },
    becomes: ['Gemm', 'Gemm'],
  },
  {
    name: 'a Conv and a BatchNormalization, twice over',
    x: deep,
    nodes: [
      node('c', 'Conv', ['x', 'W']),
      node('n', 'BatchNormalization', ['c', 'g', 'h', 'm', 'v']),
      node('d', 'Conv', ['n', 'V']),
      node('y', 'BatchNormalization', ['d', 'g', 'h', 'm', 'v']),
    ],
    tensors: { W: some(3, 2, 3, 3), V: some(3, 3, 1, 1), ...norm(3) },
    becomes: ['Conv', 'Conv'],
  },
  {
    name: 'Gemm and two Adds',
    x: ['N', 4],
    nodes: [
      node('g', 'Gemm', ['x', 'W', 'b'], { transB: 1 }),
      node('a', 'Add', ['g', 'k']),
      node('y', 'Add', ['l', 'a']),
    ],
    tensors: { W: some(3, 4), b: some(3), k: some(3), l: some(1, 3) },
    becomes: ['Gemm'],
  },
  {
    name: 'MatMul and an Add',
    x: ['N', 4],
    nodes: [node('g', 'MatMul', ['x', 'W']), node('y', 'Add', ['g', 'k'])],
    tensors: { W: some(4, 3), k: some(3) },
    becomes: ['Gemm'],
  },
  {
    name: 'MatMul over a sequence and an Add',
    x: ['N', 'T', 4],
    nodes: [node('g', 'MatMul', ['x', 'W']), node('y', 'Add', ['g', 'k'])],
    tensors: { W: some(4, 3), k: some(3) },
    becomes: ['Reshape', 'Gemm', 'Reshape'],
  },
  {
    name: 'BatchNormalization after Conv',
    x: deep,
    nodes: [node('c', 'Conv', ['x', 'W', 'b']), node('y', 'BatchNormalization', ['c', 'g', 'h', 'm', 'v'])],
    tensors: { W: some(3, 2, 3, 3), b: some(3), ...norm(3) },
    becomes: ['Conv'],
  },
  {
    name: 'two BatchNormalizations after ConvTranspose',
    x: deep,
    nodes: [
      node('c', 'ConvTranspose', ['x', 'W']),
      node('n', 'BatchNormalization', ['c', 'g', 'h', 'm', 'v']),
      node('y', 'BatchNormalization', ['n', 'g', 'h', 'm', 'v'], { epsilon: 0.5 }),
    ],
    tensors: { W: some(2, 3, 3, 3), ...norm(3) },
    becomes: ['ConvTranspose'],
  },
  {
    name: 'BatchNormalization after Gemm',
    x: ['N', 4],
    nodes: [
      node('c', 'Gemm', ['x', 'W', 'b'], { transB: 1 }),
      node('y', 'BatchNormalization', ['c', 'g', 'h', 'm', 'v']),
    ],
    tensors: { W: some(3, 4), b: some(3), ...norm(3) },
    becomes: ['Gemm'],
  },
  {
    name: 'BatchNormalization after a Conv that is read twice',
    x: deep,
    nodes: [
      node('c', 'Conv', ['x', 'W']),
      node('n', 'BatchNormalization', ['c', 'g', 'h', 'm', 'v']),
      node('y', 'Add', ['c', 'n']),
    ],
    tensors: { W: some(3, 2, 3, 3), ...norm(3) },
    becomes: ['Conv', 'BatchNormalization', 'Add'],
  },
];

const constantsOnly = new Set(['Constant', 'Shape', 'Slice', 'Concat', 'Sqrt', 'Div', 'Mul', 'Neg', 'Sub', 'Expand']);

const inputsFor = (x: readonly Dim[]): Values => {
  const shape = x.map((dim) => (typeof dim === 'number' ? dim : 2));
  return { x: floats(shape, drawer(3).fine(sizeOf(shape))) };
};

describe('rewrites keep every value', () => {
  test.each(cases)('$name', async ({ x, nodes, tensors, becomes, on: engines = ['reference', 'ort'] }) => {
    const typed = typedOf(graphOf([input('x', x)], nodes, tensors));
    const { typed: after } = right(canonize(typed));
    const live = after.graph.nodes.filter(
      ({ op, inputs }) =>
        !constantsOnly.has(op) && (becomes.includes('Add') || op !== 'Add') && reaches(after.graph.nodes, inputs),
    );
    expect(live.map(({ op }) => op)).toEqual(becomes);
    const inputs = inputsFor(x);
    for (const on of engines) {
      const [before] = Object.values(await run(typed.graph, typed.store, inputs, on));
      const [now] = Object.values(await run(after.graph, after.store, inputs, on));
      expect(now!.shape).toEqual(before!.shape);
      expect(difference(toNumbers(now!.data), toNumbers(before!.data), on === 'ort' ? 1e-5 : 1e-6)).toBeUndefined();
    }
  });

  /** Whether a node depends on the input. */
  const reaches = (all: readonly Node[], inputs: readonly string[]): boolean =>
    inputs.some((name) => name === 'x' || reaches(all, all.find((one) => one.name === name)?.inputs ?? []));
});

describe('rewrites keep gradients, and relevance where they promise it', () => {
  const smooth = cases.filter(({ x, nodes }) => !x.includes('T') && nodes.every(({ op }) => op !== 'MaxPool'));

  test.each(smooth)('gradient: $name', async ({ x, nodes, tensors }) => {
    const before = typedOf(graphOf([input('x', x)], nodes, tensors));
    const { typed: after } = right(canonize(before));
    const inputs = inputsFor(x);
    const [first, second] = await Promise.all(
      [before, after].map((typed) =>
        explainRun(typed, planOf(typed, 'gradient'), inputs, { target: { kind: 'argmax' } }, 'reference'),
      ),
    );
    expect(difference(second!.at('x'), first!.at('x'), 1e-6)).toBeUndefined();
  });

  test('MatMul and Add of a constant explain as the Gemm that they are', async () => {
    const tensors = { W: some(4, 3), k: some(3) };
    const matMul = typedOf(
      graphOf([input('x', ['N', 4])], [node('g', 'MatMul', ['x', 'W']), node('y', 'Add', ['g', 'k'])], tensors),
    );
    const gemm = typedOf(graphOf([input('x', ['N', 4])], [node('y', 'Gemm', ['x', 'W', 'k'])], tensors));
    const folded = right(canonize(matMul)).typed;
    const inputs = inputsFor(['N', 4]);
    const options = { target: { kind: 'argmax' } } as const;
    const maps = await Promise.all(
      [folded, gemm, matMul].map(async (typed) =>
        (
          await explainRun(
            typed,
            planOf(typed, 'epsilon-plus', { set: { epsilon: 0.25 } }),
            inputs,
            options,
            'reference',
          )
        ).at('x'),
      ),
    );
    expect(difference(maps[0]!, maps[1]!, 1e-12)).toBeUndefined();
    expect(difference(maps[2]!, maps[1]!, 1e-4)).toBeDefined();
  });
});

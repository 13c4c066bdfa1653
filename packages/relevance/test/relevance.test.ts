import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  infer,
  resolveTensors,
  type Dim,
  type Graph,
  type InlineTensor,
  type Node,
  type TypedGraph,
} from '@kirchhoff/graph';
import { option, printProblems, type Problem } from '@kirchhoff/message';
import { makePlan, makeRulebook, type Plan, type PlanOptions } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { relevance, type Explanation, type RelevanceOptions, type Target } from '../src/index.js';

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const folder = fileURLToPath(new URL('../../../rules', import.meta.url));
const documentsIn = (path: string) =>
  readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .map((place) => ({ place, json: JSON.parse(readFileSync(`${path}/${place}`, 'utf8')) as unknown }));
const book = right(makeRulebook(documentsIn(folder), documentsIn(`${folder}/composites`)));

const float = (shape: readonly number[]): InlineTensor => {
  const count = shape.reduce((n, d) => n * d, 1);
  return { type: 'float32', shape, data: Array.from({ length: count }, (_, i) => (i % 3) - 1) };
};

const typedOf = (
  shape: readonly Dim[],
  nodes: readonly Node[],
  tensors: Graph['tensors'],
  outputs = [nodes.at(-1)!.name],
): TypedGraph => {
  const graph: Graph = { name: 'g', inputs: [{ name: 'x', type: 'float32', shape }], nodes, outputs, tensors };
  return right(infer(graph, right(resolveTensors(graph, () => E.left([])))));
};

const tensors = { k: float([2, 1, 3, 3]), l: float([2, 2, 3, 3]), b: float([2]), W: float([8, 3]) };

/** conv1 → relu1 → conv2 → relu2 → flat → head. */
const network = typedOf(
  ['N', 1, 6, 6],
  [
    { name: 'conv1', op: 'Conv', inputs: ['x', 'k', 'b'] },
    { name: 'relu1', op: 'Relu', inputs: ['conv1'] },
    { name: 'conv2', op: 'Conv', inputs: ['relu1', 'l', 'b'] },
    { name: 'relu2', op: 'Relu', inputs: ['conv2'] },
    { name: 'flat', op: 'Flatten', inputs: ['relu2'] },
    { name: 'head', op: 'Gemm', inputs: ['flat', 'W'] },
  ],
  tensors,
);

const planOf = (typed: TypedGraph, composite = 'epsilon-plus', options: PlanOptions = {}): Plan =>
  right(makePlan(typed, book.composites.get(composite)!, book, options));

const argmax: RelevanceOptions = { target: { kind: 'argmax' } };

const explained = (typed: TypedGraph, composite?: string, options: Partial<RelevanceOptions> = {}): Explanation =>
  right(relevance(typed, planOf(typed, composite), { ...argmax, ...options }));

const said = (typed: TypedGraph, options: RelevanceOptions, plan = planOf(typed)): string => {
  const made = relevance(typed, plan, options);
  return E.isLeft(made) ? printProblems(made.left) : 'no problem';
};

describe('passes', () => {
  test.each<[string, number]>([
    ['epsilon', 2],
    ['zero', 2],
    ['z-plus', 3],
    ['alpha-beta', 4],
    ['gamma', 3],
    ['generalized-gamma', 4],
  ])('%s after a relu costs at most %i runs of the operator', (rule, runs) => {
    const plan = planOf(network, 'standard', { rule: { name: rule, parameters: {} } });
    const { passes } = right(relevance(network, plan, argmax));
    const { forward, adjoint } = passes.find(({ node }) => node === 'conv2')!;
    expect(forward + adjoint).toBeLessThanOrEqual(runs);
  });
});

describe('the explanation', () => {
  test('is a graph of the same language, forward pass and relevance together', () => {
    const { graph, relevance: maps, output } = explained(network);
    const typed = right(infer(graph, network.store));
    expect(typed.types.get(maps['x']!)).toEqual({ type: 'float32', shape: ['N', 1, 6, 6] });
    expect(graph.outputs).toContain(output);
    expect(graph.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['relu1', 'relu2', 'head']));
  });

  test('is the same each time, and leaves the model as it was', () => {
    const before = structuredClone(network.graph);
    expect(explained(network)).toEqual(explained(network));
    expect(network.graph).toEqual(before);
  });

  test('is smaller where facts hold', () => {
    const size = (facts: boolean): number => explained(network, 'epsilon-plus', { facts }).graph.nodes.length;
    expect(size(true)).toBeLessThan(size(false));
  });

  test('keeps a ledger of every node that relevance crossed, in the order of the graph, or none if asked', () => {
    expect(explained(network).ledger.map(({ node }) => node)).toEqual(network.graph.nodes.map(({ name }) => name));
    expect(explained(network, 'epsilon-plus', { ledger: false }).ledger).toEqual([]);
    expect(explained(network, 'gradient').ledger).toEqual([]);
  });

  test('gives relevance of any tensor that is asked for, zeros where none arrives', () => {
    const { at, graph } = explained(network, 'epsilon-plus', { at: ['relu1', 'head'] });
    const typed = right(infer(graph, network.store));
    expect(typed.types.get(at['relu1']!)!.shape).toEqual(network.types.get('relu1')!.shape);
    expect(typed.types.get(at['head']!)!.shape).toEqual(['N', 3]);
  });
});

describe('refusals', () => {
  test.each<[string, RelevanceOptions, string]>([
    [
      'a target out of range',
      { target: { kind: 'index', index: 3 } },
      'target: target 3 is out of range: "head" has 3 values, 0 to 2',
    ],
    ['an unknown output', { ...argmax, output: 'haed' }, 'no tensor is called "haed" (did you mean "head"?)'],
    ['an unknown tensor', { ...argmax, at: ['relu3'] }, 'no tensor is called "relu3" (did you mean "relu1"?)'],
  ])('%s', (_, options, message) => {
    expect(said(network, options)).toBe(message);
  });

  test('bounds that nobody declared', () => {
    expect(said(network, argmax, planOf(network, 'deep-taylor-bounded'))).toBe(
      `conv1: rule "z-box" speaks of low and high, but "x" declares no bounds; give the input a "range", or ${option('range')} LOW,HIGH`,
    );
  });

  test('automatic padding of strides over a size that is a symbol', () => {
    const typed = typedOf(
      ['N', 1, 'H', 6],
      [
        { name: 'c', op: 'Conv', inputs: ['x', 'k'], attrs: { strides: [2, 2], auto_pad: 'SAME_UPPER' } },
        { name: 'y', op: 'GlobalAveragePool', inputs: ['c'] },
      ],
      tensors,
    );
    expect(said(typed, argmax)).toBe(
      `c: automatic padding with strides depends on the size, and "H" is open; state it, as in ${option('size')} H=32`,
    );
  });

  const words = typedOf(['N', 'T', 8], [{ name: 'y', op: 'MatMul', inputs: ['x', 'W'] }], tensors);

  test.each<readonly [string, Target, string]>([
    ['a tensor', { kind: 'tensor' }, 'no problem'],
    ['the greatest of an open length', { kind: 'argmax' }, 'no problem'],
    ['a place in an open length', { kind: 'index', index: ['last', 2] }, 'no problem'],
    [
      'a class that there is not, at a place in an open length',
      { kind: 'index', index: ['last', 3] },
      'target: target last:3 is out of range: "y" has 3 places along axis 1 of a sample, 0 to 2, and 3 is asked for',
    ],
    [
      'a place along too few axes',
      { kind: 'index', index: [1] },
      `target: 1 is no place in "y", whose samples have the shape [open, 3]; give one for each axis (${option('target')} 0:0), argmax along at most one`,
    ],
    [
      'the greatest along two axes',
      { kind: 'contrast', of: ['argmax', 'argmax'], against: 'rest' },
      `target: argmax:argmax is no place in "y", whose samples have the shape [open, 3]; give one for each axis (${option('target')} 0:0), argmax along at most one`,
    ],
    [
      'weights of another shape',
      { kind: 'weights', name: 'w.npy', shape: [2, 4], data: [1, 0, 0, 0, 0, 0, 0, 0] },
      'target: w.npy has the shape [2, 4], but a sample of "y" has [open, 3]; give one weight for each of its values',
    ],
  ])('%s', (_, target, message) => {
    expect(said(words, { target })).toBe(message);
  });

  test('message by message where operands are not laid out sample by sample', () => {
    const typed = typedOf([4, 8], [{ name: 'y', op: 'Gemm', inputs: ['x', 'W'] }], tensors);
    expect(said(typed, { target: { kind: 'tensor' }, literal: true })).toBe(
      'y: message by message needs the batch first and fixed sizes after it, in the operands as in the output; "x" is laid out otherwise',
    );
  });

  test('message by message on a node that is too large', () => {
    const wide = { W: float([4097, 1]) };
    const typed = typedOf(['N', 4097], [{ name: 'y', op: 'Gemm', inputs: ['x', 'W'] }], wide);
    expect(said(typed, { ...argmax, literal: true })).toBe(
      'y: message by message writes out every connection; "x" has 4097 elements, the limit is 4096: write the rule so that it separates',
    );
  });
});

import type { Graph, Node } from '@kirchhoff/graph';
import { infer, printGraph, resolveTensors, tensor, toNumbers } from '@kirchhoff/graph';
import { reference } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { factorShares } from '../src/shares.js';

const number = (value: number) => ({ type: 'float64' as const, shape: [], data: [value] });

const graphOf = (nodes: readonly Node[], outputs: readonly string[] = ['share']): Graph => ({
  name: 'shares',
  inputs: [
    { name: 'a', type: 'float64', shape: [5] },
    { name: 'g', type: 'float64', shape: [5] },
  ],
  nodes,
  outputs,
  tensors: { zero: number(0), plus: number(0.01), minus: number(-0.01) },
});

const product: Node = { name: 'R', op: 'Mul', inputs: ['a', 'g'] };
const share: Node = { name: 'share', op: 'Div', inputs: ['R', 'D'] };
const unsigned: Node = { name: 'D', op: 'Add', inputs: ['a', 'plus'] };
const signed: readonly Node[] = [
  { name: 'up', op: 'GreaterOrEqual', inputs: ['a', 'zero'] },
  { name: 'offset', op: 'Where', inputs: ['up', 'plus', 'minus'] },
  { name: 'D', op: 'Add', inputs: ['a', 'offset'] },
];

const factored = (made: readonly Node[]): Graph => factorShares({ graph: graphOf(made), types: new Map() }).graph;

const run = async (graph: Graph, a: readonly number[]): Promise<readonly number[]> => {
  const store = resolveTensors(graph, () => E.left([]));
  const typed = E.isRight(store) ? infer(graph, store.right) : store;
  if (E.isLeft(typed)) throw new Error(typed.left[0]?.message);
  const session = await reference.compile(graph, typed.right.store);
  const outputs = await session.run({ a: tensor('float64', [5], a), g: tensor('float64', [5], [3, -2, 1, 0.5, 7]) });
  return [...toNumbers(outputs['share']!.data)];
};

describe('a share over its own stabilised factor', () => {
  test.each([
    ['unsigned', [unsigned], [2, 1, 0, 0.001, 1e-12]],
    ['signed', signed, [2, -1, 0, -0.001, -1e-12]],
  ] as const)('%s: is the same number', async (_, denominator, a) => {
    const graph = graphOf([product, ...denominator, share]);
    const { graph: factored } = factorShares({ graph, types: new Map() });
    expect(factored).not.toBe(graph);
    const [before, after] = [await run(graph, a), await run(factored, a)];
    after.forEach((value, i) => expect(Math.abs(value - before[i]!)).toBeLessThanOrEqual(1e-14 * Math.abs(before[i]!)));
  });

  test('reads like this', () => {
    const nodes = (graph: Graph): string =>
      printGraph(graph)
        .split('\n')
        .filter((line) => line.includes(' = ') && !line.includes('tensor'))
        .join('\n');
    expect(nodes(factored([product, unsigned, share]))).toMatchInlineSnapshot(`
      "  D = Add(a, plus)
        D.quotient = Div(a, D)
        share = Mul(g, D.quotient)"
    `);
    expect(nodes(factored([product, ...signed, share]))).toMatchInlineSnapshot(`
      "  D.quotient.size = Abs(a)
        D.quotient.sum = Add(D.quotient.size, plus)
        D.quotient = Div(D.quotient.size, D.quotient.sum)
        share = Mul(g, D.quotient)"
    `);
  });

  test.each([
    ['what is divided is read elsewhere', graphOf([product, unsigned, share], ['share', 'R'])],
    ['the denominator is of another value', graphOf([product, { ...unsigned, inputs: ['g', 'zero'] }, share])],
    ['nothing stabilises', graphOf([product, { ...share, inputs: ['R', 'a'] }])],
    ['the stabiliser is negative', graphOf([product, { ...unsigned, inputs: ['a', 'minus'] }, share])],
  ])('stays as it is where %s', (_, graph) => {
    expect(factorShares({ graph, types: new Map() }).graph).toBe(graph);
  });
});

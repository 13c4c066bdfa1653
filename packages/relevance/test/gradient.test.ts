import { explain, prepareModel } from '@kirchhoff/explain';
import { toNumbers, type Graph, type Node } from '@kirchhoff/graph';
import { findComposite } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import { smooth } from './networks.js';
import {
  book,
  difference,
  draws,
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
  typedOf,
  type Draw,
} from './support.js';

const step = 2 ** -10;

test('the gradient composite gives what central differences give, on smooth random networks', async () => {
  await draws(12, async (draw) => {
    const typed = typedOf(smooth(draw));
    const { graph, store } = typed;
    const x = draw.coarse(16, -1, 1);
    const target = draw.coarse(2);
    const inputs = { x: floats([1, 1, 4, 4], x), target: floats([1, 2], target) };
    const plan = planOf(typed, 'gradient');
    const exact = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, 'reference');
    expect(exact.explanation.ledger).toEqual([]);

    const shifted = x.flatMap((_, i) => [step, -step].map((by) => x.map((v, k) => (k === i ? v + by : v))));
    const values = await run(graph, store, { x: floats([32, 1, 4, 4], shifted.flat()) }, 'reference');
    const scores = toNumbers(values[graph.outputs[0]!]!.data);
    const scoreOf = (n: number): number => target[0]! * scores[2 * n]! + target[1]! * scores[2 * n + 1]!;
    const differences = x.map((_, i) => (scoreOf(2 * i) - scoreOf(2 * i + 1)) / (2 * step));
    const scale = Math.max(1, ...differences.map(Math.abs));
    expect(difference(exact.at('x'), differences, 1e-4 * scale)).toBeUndefined();

    const fast = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, 'ort');
    expect(difference(fast.at('x'), exact.at('x'), 1e-4 * scale)).toBeUndefined();
  });
});

test('gradient times input leaves one remainder and is the gradient times the input', async () => {
  await draws(3, async (draw) => {
    const typed = typedOf(smooth(draw));
    const x = draw.coarse(16, -1, 1);
    const inputs = { x: floats([1, 1, 4, 4], x) };
    const index = { target: { kind: 'index', index: 1 } } as const;
    const gradient = await explainRun(typed, planOf(typed, 'gradient'), inputs, index, 'reference');
    const product = await explainRun(typed, planOf(typed, 'gradient-times-input'), inputs, index, 'reference');
    expect(product.explanation.quantity).toBe('relevance');
    expect(
      difference(
        product.at('x'),
        x.map((v, i) => v * gradient.at('x')[i]!),
        1e-12,
      ),
    ).toBeUndefined();
  });
});

/** A head of attention over three tokens of two numbers, and a Gram matrix of what it gives, as logarithms of shares. */
const head = (draw: Draw): Graph =>
  graphOf(
    [input('x', ['N', 3, 2])],
    [
      node('q', 'MatMul', ['x', 'wq']),
      node('k', 'MatMul', ['x', 'wk']),
      node('turned', 'Transpose', ['k'], { perm: [0, 2, 1] }),
      node('scores', 'MatMul', ['q', 'turned']),
      node('weights', 'Softmax', ['scores'], { axis: -1 }),
      node('mixed', 'MatMul', ['weights', 'x']),
      node('other', 'Transpose', ['mixed'], { perm: [0, 2, 1] }),
      node('gram', 'MatMul', ['mixed', 'other']),
      node('shares', 'LogSoftmax', ['gram'], { axis: 1 }),
      node('flat', 'Flatten', ['shares']),
      node('out', 'MatMul', ['flat', 'wo']),
    ],
    { wq: inline([2, 2], draw.fine(4)), wk: inline([2, 2], draw.fine(4)), wo: inline([9, 2], draw.fine(18)) },
  );

test('the gradient through attention is what central differences give, on both backends', async () => {
  await draws(8, async (draw) => {
    const typed = typedOf(head(draw));
    const x = draw.fine(6);
    const target = draw.fine(2);
    const inputs = { x: floats([1, 3, 2], x), target: floats([1, 2], target) };
    const plan = planOf(typed, 'gradient');
    const exact = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, 'reference');
    const shifted = x.flatMap((_, i) => [step, -step].map((by) => x.map((v, k) => (k === i ? v + by : v))));
    const values = await run(typed.graph, typed.store, { x: floats([12, 3, 2], shifted.flat()) }, 'reference');
    const scores = toNumbers(values['out']!.data);
    const scoreOf = (n: number): number => target[0]! * scores[2 * n]! + target[1]! * scores[2 * n + 1]!;
    const differences = x.map((_, i) => (scoreOf(2 * i) - scoreOf(2 * i + 1)) / (2 * step));
    const scale = Math.max(1, ...differences.map(Math.abs));
    expect(difference(exact.at('x'), differences, 1e-4 * scale)).toBeUndefined();
    const fast = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, 'ort');
    expect(difference(fast.at('x'), exact.at('x'), 1e-4 * scale)).toBeUndefined();
  });
});

describe('where a slope is infinite, what hangs on it by 0 sends 0', () => {
  const at = async (nodes: readonly Node[], x: readonly number[], tensors: Graph['tensors'] = {}) => {
    const graph = graphOf([input('x', ['N', x.length])], nodes, tensors);
    const model = right(prepareModel('kink', graph, new Map()));
    const inputs = { x: floats([1, x.length], x) };
    return Promise.all(
      (['reference', 'ort'] as const).map(async (backend) => {
        const composite = right(findComposite(book, 'gradient'));
        const { relevance: maps } = right(await explain(model, composite, book, inputs, { backend }));
        return [...toNumbers(maps['x']!.data)];
      }),
    );
  };

  test('a length of 0', async () => {
    const length = [node('y', 'ReduceL2', ['x', 'axis'], { keepdims: 1 })];
    expect(await at(length, [0, 0], { axis: integers(1) })).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  test.each([
    ['Log', 'Greater', [0.1, 0.1]],
    ['Reciprocal', 'Greater', [0.1, 0.1]],
    ['Sqrt', 'Greater', [0.1, 0.1]],
  ] as const)('a %s that a Where passes over', async (op, compare, limits) => {
    const nodes = [
      node('there', compare, ['x', 'limit']),
      node('taken', op, ['x']),
      node('y', 'Where', ['there', 'taken', 'limit']),
    ];
    for (const found of await at(nodes, [0, 4], { limit: inline([2], [...limits]) })) {
      expect(found.every(Number.isFinite)).toBe(true);
      expect(found[0]).toBe(0);
    }
  });

  test('a product of which one or two factors are 0', async () => {
    const product = [node('y', 'ReduceProd', ['x', 'axis'], { keepdims: 1 })];
    for (const found of await at(product, [2, 0, 3], { axis: integers(1) })) expect(found).toEqual([0, 6, 0]);
    for (const found of await at(product, [2, 0, 0], { axis: integers(1) })) expect(found).toEqual([0, 0, 0]);
  });

  test('a square of 0, and a power that is computed', async () => {
    const square = [node('y', 'Pow', ['x', 'two'])];
    for (const found of await at(square, [0], { two: inline([], [2]) })) expect(found[0]).toBeCloseTo(0);
    const power = [node('y', 'Pow', ['two', 'x'])];
    for (const found of await at(power, [3], { two: inline([1, 1], [2]) }))
      expect(found[0]).toBeCloseTo(8 * Math.log(2), 5);
  });

  test('the greatest of a value and several constants', async () => {
    const greatest = [node('y', 'Max', ['x', 'low', 'high'])];
    const tensors = { low: inline([], [-1]), high: inline([], [1]) };
    for (const found of await at(greatest, [0], tensors)) expect(found).toEqual([0]);
    for (const found of await at(greatest, [2], tensors)) expect(found).toEqual([1]);
  });
});

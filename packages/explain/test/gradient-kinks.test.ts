import { explain, prepareModel } from '@kirchhoff/explain';
import { toNumbers, type Graph, type Node } from '@kirchhoff/graph';
import { findComposite } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import { book, floats, graphOf, inline, input, integers, node, right } from './support.js';

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

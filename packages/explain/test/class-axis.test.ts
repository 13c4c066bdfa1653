import { classAxisIn, explain, prepareModel, type ModelDocument } from '@kirchhoff/explain';
import { type Graph } from '@kirchhoff/graph';
import { findComposite } from '@kirchhoff/rule';
import { expect, test } from 'vitest';
import { book, floats, inline, input, node, right } from './support.js';

const tensors = {
  kernel: inline([4, 2, 1], [1, 0, 0, 1, 1, 1, 1, -1]),
  bias: inline([4, 1], [0, 0, 0, 0.5]),
  W: inline(
    [5, 3],
    Array.from({ length: 15 }, (_, i) => i),
  ),
};

const graph = (...nodes: Graph['nodes']): Graph => ({
  name: 'classes',
  inputs: [input('x', ['N', 2, 5])],
  nodes,
  outputs: [nodes.at(-1)!.name],
  tensors,
});

const conv = node('c', 'Conv', ['x', 'kernel']);

const axisIn = (one: Graph, labels?: readonly string[]): number =>
  classAxisIn(
    right(
      prepareModel('classes', one, new Map(), labels && ({ name: 'classes', inputs: {}, labels } as ModelDocument)),
    ),
  );

test('the channels of a convolution over time are classes, the columns of a product too', () => {
  expect(axisIn(graph(conv))).toBe(0);
  expect(axisIn(graph(conv, node('y', 'Add', ['c', 'bias'])))).toBe(0);
  expect(axisIn(graph(conv, node('y', 'Transpose', ['c'], { perm: [0, 2, 1] })))).toBe(1);
  expect(axisIn(graph(node('y', 'MatMul', ['x', 'W'])))).toBe(1);
});

test('a Softmax and labels say more than the layer', () => {
  expect(axisIn(graph(node('m', 'MatMul', ['x', 'W']), node('y', 'Softmax', ['m'], { axis: 1 })))).toBe(0);
  expect(axisIn(graph(node('m', 'MatMul', ['x', 'W'])), ['a', 'b'])).toBe(0);
  expect(axisIn(graph(node('y', 'Relu', ['x'])), ['a', 'b'])).toBe(0);
  expect(axisIn(graph(node('y', 'Relu', ['x'])))).toBe(1);
});

test('class and position of a convolution over time are told by its axes', async () => {
  const model = right(prepareModel('classes', graph(conv), new Map()));
  const composite = right(findComposite(book, 'epsilon-plus-flat'));
  const x = floats([1, 2, 5], [1, 2, 3, 4, 9, 0, 0, 7, 0, 0]);
  const options = { target: { kind: 'contrast', of: [2, 2], against: 'rest' } } as const;
  const argmax = right(await explain(model, composite, book, { x }));
  const [sample] = argmax.report.samples;
  expect([sample!.class, sample!.position, sample!.score]).toEqual([2, [2], 10]);
  const rest = right(await explain(model, composite, book, { x }, options));
  expect(rest.report.samples[0]!.score).toBeCloseTo(10 - (3 + 7 - 4) / 3, 5);
});

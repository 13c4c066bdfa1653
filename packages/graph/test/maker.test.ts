import { expect, test } from 'vitest';
import { freshNames, makerOf, namesIn, type Graph, type Node } from '../src/index.js';

const inner: Graph = {
  name: 'step',
  inputs: [{ name: 'h', type: 'float32', shape: [1] }],
  nodes: [{ name: 'next', op: 'Add', inputs: ['h', 'bias'] }],
  outputs: ['next'],
  tensors: { bias: { type: 'float32', shape: [], data: [1] } },
};
const outer: Graph = {
  name: 'g',
  inputs: [{ name: 'x', type: 'float32', shape: ['N'] }],
  nodes: [
    { name: 'scan', op: 'Scan', inputs: ['x'], outputs: ['last'], attrs: { body: inner, num_scan_inputs: 0 } },
    { name: 'y', op: 'Relu', inputs: ['scan'] },
  ],
  outputs: ['y'],
  tensors: {},
};

test('names of a graph are those of its inputs, tensors and nodes, inside bodies too', () => {
  expect([...namesIn(outer)]).toEqual(['x', 'scan', 'last', 'y', 'h', 'bias', 'next']);
});

test('a fresh name is borne by nothing, and given once', () => {
  const fresh = freshNames(new Set(['sum', 'sum.3']));
  expect(['sum', 'sum', 'sum', 'sum.2', 'other', 'other'].map(fresh)).toEqual([
    'sum.2',
    'sum.4',
    'sum.5',
    'sum.2.2',
    'other',
    'other.2',
  ]);
  expect(['a', 'a'].map(freshNames(new Set(['a']), '_'))).toEqual(['a_2', 'a_3']);
});

test('a maker writes nodes and tensors under names of one beginning', () => {
  const { nodes, tensors, make, makeAll, ints, tensor, ending } = makerOf(freshNames(namesIn(outer)), 'y.');
  const halves = makeAll(['low', 'high'], 'Split', ['x', ints('sizes', [2, 3])], { axis: 0 });
  const two = tensor('two', { type: 'float32', shape: [], data: [2] });
  const scaled = make('scaled', 'Mul', [halves[1]!, two], {}, { gate: 1, signal: 0 });
  make('scaled', 'Relu', [scaled]);
  expect(nodes).toEqual([
    { name: 'y.sizes', op: 'Constant', inputs: [], attrs: { value_ints: [2, 3] } },
    { name: 'y.low', op: 'Split', inputs: ['x', 'y.sizes'], outputs: ['y.high'], attrs: { axis: 0 } },
    { name: 'y.scaled', op: 'Mul', inputs: ['y.high', 'y.two'], roles: { gate: 1, signal: 0 } },
    { name: 'y.scaled.2', op: 'Relu', inputs: ['y.scaled'] },
  ]);
  expect(tensors).toEqual({ 'y.two': { type: 'float32', shape: [], data: [2] } });
  expect(ending('y')).toEqual([...nodes.slice(0, -1), { ...nodes.at(-1)!, name: 'y' }]);
});

test('a maker adds to lists that are there already', () => {
  const nodes: Node[] = [{ name: 'first', op: 'Relu', inputs: ['x'] }];
  const tensors = { ...inner.tensors };
  const maker = makerOf(freshNames(new Set(['y/second'])), 'y/', { nodes, tensors });
  maker.make('second', 'Neg', ['first']);
  maker.tensor('zero', { type: 'int64', shape: [], data: [0] });
  expect(nodes.map(({ name }) => name)).toEqual(['first', 'y/second.2']);
  expect(Object.keys(tensors)).toEqual(['bias', 'y/zero']);
});

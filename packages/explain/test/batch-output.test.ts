import { type Graph } from '@kirchhoff/graph';
import { chooseOutput, prepareModel, type Model } from '@kirchhoff/explain';
import { expect, test } from 'vitest';
import { inline, input, integers, node, problemsOf, right } from './support.js';

const axesOf = ({ batch }: Model): unknown => (batch.kind === 'proved' ? Object.fromEntries(batch.axes) : batch.why);

const twoOutputs: Graph = {
  name: 'two',
  inputs: [input('x', ['N', 3])],
  nodes: [node('each', 'Relu', ['x']), node('all', 'ReduceMean', ['each', 'first'], { keepdims: 0 })],
  outputs: ['all', 'each'],
  tensors: { first: integers(0) },
};

test('samples are looked for in the output that is explained', () => {
  const open = right(prepareModel('two', twoOutputs, new Map()));
  expect(axesOf(open)).toBe('node "all" (ReduceMean) takes all samples of axis 0 together');
  expect(axesOf(right(chooseOutput(open, 'each')))).toEqual({ x: 0 });
  const asked = right(prepareModel('two', twoOutputs, new Map(), undefined, { output: 'each' }));
  const chosen = right(chooseOutput(asked, 'each'));
  expect(axesOf(chosen)).toEqual({ x: 0 });
  expect(chosen.others).toEqual(['all (float32, in which samples meet)']);
});

test('a stated axis is held to the output that is asked for', () => {
  const stated = { batchAxes: { x: 0 } };
  expect(problemsOf(prepareModel('two', twoOutputs, new Map(), undefined, stated))).toBe(
    'batch-axis: samples do not lie apart along axis 0 of "x": node "all" (ReduceMean) takes all samples of axis 0 together; leave the axis out, or write NAME=none for a model of one sample',
  );
  const asked = right(prepareModel('two', twoOutputs, new Map(), undefined, { ...stated, output: 'each' }));
  expect(axesOf(right(chooseOutput(asked, 'each')))).toEqual({ x: 0 });
  const one = right(prepareModel('two', twoOutputs, new Map(), undefined, { batchAxes: { x: 'none' } }));
  expect(axesOf(right(chooseOutput(one, 'each')))).toBe('no input is said to have samples');
});

test('a size is stated of any symbol but that of the samples, whatever they are called', () => {
  const graph: Graph = {
    name: 'tokens',
    inputs: [input('x', ['B', 'N', 3])],
    nodes: [node('y', 'MatMul', ['x', 'W']), node('flat', 'Flatten', ['y'])],
    outputs: ['flat'],
    tensors: { W: inline([3, 2], [1, 0, 0, 1, -1, 1]) },
  };
  const sizes = new Map([
    ['N', 4],
    ['B', 7],
  ]);
  const { typed, stated } = right(prepareModel('tokens', graph, new Map(), undefined, { sizes }));
  expect(typed.graph.inputs[0]!.shape).toEqual(['B', 4, 3]);
  expect(typed.types.get('flat')?.shape).toEqual(['B', 8]);
  expect([...stated]).toEqual([...sizes]);
});

test('a size is stated of the steps that lie before the samples', () => {
  const graph: Graph = {
    name: 'steps',
    inputs: [input('x', ['T', 'N', 3])],
    nodes: [node('s', 'ReduceSum', ['x', 'first'], { keepdims: 0 }), node('y', 'Relu', ['s'])],
    outputs: ['y'],
    tensors: { first: integers(0) },
  };
  const { typed, batch } = right(prepareModel('steps', graph, new Map(), undefined, { sizes: new Map([['T', 5]]) }));
  expect(batch.kind === 'proved' && Object.fromEntries(batch.axes)).toEqual({ x: 1 });
  expect(typed.graph.inputs[0]!.shape).toEqual([5, 'N', 3]);
});

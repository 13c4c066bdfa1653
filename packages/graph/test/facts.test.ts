import { describe, expect, test } from 'vitest';
import { facts, samplesIn, waysOf, type Attributes, type Input, type OpName } from '@kirchhoff/graph';
import {
  boundsText,
  f,
  floats,
  graphOf,
  inferred,
  int,
  ints,
  node,
  ranged,
  scalar,
  single,
  typed,
  type Argument,
} from './small.js';

const grey = ranged(0, 1, 'N', 3, 4, 4);
const signed = ranged(-1, 2, 'N', 3, 4, 4);

test.each<[string, OpName, readonly Argument[], string, Attributes?]>([
  ['a Relu is not negative', 'Relu', [f('N')], '[0, Infinity]'],
  ['a Relu keeps an upper bound', 'Relu', [ranged(-1, 2, 'N')], '[0, 2]'],
  ['a Sigmoid', 'Sigmoid', [f('N')], '[0, 1]'],
  ['a Sigmoid of positives', 'Sigmoid', [ranged(0, Infinity, 'N')], '[0.5, 1]'],
  ['Tanh', 'Tanh', [f('N')], '[-1, 1]'],
  ['Softmax', 'Softmax', [f('N', 3)], '[0, 1]'],
  ['LogSoftmax', 'LogSoftmax', [f('N', 3)], '[-Infinity, 0]'],
  ['Softplus', 'Softplus', [f('N')], '[0, Infinity]'],
  ['Softsign', 'Softsign', [f('N')], '[-1, 1]'],
  ['Elu', 'Elu', [f('N')], '[-2, Infinity]', { alpha: 2 }],
  ['Celu', 'Celu', [f('N')], '[-2, Infinity]', { alpha: 2 }],
  ['LeakyRelu', 'LeakyRelu', [signed], '[-0.01, 2]'],
  ['LeakyRelu with a negative slope', 'LeakyRelu', [signed], '[0, 2]', { alpha: -1 }],
  ['PRelu', 'PRelu', [signed, floats(0.5)], '[-0.5, 2]'],
  ['Gelu', 'Gelu', [f('N')], '[-0.171, Infinity]'],
  ['Gelu of positives', 'Gelu', [grey], '[0, 1]'],
  ['HardSigmoid', 'HardSigmoid', [f('N')], '[0, 1]'],
  ['ThresholdedRelu', 'ThresholdedRelu', [signed], '[0, 2]'],
  ['Abs', 'Abs', [signed], '[0, 2]'],
  ['Exp', 'Exp', [f('N')], '[0, Infinity]'],
  ['Sqrt', 'Sqrt', [f('N')], '[0, Infinity]'],
  ['Erf of positives', 'Erf', [grey], '[0, 1]'],
  ['Reciprocal of positives', 'Reciprocal', [grey], '[1, Infinity]'],
  ['Reciprocal across zero', 'Reciprocal', [signed], '[-Infinity, Infinity]'],
  ['Neg', 'Neg', [signed], '[-2, 1]'],
  ['Floor', 'Floor', [ranged(-0.5, 2.5, 'N')], '[-1, 2]'],
  ['Clip', 'Clip', [signed, scalar(0)], '[0, 2]'],
  ['Clip both', 'Clip', [f('N'), scalar(0), scalar(6)], '[0, 6]'],
  ['Add', 'Add', [signed, grey], '[-1, 3]'],
  ['Sub', 'Sub', [signed, grey], '[-2, 2]'],
  ['Mul', 'Mul', [signed, ranged(-3, 1, 'N', 3, 4, 4)], '[-6, 3]'],
  ['Mul by an unbounded one', 'Mul', [ranged(0, 1, 'N'), f('N')], '[-Infinity, Infinity]'],
  ['0 · ∞ is 0', 'Mul', [scalar(0), f('N')], '[0, 0]'],
  ['Div by a constant', 'Div', [signed, scalar(2)], '[-0.5, 1]'],
  ['Div of non-negatives', 'Div', [grey, grey], '[0, Infinity]'],
  ['Div across zero', 'Div', [grey, signed], '[-Infinity, Infinity]'],
  ['Pow even', 'Pow', [signed, scalar(2)], '[0, 4]'],
  ['Pow odd', 'Pow', [signed, scalar(3)], '[-1, 8]'],
  ['Pow of non-negatives', 'Pow', [grey, scalar(0.5)], '[0, 1]'],
  ['Max', 'Max', [signed, scalar(0.5)], '[0.5, 2]'],
  ['Min', 'Min', [signed, grey], '[-1, 1]'],
  ['Sum', 'Sum', [signed, grey, grey], '[-1, 4]'],
  ['Mean', 'Mean', [signed, grey], '[-0.5, 1.5]'],
  [
    'Conv of what is not negative by what is not',
    'Conv',
    [grey, { type: 'float32', shape: [1, 3, 1, 1], data: [1, 0, 2] }],
    '[0, Infinity]',
  ],
  [
    'Conv by mixed signs',
    'Conv',
    [grey, { type: 'float32', shape: [1, 3, 1, 1], data: [1, 0, -2] }],
    '[-Infinity, Infinity]',
  ],
  [
    'Gemm with a bias',
    'Gemm',
    [ranged(0, 1, 'N', 1), { type: 'float32', shape: [1, 1], data: [1] }, floats(-3)],
    '[-3, Infinity]',
  ],
  ['MaxPool ignores padding', 'MaxPool', [ranged(1, 2, 'N', 1, 4)], '[1, 2]', { kernel_shape: [2], pads: [1, 0] }],
  [
    'AveragePool ignores padding',
    'AveragePool',
    [ranged(1, 2, 'N', 1, 4)],
    '[1, 2]',
    { kernel_shape: [2], pads: [1, 0] },
  ],
  [
    'AveragePool counts padding',
    'AveragePool',
    [ranged(1, 2, 'N', 1, 4)],
    '[0, 2]',
    { kernel_shape: [2], pads: [1, 0], count_include_pad: 1 },
  ],
  ['Pad puts zeros in', 'Pad', [ranged(1, 2, 'N'), ints(1, 1)], '[0, 2]'],
  ['Pad puts a value in', 'Pad', [ranged(1, 2, 'N'), ints(1, 1), scalar(5)], '[1, 5]'],
  ['Pad reflects', 'Pad', [ranged(1, 2, 'N'), ints(1, 1)], '[1, 2]', { mode: 'reflect' }],
  ['Concat', 'Concat', [grey, signed], '[-1, 2]', { axis: 1 }],
  ['Reshape', 'Reshape', [signed, ints(0, -1)], '[-1, 2]'],
  ['Where', 'Where', [typed('bool', 'N'), ranged(0, 1, 'N'), scalar(-1)], '[-1, 1]'],
  ['ReduceSum of a known count', 'ReduceSum', [ranged(0, 1, 3, 4)], '[0, 12]'],
  ['ReduceSum of an unknown count', 'ReduceSum', [grey], '[0, Infinity]'],
  ['ReduceMean', 'ReduceMean', [signed], '[-1, 2]'],
  ['ReduceL2', 'ReduceL2', [signed], '[0, Infinity]'],
  [
    'ScatterElements adds',
    'ScatterElements',
    [ranged(1, 2, 'N'), typed('int64', 'N'), ranged(0, 1, 'N')],
    '[1, Infinity]',
    { reduction: 'add' },
  ],
  ['ScatterElements puts', 'ScatterElements', [ranged(1, 2, 'N'), typed('int64', 'N'), ranged(0, 1, 'N')], '[0, 2]'],
  ['OneHot', 'OneHot', [typed('int64', 'N'), int(3), floats(0, 1)], '[0, 1]'],
  ['Cast cuts', 'Cast', [ranged(0.5, 1.5, 'N')], '[0, 1]', { to: 7 }],
  ['ConstantOfShape', 'ConstantOfShape', [ints(2)], '[7, 7]', { value: { type: 'float32', shape: [1], data: [7] } }],
  ['LRN shrinks', 'LRN', [signed], '[-1, 2]', { size: 3 }],
  ['BatchNormalization is unknown', 'BatchNormalization', [grey, f(3), f(3), f(3), f(3)], '[-Infinity, Infinity]'],
])('%s', (_title, op, args, expected, attrs) => {
  expect(boundsText(op, args, attrs)).toBe(expected);
});

const input = (name: string, shape: Input['shape'], range?: Input['range']): Input => ({
  name,
  type: 'float32',
  shape,
  ...(range === undefined ? {} : { range }),
});

const same = { kind: 'same' } as const;
const first = { kind: 'apart', axis: 0, outer: 1, inner: 1 } as const;

describe('over a graph', () => {
  test('declared ranges per channel, constants, constness and samples', () => {
    const graph = graphOf(
      [input('image', ['N', 2, 4], { low: [0, -2], high: [1, 3] })],
      [
        node('positive', 'Relu', ['w']),
        node('y', 'MatMul', ['image', 'positive']),
        node('shape', 'Shape', ['y']),
        node('turned', 'Transpose', ['y'], { perm: [1, 0, 2] }),
      ],
      { w: { file: 'w.safetensors' }, inline: floats(3, -1, 2) },
    );
    const typedGraph = inferred({
      ...graph,
      tensors: { ...graph.tensors, w: { type: 'float32', shape: [4, 1], data: [1, 2, -3, 4] } },
    });
    const found = facts({ ...typedGraph, graph });
    expect(found.get('image')).toEqual({ low: -2, high: 3, way: 'real', constant: false, samples: first });
    expect(found.get('w')).toMatchObject({ low: -Infinity, high: Infinity, constant: true, samples: same });
    expect(found.get('inline')).toMatchObject({ low: -1, high: 3, constant: true, samples: same });
    expect(found.get('positive')).toMatchObject({ low: 0, high: Infinity, constant: true, samples: same });
    expect(found.get('y')).toMatchObject({ constant: false, samples: first });
    expect(found.get('turned')?.samples).toEqual({ ...first, axis: 1 });
    expect(found.get('shape')).toMatchObject({ low: 0, high: Infinity, constant: true, samples: { kind: 'count' } });
  });

  test('all parts of a Split share the bounds', () => {
    const found = facts(inferred(single('Split', [ranged(0, 1, 'N', 4)], { axis: 1, num_outputs: 2 }, ['second'])));
    expect(found.get('second')).toMatchObject({ low: 0, high: 1, constant: false, samples: first });
  });

  test('inside a body: inputs are computed, captured facts stay known', () => {
    const body = {
      name: 'body',
      inputs: [input('h', ['B']), input('xt', ['B'])],
      nodes: [node('s/gate', 'Sigmoid', ['xt']), node('s/w', 'Relu', ['w']), node('s/h', 'Mul', ['h', 's/gate'])],
      outputs: ['s/h'],
      tensors: {},
    };
    const outer = inferred(
      graphOf(
        [input('x', ['T', 'N']), input('h0', ['N'])],
        [node('s', 'Scan', ['h0', 'x'], { body, num_scan_inputs: 1 })],
        {
          w: floats(-1, 2),
        },
      ),
    );
    const inside = outer.bodies.get('s');
    const found = inside && facts(inside, { facts: facts(outer), samples: samplesIn(outer, 'N'), ways: waysOf(outer) });
    expect(found?.get('s/gate')).toMatchObject({ low: 0, high: 1, constant: false, samples: first });
    expect(found?.get('s/w')).toMatchObject({ low: 0, high: 2, constant: true, samples: same });
    expect(found?.get('h')?.constant).toBe(false);
  });
});

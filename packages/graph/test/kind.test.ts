import { describe, expect, test } from 'vitest';
import { isAffine, kindOf, kinds, opNames, type Attributes, type Kind, type OpName } from '@kirchhoff/graph';
import { node } from './small.js';

/** `x…` names are computed, all others constant. */
const kind = (op: OpName, inputs: readonly string[], attrs?: Attributes): Kind =>
  kindOf(node('y', op, inputs, attrs), (name) => !name.startsWith('x'));

test.each<[OpName, readonly string[], Kind, Attributes?]>([
  ['Conv', ['x', 'w', 'b'], 'weighted'],
  ['Conv', ['x', 'xw', 'b'], 'contraction'],
  ['Conv', ['x', 'w', 'xb'], 'weighted'],
  ['ConvTranspose', ['x', 'w'], 'weighted'],
  ['Gemm', ['x', 'w', 'b'], 'weighted'],
  ['Gemm', ['x', 'xw', 'b'], 'contraction'],
  ['MatMul', ['x', 'w'], 'weighted'],
  ['MatMul', ['w', 'x'], 'weighted'],
  ['MatMul', ['x1', 'x2'], 'contraction'],
  ['Add', ['x1', 'x2'], 'plain'],
  ['Sub', ['x', 'c'], 'plain'],
  ['Sum', ['x1', 'x2', 'c'], 'plain'],
  ['Mean', ['x1', 'x2'], 'plain'],
  ['Neg', ['x'], 'plain'],
  ['AveragePool', ['x'], 'plain'],
  ['GlobalAveragePool', ['x'], 'plain'],
  ['ReduceSum', ['x', 'axes'], 'plain'],
  ['ReduceMean', ['x'], 'plain'],
  ['CumSum', ['x', 'axis'], 'plain'],
  ['BatchNormalization', ['x', 's', 'b', 'm', 'v'], 'plain'],
  ['BatchNormalization', ['x', 's', 'b', 'm', 'v'], 'other', { training_mode: 1 }],
  ['Mul', ['x', 'c'], 'plain'],
  ['Mul', ['x1', 'x2'], 'product'],
  ['Div', ['x', 'c'], 'plain'],
  ['Div', ['c', 'x'], 'other'],
  ['Div', ['x1', 'x2'], 'other'],
  ['Pow', ['x', 'c'], 'elementwise'],
  ['Pow', ['x1', 'x2'], 'other'],
  ['Min', ['x1', 'x2'], 'maximum'],
  ['Min', ['x', 'c'], 'elementwise'],
  ['Max', ['x1', 'x2'], 'maximum'],
  ['Max', ['x', 'c'], 'elementwise'],
  ['Clip', ['x', '', 'c'], 'elementwise'],
  ['Clip', ['x', 'x2', 'c'], 'other'],
  ['PRelu', ['x', 'slope'], 'elementwise'],
  ['PRelu', ['x', 'xslope'], 'other'],
  ['Relu', ['x'], 'elementwise'],
  ['Gelu', ['x'], 'elementwise'],
  ['MaxPool', ['x'], 'maximum'],
  ['GlobalMaxPool', ['x'], 'maximum'],
  ['ReduceMax', ['x'], 'maximum'],
  ['ReduceMin', ['x'], 'maximum'],
  ['Resize', ['x', '', 's'], 'structural'],
  ['Resize', ['x', '', 's'], 'plain', { mode: 'linear' }],
  ['Gather', ['table', 'x'], 'structural'],
  ['Pad', ['x', 'p'], 'structural'],
  ['Pad', ['x', 'p'], 'structural', { mode: 'reflect' }],
  ['Where', ['xc', 'x1', 'x2'], 'structural'],
  ['ScatterElements', ['x', 'i', 'u'], 'plain', { reduction: 'add' }],
  ['ScatterElements', ['x', 'i', 'u'], 'other', { reduction: 'mul' }],
  ['Cast', ['x'], 'structural', { to: 11 }],
  ['Cast', ['x'], 'discrete', { to: 7 }],
  ['Softmax', ['x'], 'axis'],
  ['LayerNormalization', ['x', 's', 'b'], 'axis'],
  ['LRN', ['x'], 'axis', { size: 3 }],
  ['Equal', ['x', 'c'], 'discrete'],
  ['ArgMax', ['x'], 'discrete'],
  ['Shape', ['x'], 'discrete'],
  ['Sign', ['x'], 'discrete'],
  ['Scan', ['x'], 'structural'],
  ['LSTM', ['x', 'w', 'r'], 'other'],
])('%s(%j) is %s', (op, inputs, expected, attrs) => {
  expect(kind(op, inputs, attrs)).toBe(expected);
});

test('affine is weighted or plain', () => {
  expect(kinds.filter(isAffine)).toEqual(['weighted', 'plain']);
});

describe('the table', () => {
  test('names each operator once and OpName is a union of literals', () => {
    const name: OpName = 'Conv';
    // @ts-expect-error: not an operator
    const wrong: OpName = 'Covn';
    expect(opNames).toContain(name);
    expect(opNames).not.toContain(wrong);
    expect(new Set(opNames).size).toBe(opNames.length);
    expect(opNames).toHaveLength(128);
  });
});

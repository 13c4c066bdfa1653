import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { decodeGraph, elementTypes, infer, operators, opNames, typesAt, type OpName } from '../src/index.js';
import { letters, onnxTypes } from './onnx-types.js';

/** Each port with the number of the first port of its variable and the types allowed: what constraints say, names aside. */
const ofRow = (op: OpName): readonly string[] => {
  const row = operators[op];
  return row.inputs.map((port) => {
    const first = row.inputs.findIndex(({ type }) => type === port.type);
    return `${first}:${typesAt(row, port)
      .map((type) => letters[type])
      .toSorted()
      .join('')}`;
  });
};

const ofStandard = (op: OpName): readonly string[] => {
  const [inputs = '', constraints = ''] = onnxTypes[op].split('|').map((part) => part.trim());
  const allowed = new Map(constraints.split(' ').map((one) => one.split('=') as [string, string]));
  const ports = inputs
    .split(' ')
    .filter((one) => one !== '')
    .map((one) => one.split(':') as [string, string]);
  return ports.map(([, variable]) => {
    const types =
      allowed.get(variable) ?? elementTypes.filter((type) => type === variable).map((type) => letters[type]);
    const first = ports.findIndex(([, other]) => other === variable);
    return `${first}:${[...types].toSorted().join('')}`;
  });
};

const judged = (op: OpName, types: readonly string[]): string => {
  const json = {
    format: 'kirchhoff-graph/1',
    name: 'one',
    inputs: types.map((type, i) => ({ name: `i${i}`, type, shape: [2, 2] })),
    nodes: [{ name: 'y', op, inputs: types.map((_, i) => `i${i}`) }],
    outputs: ['y'],
  };
  const graph = decodeGraph(json);
  if (E.isLeft(graph)) return printProblems(graph.left);
  const typed = infer(graph.right, new Map());
  return E.isLeft(typed) ? printProblems(typed.left) : typed.right.types.get('y')!.type;
};

describe("ONNX's type constraints", () => {
  test.each(opNames)('%s has those of the standard', (op) => {
    expect(ofRow(op)).toEqual(ofStandard(op));
  });

  test('a type that an operator does not take is refused with its port and a cast', () => {
    expect(judged('Reciprocal', ['int64'])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Reciprocal: input "X" is int64; allowed: float32, float64 (put a Cast to float32 before it)"`,
    );
    expect(judged('Celu', ['float64'])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Celu: input "X" is float64; allowed: float32 (put a Cast to float32 before it)"`,
    );
    expect(judged('Softmax', ['uint8'])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Softmax: input "input" is uint8; allowed: float32, float64 (put a Cast to float32 before it)"`,
    );
    expect(judged('And', ['bool', 'float32'])).toMatchInlineSnapshot(
      `"/nodes/0 (y): And: input "B" is float32; allowed: bool (put a Cast to bool before it)"`,
    );
  });

  test('inputs of one variable have one type', () => {
    expect(judged('Add', ['float32', 'int64'])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Add: inputs "A" (float32) and "B" (int64) must have one type; put a Cast before one of them"`,
    );
    expect(judged('Max', ['uint8', 'uint8', 'int8'])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Max: inputs "data_0[0]" (uint8) and "data_0[2]" (int8) must have one type; put a Cast before one of them"`,
    );
  });

  test('what the standard takes is taken', () => {
    expect(judged('MatMul', ['int32', 'int32'])).toBe('int32');
    expect(judged('Pow', ['int32', 'float32'])).toBe('int32');
    expect(judged('Equal', ['bool', 'bool'])).toBe('bool');
    expect(judged('Relu', ['int8'])).toBe('int8');
  });
});

import { printProblems, Refusal } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import {
  axisAttribute,
  decodeGraph,
  floatAttribute,
  infer,
  intAttribute,
  intsAttribute,
  isSet,
  operators,
  opNames,
  resolveTensors,
  textAttribute,
  type Node,
} from '../src/index.js';

type Shape = readonly (number | string)[];
type Operand = { readonly type?: string; readonly shape: Shape; readonly data?: readonly number[] };

/** What decoding and inference say of one node; operands with data are constants. */
const judged = (
  op: string,
  operands: readonly Operand[],
  attrs: object = {},
  outputs: readonly string[] = [],
): string => {
  const named = operands.map(({ type = 'float32', shape, data }, i) => ({ name: `i${i}`, type, shape, data }));
  const json = {
    format: 'kirchhoff-graph/1',
    name: 'one',
    inputs: named.filter(({ data }) => data === undefined).map(({ name, type, shape }) => ({ name, type, shape })),
    nodes: [{ name: 'y', op, inputs: named.map(({ name }) => name), attrs, outputs }],
    outputs: ['y'],
    tensors: Object.fromEntries(
      named
        .filter(({ data }) => data !== undefined)
        .map(({ name, type, shape, data }) => [name, { type, shape, data }]),
    ),
  };
  const graph = decodeGraph(json);
  if (E.isLeft(graph)) return printProblems(graph.left);
  const store = resolveTensors(graph.right, () => E.left([]));
  if (E.isLeft(store)) return printProblems(store.left);
  const typed = infer(graph.right, store.right);
  return E.isLeft(typed) ? printProblems(typed.left) : JSON.stringify(typed.right.types.get('y')!.shape);
};

const image: Operand = { shape: ['N', 4, 6, 6] };
const ints = (...data: readonly number[]): Operand => ({ type: 'int64', shape: [data.length], data });
const scalar = (value: number): Operand => ({ type: 'int64', shape: [], data: [value] });

describe('attributes outside the standard are refused', () => {
  test('a stride, a dilation, a kernel size, a pad', () => {
    expect(judged('AveragePool', [image], { kernel_shape: [3, 3], strides: [1, 0] })).toMatchInlineSnapshot(
      `"/nodes/0/attrs/strides: must be at least 1, found 0"`,
    );
    expect(judged('MaxPool', [image], { kernel_shape: [3, 3], dilations: [0, 1] })).toMatchInlineSnapshot(
      `"/nodes/0/attrs/dilations: must be at least 1, found 0"`,
    );
    expect(judged('MaxPool', [image], { kernel_shape: [3, -1] })).toMatchInlineSnapshot(
      `"/nodes/0/attrs/kernel_shape: must be at least 1, found -1"`,
    );
    expect(judged('AveragePool', [image], { kernel_shape: [3, 3], pads: [0, 0, 0, -1] })).toMatchInlineSnapshot(
      `"/nodes/0/attrs/pads: must be at least 0, found -1"`,
    );
    expect(judged('Conv', [image, { shape: [4, 4, 0, 1] }])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Conv: a kernel size is 0; it must be at least 1"`,
    );
    expect(
      judged('ConvTranspose', [image, { shape: [4, 4, 3, 3] }], { output_padding: [-1, 0] }),
    ).toMatchInlineSnapshot(`"/nodes/0/attrs/output_padding: must be at least 0, found -1"`);
  });

  test('a group', () => {
    expect(judged('Conv', [image, { shape: [4, 4, 1, 1] }], { group: 0 })).toMatchInlineSnapshot(
      `"/nodes/0/attrs/group: must be at least 1, found 0"`,
    );
    expect(judged('Conv', [image, { shape: [3, 2, 1, 1] }], { group: 2 })).toMatchInlineSnapshot(
      `"/nodes/0 (y): Conv: 3 output channels cannot be split into 2 groups; make "group" a divisor of 3"`,
    );
  });

  test('a switch', () => {
    expect(judged('ReduceSum', [image], { keepdims: 6 })).toMatchInlineSnapshot(
      `"/nodes/0/attrs/keepdims: must be 0 or 1, found 6"`,
    );
    expect(judged('Gemm', [{ shape: [2, 2] }, { shape: [2, 2] }], { transA: -1 })).toMatchInlineSnapshot(
      `"/nodes/0/attrs/transA: must be 0 or 1, found -1"`,
    );
  });

  test('a word', () => {
    expect(judged('Pad', [image, ints(0, 0, 0, 0, 0, 0, 0, 0)], { mode: 'reflected' })).toMatchInlineSnapshot(
      `"/nodes/0/attrs/mode: must be one of constant, reflect, edge, wrap, found "reflected" (did you mean "reflect"?)"`,
    );
    const weights = [{ shape: [3, 1, 2] }, { shape: [1, 4, 2] }, { shape: [1, 4, 4] }];
    expect(judged('RNN', weights, { activations: ['Cosh'] })).toMatchInlineSnapshot(
      `"/nodes/0 (y): RNN: attribute "activations" must be one of Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, HardSigmoid, Elu, Softsign, Softplus, found "Cosh""`,
    );
    expect(judged('RNN', weights, { activations: ['tanh'], hidden_size: 4 })).toMatchInlineSnapshot(`"[3,1,1,4]"`);
  });

  test('every switch of every operator is one', () => {
    const switches = opNames.flatMap((op) =>
      Object.entries(operators[op].attrs)
        .filter(([, { least, most }]) => least === 0 && most === 1)
        .map(([key]) => `${op}.${key}`),
    );
    expect(switches.join(' ')).toMatchInlineSnapshot(
      `"Gemm.transA Gemm.transB Mod.fmod MaxPool.ceil_mode MaxPool.storage_order AveragePool.ceil_mode AveragePool.count_include_pad BatchNormalization.training_mode ReduceSum.keepdims ReduceSum.noop_with_empty_axes ReduceMean.keepdims ReduceMean.noop_with_empty_axes ReduceMax.keepdims ReduceMax.noop_with_empty_axes ReduceMin.keepdims ReduceMin.noop_with_empty_axes ReduceProd.keepdims ReduceProd.noop_with_empty_axes ReduceL1.keepdims ReduceL1.noop_with_empty_axes ReduceL2.keepdims ReduceL2.noop_with_empty_axes ReduceSumSquare.keepdims ReduceSumSquare.noop_with_empty_axes ReduceLogSum.keepdims ReduceLogSum.noop_with_empty_axes ReduceLogSumExp.keepdims ReduceLogSumExp.noop_with_empty_axes ArgMax.keepdims ArgMax.select_last_index ArgMin.keepdims ArgMin.select_last_index CumSum.exclusive CumSum.reverse Reshape.allowzero Trilu.upper ReverseSequence.batch_axis ReverseSequence.time_axis TopK.largest TopK.sorted Resize.antialias Resize.exclude_outside IsInf.detect_negative IsInf.detect_positive Cast.saturate LSTM.layout LSTM.input_forget GRU.layout GRU.linear_before_reset RNN.layout"`,
    );
  });
});

describe('values outside the standard are refused', () => {
  test('a depth, a count, an axis, an index', () => {
    const values: Operand = { shape: [2], data: [0, 1] };
    expect(judged('OneHot', [{ type: 'int64', shape: ['N'] }, scalar(-3), values])).toMatchInlineSnapshot(
      `"/nodes/0 (y): OneHot: depth is -3; it must be at least 1"`,
    );
    expect(judged('OneHot', [{ type: 'int64', shape: ['N'] }, scalar(0), values])).toMatchInlineSnapshot(
      `"/nodes/0 (y): OneHot: depth is 0; it must be at least 1"`,
    );
    expect(judged('TopK', [image, ints(0)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): TopK: K is 0; it must be at least 1"`,
    );
    expect(judged('CumSum', [image, scalar(4)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): CumSum: axis 4 is outside shape [N, 4, 6, 6]; allowed: -4 to 3"`,
    );
    expect(judged('ReduceMax', [image, ints(1, -3)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): ReduceMax: axis 1 is named twice"`,
    );
    expect(judged('Gather', [image, ints(0, 1000000000)], { axis: 1 })).toMatchInlineSnapshot(
      `"/nodes/0 (y): Gather: index 1000000000 is outside an axis of 4 elements; allowed: -4 to 3"`,
    );
    expect(judged('Range', [scalar(0), scalar(4), scalar(0)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Range: delta is 0; take a positive or negative number"`,
    );
  });

  test('a size below 0', () => {
    expect(judged('Tile', [image, ints(1, 1, -1, 1)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Tile: a value of shape [N, 4, -6, 6] cannot be: -6 is below 0"`,
    );
    expect(judged('Expand', [{ shape: [1] }, ints(-4)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Expand: a value of shape [-4] cannot be: -4 is below 0"`,
    );
    expect(judged('ConstantOfShape', [ints(2, -1)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): ConstantOfShape: a value of shape [2, -1] cannot be: -1 is below 0"`,
    );
    expect(judged('Split', [{ shape: [4] }, ints(5, -1)], {}, ['z'])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Split: a value of shape [-1] cannot be: -1 is below 0"`,
    );
    expect(judged('Reshape', [{ shape: [6] }, ints(-2, -3)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Reshape: a value of shape [-2, -3] cannot be: -2 is below 0"`,
    );
  });

  test('a size of 0 where something is resized', () => {
    expect(
      judged('Resize', [{ shape: [1, 1, 4, 4] }, { shape: [0], data: [] }, { shape: [4], data: [1, 1, 0, 2] }]),
    ).toMatchInlineSnapshot(`"/nodes/0 (y): Resize: a scale is 0; it must be above 0"`);
  });
});

describe('values that cannot be held are refused before anything is made', () => {
  test('by their number of elements', () => {
    expect(judged('ConstantOfShape', [ints(1000000, 1000000)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): ConstantOfShape: a value of shape [1000000, 1000000] has at least 1000000000000 elements; at most 1073741824 can be held"`,
    );
    expect(judged('ConstantOfShape', [ints(2 ** 53 - 1, 2 ** 53 - 1)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): ConstantOfShape: a value of shape [9007199254740991, 9007199254740991] has at least 8.112963841460666e+31 elements; at most 1073741824 can be held"`,
    );
    expect(judged('Range', [scalar(0), scalar(1e12), scalar(1)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Range: a value of shape [1000000000000] has at least 1000000000000 elements; at most 1073741824 can be held"`,
    );
    expect(judged('Expand', [{ shape: ['N', 4] }, ints(1e9, 1, 4)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Expand: a value of shape [1000000000, N, 4] has at least 4000000000 elements; at most 1073741824 can be held"`,
    );
    expect(judged('Tile', [{ shape: ['N', 4] }, ints(1, 1e9)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Tile: a value of shape [N, 4000000000] has at least 4000000000 elements; at most 1073741824 can be held"`,
    );
    expect(judged('Tile', [{ shape: ['N', 4] }, ints(1e9, 1)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Tile: a value of shape [1000000000*N, 4] has at least 4000000000 elements; at most 1073741824 can be held"`,
    );
    expect(judged('Pad', [{ shape: ['N', 4] }, ints(0, 1e9, 0, 1e9)])).toMatchInlineSnapshot(
      `"/nodes/0 (y): Pad: a value of shape [N, 2000000004] has at least 2000000004 elements; at most 1073741824 can be held"`,
    );
    expect(judged('Split', [{ shape: ['N', 4] }], { axis: 1, num_outputs: 1e9 })).toMatchInlineSnapshot(
      `"/nodes/0 (y): Split: outputs listed: 1; the operator gives 1000000000"`,
    );
    expect(judged('Flatten', [{ shape: ['N', 2 ** 53 - 1, 2 ** 53 - 1] }])).toMatchInlineSnapshot(
      `"/inputs/0 (i0): a value of shape [N, 9007199254740991, 9007199254740991] has at least 8.112963841460666e+31 elements; at most 1073741824 can be held"`,
    );
  });

  test('by their number of axes', () => {
    expect(judged('Relu', [{ shape: Array.from({ length: 65 }, () => 1) }])).toMatchInlineSnapshot(
      `"/inputs/0 (i0): a value of 65 axes; at most 64 can be held"`,
    );
    expect(judged('Relu', [{ shape: Array.from({ length: 64 }, () => 1) }])).toMatch(/^\[1,/);
  });
});

test('a reader gives what the node says, else what the operator table says', () => {
  const bare: Node = { name: 'y', op: 'Softmax', inputs: ['x'] };
  const said: Node = { ...bare, attrs: { axis: 1 } };
  expect([intAttribute(bare, 'axis'), intAttribute(said, 'axis')]).toEqual([-1, 1]);
  expect([axisAttribute(bare, 4), axisAttribute(said, 4)]).toEqual([3, 1]);
  expect(floatAttribute({ op: 'LeakyRelu' }, 'alpha')).toBe(0.01);
  expect(textAttribute({ op: 'Gelu' }, 'approximate')).toBe('none');
  expect([isSet({ op: 'ReduceSum' }, 'keepdims'), isSet({ op: 'Gemm' }, 'transB')]).toEqual([true, false]);
  expect([
    intsAttribute({ op: 'Transpose' }, 'perm'),
    intsAttribute({ op: 'Transpose', attrs: { perm: [1, 0] } }, 'perm'),
  ]).toEqual([undefined, [1, 0]]);
});

test('a reader refuses an attribute that is not there, and one of another type', () => {
  expect(() => intAttribute({ op: 'Concat' }, 'axis')).toThrow(Refusal);
  expect(() => textAttribute({ op: 'Softmax' }, 'axis')).toThrow(Refusal);
});

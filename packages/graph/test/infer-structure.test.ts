import { describe, expect, test } from 'vitest';
import type { Attributes, OpName } from '@kirchhoff/graph';
import { f, floats, int, ints, outputTypes, scalar, typed, type Argument } from './small.js';

type Case = readonly [string, OpName, readonly Argument[], Attributes, string, (readonly string[])?];

const check = (cases: readonly Case[]): void => {
  for (const [title, op, args, attrs, expected, further] of cases) {
    test(title, () => {
      expect(outputTypes(op, args, attrs, further)).toBe(expected);
    });
  }
};

describe('broadcasting', () => {
  check([
    ['equal', 'Add', [f('N', 3), f('N', 3)], {}, 'float32[N, 3]'],
    ['trailing', 'Mul', [f('N', 3, 4), f(3, 1)], {}, 'float32[N, 3, 4]'],
    ['both ways', 'Sub', [f('N', 1), f(1, 5)], {}, 'float32[N, 5]'],
    ['scalar', 'Div', [f('N', 'T'), scalar(2)], {}, 'float32[N, T]'],
    ['many', 'Sum', [f('N', 1), f(4), f(1, 1)], {}, 'float32[N, 4]'],
    ['comparison', 'Less', [f('N', 3), f(3)], {}, 'bool[N, 3]'],
    ['choice', 'Where', [typed('bool', 'N', 1), f(3), f()], {}, 'float32[N, 3]'],
    [
      'symbol against number',
      'Add',
      [f('N', 3), f(2, 3)],
      {},
      '/nodes/0 (y): Add: shapes [N, 3] and [2, 3] do not broadcast: N meets 2, and neither is 1',
    ],
    [
      'numbers',
      'Add',
      [f(4, 3), f(2)],
      {},
      '/nodes/0 (y): Add: shapes [4, 3] and [2] do not broadcast: 3 meets 2, and neither is 1',
    ],
    [
      'types',
      'Add',
      [f(3), typed('int64', 3)],
      {},
      '/nodes/0 (y): Add: inputs "A" (float32) and "B" (int64) must have one type; put a Cast before one of them',
    ],
    [
      'a condition that is none',
      'Where',
      [f(3), f(3), f(3)],
      {},
      '/nodes/0 (y): Where: input "condition" is float32; allowed: bool (put a Cast to bool before it)',
    ],
  ]);
});

describe('shapes', () => {
  check([
    ['Flatten', 'Flatten', [f('N', 32, 5, 5)], {}, 'float32[N, 800]'],
    ['Flatten at 0', 'Flatten', [f('N', 3)], { axis: 0 }, 'float32[1, 3*N]'],
    ['Flatten at -1', 'Flatten', [f(2, 3, 4)], { axis: -1 }, 'float32[6, 4]'],
    ['Flatten at the end', 'Flatten', [f(2, 3)], { axis: 2 }, 'float32[6, 1]'],
    ['Reshape -1', 'Reshape', [f('N', 16, 5, 5), ints(-1, 400)], {}, 'float32[N, 400]'],
    ['Reshape 0', 'Reshape', [f('N', 16, 5, 5), ints(0, -1)], {}, 'float32[N, 400]'],
    ['Reshape heads', 'Reshape', [f('N', 'T', 12), ints(0, 0, 3, 4)], {}, 'float32[N, T, 3, 4]'],
    ['Reshape merges symbols', 'Reshape', [f('N', 'T', 12), ints(-1, 12)], {}, 'float32[N*T, 12]'],
    ['Reshape to a vector', 'Reshape', [f('N', 3), ints(-1)], {}, 'float32[3*N]'],
    [
      'Reshape clash',
      'Reshape',
      [f(2, 3), ints(4, 2)],
      {},
      '/nodes/0 (y): Reshape: [2, 3] cannot become [4, 2]: the numbers of elements differ',
    ],
    [
      'Reshape rest',
      'Reshape',
      [f('N', 3), ints(-1, 2)],
      {},
      '/nodes/0 (y): Reshape: [N, 3] cannot become [-1, 2]: the numbers of elements differ',
    ],
    [
      'Reshape -1 twice',
      'Reshape',
      [f(4), ints(-1, -1)],
      {},
      '/nodes/0 (y): Reshape: the shape [-1, -1] holds -1 more than once; only one can be derived',
    ],
    [
      'Reshape 0 beyond',
      'Reshape',
      [f(4), ints(4, 0)],
      {},
      '/nodes/0 (y): Reshape: the shape copies dimension 1 (a 0), but the input has shape [4]',
    ],
    [
      'Reshape by data',
      'Reshape',
      [f(4), typed('int64', 2)],
      {},
      '/nodes/0 (y): Reshape: shape must be known before the graph runs; make it a constant or derive it from shapes',
    ],
    ['Transpose', 'Transpose', [f('N', 'T', 4)], {}, 'float32[4, T, N]'],
    ['Transpose perm', 'Transpose', [f('N', 3, 4, 5)], { perm: [0, 2, 3, 1] }, 'float32[N, 4, 5, 3]'],
    [
      'Transpose wrong',
      'Transpose',
      [f('N', 3)],
      { perm: [0, 0] },
      '/nodes/0 (y): Transpose: perm [0, 0] does not name each axis of [N, 3] once',
    ],
    ['Squeeze all', 'Squeeze', [f('N', 1, 3, 1)], {}, 'float32[N, 3]'],
    ['Squeeze one', 'Squeeze', [f('N', 1, 3, 1), ints(-1)], {}, 'float32[N, 1, 3]'],
    [
      'Squeeze wrong',
      'Squeeze',
      [f('N', 3), ints(1)],
      {},
      '/nodes/0 (y): Squeeze: axis 1 of [N, 3] is 3, only a dimension of 1 can be squeezed',
    ],
    ['Unsqueeze', 'Unsqueeze', [f('N', 3), ints(0, -1)], {}, 'float32[1, N, 3, 1]'],
    ['Unsqueeze twice', 'Unsqueeze', [f(3), ints(0, -3)], {}, '/nodes/0 (y): Unsqueeze: axis 0 is named twice'],
    ['Expand', 'Expand', [f('N', 1), ints(1, 4)], {}, 'float32[N, 4]'],
    ['Tile', 'Tile', [f('N', 3), ints(1, 2)], {}, 'float32[N, 6]'],
    ['DepthToSpace', 'DepthToSpace', [f('N', 8, 2, 3)], { blocksize: 2 }, 'float32[N, 2, 4, 6]'],
    ['SpaceToDepth', 'SpaceToDepth', [f('N', 2, 4, 6)], { blocksize: 2 }, 'float32[N, 8, 2, 3]'],
    [
      'DepthToSpace rest',
      'DepthToSpace',
      [f('N', 6, 2, 3)],
      { blocksize: 2 },
      '/nodes/0 (y): DepthToSpace: the number of channels is 6, which is not divisible by 4',
    ],
  ]);
});

describe('moves', () => {
  check([
    ['Concat', 'Concat', [f('N', 2, 5), f('N', 3, 5)], { axis: 1 }, 'float32[N, 5, 5]'],
    ['Concat symbols', 'Concat', [f('N', 'T'), f('N', 1)], { axis: -1 }, 'float32[N, T + 1]'],
    [
      'Concat clash',
      'Concat',
      [f('N', 2), f('T', 2)],
      { axis: 1 },
      '/nodes/0 (y): Concat: shapes [N, 2], [T, 2] differ outside axis 1',
    ],
    [
      'Concat axis',
      'Concat',
      [f('N', 2)],
      { axis: 2 },
      '/nodes/0 (y): Concat: axis 2 is outside shape [N, 2]; allowed: -2 to 1',
    ],
    ['Slice', 'Slice', [f('N', 10), ints(2), ints(8), ints(1), ints(2)], {}, 'float32[N, 3]'],
    ['Slice default axes', 'Slice', [f(20, 10), ints(0, 0), ints(3, 100)], {}, 'float32[3, 10]'],
    ['Slice from the end', 'Slice', [f(20, 10), ints(-3), ints(2 ** 53 - 1), ints(0)], {}, 'float32[3, 10]'],
    ['Slice backwards', 'Slice', [f(20), ints(-1), ints(-(2 ** 53 - 1)), ints(0), ints(-1)], {}, 'float32[20]'],
    ['Slice backwards, cut', 'Slice', [f(20), ints(10), ints(4), ints(0), ints(-3)], {}, 'float32[2]'],
    ['Slice nothing', 'Slice', [f(5), ints(4), ints(2)], {}, 'float32[0]'],
    ['Slice a symbol', 'Slice', [f('T', 4), ints(1), ints(2 ** 53 - 1), ints(0)], {}, 'float32[T - 1, 4]'],
    ['Slice a symbol short', 'Slice', [f('T', 4), ints(0), ints(-1), ints(0)], {}, 'float32[T - 1, 4]'],
    ['Slice the last of a symbol', 'Slice', [f('T', 4), ints(-1), ints(2 ** 53 - 1), ints(0)], {}, 'float32[1, 4]'],
    [
      'Slice a symbol backwards',
      'Slice',
      [f('T', 4), ints(-1), ints(-(2 ** 53 - 1)), ints(0), ints(-1)],
      {},
      'float32[T, 4]',
    ],
    [
      'Slice step 0',
      'Slice',
      [f(5), ints(0), ints(5), ints(0), ints(0)],
      {},
      '/nodes/0 (y): Slice: the step on axis 0 is 0; take a positive or negative number',
    ],
    [
      'Split evenly',
      'Split',
      [f('N', 6)],
      { axis: 1, num_outputs: 3 },
      'float32[N, 2] float32[N, 2] float32[N, 2]',
      ['b', 'c'],
    ],
    [
      'Split untold',
      'Split',
      [f('N', 6)],
      { axis: 1 },
      '/nodes/0 (y): Split: exactly one of the input split, the attribute num_outputs must be given, found 0',
      ['b'],
    ],
    ['Split with a smaller last', 'Split', [f(7)], { num_outputs: 3 }, 'float32[3] float32[3] float32[1]', ['b', 'c']],
    ['Split by sizes', 'Split', [f('N', 6), ints(2, 4)], { axis: 1 }, 'float32[N, 2] float32[N, 4]', ['b']],
    [
      'Split clash',
      'Split',
      [f('N', 6), ints(2, 3)],
      { axis: 1 },
      '/nodes/0 (y): Split: 6 elements cannot be split into [2, 3]',
      ['b'],
    ],
    [
      'Split outputs',
      'Split',
      [f('N', 6), ints(2, 4)],
      { axis: 1 },
      '/nodes/0 (y): Split: outputs listed: 1; the operator gives 2',
    ],
    ['Pad', 'Pad', [f('N', 1, 4), ints(0, 0, 1, 0, 0, 2)], {}, 'float32[N, 1, 7]'],
    ['Pad axes', 'Pad', [f('N', 'T'), ints(1, 1), null, ints(-1)], {}, 'float32[N, T + 2]'],
    ['Pad away', 'Pad', [f(4), ints(-1, -1)], { mode: 'constant' }, 'float32[2]'],
    ['Pad length', 'Pad', [f(4, 4), ints(1, 1)], {}, '/nodes/0 (y): Pad: pads has 2 elements, expected 4'],
    ['Resize by scales', 'Resize', [f('N', 3, 4, 5), null, floats(1, 1, 2, 0.5)], {}, 'float32[N, 3, 8, 2]'],
    ['Resize by sizes', 'Resize', [f('N', 3, 4, 5), null, null, ints(7, 8)], { axes: [2, 3] }, 'float32[N, 3, 7, 8]'],
    ['Resize a symbol', 'Resize', [f('N', 3, 'T'), null, floats(1, 1, 1.5)], {}, 'float32[N, 3, T + floor(T/2)]'],
    [
      'Resize not_larger',
      'Resize',
      [f(1, 1, 2, 4), null, null, ints(7, 8)],
      { axes: [2, 3], keep_aspect_ratio_policy: 'not_larger' },
      'float32[1, 1, 4, 8]',
    ],
    [
      'Resize without target',
      'Resize',
      [f('N', 3)],
      {},
      '/nodes/0 (y): Resize: exactly one of scales, sizes must be given, found 0',
    ],
  ]);
});

describe('places', () => {
  check([
    ['embedding', 'Gather', [f(1000, 64), typed('int64', 'N', 'T')], {}, 'float32[N, T, 64]'],
    ['Gather drops an axis', 'Gather', [f('N', 'T', 64), int(-1)], { axis: 1 }, 'float32[N, 64]'],
    [
      'Gather by floats',
      'Gather',
      [f(10), f(3)],
      {},
      '/nodes/0 (y): Gather: input "indices" is float32; allowed: int64, int32 (put a Cast to int64 before it)',
    ],
    ['GatherElements', 'GatherElements', [f('N', 5), typed('int64', 'N', 2)], { axis: 1 }, 'float32[N, 2]'],
    [
      'ScatterElements',
      'ScatterElements',
      [f('N', 5), typed('int64', 'N', 2), f('N', 2)],
      { axis: 1, reduction: 'add' },
      'float32[N, 5]',
    ],
    [
      'ScatterElements clash',
      'ScatterElements',
      [f('N', 5), typed('int64', 'N', 2), f('N', 3)],
      { axis: 1 },
      '/nodes/0 (y): ScatterElements: updates has shape [N, 3] but [N, 2] is needed',
    ],
    ['OneHot', 'OneHot', [typed('int64', 'N'), int(10), floats(0, 1)], {}, 'float32[N, 10]'],
    ['OneHot first', 'OneHot', [typed('int64', 'N', 'T'), int(10), floats(0, 1)], { axis: 1 }, 'float32[N, 10, T]'],
    ['ArgMax', 'ArgMax', [f('N', 10)], { axis: 1 }, 'int64[N, 1]'],
    ['ArgMin without dims', 'ArgMin', [f('N', 10)], { axis: -1, keepdims: 0 }, 'int64[N]'],
    ['ReduceSum', 'ReduceSum', [f('N', 3, 4), ints(1, -1)], {}, 'float32[N, 1, 1]'],
    ['ReduceMean all', 'ReduceMean', [f('N', 3, 4)], { keepdims: 0 }, 'float32[]'],
    ['ReduceMax', 'ReduceMax', [f('N', 3, 4), ints(2)], { keepdims: 0 }, 'float32[N, 3]'],
    ['ReduceSum of nothing', 'ReduceSum', [f('N', 3)], { noop_with_empty_axes: 1 }, 'float32[N, 3]'],
    ['CumSum', 'CumSum', [f('N', 3), int(1)], {}, 'float32[N, 3]'],
    ['Shape', 'Shape', [f('N', 3)], {}, 'int64[2]'],
    ['Size', 'Size', [f('N', 3)], {}, 'int64[]'],
    ['Range', 'Range', [int(1), int(10), int(3)], {}, 'int64[3]'],
    [
      'Range by data',
      'Range',
      [int(1), typed('int64'), int(3)],
      {},
      '/nodes/0 (y): Range: start, limit and delta must be known before the graph runs; make it a constant or derive it from shapes',
    ],
    [
      'ConstantOfShape',
      'ConstantOfShape',
      [ints(2, 3)],
      { value: { type: 'int64', shape: [1], data: [7] } },
      'int64[2, 3]',
    ],
    ['Constant', 'Constant', [], { value_floats: [1, 2] }, 'float32[2]'],
    [
      'Constant twice',
      'Constant',
      [],
      { value_float: 1, value_int: 2 },
      '/nodes/0 (y): Constant: exactly one of value, value_float, value_floats, value_int, value_ints must be given, found 2',
    ],
    ['Cast', 'Cast', [f('N')], { to: 7 }, 'int64[N]'],
    [
      'Cast to a type we do not hold',
      'Cast',
      [f('N')],
      { to: 10 },
      '/nodes/0 (y): Cast: element type 10 is not one of 1 (float32), 2 (uint8), 3 (int8), 6 (int32), 7 (int64), 9 (bool), 11 (float64)',
    ],
    ['EyeLike', 'EyeLike', [f(3, 4)], { dtype: 7 }, 'int64[3, 4]'],
    ['Dropout', 'Dropout', [f('N', 4)], {}, 'float32[N, 4] bool[N, 4]', ['mask']],
  ]);
});

describe('normalisation and recurrence', () => {
  check([
    ['Softmax', 'Softmax', [f('N', 10)], {}, 'float32[N, 10]'],
    [
      'Softmax axis',
      'Softmax',
      [f('N', 10)],
      { axis: 2 },
      '/nodes/0 (y): Softmax: axis 2 is outside shape [N, 10]; allowed: -2 to 1',
    ],
    [
      'LayerNormalization',
      'LayerNormalization',
      [f('N', 'T', 8), f(8), f(8)],
      {},
      'float32[N, T, 8] float32[N, T, 1]',
      ['mean'],
    ],
    ['BatchNormalization', 'BatchNormalization', [f('N', 3, 8), f(3), f(3), f(3), f(3)], {}, 'float32[N, 3, 8]'],
    [
      'BatchNormalization clash',
      'BatchNormalization',
      [f('N', 3, 8), f(4), f(3), f(3), f(3)],
      {},
      '/nodes/0 (y): BatchNormalization: scale has shape [4] but [3] is needed',
    ],
    ['LRN', 'LRN', [f('N', 3, 8)], { size: 3 }, 'float32[N, 3, 8]'],
    ['PRelu', 'PRelu', [f('N', 3, 8), f(3, 1)], {}, 'float32[N, 3, 8]'],
    ['Clip', 'Clip', [f('N', 3), null, scalar(6)], {}, 'float32[N, 3]'],
    [
      'LSTM',
      'LSTM',
      [f('T', 'N', 8), f(2, 20, 8), f(2, 20, 5), f(2, 40)],
      { direction: 'bidirectional', hidden_size: 5 },
      'float32[T, 2, N, 5] float32[2, N, 5] float32[2, N, 5]',
      ['h', 'c'],
    ],
    [
      'LSTM batch first',
      'LSTM',
      [f('N', 'T', 8), f(1, 20, 8), f(1, 20, 5)],
      { layout: 1 },
      'float32[N, T, 1, 5] float32[N, 1, 5]',
      ['h'],
    ],
    ['GRU', 'GRU', [f('T', 'N', 8), f(1, 15, 8), f(1, 15, 5)], {}, 'float32[T, 1, N, 5]'],
    ['RNN', 'RNN', [f('T', 'N', 8), f(1, 5, 8), f(1, 5, 5)], {}, 'float32[T, 1, N, 5]'],
    [
      'LSTM weights',
      'LSTM',
      [f('T', 'N', 8), f(1, 15, 8), f(1, 20, 5)],
      {},
      '/nodes/0 (y): LSTM: weight W has shape [1, 15, 8] but [1, 20, 8] is needed',
    ],
  ]);
});

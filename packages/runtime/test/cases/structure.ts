import { tensor, type OpName } from '@kirchhoff/graph';
import { applied, fixed, floatList, floats, ints, list, scalar, type Case } from './build.js';

const reduce = (op: OpName): readonly Case[] => [
  applied(op, [floats([2, 3, 4])]),
  applied(op, [floats([2, 3, 4]), list(1)], { keepdims: 0 }),
  applied(op, [floats([2, 3, 4]), list(-1, 0)]),
  applied(op, [floats([2, 3, 4])], { noop_with_empty_axes: 1 }),
];
const arg = (op: OpName): readonly Case[] => [
  applied(op, [floats([3, 4, 5])]),
  applied(op, [floats([3, 4, 5], 0, 0.5)], { axis: -1, keepdims: 0 }),
  applied(op, [floats([3, 4, 5], 0, 0.5)], { axis: 1, select_last_index: 1 }),
];
const softmax = (op: OpName): readonly Case[] => [
  applied(op, [floats([3, 5])]),
  applied(op, [floats([2, 4, 3], -60, 60)], { axis: 1 }),
];

const coordinateModes = ['half_pixel', 'half_pixel_symmetric', 'pytorch_half_pixel', 'align_corners', 'asymmetric'];
const nearestModes = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'];

export const structureCases = {
  Flatten: [
    applied('Flatten', [floats([2, 3, 4])]),
    applied('Flatten', [floats([2, 3, 4])], { axis: 0 }),
    applied('Flatten', [floats([2, 3, 4])], { axis: -1 }),
    applied('Flatten', [floats([2, 3, 4])], { axis: 3 }),
  ],
  Reshape: [
    applied('Reshape', [floats([2, 3, 4]), list(4, 6)]),
    applied('Reshape', [floats([2, 3, 4]), list(0, -1)]),
    applied('Reshape', [floats([1]), list()]),
  ],
  Transpose: [
    applied('Transpose', [floats([2, 3, 4])]),
    applied('Transpose', [floats([2, 3, 4])], { perm: [1, 2, 0] }),
  ],
  Slice: [
    applied('Slice', [floats([4, 5]), list(1, 0), list(3, 4)]),
    applied('Slice', [floats([4, 5]), list(-3), list(9223372036854775000), list(1)]),
    applied('Slice', [floats([4, 6]), list(0), list(6), list(-1), list(2)]),
    applied('Slice', [floats([4, 6]), list(-1), list(-9223372036854775000), list(0), list(-1)]),
    applied('Slice', [floats([4, 7]), list(5, 3), list(0, 0), list(1, 0), list(-2, -1)]),
    applied('Slice', [floats([4]), list(9), list(1), list(0), list(-1)]),
  ],
  Concat: [
    applied('Concat', [floats([2, 1, 3]), floats([2, 4, 3]), floats([2, 2, 3])], { axis: 1 }),
    applied('Concat', [floats([2, 3]), floats([2, 1])], { axis: -1 }),
    applied('Concat', [ints([2], 0, 9), ints([3], 0, 9)], { axis: 0 }),
  ],
  Split: [
    applied('Split', [floats([2, 6])], { axis: 1, num_outputs: 3 }, 2),
    applied('Split', [floats([7, 2])], { num_outputs: 3 }, 2),
    applied('Split', [floats([2, 6]), list(1, 5)], { axis: -1 }, 1),
  ],
  Squeeze: [applied('Squeeze', [floats([1, 3, 1, 2])]), applied('Squeeze', [floats([1, 3, 1, 2]), list(-2)])],
  Unsqueeze: [applied('Unsqueeze', [floats([3, 2]), list(0, 3)]), applied('Unsqueeze', [floats([3, 2]), list(-1)])],
  Expand: [applied('Expand', [floats([3, 1]), list(2, 3, 4)]), applied('Expand', [floats([3, 4]), list(1, 1)])],
  Tile: [applied('Tile', [floats([2, 3]), list(2, 3)]), applied('Tile', [floats([2, 3]), list(1, 1)])],
  Pad: [
    applied('Pad', [floats([3, 4]), list(1, 0, 2, 3)]),
    applied('Pad', [floats([3, 4]), list(1, 2), scalar(-1), list(-1)]),
    applied('Pad', [floats([3, 4]), list(-1, 0, 2, -2)]),
    applied('Pad', [floats([3, 4]), list(2, 1, 1, 3)], { mode: 'reflect' }),
    applied('Pad', [floats([3, 4]), list(2, 1, 1, 3)], { mode: 'edge' }),
    applied('Pad', [floats([3, 4]), list(2, 1, 1, 3)], { mode: 'wrap' }),
  ],
  DepthToSpace: [
    applied('DepthToSpace', [floats([2, 8, 2, 3])], { blocksize: 2 }),
    applied('DepthToSpace', [floats([2, 8, 2, 3])], { blocksize: 2, mode: 'CRD' }),
  ],
  Trilu: [
    ...[0, 1].flatMap((upper) => [
      applied('Trilu', [floats([3, 4])], { upper }),
      applied('Trilu', [floats([2, 4, 3]), scalar(1, 'int64')], { upper }),
      applied('Trilu', [floats([2, 2, 3, 3]), scalar(-1, 'int64')], { upper }),
      applied('Trilu', [ints([4, 4], -9, 9), scalar(9, 'int64')], { upper }),
    ]),
    applied('Trilu', [tensor('bool', [3, 3], [1, 1, 1, 1, 1, 1, 1, 1, 1]), scalar(1, 'int64')]),
  ],
  SpaceToDepth: [applied('SpaceToDepth', [floats([2, 2, 4, 6])], { blocksize: 2 })],
  Gather: [
    applied('Gather', [floats([4, 3]), ints([2, 2], -4, 4)]),
    applied('Gather', [floats([2, 5, 3]), fixed(ints([3], 0, 5))], { axis: -2 }),
    applied('Gather', [floats([4, 3]), scalar(2, 'int64')], { axis: 0 }),
  ],
  GatherElements: [
    applied('GatherElements', [floats([3, 4]), ints([2, 4], -3, 3)]),
    applied('GatherElements', [floats([3, 4]), ints([3, 2], 0, 4)], { axis: 1 }),
  ],
  ScatterElements: [
    applied('ScatterElements', [floats([3, 4]), fixed(tensor('int64', [2, 2], [0, 1, 2, -1])), floats([2, 2])]),
    applied('ScatterElements', [floats([3, 4]), ints([3, 6], 0, 4), floats([3, 6])], { axis: 1, reduction: 'add' }),
    applied('ScatterElements', [floats([3, 4]), ints([5, 4], 0, 3), floats([5, 4])], { reduction: 'mul' }),
    applied('ScatterElements', [floats([3, 4]), ints([5, 4], 0, 3), floats([5, 4])], { reduction: 'max' }),
    applied('ScatterElements', [floats([3, 4]), ints([5, 4], 0, 3), floats([5, 4])], { reduction: 'min' }),
  ],
  OneHot: [
    applied('OneHot', [ints([2, 3], -5, 6), scalar(5, 'int64'), floatList(0, 1)]),
    applied('OneHot', [ints([2, 3], 0, 4), scalar(4, 'int64'), floatList(-1, 2)], { axis: 1 }),
  ],
  ReduceSum: [...reduce('ReduceSum'), applied('ReduceSum', [ints([2, 3], -4, 4), list(0)])],
  ReduceMean: reduce('ReduceMean'),
  ReduceMax: reduce('ReduceMax'),
  ReduceMin: reduce('ReduceMin'),
  ReduceProd: reduce('ReduceProd'),
  ReduceL2: reduce('ReduceL2'),
  ReduceL1: reduce('ReduceL1'),
  ReduceSumSquare: reduce('ReduceSumSquare'),
  ReduceLogSum: [applied('ReduceLogSum', [floats([2, 3, 4], 0.25, 3), list(1)], { keepdims: 0 })],
  ReduceLogSumExp: [...reduce('ReduceLogSumExp'), applied('ReduceLogSumExp', [floats([3, 4], 80, 120), list(-1)])],
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  CumSum: [
    applied('CumSum', [floats([2, 5]), scalar(1, 'int64')]),
    applied('CumSum', [floats([2, 5]), scalar(-2, 'int64')], { exclusive: 1 }),
    applied('CumSum', [floats([2, 5]), scalar(1, 'int64')], { reverse: 1 }),
    applied('CumSum', [floats([2, 5]), scalar(1, 'int64')], { reverse: 1, exclusive: 1 }),
  ],
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
  LayerNormalization: [
    applied('LayerNormalization', [floats([2, 3, 4]), fixed(floats([4])), fixed(floats([4]))]),
    applied('LayerNormalization', [floats([2, 3, 4]), fixed(floats([3, 4]))], { axis: 1, epsilon: 0.01 }, 2),
  ],
  BatchNormalization: [
    applied('BatchNormalization', [
      floats([2, 3, 4, 2]),
      fixed(floats([3])),
      fixed(floats([3])),
      fixed(floats([3])),
      fixed(floats([3], 0.5, 2)),
    ]),
    applied(
      'BatchNormalization',
      [floats([4, 3]), fixed(floats([3])), fixed(floats([3])), fixed(floats([3])), fixed(floats([3], 0.5, 2))],
      { epsilon: 0.1 },
    ),
  ],
  Resize: [
    ...coordinateModes.flatMap((coordinate_transformation_mode) => [
      applied('Resize', [floats([1, 2, 3, 4]), '', floatList(1, 1, 2, 2)], {
        coordinate_transformation_mode,
        mode: 'linear',
      }),
      applied('Resize', [floats([1, 2, 5, 4]), '', '', list(1, 2, 3, 7)], {
        coordinate_transformation_mode,
        mode: 'linear',
      }),
    ]),
    ...nearestModes.flatMap((nearest_mode) => [
      applied('Resize', [floats([1, 2, 3, 4]), '', floatList(1, 1, 2, 4)], { nearest_mode }),
      applied('Resize', [floats([1, 2, 4, 4]), '', floatList(1, 1, 0.5, 2)], {
        nearest_mode,
        coordinate_transformation_mode: 'asymmetric',
      }),
    ]),
    applied('Resize', [floats([1, 1, 4, 4]), floatList(0, 0, 0.25, 0.25, 1, 1, 0.75, 1.25), '', list(1, 1, 5, 6)], {
      mode: 'linear',
      coordinate_transformation_mode: 'tf_crop_and_resize',
      extrapolation_value: 9,
    }),
    applied('Resize', [floats([1, 2, 3, 4]), '', floatList(2, 2)], { axes: [2, 3], mode: 'linear' }),
    ...[0, 1].flatMap((exclude_outside) => [
      applied('Resize', [floats([1, 2, 4, 5]), '', floatList(1, 1, 2, 1.5)], { mode: 'cubic', exclude_outside }),
      applied('Resize', [floats([1, 2, 6, 5]), '', floatList(1, 1, 0.5, 0.6)], {
        mode: 'cubic',
        cubic_coeff_a: -0.5,
        exclude_outside,
      }),
    ]),
    ...['linear', 'cubic'].map((mode) =>
      applied('Resize', [floats([1, 2, 8, 8]), '', floatList(1, 1, 0.5, 0.75)], {
        mode,
        antialias: 1,
        exclude_outside: 1,
      }),
    ),
    ...['linear', 'cubic'].map((mode) =>
      applied('Resize', [floats([1, 2, 8, 8]), '', floatList(1, 1, 0.5, 0.75)], {
        mode,
        antialias: 1,
        exclude_outside: 0,
      }),
    ),
    ...['not_larger', 'not_smaller'].map((keep_aspect_ratio_policy) =>
      applied('Resize', [floats([1, 2, 4, 6]), '', '', list(6, 6)], {
        axes: [2, 3],
        keep_aspect_ratio_policy,
        mode: 'linear',
      }),
    ),
  ],
  Gemm: [
    applied('Gemm', [floats([3, 4]), floats([4, 5])]),
    applied('Gemm', [floats([4, 3]), floats([5, 4]), floats([5])], { transA: 1, transB: 1, alpha: 0.5, beta: 2 }),
    applied('Gemm', [floats([3, 4]), fixed(floats([5, 4])), fixed(floats([3, 1]))], { transB: 1 }),
  ],
  MatMul: [
    applied('MatMul', [floats([3, 4]), floats([4, 5])]),
    applied('MatMul', [floats([2, 1, 3, 4]), floats([3, 4, 2])]),
    applied('MatMul', [floats([4]), floats([4, 5])]),
    applied('MatMul', [floats([2, 3, 4]), floats([4])]),
    applied('MatMul', [floats([4]), floats([4])]),
  ],
} satisfies Partial<Record<OpName, readonly Case[]>>;

import { tensor, type OpName } from '@kirchhoff/graph';
import { applied, bools, fixed, floats, inlineOf, ints, list, scalar, type Case } from './build.js';

const wide = () => floats([3, 7], -6, 6);
const unary = (op: OpName): readonly Case[] => [applied(op, [wide()]), applied(op, [floats([])])];
const positive = (op: OpName): readonly Case[] => [applied(op, [floats([2, 5], 0.25, 4)])];
const binary = (op: OpName): readonly Case[] => [
  applied(op, [floats([2, 3, 4]), floats([2, 3, 4])]),
  applied(op, [floats([3, 1]), floats([2, 1, 4])]),
  applied(op, [floats([2, 2]), scalar(0.5)]),
];
const comparison = (op: OpName): readonly Case[] => [
  ...binary(op),
  applied(op, [floats([4, 4], 0, 0.5), floats([4], 0, 0.5)]),
  applied(op, [ints([6], 0, 3), ints([6], 0, 3)]),
];
const integers = (op: OpName): Case => applied(op, [ints([8], -9, 9), ints([8], 1, 5)]);
const bits = (op: OpName): readonly Case[] => [
  applied(op, [ints([2, 8], -900, 900), ints([8], -9, 9)]),
  applied(op, [ints([8], 0, 256, 'uint8'), ints([8], 0, 256, 'uint8')]),
];
const variadic = (op: OpName): readonly Case[] => [
  applied(op, [floats([2, 3])]),
  applied(op, [floats([2, 3]), floats([3]), floats([2, 1])]),
];

const notFinite = fixed(tensor('float32', [2, 3], [1, NaN, Infinity, -Infinity, 0, NaN]));

export const elementwiseCases = {
  Abs: unary('Abs'),
  Neg: unary('Neg'),
  Relu: unary('Relu'),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Exp: unary('Exp'),
  Log: positive('Log'),
  Sqrt: positive('Sqrt'),
  Reciprocal: positive('Reciprocal'),
  Sign: unary('Sign'),
  Erf: unary('Erf'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: [applied('Round', [fixed(tensor('float32', [9], [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49, -3.51, 8388609]))])],
  IsNaN: [applied('IsNaN', [notFinite])],
  IsInf: [
    applied('IsInf', [notFinite]),
    applied('IsInf', [notFinite], { detect_negative: 0 }),
    applied('IsInf', [notFinite], { detect_positive: 0 }),
    applied('IsInf', [notFinite], { detect_negative: 0, detect_positive: 0 }),
  ],
  Softplus: unary('Softplus'),
  Softsign: unary('Softsign'),
  Mish: unary('Mish'),
  HardSwish: unary('HardSwish'),
  LeakyRelu: [...unary('LeakyRelu'), applied('LeakyRelu', [wide()], { alpha: 0.3 })],
  ThresholdedRelu: [...unary('ThresholdedRelu'), applied('ThresholdedRelu', [wide()], { alpha: 0.5 })],
  Elu: [...unary('Elu'), applied('Elu', [wide()], { alpha: 0.7 })],
  Celu: [...unary('Celu'), applied('Celu', [wide()], { alpha: 0.7 })],
  Selu: [...unary('Selu'), applied('Selu', [wide()], { alpha: 1.5, gamma: 2 })],
  HardSigmoid: [...unary('HardSigmoid'), applied('HardSigmoid', [wide()], { alpha: 0.5, beta: 0.25 })],
  Gelu: [...unary('Gelu'), applied('Gelu', [wide()], { approximate: 'tanh' })],
  PRelu: [applied('PRelu', [floats([2, 3, 4]), floats([3, 1], 0, 1)])],
  Not: [applied('Not', [bools([3, 4])])],
  Add: [...binary('Add'), integers('Add')],
  Sub: [...binary('Sub'), integers('Sub')],
  Mul: [...binary('Mul'), integers('Mul')],
  Div: [applied('Div', [floats([3, 4]), floats([4], 1, 3)]), integers('Div')],
  Pow: [
    applied('Pow', [floats([3, 4], 0.5, 3), floats([4], -2, 2)]),
    applied('Pow', [wide(), scalar(2)]),
    applied('Pow', [ints([5], -3, 4), scalar(3, 'int64')]),
  ],
  Mod: [
    integers('Mod'),
    applied('Mod', [ints([8], -9, 9), ints([8], -5, -1)]),
    applied('Mod', [ints([8], -9, 9), ints([8], -5, -1)], { fmod: 1 }),
    applied('Mod', [wide(), scalar(1.5)], { fmod: 1 }),
  ],
  Min: variadic('Min'),
  Max: variadic('Max'),
  Sum: variadic('Sum'),
  Mean: variadic('Mean'),
  Equal: [...comparison('Equal'), applied('Equal', [bools([6]), bools([6])])],
  Less: comparison('Less'),
  LessOrEqual: comparison('LessOrEqual'),
  Greater: comparison('Greater'),
  GreaterOrEqual: comparison('GreaterOrEqual'),
  And: [applied('And', [bools([2, 6]), bools([6])])],
  Or: [applied('Or', [bools([2, 6]), bools([6])])],
  Xor: [
    applied('Xor', [
      fixed(tensor('bool', [4], [0, 0, 1, 1])),
      fixed(tensor('bool', [2, 2, 4], [0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0])),
    ]),
  ],
  BitwiseAnd: bits('BitwiseAnd'),
  BitwiseOr: bits('BitwiseOr'),
  BitwiseXor: bits('BitwiseXor'),
  BitwiseNot: [applied('BitwiseNot', [ints([8], -9, 9)]), applied('BitwiseNot', [ints([8], 0, 256, 'uint8')])],
  BitShift: [
    applied('BitShift', [ints([8], 0, 256, 'uint8'), ints([8], 0, 8, 'uint8')], { direction: 'RIGHT' }),
    applied('BitShift', [ints([8], 0, 256, 'uint8'), ints([8], 0, 8, 'uint8')], { direction: 'LEFT' }),
  ],
  Clip: [
    applied('Clip', [wide()]),
    applied('Clip', [wide(), scalar(-1)]),
    applied('Clip', [wide(), '', scalar(1)]),
    applied('Clip', [wide(), scalar(-0.5), scalar(1.25)]),
  ],
  Where: [
    applied('Where', [bools([2, 3]), floats([2, 3]), floats([2, 3])]),
    applied('Where', [bools([3, 1]), floats([4]), scalar(0)]),
    applied('Where', [bools([4]), ints([4], -9, 9), ints([4], -9, 9)]),
  ],
  Identity: [applied('Identity', [wide()]), applied('Identity', [ints([2, 2], -5, 5)])],
  Dropout: [applied('Dropout', [wide()]), applied('Dropout', [wide(), scalar(0.3)], {}, 1)],
  Cast: [
    applied('Cast', [floats([9])], { to: 7 }),
    applied('Cast', [floats([9])], { to: 6 }),
    applied('Cast', [floats([9], -0.2, 0.2)], { to: 9 }),
    applied('Cast', [ints([9], -5, 5)], { to: 1 }),
    applied('Cast', [bools([9])], { to: 1 }),
    applied('Cast', [ints([9], -2, 3)], { to: 9 }),
    applied('Cast', [floats([9])], { to: 11 }),
  ],
  Constant: [
    applied('Constant', [], { value: inlineOf(floats([2, 3])) }),
    applied('Constant', [], { value: inlineOf(tensor('bool', [2], [1, 0])) }),
    applied('Constant', [], { value_float: 0.5 }),
    applied('Constant', [], { value_floats: [0.5, -1] }),
    applied('Constant', [], { value_int: 7 }),
    applied('Constant', [], { value_ints: [1, 2, 3] }),
  ],
  ConstantOfShape: [
    applied('ConstantOfShape', [list(2, 3)]),
    applied('ConstantOfShape', [list(2)], { value: { type: 'int64', shape: [1], data: [4] } }),
  ],
  Shape: [
    applied('Shape', [floats([2, 3, 4])]),
    applied('Shape', [floats([2, 3, 4])], { start: 1 }),
    applied('Shape', [floats([2, 3, 4])], { start: -3, end: -1 }),
  ],
  Size: [applied('Size', [floats([2, 3, 4])])],
  Range: [
    applied('Range', [scalar(1, 'int64'), scalar(10, 'int64'), scalar(3, 'int64')]),
    applied('Range', [scalar(2), scalar(-1), scalar(-0.5)]),
  ],
  EyeLike: [applied('EyeLike', [floats([3, 4])]), applied('EyeLike', [floats([3, 4])], { k: -1, dtype: 7 })],
} satisfies Partial<Record<OpName, readonly Case[]>>;

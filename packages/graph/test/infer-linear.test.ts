import { describe, expect, test } from 'vitest';
import type { Attributes, OpName } from '@kirchhoff/graph';
import { f, outputTypes, typed, type Argument } from './small.js';

type Case = readonly [string, OpName, readonly Argument[], Attributes, string, (readonly string[])?];

const check = (cases: readonly Case[]): void => {
  for (const [title, op, args, attrs, expected, further] of cases) {
    test(title, () => {
      expect(outputTypes(op, args, attrs, further)).toBe(expected);
    });
  }
};

describe('Conv', () => {
  check([
    ['no padding', 'Conv', [f('N', 1, 28, 28), f(12, 1, 5, 5)], {}, 'float32[N, 12, 24, 24]'],
    ['pads', 'Conv', [f('N', 1, 28, 28), f(12, 1, 5, 5), f(12)], { pads: [2, 2, 2, 2] }, 'float32[N, 12, 28, 28]'],
    ['unequal pads', 'Conv', [f(1, 1, 5, 5), f(1, 1, 3, 3)], { pads: [0, 1, 1, 2] }, 'float32[1, 1, 4, 6]'],
    ['stride', 'Conv', [f(1, 1, 7, 7), f(1, 1, 3, 3)], { strides: [2, 3] }, 'float32[1, 1, 3, 2]'],
    ['dilation', 'Conv', [f(1, 1, 9, 9), f(1, 1, 3, 3)], { dilations: [2, 3] }, 'float32[1, 1, 5, 3]'],
    ['group', 'Conv', [f(2, 4, 8, 8), f(6, 2, 3, 3)], { group: 2 }, 'float32[2, 6, 6, 6]'],
    ['one axis', 'Conv', [f('N', 8, 20), f(4, 8, 3)], {}, 'float32[N, 4, 18]'],
    ['three axes', 'Conv', [f('N', 1, 4, 5, 6), f(2, 1, 2, 2, 2)], {}, 'float32[N, 2, 3, 4, 5]'],
    [
      'SAME_UPPER',
      'Conv',
      [f(1, 1, 5, 6), f(1, 1, 3, 3)],
      { auto_pad: 'SAME_UPPER', strides: [2, 2] },
      'float32[1, 1, 3, 3]',
    ],
    ['SAME_LOWER', 'Conv', [f(1, 1, 5, 6), f(1, 1, 2, 2)], { auto_pad: 'SAME_LOWER' }, 'float32[1, 1, 5, 6]'],
    ['VALID', 'Conv', [f(1, 1, 5, 6), f(1, 1, 3, 3)], { auto_pad: 'VALID' }, 'float32[1, 1, 3, 4]'],
    ['symbol kept by pads', 'Conv', [f('N', 1, 'T'), f(4, 1, 3)], { pads: [1, 1] }, 'float32[N, 4, T]'],
    ['symbol shortened', 'Conv', [f('N', 1, 'T'), f(4, 1, 3)], {}, 'float32[N, 4, T - 2]'],
    [
      'symbol strided',
      'Conv',
      [f('N', 1, 'T'), f(4, 1, 3)],
      { pads: [1, 1], strides: [2] },
      'float32[N, 4, floor((T + 1)/2)]',
    ],
    [
      'symbol SAME',
      'Conv',
      [f('N', 1, 'T'), f(4, 1, 3)],
      { auto_pad: 'SAME_UPPER', strides: [2] },
      'float32[N, 4, floor((T + 1)/2)]',
    ],
    ['float64', 'Conv', [typed('float64', 1, 1, 4), typed('float64', 1, 1, 2)], {}, 'float64[1, 1, 3]'],
  ]);
});

describe('Conv refuses', () => {
  check([
    [
      'channels',
      'Conv',
      [f('N', 3, 28, 28), f(12, 1, 5, 5)],
      {},
      '/nodes/0 (y): Conv: input has 3 channels (shape [N, 3, 28, 28]) but the weight [12, 1, 5, 5] expects 1 × group 1',
    ],
    [
      'a symbol for channels',
      'Conv',
      [f('N', 'C', 28), f(12, 1, 5)],
      {},
      '/nodes/0 (y): Conv: input has C channels (shape [N, C, 28]) but the weight [12, 1, 5] expects 1 × group 1',
    ],
    [
      'groups',
      'Conv',
      [f('N', 4, 28), f(3, 2, 5)],
      { group: 2 },
      '/nodes/0 (y): Conv: 3 output channels cannot be split into 2 groups; make "group" a divisor of 3',
    ],
    [
      'the bias',
      'Conv',
      [f('N', 1, 28), f(3, 1, 5), f(4)],
      {},
      '/nodes/0 (y): Conv: bias has shape [4] but [3] is needed',
    ],
    [
      'a kernel beyond the input',
      'Conv',
      [f('N', 1, 3), f(3, 1, 5)],
      {},
      '/nodes/0 (y): Conv: the window covers 5 elements on axis 2 but the padded input has 3; pad more or use a smaller kernel',
    ],
    [
      'rank',
      'Conv',
      [f('N', 784), f(3, 1, 5)],
      {},
      '/nodes/0 (y): Conv: input has 2 dimensions (shape [N, 784]) but at least 3 are needed',
    ],
    [
      'kernel_shape',
      'Conv',
      [f('N', 1, 9), f(3, 1, 5)],
      { kernel_shape: [3] },
      '/nodes/0 (y): Conv: kernel_shape [3] is not that of the weight [3, 1, 5]; leave it out or correct it',
    ],
    [
      'strides of the wrong length',
      'Conv',
      [f('N', 1, 9), f(3, 1, 5)],
      { strides: [1, 1] },
      '/nodes/0 (y): Conv: "strides" has 2 elements, expected 1',
    ],
    [
      'mixed types',
      'Conv',
      [f('N', 1, 9), typed('float64', 3, 1, 5)],
      {},
      '/nodes/0 (y): Conv: inputs "X" (float32) and "W" (float64) must have one type; put a Cast before one of them',
    ],
  ]);
});

describe('ConvTranspose', () => {
  check([
    ['plain', 'ConvTranspose', [f(1, 1, 3, 3), f(1, 2, 3, 3)], {}, 'float32[1, 2, 5, 5]'],
    ['stride', 'ConvTranspose', [f('N', 1, 3, 3), f(1, 2, 3, 3)], { strides: [3, 2] }, 'float32[N, 2, 9, 7]'],
    [
      'output_padding',
      'ConvTranspose',
      [f('N', 1, 3, 3), f(1, 2, 3, 3)],
      { strides: [3, 2], output_padding: [1, 1] },
      'float32[N, 2, 10, 8]',
    ],
    [
      'pads',
      'ConvTranspose',
      [f('N', 1, 3, 3), f(1, 2, 3, 3)],
      { strides: [3, 2], pads: [1, 2, 1, 2] },
      'float32[N, 2, 7, 3]',
    ],
    ['dilation', 'ConvTranspose', [f('N', 1, 3, 3), f(1, 1, 2, 2)], { dilations: [2, 2] }, 'float32[N, 1, 5, 5]'],
    [
      'output_shape',
      'ConvTranspose',
      [f('N', 1, 3, 3), f(1, 2, 3, 3)],
      { strides: [3, 2], output_shape: [10, 8] },
      'float32[N, 2, 10, 8]',
    ],
    [
      'SAME_UPPER',
      'ConvTranspose',
      [f('N', 1, 3, 3), f(1, 2, 3, 3)],
      { strides: [2, 2], auto_pad: 'SAME_UPPER' },
      'float32[N, 2, 6, 6]',
    ],
    ['group', 'ConvTranspose', [f('N', 4, 3), f(4, 3, 3), f(6)], { group: 2 }, 'float32[N, 6, 5]'],
    ['symbol', 'ConvTranspose', [f('N', 1, 'T'), f(1, 2, 3)], { strides: [2] }, 'float32[N, 2, 2*T + 1]'],
    [
      'channels',
      'ConvTranspose',
      [f('N', 2, 'T'), f(1, 2, 3)],
      {},
      '/nodes/0 (y): ConvTranspose: input has 2 channels (shape [N, 2, T]) but the weight [1, 2, 3] expects 1 × group 1',
    ],
  ]);
});

describe('Gemm and MatMul', () => {
  check([
    ['transB', 'Gemm', [f('N', 800), f(128, 800), f(128)], { transB: 1 }, 'float32[N, 128]'],
    ['transA', 'Gemm', [f(800, 'N'), f(800, 128)], { transA: 1 }, 'float32[N, 128]'],
    ['scalar C', 'Gemm', [f(2, 3), f(3, 4), f()], {}, 'float32[2, 4]'],
    [
      'inner dimensions',
      'Gemm',
      [f('N', 800), f(128, 801)],
      { transB: 1 },
      '/nodes/0 (y): Gemm: [N, 800] × [801, 128]: the inner dimensions 800 and 801 differ',
    ],
    [
      'C that would widen',
      'Gemm',
      [f(1, 3), f(3, 4), f(2, 4)],
      {},
      '/nodes/0 (y): Gemm: input C has shape [2, 4] but [1, 4] is needed',
    ],
    ['matrices', 'MatMul', [f('N', 'T', 8), f(8, 4)], {}, 'float32[N, T, 4]'],
    ['batches', 'MatMul', [f('N', 1, 'T', 8), f(5, 8, 'T')], {}, 'float32[N, 5, T, T]'],
    ['vectors', 'MatMul', [f(3), f(3)], {}, 'float32[]'],
    ['vector by matrix', 'MatMul', [f(3), f(2, 3, 4)], {}, 'float32[2, 4]'],
    ['matrix by vector', 'MatMul', [f('N', 3), f(3)], {}, 'float32[N]'],
    [
      'clash',
      'MatMul',
      [f('N', 3), f(4, 5)],
      {},
      '/nodes/0 (y): MatMul: [N, 3] × [4, 5]: the inner dimensions 3 and 4 differ',
    ],
  ]);
});

describe('pools', () => {
  check([
    ['max', 'MaxPool', [f('N', 12, 28, 28)], { kernel_shape: [2, 2], strides: [2, 2] }, 'float32[N, 12, 14, 14]'],
    ['default stride is 1', 'MaxPool', [f('N', 1, 32, 32)], { kernel_shape: [2, 2] }, 'float32[N, 1, 31, 31]'],
    [
      'indices',
      'MaxPool',
      [f('N', 1, 4, 4)],
      { kernel_shape: [2, 2], strides: [2, 2] },
      'float32[N, 1, 2, 2] int64[N, 1, 2, 2]',
      ['i'],
    ],
    [
      'ceil_mode',
      'MaxPool',
      [f(1, 1, 4, 4)],
      { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
      'float32[1, 1, 2, 2]',
    ],
    ['floor', 'MaxPool', [f(1, 1, 4, 4)], { kernel_shape: [3, 3], strides: [2, 2] }, 'float32[1, 1, 1, 1]'],
    [
      'ceil_mode drops a window in the padding',
      'MaxPool',
      [f(1, 1, 2)],
      { kernel_shape: [1], strides: [2], ceil_mode: 1 },
      'float32[1, 1, 1]',
    ],
    [
      'ceil_mode with a symbol',
      'MaxPool',
      [f(1, 1, 'T')],
      { kernel_shape: [2], strides: [2], ceil_mode: 1 },
      'float32[1, 1, floor((T + 1)/2)]',
    ],
    ['dilation', 'MaxPool', [f(1, 1, 4, 4)], { kernel_shape: [2, 2], dilations: [2, 2] }, 'float32[1, 1, 2, 2]'],
    [
      'SAME_LOWER',
      'AveragePool',
      [f(1, 3, 32, 32)],
      { kernel_shape: [2, 2], auto_pad: 'SAME_LOWER' },
      'float32[1, 3, 32, 32]',
    ],
    [
      'SAME_UPPER',
      'AveragePool',
      [f(1, 1, 5, 5)],
      { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' },
      'float32[1, 1, 3, 3]',
    ],
    ['average', 'AveragePool', [f('N', 3, 30)], { kernel_shape: [5], strides: [3], pads: [2, 2] }, 'float32[N, 3, 10]'],
    [
      'symbol halved',
      'AveragePool',
      [f('N', 3, 'T')],
      { kernel_shape: [2], strides: [2] },
      'float32[N, 3, floor(T/2)]',
    ],
    ['global average', 'GlobalAveragePool', [f('N', 64, 7, 7)], {}, 'float32[N, 64, 1, 1]'],
    ['global maximum', 'GlobalMaxPool', [f('N', 64, 'T')], {}, 'float32[N, 64, 1]'],
    [
      'kernel rank',
      'MaxPool',
      [f('N', 3, 30)],
      { kernel_shape: [2, 2] },
      '/nodes/0 (y): MaxPool: "kernel_shape" has 2 elements, expected 1',
    ],
  ]);
});

import type { Attributes, OpName } from '@kirchhoff/graph';
import { applied, fixed, floats, type Case } from './build.js';

const autoPads = ['VALID', 'SAME_UPPER', 'SAME_LOWER'];

const conv = (x: readonly number[], w: readonly number[], attrs: Attributes = {}, bias = true): Case =>
  applied('Conv', [floats(x), fixed(floats(w)), ...(bias ? [fixed(floats([w[0]!]))] : [])], attrs);

const transposed = (x: readonly number[], w: readonly number[], attrs: Attributes = {}, bias?: number): Case =>
  applied(
    'ConvTranspose',
    [floats(x), fixed(floats(w)), ...(bias === undefined ? [] : [fixed(floats([bias]))])],
    attrs,
  );

const pool = (op: 'MaxPool' | 'AveragePool', x: readonly number[], attrs: Attributes, more = 0): Case =>
  applied(op, [floats(x)], attrs, more);

/** With ceil_mode the last window would begin in the padding or after the input, along one axis or both. */
const windowsInPadding: readonly Attributes[] = [
  { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  { kernel_shape: [1, 2], strides: [3, 2], ceil_mode: 1 },
  { kernel_shape: [2, 3], strides: [2, 2], pads: [1, 1, 1, 0], ceil_mode: 1 },
  { kernel_shape: [2, 2], strides: [2, 3], pads: [1, 0, 1, 1], dilations: [1, 2], ceil_mode: 1 },
];

export const windowCases = {
  Conv: [
    conv([2, 3, 7, 6], [4, 3, 3, 2]),
    conv([1, 3, 7, 6], [4, 3, 3, 3], { pads: [1, 0, 2, 1], strides: [2, 1] }, false),
    conv([1, 4, 9, 9], [6, 2, 3, 3], { group: 2, dilations: [2, 3] }),
    conv([2, 4, 5, 5], [4, 1, 3, 3], { group: 4, pads: [1, 1, 1, 1], kernel_shape: [3, 3] }),
    ...autoPads.map((auto_pad) => conv([1, 2, 8, 7], [3, 2, 3, 4], { auto_pad, strides: [2, 3] })),
    conv([2, 3, 9], [2, 3, 4], { strides: [2], pads: [1, 2] }),
    conv([1, 2, 4, 5, 3], [2, 2, 2, 3, 2], { pads: [0, 1, 0, 1, 1, 1] }),
    applied('Conv', [floats([1, 2, 5, 5]), floats([3, 2, 3, 3]), floats([3])]),
  ],
  ConvTranspose: [
    transposed([2, 3, 4, 5], [3, 2, 3, 2]),
    transposed([1, 3, 4, 5], [3, 2, 3, 3], { strides: [2, 3], pads: [1, 0, 0, 1] }, 2),
    transposed([1, 2, 4, 4], [2, 3, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }, 3),
    transposed([1, 4, 5, 5], [4, 3, 3, 3], { group: 2, dilations: [2, 1] }, 6),
    transposed([1, 1, 3, 3], [1, 2, 3, 3], { strides: [3, 2], output_shape: [10, 8] }),
    transposed([1, 1, 3, 3], [1, 2, 3, 3], { strides: [3, 2], output_shape: [8, 6], auto_pad: 'SAME_UPPER' }),
    ...autoPads.map((auto_pad) => transposed([1, 2, 4, 5], [2, 3, 3, 4], { auto_pad, strides: [2, 2] })),
    transposed([2, 2, 6], [2, 3, 3], { strides: [2] }, 3),
    ...autoPads.flatMap((auto_pad) => [
      transposed([1, 2, 3, 3], [2, 1, 3, 3], { auto_pad, strides: [2, 2], output_padding: [1, 1] }),
      transposed([1, 2, 3, 4], [2, 1, 2, 3], { auto_pad, strides: [3, 2], dilations: [2, 1], output_padding: [2, 1] }),
      transposed([1, 1, 4], [1, 2, 1], { auto_pad, strides: [3] }),
    ]),
    transposed([1, 1, 3, 3], [1, 2, 3, 3], { strides: [3, 2], output_shape: [9, 7], output_padding: [1, 1] }),
  ],
  MaxPool: [
    pool('MaxPool', [2, 3, 6, 6], { kernel_shape: [2, 2], strides: [2, 2] }, 1),
    pool('MaxPool', [1, 2, 7, 6], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }, 1),
    pool('MaxPool', [1, 2, 7, 7], { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }, 1),
    pool('MaxPool', [1, 1, 4, 4], { kernel_shape: [2, 2], strides: [3, 3], pads: [0, 0, 1, 1], ceil_mode: 1 }, 1),
    pool('MaxPool', [1, 2, 8, 8], { kernel_shape: [3, 3], dilations: [2, 2] }, 1),
    pool('MaxPool', [2, 2, 4, 5], { kernel_shape: [2, 2], storage_order: 1 }, 1),
    ...autoPads.map((auto_pad) =>
      pool('MaxPool', [1, 2, 8, 7], { auto_pad, kernel_shape: [3, 4], strides: [2, 3] }, 1),
    ),
    ...windowsInPadding.map((attrs) => pool('MaxPool', [1, 2, 5, 6], attrs, 1)),
    pool('MaxPool', [2, 3, 9], { kernel_shape: [4], strides: [3] }),
    pool('MaxPool', [1, 2, 4, 5, 4], { kernel_shape: [2, 2, 2] }),
  ],
  AveragePool: [
    pool('AveragePool', [2, 3, 6, 6], { kernel_shape: [2, 2], strides: [2, 2] }),
    pool('AveragePool', [1, 2, 7, 6], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
    pool('AveragePool', [1, 2, 7, 6], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
    pool('AveragePool', [1, 2, 7, 7], { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }),
    pool('AveragePool', [1, 2, 6, 6], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      ceil_mode: 1,
      count_include_pad: 1,
    }),
    pool('AveragePool', [1, 2, 8, 8], { kernel_shape: [3, 3], dilations: [2, 2] }),
    ...autoPads.map((auto_pad) =>
      pool('AveragePool', [1, 2, 8, 7], { auto_pad, kernel_shape: [3, 4], strides: [2, 3] }),
    ),
    ...windowsInPadding.flatMap((attrs) =>
      [0, 1].map((count_include_pad) => pool('AveragePool', [1, 2, 5, 6], { ...attrs, count_include_pad })),
    ),
    pool('AveragePool', [2, 3, 9], { kernel_shape: [4], strides: [3] }),
    pool('AveragePool', [1, 2, 4, 5, 4], { kernel_shape: [2, 2, 2] }),
  ],
  GlobalAveragePool: [
    applied('GlobalAveragePool', [floats([2, 3, 4, 5])]),
    applied('GlobalAveragePool', [floats([2, 3, 4])]),
  ],
  GlobalMaxPool: [applied('GlobalMaxPool', [floats([2, 3, 4, 5])])],
  LRN: [
    applied('LRN', [floats([2, 7, 3, 3])], { size: 5, alpha: 0.5, beta: 0.6, bias: 2 }),
    applied('LRN', [floats([1, 4, 3, 3])], { size: 3 }),
  ],
} satisfies Partial<Record<OpName, readonly Case[]>>;

import { tensor, type OpName } from '@kirchhoff/graph';
import { applied, fixed, floats, ints, type Argument, type Case } from './build.js';

const places = (shape: readonly number[], ...values: readonly number[]): Argument =>
  fixed(tensor('int64', shape, values));

const few = (...values: readonly number[]): Argument => places([values.length], ...values);

export const movedCases = {
  GatherND: [
    applied('GatherND', [floats([3, 4]), places([2, 2], 0, 3, -1, -4)]),
    applied('GatherND', [floats([3, 4, 2]), places([2, 1, 1], 2, -3)]),
    applied('GatherND', [floats([2, 3, 4]), places([2, 2, 1], 0, 2, 1, -1)], { batch_dims: 1 }),
    applied('GatherND', [floats([2, 3, 4, 2]), places([2, 3, 2], 0, 1, 3, 0, -1, 1, 2, 0, 0, 0, 1, 1)], {
      batch_dims: 2,
    }),
    applied('GatherND', [ints([4], -9, 9), places([2, 3, 1], 0, 1, 2, 3, 3, 0)]),
  ],
  ScatterND: [
    applied('ScatterND', [floats([4, 3]), places([2, 1], 3, 0), floats([2, 3])]),
    applied('ScatterND', [floats([4, 3]), places([2, 2], -1, -3, 0, 1), floats([2])]),
    applied('ScatterND', [ints([5], -9, 9), places([2, 1], 3, 1), ints([2], -9, 9)]),
    ...['add', 'mul', 'max', 'min'].map((reduction) =>
      applied('ScatterND', [floats([4, 2]), places([4, 1], 3, 1, 3, -1), floats([4, 2])], { reduction }),
    ),
  ],
  TopK: [
    applied('TopK', [floats([3, 5]), few(2)], {}, 1),
    applied('TopK', [floats([3, 5], 0, 0.5), few(4)], { largest: 0 }, 1),
    applied('TopK', [floats([4, 2, 3]), few(3)], { axis: 0 }, 1),
    applied('TopK', [ints([6], -9, 9), few(6)], { axis: -1 }, 1),
    applied('TopK', [floats([2, 3]), few(1)]),
  ],
  Compress: [
    applied('Compress', [floats([3, 4]), fixed(tensor('bool', [3], [1, 0, 1]))], { axis: 0 }),
    applied('Compress', [floats([3, 4]), fixed(tensor('bool', [2], [0, 1]))], { axis: -1 }),
    applied('Compress', [floats([3, 2]), fixed(tensor('bool', [6], [0, 1, 1, 0, 0, 1]))]),
  ],
  ReverseSequence: [
    applied('ReverseSequence', [floats([4, 3, 2]), few(1, 4, 2)]),
    applied('ReverseSequence', [floats([3, 4]), few(4, 0, 3)], { batch_axis: 0, time_axis: 1 }),
  ],
} satisfies Partial<Record<OpName, readonly Case[]>>;

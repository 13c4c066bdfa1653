import type { Target } from '@kirchhoff/relevance';
import { describe, expect, test } from 'vitest';
import { explainRun, floats, graphOf, inline, input, node, planOf, typedOf, type Values } from './support.js';

// y = x · W at each of three positions.
const W = inline([2, 3], [1, 2, -1, 0, 1, 3]);
const values: Values = { x: floats([2, 3, 2], [1, 2, 2, -1, 0, 1, -1, 1, 1, 1, 3, -1]) };
const outputs = [
  [1, 4, 5, 2, 3, -5, 0, 1, 3],
  [-1, -1, 4, 1, 3, 2, 3, 5, -6],
];

/** Weights over the nine outputs of a sample, for each sample. */
const targets: readonly (readonly [string, Target, readonly (readonly number[])[], readonly number[] | undefined])[] = [
  [
    'argmax',
    { kind: 'argmax' },
    [
      [0, 0, 1, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0, 1, 0],
    ],
    [2, 7],
  ],
  [
    '4',
    { kind: 'index', index: 4 },
    [
      [0, 0, 0, 0, 1],
      [0, 0, 0, 0, 1],
    ],
    [4, 4],
  ],
  [
    '1:2',
    { kind: 'index', index: [1, 2] },
    [
      [0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 1],
    ],
    [5, 5],
  ],
  [
    'last:0',
    { kind: 'index', index: ['last', 0] },
    [
      [0, 0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 1],
    ],
    [6, 6],
  ],
  [
    'last:argmax',
    { kind: 'index', index: ['last', 'argmax'] },
    [
      [0, 0, 0, 0, 0, 0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 0, 1],
    ],
    [8, 7],
  ],
  [
    'argmax:0',
    { kind: 'index', index: ['argmax', 0] },
    [
      [0, 0, 0, 1],
      [0, 0, 0, 0, 0, 0, 1],
    ],
    [3, 6],
  ],
  [
    '0:1+last:2',
    {
      kind: 'mask',
      indices: [
        [0, 1],
        ['last', 2],
      ],
    },
    [
      [0, 1, 0, 0, 0, 0, 0, 0, 1],
      [0, 1, 0, 0, 0, 0, 0, 0, 1],
    ],
    undefined,
  ],
  [
    'last:1-last:2',
    { kind: 'contrast', of: ['last', 1], against: ['last', 2] },
    [
      [0, 0, 0, 0, 0, 0, 0, 1, -1],
      [0, 0, 0, 0, 0, 0, 0, 1, -1],
    ],
    [7, 7],
  ],
  [
    '1:argmax-rest',
    { kind: 'contrast', of: [1, 'argmax'], against: 'rest' },
    [
      [0, 0, 0, -0.5, 1, -0.5],
      [0, 0, 0, -0.5, 1, -0.5],
    ],
    [4, 4],
  ],
  [
    'argmax-rest',
    { kind: 'contrast', of: 'argmax', against: 'rest' },
    [[-1, -1, 8, -1, -1, -1, -1, -1, -1].map((w) => w / 8), [-1, -1, -1, -1, -1, -1, -1, 8, -1].map((w) => w / 8)],
    [2, 7],
  ],
  [
    '3-rest',
    { kind: 'contrast', of: 3, against: 'rest' },
    [[-1, -1, -1, 8, -1, -1, -1, -1, -1].map((w) => w / 8), [-1, -1, -1, 8, -1, -1, -1, -1, -1].map((w) => w / 8)],
    [3, 3],
  ],
];

describe.each([
  ['of a known length', 3],
  ['of an open length', 'T'],
] as const)('outputs at positions %s', (_, length) => {
  const typed = typedOf(graphOf([input('x', ['N', length, 2])], [node('y', 'MatMul', ['x', 'W'])], { W }));
  const plan = planOf(typed, 'standard', { rule: { name: 'zero', parameters: {} } });

  test.each(targets)('%s', async (name, target, weights, index) => {
    for (const backend of ['reference', 'ort'] as const) {
      const { explanation, of, at } = await explainRun(typed, plan, values, { target }, backend);
      expect(explanation.asked).toBe(name);
      expect(explanation.sample).toEqual([length, 3]);
      const wanted = outputs.map((row, n) => row.reduce((sum, value, i) => sum + value * (weights[n]![i] ?? 0), 0));
      wanted.forEach((score, n) => expect(of(explanation.score!)[n]).toBeCloseTo(score, 5));
      wanted.forEach((score, n) =>
        expect(
          at('x')
            .slice(6 * n, 6 * n + 6)
            .reduce((sum, R) => sum + R, 0),
        ).toBeCloseTo(score, 5),
      );
      if (index !== undefined) expect(Array.from(of(explanation.target!))).toEqual(index);
    }
  });
});

test('weights of one sample are those of all', async () => {
  const typed = typedOf(graphOf([input('x', ['N', 3, 2])], [node('y', 'MatMul', ['x', 'W'])], { W }));
  const plan = planOf(typed, 'standard', { rule: { name: 'zero', parameters: {} } });
  const target: Target = { kind: 'weights', name: 'w.npy', shape: [3, 3], data: [0, 1, 0, 0, 0, 0, 2, 0, -1] };
  const { explanation, of } = await explainRun(typed, plan, values, { target }, 'reference');
  expect(explanation.asked).toBe('w.npy');
  expect(Array.from(of(explanation.score!))).toEqual([4 + 2 * outputs[0]![6]! - 3, -1 + 2 * 3 + 6]);
});

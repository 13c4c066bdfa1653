import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limitsOf, totalOf } from '../src/index.js';
import { inUnit } from '../src/limit.js';

const maps = [
  [
    [1, -2],
    [10, 0],
  ],
  [
    [0, 3],
    [0, 0],
  ],
];

test('limits are shared as asked', () => {
  expect(limitsOf(maps, 'map')).toEqual([
    [2, 10],
    [3, 1],
  ]);
  expect(limitsOf(maps, 'row')).toEqual([
    [10, 10],
    [3, 3],
  ]);
  expect(limitsOf(maps, 'column')).toEqual([
    [3, 10],
    [3, 10],
  ]);
  expect(limitsOf(maps, 'sheet')).toEqual([
    [10, 10],
    [10, 10],
  ]);
});

test('in shares the sizes of a map sum to 1, whatever its scale', () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((v) => v === 0 || Math.abs(v) > 1e-9);
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (map) => {
      const sum = inUnit(map, 'share').reduce((s, v) => s + Math.abs(v), 0);
      expect(sum).toBeCloseTo(map.some((v) => v !== 0) ? 1 : 0);
      expect(Array.from(inUnit(map, 'relevance'))).toEqual(map);
    }),
    { seed: 42 },
  );
  expect(totalOf([1, -3, 0.5])).toBe(-1.5);
});

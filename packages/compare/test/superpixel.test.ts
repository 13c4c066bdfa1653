import { tensor, toNumbers } from '@kirchhoff/graph';
import { describe, expect, it } from 'vitest';
import { makeSubject, regionsOf, superpixelsOf } from '../src/index.js';
import { inline, tiny } from '../../explain/test/small.js';
import { run } from './small.js';
import { book, right } from '../../relevance/test/support.js';

describe('superpixels', () => {
  it('superpixels keep to an edge that no grid of theirs would have, and are about as many as asked', () => {
    const [height, width, edge] = [8, 12, 5];
    const halves = Array.from({ length: 2 * height * width }, (_, i) => (i % width < edge ? -1 : 3));
    const { of, count } = superpixelsOf(halves, [2, height, width], 4, 0.1);
    const partsWhere = (inside: (column: number) => boolean) => new Set(of.filter((_, i) => inside(i % width)));
    const [left, right] = [partsWhere((column) => column < edge), partsWhere((column) => column >= edge)];
    expect([...left].filter((part) => right.has(part))).toEqual([]);
    expect(left.size + right.size).toBe(count);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(6);
    expect([...of.subarray(height * width)]).toEqual([...of.subarray(0, height * width)]);
  });

  it('superpixels of a flat picture are its squares, and a speck belongs to what surrounds it', () => {
    const flat = superpixelsOf(new Float32Array(16), [1, 4, 4], 4, 0.1);
    expect([...flat.of]).toEqual([...regionsOf([1, 4, 4], 2).of]);
    const speck = new Float32Array(36).fill(1);
    speck[14] = 0;
    expect(superpixelsOf(speck, [1, 6, 6], 1, 0.1).count).toBe(1);
    expect(superpixelsOf(speck, [1, 6, 6], 4, 1e-3).count).toBeLessThanOrEqual(4);
  });

  it('LIME of a picture of two flat halves, one of which the score reads: by hand', async () => {
    const reads = Array.from({ length: 16 }, (_, i) => (i % 4 < 1 ? 0.5 : 0));
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 1, 4, 4] }],
      [
        { name: 'flat', op: 'Flatten', inputs: ['x'] },
        { name: 'y', op: 'Gemm', inputs: ['flat', 'w'] },
      ],
      {
        w: inline(
          [16, 2],
          reads.flatMap((weight) => [weight, 0]),
        ),
      },
    );
    const halves = tensor(
      'float32',
      [1, 1, 4, 4],
      Array.from({ length: 16 }, (_, i) => (i % 4 < 1 ? 3 : 1)),
    );
    const settings = { superpixels: 2, samples: 40, ridge: 0 };
    const { map } = await run(right(makeSubject(model, book)), { name: 'lime', settings }, halves, [0]);
    const expected = Array.from({ length: 16 }, (_, i) => (i % 4 < 1 ? 1.5 : 0));
    toNumbers(map.data).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
  });
});

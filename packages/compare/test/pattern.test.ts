import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { makeSubject, withData } from '../src/index.js';
import { inline, tiny } from '../../explain/test/small.js';
import { far, run } from './small.js';
import { book, right } from '../../relevance/test/support.js';

describe('patterns', () => {
  it('patterns: of x = s·(1, 0) + d·(1, 1) the weights (1, −1) see s, whose direction is (1, 0)', async () => {
    const data = tensor('float32', [4, 2], [2, 1, 0, -1, 0, 1, -2, -1]);
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      [{ name: 'y', op: 'Gemm', inputs: ['x', 'w'] }],
      { w: inline([2, 2], [1, 0, -1, 1]) },
    );
    const subject = { ...right(makeSubject(model, book)), data };
    const at = tensor('float32', [1, 2], [5, 2]);
    for (const name of ['patternnet', 'pattern-attribution']) {
      const { map } = await run(subject, { name }, at, [0]);
      expect(far(toNumbers(map.data), [3, 0])).toBeLessThan(1e-6);
    }
  });

  it('patterns behind a ReLU: means of x and xy where it is open, of y everywhere; by hand', async () => {
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      [
        { name: 'h', op: 'Gemm', inputs: ['x', 'w'] },
        { name: 'a', op: 'Relu', inputs: ['h'] },
        { name: 'y', op: 'Gemm', inputs: ['a', 'v'] },
      ],
      { w: inline([2, 1], [1, 0]), v: inline([1, 2], [1, 0]) },
    );
    const data = tensor('float32', [3, 2], [1, 0, 2, 2, -3, 5]);
    const subject = right(withData(right(makeSubject(model, book)), data));
    const at = tensor('float32', [1, 2], [2, 7]);
    const { map } = await run(subject, { name: 'patternnet' }, at, [0]);
    expect(far(toNumbers(map.data), [2, 2 * 0.8])).toBeLessThan(1e-6);
    const attributed = await run(subject, { name: 'pattern-attribution' }, at, [0]);
    expect(far(toNumbers(attributed.map.data), [2, 0])).toBeLessThan(1e-6);
    const two = await run(subject, { name: 'patternnet', settings: { most: 2 } }, at, [0]);
    expect(far(toNumbers(two.map.data), [2, 4])).toBeLessThan(1e-6);
  });

  it('data to learn from have the shape of the input and its values', () => {
    const three = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 3] }],
      [{ name: 'y', op: 'MatMul', inputs: ['x', 'w'] }],
      { w: inline([3, 1], [1, -2, 4]) },
    );
    const subject = right(makeSubject(three, book));
    const refused = (data: Tensor): string => {
      const made = withData(subject, data);
      return E.isLeft(made) ? printProblems(made.left) : 'taken';
    };
    expect(refused(tensor('float32', [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]))).toContain('[2, 4]');
    expect(refused(tensor('float32', [3], [1, 2, 3]))).toContain('[N, 3]');
    expect(refused(tensor('float32', [0, 3], []))).toContain('[0, 3]');
    expect(refused(tensor('float32', [1, 3], [1, NaN, 3]))).toContain('NaN');
    expect(refused(tensor('float64', [1, 3], [1, 2, 3]))).toBe('taken');
  });
});

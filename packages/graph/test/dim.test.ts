import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import {
  addDim,
  bindDim,
  broadcastDim,
  checkDim,
  ceilDivDim,
  divDim,
  equalDim,
  exactDivDim,
  mulDim,
  productDim,
  readDim,
  subDim,
  symbolsOfDim,
  type Dim,
} from '@kirchhoff/graph';

describe('canonical texts', () => {
  test.each<[Dim, Dim | undefined]>([
    [7, 7],
    ['N', 'N'],
    ['T*2+1', '2*T + 1'],
    ['1 + T - 1', 'T'],
    ['4 - 1', 3],
    ['T*N', 'N*T'],
    ['(N + 1)*(N - 1)', 'N*N - 1'],
    ['-T + 3', '-T + 3'],
    ['floor((T+1)/2)', 'floor((T + 1)/2)'],
    ['floor((2*T + 3)/2)', 'T + 1'],
    ['floor((3*T + 5)/2)', 'T + floor((T + 1)/2) + 2'],
    ['floor(N*T/(N + 1))', 'floor(N*T/(N + 1))'],
    ['floor(7/2)', 3],
    ['', undefined],
    ['2T', undefined],
    ['N +', undefined],
    ['N ? T', undefined],
    ['(N', undefined],
    ['floor(N/0)', undefined],
  ])('%s → %s', (text, expected) => {
    expect(readDim(text)).toBe(expected);
  });
});

describe('arithmetic', () => {
  test('of numbers and symbols', () => {
    expect(addDim('T', 1)).toBe('T + 1');
    expect(subDim('T + 1', 'T')).toBe(1);
    expect(mulDim('N', 400)).toBe('400*N');
    expect(productDim(['N', 16, 5, 5])).toBe('400*N');
    expect(exactDivDim('400*N', 400)).toBe('N');
    expect(exactDivDim('2*N*T + N', '2*T + 1')).toBe('N');
    expect(exactDivDim('N', 2)).toBeUndefined();
    expect(divDim('T - 1', 2)).toBe('floor((T + 1)/2) - 1');
    expect(divDim('T', 'N')).toBe('floor(T/N)');
    expect(ceilDivDim('T', 2)).toBe('floor((T + 1)/2)');
  });

  test('equality sees through spelling', () => {
    expect(equalDim('T + 1', '1 + T')).toBe(true);
    expect(equalDim('N', 'T')).toBe(false);
    expect(equalDim('N', 3)).toBe(false);
  });

  test('broadcasting: 1 yields, equal ones stay, the rest clashes', () => {
    expect(broadcastDim(1, 'N')).toBe('N');
    expect(broadcastDim('N', 1)).toBe('N');
    expect(broadcastDim('N', 'N')).toBe('N');
    expect(broadcastDim('N', 3)).toBeUndefined();
    expect(broadcastDim('N', 'T')).toBeUndefined();
  });

  test('symbols and their values', () => {
    expect(symbolsOfDim('floor((T + 1)/2) + N')).toEqual(['T', 'N']);
    expect(
      bindDim(
        'floor((T + 1)/2) + N',
        new Map<string, Dim>([
          ['T', 5],
          ['N', 2],
        ]),
      ),
    ).toBe(5);
    expect(bindDim('2*T + 1', new Map([['N', 2]]))).toBe('2*T + 1');
    expect(bindDim('2*T', new Map<string, Dim>([['T', 'N + 1']]))).toBe('2*N + 2');
  });
});

/** A random dimension and what it is worth where N = n, T = t. */
const expression = (n: number, t: number): fc.Arbitrary<readonly [Dim, number]> =>
  fc.letrec<{ dim: readonly [Dim, number] }>((tie) => ({
    dim: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom<readonly [Dim, number]>(['N', n], ['T', t]),
      fc.integer({ min: -6, max: 6 }).map((v): readonly [Dim, number] => [v, v]),
      fc.tuple(tie('dim'), tie('dim')).map(([[a, x], [b, y]]): readonly [Dim, number] => [addDim(a, b), x + y]),
      fc.tuple(tie('dim'), tie('dim')).map(([[a, x], [b, y]]): readonly [Dim, number] => [subDim(a, b), x - y]),
      fc.tuple(tie('dim'), tie('dim')).map(([[a, x], [b, y]]): readonly [Dim, number] => [mulDim(a, b), x * y]),
      fc
        .tuple(tie('dim'), fc.integer({ min: 1, max: 5 }))
        .map(([[a, x], k]): readonly [Dim, number] => [divDim(a, k), Math.floor(x / k)]),
    ),
  })).dim;

test('symbolic arithmetic agrees with arithmetic, and its texts read back', () => {
  const cases = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
    .chain(([n, t]) => fc.tuple(fc.constant(n), fc.constant(t), expression(n, t)));
  fc.assert(
    fc.property(cases, ([n, t, [dim, value]]) => {
      expect(
        bindDim(
          dim,
          new Map([
            ['N', n],
            ['T', t],
          ]),
        ),
      ).toBe(value + 0);
      expect(readDim(dim)).toBe(dim);
    }),
    { seed: 42, numRuns: 300 },
  );
});

describe('texts beyond what a size may say', () => {
  const factors = (count: number, one: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => one(i)).join('*');

  test.each([
    ['20,000 factors', factors(20000, (i) => `s${i}`)],
    ['22 factors of two terms', factors(22, (i) => `(a${i}+b${i})`)],
    ['16 factors of five terms', factors(16, () => '(a+b+c+d+e)')],
    ['100,000 brackets', `${'('.repeat(100000)}N${')'.repeat(100000)}`],
  ])('%s are refused', (_, text) => {
    expect(checkDim(text)).toEqual(
      E.left('a size needs more than 2000 characters or 256 terms; name a part of it by a symbol of its own'),
    );
  });

  test.each([`${'('.repeat(900)}N${')'.repeat(900)}`, '-'.repeat(1000) + 'N', factors(500, () => 'N')])(
    'what is within the limits is read',
    (text) => {
      expect(E.isRight(checkDim(text))).toBe(true);
    },
  );

  test.each(['9'.repeat(400), '9007199254740993*N', 'floor(N/0)', 'floor(N/(1-1))'])('%s is no size', (text) => {
    expect(E.isLeft(checkDim(text))).toBe(true);
  });

  test('a product of sizes beyond the limits is refused', () => {
    const half = factors(5, (i) => `(a${i}+b${i})`);
    expect(() => mulDim(half, half.replaceAll('a', 'c').replaceAll('b', 'd'))).toThrow(
      /more than 2000 characters or 256 terms/,
    );
  });
});

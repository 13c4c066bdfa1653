import {
  apply,
  boundOf,
  checkPowers,
  compileOracle,
  evaluateExpr,
  foldConstants,
  num,
  printExpr,
  simplify,
  sym,
  unbounded,
  type Bound,
  type Expr,
  type FunctionName,
} from '@kirchhoff/formula';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeOf, treesOf } from './anyExpr.js';
import { read, scalarScope } from './read.js';

const facts: Record<string, Bound> = {
  free: unbounded,
  nonneg: { low: 0, high: Infinity, nonzero: false },
  nonpos: { low: -Infinity, high: 0, nonzero: false },
  positive: { low: 0, high: Infinity, nonzero: true },
  negative: { low: -2, high: -0.5, nonzero: false },
  some: { low: -Infinity, high: Infinity, nonzero: true },
  gate: { low: 0, high: 1, nonzero: false },
  two: { low: 2, high: 2, nonzero: true },
};
const bounds = (symbol: string): Bound => facts[symbol] ?? unbounded;
const scope = { symbols: Object.keys(facts), functions: [...scalarScope().functions, 'total' as const] };
const simplified = (text: string): string => printExpr(simplify(read(text, scope), bounds));

describe('simplify', () => {
  it.each([
    ['pos(nonneg)', 'nonneg'],
    ['pos(nonpos)', '0'],
    ['neg(nonneg)', '0'],
    ['neg(negative)', 'negative'],
    ['pos(-free)', '-neg(free)'],
    ['abs(nonpos)', '-nonpos'],
    ['sgn(nonneg)', '1'],
    ['sgn(negative)', '-1'],
    ['sgn(nonpos)', 'sgn(nonpos)'],
    ['stab(nonneg, 0.5)', 'nonneg + 0.5'],
    ['stab(free, 0)', 'free'],
    ['stab(negative, 0.5)', 'negative - 0.5'],
    ['stab(nonpos, 0.5)', 'stab(nonpos, 0.5)'],
    ['ratio(free, stab(some, 0.5))', 'free/stab(some, 0.5)'],
    ['ratio(free, nonneg)', 'ratio(free, nonneg)'],
    ['ratio(free, nonneg + 1)', 'free/(nonneg + 1)'],
    ['ratio(free, free)', 'ratio(free, free)'],
    ['free/free', 'free/free'],
    ['ratio(0, free)', '0'],
    ['total(nonneg*gate) >= 0', '1'],
    ['total(nonneg*gate) > 0', 'total(nonneg*gate) > 0'],
    ['pos(total(neg(free)*nonpos))', 'total(neg(free)*nonpos)'],
    ['(stab(free, 0.5) == 0)*free', '0'],
    ['where(positive > 0, free, nonneg)', 'free'],
    ['where(free > 0, gate, gate)', 'gate'],
    ['where(free > 0, gate, 0) + where(free > 0, 0, nonneg)', 'where(free > 0, gate, nonneg)'],
    ['not (free < gate)', 'free >= gate'],
    ['free > 0 and nonneg >= 0', 'free > 0'],
    ['free > 0 or positive > 0', '1'],
    ['two*free - 2*free*1 + 0', '2*free - 2*free'],
    ['-(2*free)', '-2*free'],
    ['0.1 + 0.2', '0.3'],
    ['1/3 + 1/6', '0.5'],
    ['max(nonneg, nonpos, -1)', 'nonneg'],
    ['min(gate, two, 1)', 'gate'],
    ['1e-60*nonneg > 0', '1e-60*nonneg > 0'],
    ['ratio(free, positive*positive)', 'ratio(free, positive*positive)'],
    ['free^1*free^0', 'free'],
  ])('%s becomes %s', (text, expected) => {
    expect(simplified(text)).toBe(expected);
  });

  it('keeps an elementwise minimum whose first operand may win', () => {
    expect(simplified('min(gate, free)')).toBe('min(gate, free)');
  });
});

describe('foldConstants', () => {
  it('evaluates numbers exactly and leaves the rest as it is written', () => {
    expect(printExpr(foldConstants(read('x*(0.1 + 0.2) + x*0', scalarScope('x'))))).toBe('x*0.3 + x*0');
    expect(printExpr(foldConstants(read('where(1 > 2, x, 3)', scalarScope('x'))))).toBe('where(0, x, 3)');
    expect(printExpr(foldConstants(read('2^-2 + max(1, 5, 3) + stab(-1, 0.5) + ratio(1, 0)', scalarScope())))).toBe(
      '3.75',
    );
    expect(printExpr(foldConstants(read('1/0 + exp(0) + exp(1)', scalarScope())))).toBe('1/0 + 1 + exp(1)');
    expect(printExpr(foldConstants(read('2^100000', scalarScope())))).toBe('2^100000');
  });
});

describe('checkPowers', () => {
  it('allows integer powers, and any power of what is never negative', () => {
    const check = (text: string): readonly string[] => checkPowers(read(text, scope), bounds).map((p) => p.message);
    expect(check('free^2 + nonneg^0.5 + free^two + abs(free)^gate + free^-1')).toEqual([]);
    expect(check('1 + free^0.5*free^gate')).toEqual([
      expect.stringContaining('"free^0.5" has an exponent that is no constant integer'),
      expect.stringContaining('"free^gate"'),
    ]);
  });
});

/** Dyadic numbers and powers of two as coefficients: float64 is exact on them, so that no comparison flips by rounding. */
const constant = fc.constantFrom(-2, -1, -0.5, 0, 0.25, 0.5, 1, 2, 4).map((v): Expr => num(v));
const functions: readonly (readonly [FunctionName, number])[] = [
  ['add', 2],
  ['subtract', 2],
  ['multiply', 2],
  ['divide', 2],
  ['unaryMinus', 1],
  ['smaller', 2],
  ['smallerEq', 2],
  ['larger', 2],
  ['largerEq', 2],
  ['equal', 2],
  ['unequal', 2],
  ['and', 2],
  ['or', 2],
  ['not', 1],
  ['pos', 1],
  ['neg', 1],
  ['abs', 1],
  ['sgn', 1],
  ['stab', 2],
  ['ratio', 2],
  ['where', 3],
  ['min', 3],
  ['max', 2],
  ['exp', 1],
  ['log', 1],
  ['sqrt', 1],
  ['tanh', 1],
  ['erf', 1],
  ['sin', 1],
  ['cos', 1],
  ['atan', 1],
  ['total', 1],
];

const leaf = fc.oneof(
  fc.constantFrom(...Object.keys(facts)).map((name): Expr => sym(name)),
  constant,
);
const tree = treesOf(
  leaf,
  (child) =>
    fc.oneof(
      { arbitrary: nodeOf(functions, child), weight: 9 },
      {
        arbitrary: fc.tuple(child, fc.integer({ min: -2, max: 3 })).map(([base, k]) => apply('pow', base, num(k))),
        weight: 1,
      },
    ),
  4,
);

const between = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: low * 4, max: high * 4 }).map((v) => v / 4);
const values = fc.record({
  free: between(-3, 3),
  nonneg: between(0, 3),
  nonpos: between(-3, 0),
  positive: between(0.25, 3),
  negative: between(-2, -0.5),
  some: fc.oneof(between(-3, -0.25), between(0.25, 3)),
  gate: between(0, 1),
  two: fc.constant(2),
});

/** 0·∞ is not considered: every part of the formula must have a finite value. */
const finite = (expr: Expr, at: Record<string, number>, sources: readonly Record<string, number>[]): boolean =>
  Number.isFinite(evaluateExpr(expr, at, sources)) &&
  (expr.kind !== 'apply' ||
    expr.args.every(
      (arg) =>
        finite(arg, at, sources) &&
        (expr.fn !== 'total' || sources.every((s) => finite(arg, { ...at, ...s }, sources))),
    ));

describe('bounds', () => {
  it('hold for every value within them, and what is simplified keeps its value', () => {
    let considered = 0;
    fc.assert(
      fc.property(tree, values, fc.array(values, { minLength: 1, maxLength: 3 }), (expr, at, sources) => {
        fc.pre(finite(expr, at, sources));
        considered += 1;
        const value = evaluateExpr(expr, at, sources);
        const { low, high, nonzero } = boundOf(expr, bounds);
        const rounding = 1e-12 * Math.abs(value);
        expect(value).toBeGreaterThanOrEqual(low - rounding);
        expect(value).toBeLessThanOrEqual(high + rounding);
        expect(nonzero && value === 0).toBe(false);
        const shorter = evaluateExpr(simplify(expr, bounds), at, sources);
        expect(Math.abs(shorter - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
      }),
      { seed: 42, numRuns: 4000, maxSkipsPerRun: 100 },
    );
    expect(considered).toBeGreaterThan(3000);
  });

  it('and the oracle, which shares no code with either, agrees', () => {
    fc.assert(
      fc.property(tree, values, fc.array(values, { minLength: 1, maxLength: 3 }), (expr, at, sources) => {
        fc.pre(finite(expr, at, sources));
        const value = compileOracle(printExpr(expr), {})(at, sources);
        const shorter = evaluateExpr(simplify(expr, bounds), at, sources);
        expect(Math.abs(shorter - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
      }),
      { seed: 42, numRuns: 400, maxSkipsPerRun: 100 },
    );
  });
});

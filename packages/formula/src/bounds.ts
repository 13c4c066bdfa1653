import { formulaSays, problem, type Problem } from '@kirchhoff/message';
import { numberOf } from './exact.js';
import { equalExpr, type Expr, type FunctionName } from './expr.js';
import type { Comparison } from './functions.js';
import { printExpr } from './print.js';

/** What is known of a value: it lies in [low, high] (infinite where nothing is known), and whether it is never 0. */
export interface Bound {
  readonly low: number;
  readonly high: number;
  readonly nonzero: boolean;
}

export type Bounds = (symbol: string) => Bound;

/** Below the smallest normal float32 a value may reach an engine as 0, so such a bound proves no sign. */
const tiny = 2 ** -126;

/** A bound, known to exclude 0 where its interval does so visibly in float32. NaN ends become infinite. */
export const bound = (low: number, high: number, nonzero = false): Bound => ({
  low: Number.isNaN(low) ? -Infinity : low,
  high: Number.isNaN(high) ? Infinity : high,
  nonzero: nonzero || low >= tiny || high <= -tiny,
});

export const unbounded: Bound = { low: -Infinity, high: Infinity, nonzero: false };

/** The bound of one known value. */
export const pointBound = (value: number): Bound => bound(value, value, value !== 0);

export const isZeroBound = (b: Bound): boolean => b.low === 0 && b.high === 0;
export const isNonNegative = (b: Bound): boolean => b.low >= 0;
export const isNonPositive = (b: Bound): boolean => b.high <= 0;
export const isPositive = (b: Bound): boolean => b.low >= 0 && b.nonzero;
export const isNegative = (b: Bound): boolean => b.high <= 0 && b.nonzero;

const hull = (a: Bound, b: Bound): Bound =>
  bound(Math.min(a.low, b.low), Math.max(a.high, b.high), a.nonzero && b.nonzero);
const minus = (a: Bound): Bound => bound(-a.high, -a.low, a.nonzero);
const plus = (a: Bound, b: Bound): Bound => {
  const oneSided = (isNonNegative(a) && isNonNegative(b)) || (isNonPositive(a) && isNonPositive(b));
  return bound(a.low + b.low, a.high + b.high, oneSided && (a.nonzero || b.nonzero));
};

/** 0 times an infinite end is 0: the end is a limit, never a value. */
const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
const times = (a: Bound, b: Bound): Bound => {
  const corners = [product(a.low, b.low), product(a.low, b.high), product(a.high, b.low), product(a.high, b.high)];
  return bound(Math.min(...corners), Math.max(...corners));
};

/** An end of a quotient by a positive divisor; ∞/∞ is a limit within the other ends. */
const quotient = (n: number, d: number): number => (n === 0 || d === Infinity ? 0 : n / d);
const over = (n: Bound, d: Bound): Bound => {
  if (isZeroBound(n)) return n;
  if (isNonPositive(d)) return isZeroBound(d) ? unbounded : minus(over(n, minus(d)));
  if (!isNonNegative(d)) return unbounded;
  const least = Math.abs(d.low);
  const corners = [quotient(n.low, least), quotient(n.low, d.high), quotient(n.high, least), quotient(n.high, d.high)];
  return bound(Math.min(...corners), Math.max(...corners));
};

const monotone =
  (f: (v: number) => number) =>
  (a: Bound): Bound =>
    bound(f(a.low), f(a.high));

const magnitude = (a: Bound): Bound => {
  if (isNonNegative(a)) return a;
  if (isNonPositive(a)) return minus(a);
  return bound(0, Math.max(-a.low, a.high), a.nonzero);
};

const signOf = (a: Bound): Bound => {
  if (isNonNegative(a)) return bound(1, 1);
  return isNegative(a) ? bound(-1, -1) : bound(-1, 1, true);
};

const stabilised = (z: Bound, e: Bound): Bound => {
  const above = plus(bound(Math.max(z.low, 0), Math.max(z.high, 0)), e);
  const below = plus(bound(Math.min(z.low, 0), Math.min(z.high, 0)), minus(e));
  const nonzero = e.low >= tiny || (isNonNegative(e) && z.nonzero);
  if (isNonNegative(z)) return bound(above.low, above.high, nonzero);
  if (isNegative(z)) return bound(below.low, below.high, nonzero);
  const both = hull(above, below);
  return bound(both.low, both.high, nonzero);
};

const integerPower = (base: Bound, exponent: number): Bound => {
  if (exponent === 0) return bound(1, 1);
  if (exponent < 0) return over(bound(1, 1), integerPower(base, -exponent));
  const of = exponent % 2 === 0 ? magnitude(base) : base;
  return bound(of.low ** exponent, of.high ** exponent);
};

const powerOf = (base: Bound, exponent: Bound): Bound => {
  if (exponent.low === exponent.high && Number.isInteger(exponent.low)) return integerPower(base, exponent.low);
  return isNonNegative(base) ? bound(0, Infinity) : unbounded;
};

const flags = (decided: boolean | undefined): Bound =>
  decided === undefined ? bound(0, 1) : pointBound(decided ? 1 : 0);

const greater = (a: Bound, b: Bound): boolean =>
  isZeroBound(b) ? isPositive(a) : isZeroBound(a) ? isNegative(b) : a.low > b.high;
const apart = (a: Bound, b: Bound): boolean =>
  greater(a, b) || greater(b, a) || (isZeroBound(a) && b.nonzero) || (isZeroBound(b) && a.nonzero);
const same = (a: Bound, b: Bound): boolean => a.low === a.high && b.low === b.high && a.low === b.low;

const decide = (yes: boolean, no: boolean): boolean | undefined => (yes ? true : no ? false : undefined);

/** Whether a comparison holds for all values within two bounds (true), for none (false), or for some (undefined). */
export const decideComparison: { readonly [C in Comparison]: (a: Bound, b: Bound) => boolean | undefined } = {
  larger: (a, b) => decide(greater(a, b), a.high <= b.low),
  smaller: (a, b) => decide(greater(b, a), b.high <= a.low),
  largerEq: (a, b) => decide(a.low >= b.high, greater(b, a)),
  smallerEq: (a, b) => decide(b.low >= a.high, greater(a, b)),
  equal: (a, b) => decide(same(a, b), apart(a, b)),
  unequal: (a, b) => decide(apart(a, b), same(a, b)),
};

const truth = (a: Bound): boolean | undefined => decide(a.nonzero, isZeroBound(a));

const summed = (a: Bound): Bound => {
  if (isZeroBound(a)) return a;
  return bound(isNonNegative(a) ? 0 : -Infinity, isNonPositive(a) ? 0 : Infinity);
};

const compared =
  (fn: Comparison): Rule =>
  (a, b) =>
    flags(decideComparison[fn](a, b));

type Rule = (a: Bound, b: Bound, rest: readonly Bound[]) => Bound;

const rules: { readonly [F in FunctionName]: Rule } = {
  add: plus,
  subtract: (a, b) => plus(a, minus(b)),
  multiply: times,
  divide: over,
  pow: powerOf,
  unaryMinus: minus,
  smaller: compared('smaller'),
  smallerEq: compared('smallerEq'),
  larger: compared('larger'),
  largerEq: compared('largerEq'),
  equal: compared('equal'),
  unequal: compared('unequal'),
  and: (a, b) => flags(decide(a.nonzero && b.nonzero, isZeroBound(a) || isZeroBound(b))),
  or: (a, b) => flags(decide(a.nonzero || b.nonzero, isZeroBound(a) && isZeroBound(b))),
  not: (a) => flags(decide(isZeroBound(a), a.nonzero)),
  pos: (a) => bound(Math.max(a.low, 0), Math.max(a.high, 0), isPositive(a)),
  neg: (a) => bound(Math.min(a.low, 0), Math.min(a.high, 0), isNegative(a)),
  abs: magnitude,
  sgn: signOf,
  stab: stabilised,
  ratio: (n, d) =>
    d.nonzero ? over(n, d) : isZeroBound(n) || isZeroBound(d) ? pointBound(0) : hull(over(n, d), pointBound(0)),
  where: (condition, a, [b = unbounded]) => {
    const decided = truth(condition);
    return decided === undefined ? hull(a, b) : decided ? a : b;
  },
  min: (a, b, rest) => {
    const all = [a, b, ...rest];
    const nonzero = all.every((v) => v.nonzero) || all.some(isNegative);
    return bound(Math.min(...all.map((v) => v.low)), Math.min(...all.map((v) => v.high)), nonzero);
  },
  max: (a, b, rest) => {
    const all = [a, b, ...rest];
    const nonzero = all.every((v) => v.nonzero) || all.some(isPositive);
    return bound(Math.max(...all.map((v) => v.low)), Math.max(...all.map((v) => v.high)), nonzero);
  },
  exp: monotone(Math.exp),
  log: (a) => (isNonNegative(a) ? bound(Math.log(a.low), Math.log(a.high)) : unbounded),
  sqrt: (a) => bound(Math.sqrt(Math.max(a.low, 0)), Math.sqrt(Math.max(a.high, 0))),
  tanh: monotone(Math.tanh),
  erf: (a) => bound(isNonNegative(a) ? 0 : -1, isNonPositive(a) ? 0 : 1),
  sin: () => bound(-1, 1),
  cos: () => bound(-1, 1),
  atan: monotone(Math.atan),
  total: summed,
  sum: summed,
};

/** The bound of an expression, from the bounds of its symbols: sound for every value within them, also in float32. */
export const boundOf = (expr: Expr, bounds: Bounds): Bound => {
  if (expr.kind === 'number') return pointBound(numberOf(expr.value));
  if (expr.kind === 'symbol') {
    const { low, high, nonzero } = bounds(expr.name);
    return bound(low, high, nonzero);
  }
  const [a = unbounded, b = unbounded, ...rest] = expr.args.map((arg) => boundOf(arg, bounds));
  if (expr.fn === 'multiply' && equalExpr(expr.args[0]!, expr.args[1]!)) return integerPower(a, 2);
  return rules[expr.fn](a, b, rest);
};

/** The formula's powers that are neither a constant integer nor of a base that is never negative. */
export const checkPowers = (expr: Expr, bounds: Bounds): readonly Problem[] => {
  if (expr.kind !== 'apply') return [];
  const found = expr.args.flatMap((arg) => checkPowers(arg, bounds));
  if (expr.fn !== 'pow') return found;
  const [base, exponent] = expr.args.map((arg) => boundOf(arg, bounds)) as [Bound, Bound];
  const integer = exponent.low === exponent.high && Number.isInteger(exponent.low);
  return integer || isNonNegative(base) ? found : [...found, problem('', formulaSays.fractionalPower(printExpr(expr)))];
};

import { zero, type Expr } from './expr.js';
import { mirrored, type Comparison } from './functions.js';
import type { Side } from './product.js';
import type { Make } from './simplify.js';

/** A factor and the side it belongs to. */
export interface Factor {
  readonly side: Side;
  readonly expr: Expr;
}

/** The laws below turn a function of a product into a sum (outer) of products (inner) of factors of one side each. */
export type Split = readonly (readonly Factor[])[];

type SignFunction = 'pos' | 'neg';

/**
 * `pos` or `neg` of a product: pos(a·b) = pos(a)pos(b) + neg(a)neg(b), neg(a·b) = pos(a)neg(b) + neg(a)pos(b).
 * One addend at most is not 0, so nothing cancels.
 */
export const splitSign = (fn: SignFunction, factors: readonly Factor[], make: Make): Split => {
  const [first, ...rest] = factors;
  if (first === undefined) return [];
  const part = (f: SignFunction): Factor => ({ side: first.side, expr: make(f, first.expr) });
  if (rest.length === 0) return [[part(fn)]];
  const mirror = fn === 'pos' ? 'neg' : 'pos';
  return [
    ...splitSign(fn, rest, make).map((others) => [part('pos'), ...others]),
    ...splitSign(mirror, rest, make).map((others) => [part('neg'), ...others]),
  ];
};

const holdsAtZero: { readonly [C in Comparison]: boolean } = {
  smaller: false,
  smallerEq: true,
  larger: false,
  largerEq: true,
  equal: true,
  unequal: false,
};

/**
 * A product compared with 0, as a sum of products of indicators of which one at most is 1:
 * [a·b > 0] = [a > 0][b > 0] + [a < 0][b < 0], [a·b = 0] = [a = 0] + [a ≠ 0][b = 0], and so on.
 */
export const splitComparison = (fn: Comparison, factors: readonly Factor[], make: Make): Split => {
  const [first, ...rest] = factors;
  if (first === undefined) return [];
  const when = (c: Comparison): Factor => ({ side: first.side, expr: make(c, first.expr, zero) });
  if (rest.length === 0) return [[when(fn)]];
  const then = (c: Comparison, following: Comparison): Split =>
    splitComparison(following, rest, make).map((others) => [when(c), ...others]);
  const atZero = holdsAtZero[fn] ? [[when('equal')]] : [];
  if (fn === 'equal' || fn === 'unequal') return [...atZero, ...then('unequal', fn)];
  return [...then('larger', fn), ...atZero, ...then('smaller', mirrored[fn])];
};

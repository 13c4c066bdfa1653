import { greatest, least } from '../extreme.js';
import { productDim } from '../dim.js';
import type { Dim } from '../graph.js';
import type { FactsContext, Interval } from './row.js';

/** Interval arithmetic for Row.facts. An infinite end means "nothing is known"; 0·∞ is 0, since every element is finite. */
export const everything: Interval = { low: -Infinity, high: Infinity };
export const unit: Interval = { low: 0, high: 1 };
export const nonNegative: Interval = { low: 0, high: Infinity };
export const point = (value: number): Interval => (Number.isNaN(value) ? everything : { low: value, high: value });

/** An interval from two computed ends, widened where an end could not be computed. */
export const interval = (low: number, high: number): Interval => ({
  low: Number.isNaN(low) ? -Infinity : low,
  high: Number.isNaN(high) ? Infinity : high,
});

export const bounds = (context: FactsContext, port: number): Interval => context.inputs[port] ?? everything;

/** The smallest interval that holds all of them. */
export const hull = (...all: readonly Interval[]): Interval =>
  all.length === 0 ? everything : interval(least(all.map((i) => i.low)), greatest(all.map((i) => i.high)));

export const withZero = (a: Interval): Interval => hull(a, point(0));

export const addBounds = (a: Interval, b: Interval): Interval => interval(a.low + b.low, a.high + b.high);
export const negBounds = (a: Interval): Interval => interval(-a.high, -a.low);

const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

export const mulBounds = (a: Interval, b: Interval): Interval => {
  const ends = [product(a.low, b.low), product(a.low, b.high), product(a.high, b.low), product(a.high, b.high)];
  return interval(least(ends), greatest(ends));
};

/** 1/x. An interval that holds zero inside says nothing; one that ends at zero keeps its sign. */
export const reciprocalBounds = (a: Interval): Interval =>
  a.low >= 0
    ? interval(a.high === 0 ? Infinity : 1 / a.high, a.low === 0 ? Infinity : 1 / a.low)
    : a.high <= 0
      ? interval(a.high === 0 ? -Infinity : 1 / a.high, 1 / a.low)
      : everything;

export const divBounds = (a: Interval, b: Interval): Interval =>
  b.low > 0 || b.high < 0 || (a.low >= 0 && b.low >= 0) ? mulBounds(a, reciprocalBounds(b)) : everything;

/** A function that never falls, applied to both ends. */
export const rising = (a: Interval, f: (x: number) => number): Interval => interval(f(a.low), f(a.high));

/** A sum of `count` elements (an unknown number ≥ 0 where undefined: only the sign is known). */
export const sumBounds = (a: Interval, count: number | undefined): Interval =>
  count === undefined
    ? interval(a.low >= 0 ? 0 : -Infinity, a.high <= 0 ? 0 : Infinity)
    : interval(product(a.low, count), product(a.high, count));

/** A weighted sum of an unknown number of products, plus a bias. */
export const dotBounds = (a: Interval, b: Interval, bias: Interval = point(0)): Interval =>
  addBounds(sumBounds(mulBounds(a, b), undefined), bias);

/** Number of elements of a shape where it has no symbols. */
export const countOf = (shape: readonly Dim[]): number | undefined => {
  const count = productDim(shape);
  return typeof count === 'number' ? count : undefined;
};

/** Facts of an operator that only moves the values of its first input. */
export const passing = (context: FactsContext): Interval => bounds(context, 0);
export const unknown = (): Interval => everything;

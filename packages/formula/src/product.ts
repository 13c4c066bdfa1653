import { Fraction } from 'fraction.js';
import { isApply, num, one, zero, type Expr } from './expr.js';
import { keyOf } from './key.js';
import { isIndicator, type Make } from './simplify.js';

/** Where a symbol lives: at one source, at one connection, or at the output. */
export const sides = ['source', 'connection', 'output'] as const;
export type Side = (typeof sides)[number];

/** `where(condition, …, 0)`, or `where(condition, 0, …)` if it must not hold. */
export interface Guard {
  readonly condition: Expr;
  readonly holds: boolean;
}

/**
 * One side's share of a product: factors over divisors, under guards. They stay apart until all factors are known,
 * so that `ratio(1, d)*R` becomes `ratio(R, d)`, where no 1/d can overflow.
 */
export interface Part {
  readonly guards: readonly Guard[];
  readonly factors: readonly Expr[];
  /** Divisors by `ratio`: where one is 0, so is the part. */
  readonly ratios: readonly Expr[];
  /** Divisors by `/`. */
  readonly divisors: readonly Expr[];
}

/** A number times one part of each side. */
export interface Product {
  readonly coefficient: Fraction;
  readonly parts: { readonly [S in Side]: Part };
}

export const emptyPart: Part = { guards: [], factors: [], ratios: [], divisors: [] };

const empty: Product['parts'] = { source: emptyPart, connection: emptyPart, output: emptyPart };

export const constantProduct = (coefficient: Fraction): Product => ({ coefficient, parts: empty });

export const unit: Product = constantProduct(new Fraction(1n, 1n));

export const isEmptyPart = (part: Part): boolean =>
  part.guards.length + part.factors.length + part.ratios.length + part.divisors.length === 0;

const joined = (a: Part, b: Part): Part => ({
  guards: [...a.guards, ...b.guards],
  factors: [...a.factors, ...b.factors],
  ratios: [...a.ratios, ...b.ratios],
  divisors: [...a.divisors, ...b.divisors],
});

export const multiplied = (a: Product, b: Product): Product => ({
  coefficient: a.coefficient.mul(b.coefficient),
  parts: {
    source: joined(a.parts.source, b.parts.source),
    connection: joined(a.parts.connection, b.parts.connection),
    output: joined(a.parts.output, b.parts.output),
  },
});

export const scaled = (product: Product, by: Fraction): Product => ({
  ...product,
  coefficient: product.coefficient.mul(by),
});

/** The product times something of one side. */
export const extended = (product: Product, side: Side, by: Partial<Part>): Product => ({
  ...product,
  parts: { ...product.parts, [side]: joined(product.parts[side], { ...emptyPart, ...by }) },
});

const contradictory = (guards: readonly Guard[]): boolean =>
  guards.some((g) => guards.some((h) => g.holds !== h.holds && keyOf(g.condition) === keyOf(h.condition)));

interface Counted {
  readonly expr: Expr;
  count: number;
}

const counted = (factors: readonly Expr[]): readonly Counted[] => {
  const found = new Map<string, Counted>();
  for (const expr of factors) {
    const key = keyOf(expr);
    const known = found.get(key);
    if (known) known.count += 1;
    else found.set(key, { expr, count: 1 });
  }
  return [...found.values()];
};

/** Both `pos(e)` and `neg(e)` among the factors: one of them is always 0. */
const cancels = (factors: readonly Counted[]): boolean =>
  factors.some(
    ({ expr: p }) =>
      isApply(p, 'pos') && factors.some(({ expr: n }) => isApply(n, 'neg') && keyOf(p.args[0]!) === keyOf(n.args[0]!)),
  );

/** A part as one expression, times a number. */
export const partExpr = (part: Part, make: Make, coefficient: Fraction = unit.coefficient): Expr => {
  const factors = counted(part.factors);
  if (cancels(factors) || contradictory(part.guards)) return zero;
  let expr: Expr = one;
  for (const { expr: factor, count } of factors)
    expr = make(
      'multiply',
      expr,
      count === 1 || isIndicator(factor) ? factor : make('pow', factor, num(BigInt(count))),
    );
  expr = make('multiply', num(coefficient), expr);
  for (const divisor of part.divisors) expr = make('divide', expr, divisor);
  for (const divisor of part.ratios) expr = make('ratio', expr, divisor);
  const guards = new Map(part.guards.map((guard) => [keyOf(guard.condition), guard]));
  for (const { condition, holds } of guards.values())
    expr = holds ? make('where', condition, expr, zero) : make('where', condition, zero, expr);
  return expr;
};

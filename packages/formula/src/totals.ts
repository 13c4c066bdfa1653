import { formulaSays, problem, type Problem } from '@kirchhoff/message';
import { Fraction } from 'fraction.js';
import { linear, merged, pairKey, type Item, type Items } from './bundle.js';
import type { Expander } from './expand.js';
import {
  isApply,
  isNumber,
  isValue,
  mapArgs,
  num,
  someExpr,
  sym,
  symbolsOf,
  zero,
  type ApplyExpr,
  type Expr,
} from './expr.js';
import { keyOf } from './key.js';
import { printExpr } from './print.js';
import { isEmptyPart, partExpr, type Part, type Product } from './product.js';
import type { Make } from './simplify.js';

/** The totals of one output sum, with the bias that stands beside them: Σ items + bias·b. */
export interface Bundle {
  /** The symbol that stands for the whole bundle until its passes are chosen. */
  readonly name: string;
  readonly items: Items;
  readonly bias: Fraction;
}

export interface TotalReader {
  /** The expression with each sum of totals replaced by a bundle's symbol. */
  readonly read: (expr: Expr) => Expr;
  readonly readPart: (part: Part) => Part;
  readonly bundles: () => readonly Bundle[];
}

const whole = new Fraction(1n, 1n);
const hasTotal = (expr: Expr): boolean => someExpr(expr, (e) => isApply(e, 'total'));

const isSum = (expr: Expr): expr is ApplyExpr =>
  isApply(expr, 'total') ||
  isApply(expr, 'add') ||
  isApply(expr, 'subtract') ||
  isApply(expr, 'unaryMinus') ||
  (isApply(expr, 'multiply') && isNumber(expr.args[0]!)) ||
  (isApply(expr, 'divide') && isNumber(expr.args[1]!) && !isValue(expr.args[1]!, 0));

/** The addends of an expression with their numeric coefficients. */
const addends = (expr: Expr, by: Fraction): readonly (readonly [Fraction, Expr])[] => {
  if (!isSum(expr) || isApply(expr, 'total')) return [[by, expr]];
  const [a, b] = [expr.args[0]!, expr.args[1] ?? zero];
  if (isApply(expr, 'add')) return [...addends(a, by), ...addends(b, by)];
  if (isApply(expr, 'subtract')) return [...addends(a, by), ...addends(b, by.neg())];
  if (isNumber(a) && isApply(expr, 'multiply')) return addends(b, by.mul(a.value));
  return isNumber(b) && isApply(expr, 'divide') ? addends(a, by.div(b.value)) : addends(a, by.neg());
};

export const itemOf = (product: Product, make: Make): Item => ({
  coefficient: product.coefficient,
  source: partExpr(product.parts.source, make),
  connection: partExpr(product.parts.connection, make),
});

/** Products by their output factor, in order of first appearance. */
export const byOutput = (
  products: readonly Product[],
  make: Make,
): readonly { readonly part: Part; readonly items: Items }[] => {
  const groups = new Map<string, { part: Part; items: Item[] }>();
  for (const product of products) {
    const part = product.parts.output;
    const key = keyOf(partExpr(part, make));
    const group = groups.get(key) ?? { part, items: [] };
    group.items.push(itemOf(product, make));
    groups.set(key, group);
  }
  return [...groups.values()].map(({ part, items }) => ({ part, items: merged(items) }));
};

export const totalReader = ({ sidesOf, expand }: Expander, make: Make, problems: Problem[]): TotalReader => {
  const bundles = new Map<string, Bundle>();

  const bundled = (items: Items, bias: Fraction): Expr => {
    const sum = merged(items);
    if (sum.length === 0) return linear([[bias, sym('b')]], make);
    const key = [...sum.map((i) => `${i.coefficient.toFraction()} ${pairKey(i)}`).sort(), bias.toFraction()].join(
      ' + ',
    );
    const bundle = bundles.get(key) ?? { name: `total#${bundles.size}`, items: sum, bias };
    bundles.set(key, bundle);
    return sym(bundle.name);
  };

  const readSum = (expr: Expr): Expr => {
    let bias = new Fraction(0n, 1n);
    const items: Item[] = [];
    const others: (readonly [Fraction, Expr])[] = [];
    for (const [by, addend] of addends(expr, whole)) {
      if (addend.kind === 'symbol' && addend.name === 'b') bias = bias.add(by);
      else if (!isApply(addend, 'total')) others.push([by, read(addend)]);
      else
        for (const { part, items: own } of byOutput(expand(addend.args[0]!), make)) {
          const scaled = own.map((item) => ({ ...item, coefficient: item.coefficient.mul(by) }));
          if (isEmptyPart(part)) for (const one of scaled) items.push(one);
          else others.push([whole, make('multiply', partExpr(readPart(part), make), bundled(scaled, num(0n).value))]);
        }
    }
    return make('add', bundled(items, bias), linear(others, make));
  };

  const read = (expr: Expr): Expr => {
    if (!hasTotal(expr)) {
      const foreign = symbolsOf(expr).filter((name) => [...sidesOf(sym(name))].some((side) => side !== 'output'));
      if (foreign.length > 0) problems.push(problem('', formulaSays.sidesOutsideTotal(printExpr(expr), foreign)));
      return foreign.length > 0 ? zero : expr;
    }
    return isSum(expr) ? readSum(expr) : mapArgs(expr, read);
  };

  const readPart = (part: Part): Part => ({
    guards: part.guards.map(({ condition, holds }) => ({ condition: read(condition), holds })),
    factors: part.factors.map(read),
    ratios: part.ratios.map(read),
    divisors: part.divisors.map(read),
  });

  return { read, readPart, bundles: () => [...bundles.values()] };
};

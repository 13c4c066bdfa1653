import {
  derivative,
  evaluateExpr,
  parseFormula,
  printExpr,
  scalarFunctions,
  symbolsOf,
  toTex,
  type Expr,
} from '@kirchhoff/formula';
import { attributesOf, formulaOf, operators, type OpName } from '@kirchhoff/graph';
import { Refusal } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';

/** Values that pictures give to constant operands, under the names that formulas have for them. */
const operands = { low: -1, high: 1.5, exponent: 3, slope: 0.25, other: 0.5 };

/** One formula, as text and as TeX. */
export interface Written {
  readonly text: string;
  readonly tex: string;
}

/** An operator as a function of one number. */
export interface Curve {
  /** The attribute value that chooses this formula; '' where there is no choice. */
  readonly variant: string;
  readonly y: Written;
  readonly dydx: Written;
  /** Whether the operator table states the derivative, in a numerically stable form, or it is derived here. */
  readonly stated: boolean;
  /** Values of the operands that `valueAt` and `slopeAt` assume: `low = -1`. */
  readonly assumed: readonly string[];
  readonly valueAt: (x: number) => number;
  readonly slopeAt: (x: number) => number;
}

const numbersOf = (op: OpName): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(attributesOf({ op })).flatMap(([name, value]) => (typeof value === 'number' ? [[name, value]] : [])),
  );

const curveOf = (op: OpName, variant: string, formula: string, stated: string | undefined): Curve => {
  const numbers = { ...operands, ...numbersOf(op) };
  const read = (text: string): Expr => {
    const parsed = parseFormula(text, { symbols: ['x', 'y', ...Object.keys(numbers)], functions: scalarFunctions });
    if (E.isLeft(parsed)) throw new Refusal(parsed.left);
    return parsed.right.expr;
  };
  const y = read(formula);
  const dydx = stated === undefined ? derivative(y, 'x') : read(stated);
  const valueAt = (x: number): number => evaluateExpr(y, { ...numbers, x });
  return {
    variant,
    y: { text: formula, tex: toTex(y) },
    dydx: { text: stated ?? printExpr(dydx), tex: toTex(dydx) },
    stated: stated !== undefined,
    assumed: symbolsOf(y).flatMap((name) =>
      Object.hasOwn(operands, name) ? [`${name} = ${operands[name as keyof typeof operands]}`] : [],
    ),
    valueAt,
    slopeAt: (x) => evaluateExpr(dydx, { ...numbers, x, y: valueAt(x) }),
  };
};

/** The formulas of an operator with their derivatives: none, one, or one for each value of an attribute. */
export const curvesOf = (op: OpName): readonly Curve[] => {
  const row = operators[op];
  const own = formulaOf(op, attributesOf({ op }));
  if (own === undefined) return [];
  if (row.variants === undefined) return [curveOf(op, '', own.formula, own.derivative)];
  const { attribute } = row.variants;
  const choices = row.attrs[attribute]?.choices ?? [];
  return choices.flatMap((choice) => {
    const chosen = formulaOf(op, { ...attributesOf({ op }), [attribute]: choice });
    return chosen === undefined ? [] : [curveOf(op, choice, chosen.formula, chosen.derivative)];
  });
};

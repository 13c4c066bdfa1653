import { evaluateExpr, numberOf, parseFormula } from '@kirchhoff/formula';
import * as E from 'fp-ts/lib/Either.js';
import type { SourceClass } from '../src/proof/classes.js';
import type { Atom, Poly, Power } from '../src/proof/poly.js';
import type { Point, Values } from '../src/search/point.js';

/** Parameters measured from their minimum are named like `(alpha - 1)`. */
const named = (name: string, scope: Values): number => {
  const known = scope[name];
  if (known !== undefined) return known;
  const parsed = parseFormula(name, { symbols: Object.keys(scope), functions: [] });
  if (E.isLeft(parsed)) throw new Error(`what is ${name}?`);
  return evaluateExpr(parsed.right.expr, scope);
};

/** The values of polynomials at a node with numbers, by the meaning of their indeterminates. */
export const valuation = ({ parameters, output, sources }: Point, classes: readonly SourceClass[]) => {
  const outside = { ...parameters, ...output };
  const valueOf = (p: Poly, scope: Values): number =>
    [...p.values()].reduce((sum, { powers, coefficient }) => sum + numberOf(coefficient) * product(powers, scope), 0);
  const product = (powers: readonly Power[], scope: Values): number =>
    powers.reduce((value, { atom, exponent }) => value * atomValue(atom, scope) ** exponent, 1);
  const inClass = (one: SourceClass | undefined, source: Values): boolean =>
    one === undefined ||
    one.signs.every(
      ({ of, sign }) => Math.sign(cleaned(evaluateExpr(of, { ...outside, ...source }, sources))) === sign,
    );
  const atomValue = ({ name, total, inverseOf }: Atom, scope: Values): number => {
    if (inverseOf !== undefined) return 1 / valueOf(inverseOf, scope);
    if (total === undefined) return named(name, scope);
    const members = sources.filter((source) => inClass(classes[total.classAt], source));
    return members.reduce((sum, source) => sum + product(total.powers, { ...outside, ...source }), 0);
  };
  return (p: Poly): number => valueOf(p, outside);
};

/** Rounding taken for 0. */
export const cleaned = (value: number): number => (Math.abs(value) < 1e-12 ? 0 : value);

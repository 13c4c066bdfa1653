import type { ApplyExpr, Comparison, Expr } from '@kirchhoff/formula';
import { bitOf, type Sign, type Signs } from './sign.js';

/** The comparison of two values as a condition on the sign of their difference. */
export const accepts: { readonly [C in Comparison]: readonly Sign[] } = {
  smaller: [-1],
  smallerEq: [-1, 0],
  larger: [1],
  largerEq: [1, 0],
  equal: [0],
  unequal: [1, -1],
};

export const isCompared = (expr: Expr): expr is ApplyExpr & { readonly fn: Comparison } =>
  expr.kind === 'apply' && Object.hasOwn(accepts, expr.fn);

/** The signs that the difference of two values has where their comparison holds. */
export const signsWanted = (fn: Comparison): Signs => accepts[fn].reduce((bits: Signs, sign) => bits | bitOf(sign), 0);

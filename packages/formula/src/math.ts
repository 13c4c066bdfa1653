import {
  absDependencies,
  addDependencies,
  andDependencies,
  atanDependencies,
  cosDependencies,
  create,
  derivativeDependencies,
  divideDependencies,
  equalDependencies,
  erfDependencies,
  expDependencies,
  largerDependencies,
  largerEqDependencies,
  logDependencies,
  maxDependencies,
  minDependencies,
  multiplyDependencies,
  notDependencies,
  orDependencies,
  parseDependencies,
  powDependencies,
  sinDependencies,
  smallerDependencies,
  smallerEqDependencies,
  sqrtDependencies,
  subtractDependencies,
  tanhDependencies,
  unaryMinusDependencies,
  unequalDependencies,
} from 'mathjs/number';

/** What the dialect uses of mathjs, and no more: the rest would be three quarters of all code in a browser. */
const used = {
  ...absDependencies,
  ...addDependencies,
  ...andDependencies,
  ...atanDependencies,
  ...cosDependencies,
  ...derivativeDependencies,
  ...divideDependencies,
  ...equalDependencies,
  ...erfDependencies,
  ...expDependencies,
  ...largerDependencies,
  ...largerEqDependencies,
  ...logDependencies,
  ...maxDependencies,
  ...minDependencies,
  ...multiplyDependencies,
  ...notDependencies,
  ...orDependencies,
  ...parseDependencies,
  ...powDependencies,
  ...sinDependencies,
  ...smallerDependencies,
  ...smallerEqDependencies,
  ...sqrtDependencies,
  ...subtractDependencies,
  ...tanhDependencies,
  ...unaryMinusDependencies,
  ...unequalDependencies,
};

/**
 * An instance of mathjs: literal float64 semantics (`1e-20 > 0` holds, `sqrt(-1)` is NaN).
 * `relTol: 0` is refused by mathjs, so the smallest usual power of ten stands in its place.
 */
export const makeMath = () => create(used, { relTol: 1e-300, absTol: 0, predictable: true });

/** The instance that formulas are parsed and differentiated with. */
export const math = makeMath();

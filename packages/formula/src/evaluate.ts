import { formulaSays, refuse } from '@kirchhoff/message';
import { numberOf } from './exact.js';
import type { Expr, FunctionName } from './expr.js';
import { math } from './math.js';
import { printExpr } from './print.js';

const flag = (holds: boolean): number => (holds ? 1 : 0);
const sign = (v: number): number => (Number.isNaN(v) ? v : v < 0 ? -1 : 1);

type Strict = Exclude<FunctionName, 'where' | 'total' | 'sum'>;

const strict: { readonly [F in Strict]: (a: number, b: number, ...rest: number[]) => number } = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  pow: (a, b) => a ** b,
  unaryMinus: (a) => -a,
  smaller: (a, b) => flag(a < b),
  smallerEq: (a, b) => flag(a <= b),
  larger: (a, b) => flag(a > b),
  largerEq: (a, b) => flag(a >= b),
  equal: (a, b) => flag(a === b),
  unequal: (a, b) => flag(a !== b),
  and: (a, b) => flag(a !== 0 && b !== 0),
  or: (a, b) => flag(a !== 0 || b !== 0),
  not: (a) => flag(a === 0),
  pos: (a) => Math.max(a, 0),
  neg: (a) => Math.min(a, 0),
  abs: Math.abs,
  sgn: sign,
  stab: (z, e) => z + e * sign(z),
  ratio: (n, d) => (d === 0 ? 0 : n / d),
  min: Math.min,
  max: Math.max,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  erf: (a) => math.erf(a),
  sin: Math.sin,
  cos: Math.cos,
  atan: Math.atan,
};

/**
 * The value of an expression in float64. `where` is lazy, `ratio(n, 0)` is 0, comparisons give 1 or 0.
 * `sources` serve `total` and `sum`: the symbols of each source, laid over `scope`.
 * Throws `Refusal` where a symbol has no value, or where a total stands and `sources` is left out.
 */
export const evaluateExpr = (
  expr: Expr,
  scope: Readonly<Record<string, number>>,
  sources?: readonly Readonly<Record<string, number>>[],
): number => {
  if (expr.kind === 'number') return numberOf(expr.value);
  if (expr.kind === 'symbol') return scope[expr.name] ?? refuse('', formulaSays.valueMissing(expr.name));
  const value = (index: number, inside = scope): number => evaluateExpr(expr.args[index]!, inside, sources);
  if (expr.fn === 'where') return value(0) ? value(1) : value(2);
  if (expr.fn === 'total' || expr.fn === 'sum') {
    if (sources === undefined) return refuse('', formulaSays.missingSource(expr.fn, printExpr(expr)));
    return sources.reduce((total, source) => total + value(0, { ...scope, ...source }), 0);
  }
  const [a = NaN, b = NaN, ...rest] = expr.args.map((_, i) => value(i));
  return expr.args.length === 1 ? strict[expr.fn](a, 0) : strict[expr.fn](a, b, ...rest);
};

import type { Fraction } from 'fraction.js';
import { apply, isNumber, mapArgs, num, one, zero, type Expr, type FunctionName } from './expr.js';

const compare = (a: Fraction, b: Fraction): number => a.compare(b);
const flag = (holds: boolean): Expr => (holds ? one : zero);
const isZero = (a: Fraction): boolean => a.n === 0n;
const signed = (a: Fraction, e: Fraction): Fraction => (a.s < 0n ? e.neg() : e);

/** Powers beyond this size stay written as they are: their digits would only fill memory. */
const largestPower = 64;

const power = (base: Fraction, exponent: Fraction): Expr | undefined => {
  if (exponent.d !== 1n || exponent.n > largestPower) return undefined;
  if (exponent.n === 0n) return one;
  if (isZero(base)) return exponent.s > 0n ? zero : undefined;
  let result = base;
  for (let k = 1n; k < exponent.n; k += 1n) result = result.mul(base);
  return num(exponent.s < 0n ? result.inverse() : result);
};

const extreme = (values: readonly Fraction[], sign: number): Expr =>
  num(values.reduce((best, v) => (compare(v, best) * sign > 0 ? v : best)));

type Rule = (a: Fraction, b: Fraction, all: readonly Fraction[]) => Expr | undefined;

/** A transcendental function has an exact value at one argument only. */
const exactAt =
  (at: number, value: Expr): Rule =>
  (a) =>
    a.equals(at) ? value : undefined;

const rules: { readonly [F in FunctionName]: Rule } = {
  add: (a, b) => num(a.add(b)),
  subtract: (a, b) => num(a.sub(b)),
  multiply: (a, b) => num(a.mul(b)),
  divide: (a, b) => (isZero(b) ? undefined : num(a.div(b))),
  pow: power,
  unaryMinus: (a) => num(a.neg()),
  smaller: (a, b) => flag(compare(a, b) < 0),
  smallerEq: (a, b) => flag(compare(a, b) <= 0),
  larger: (a, b) => flag(compare(a, b) > 0),
  largerEq: (a, b) => flag(compare(a, b) >= 0),
  equal: (a, b) => flag(compare(a, b) === 0),
  unequal: (a, b) => flag(compare(a, b) !== 0),
  and: (a, b) => flag(!isZero(a) && !isZero(b)),
  or: (a, b) => flag(!isZero(a) || !isZero(b)),
  not: (a) => flag(isZero(a)),
  pos: (a) => (a.s > 0n ? num(a) : zero),
  neg: (a) => (a.s < 0n ? num(a) : zero),
  abs: (a) => num(a.abs()),
  sgn: (a) => (a.s < 0n ? num(-1n) : one),
  stab: (a, e) => num(a.add(signed(a, e))),
  ratio: (a, b) => (isZero(b) ? zero : num(a.div(b))),
  where: (a, b, all) => num(isZero(a) ? (all[2] ?? b) : b),
  min: (_a, _b, all) => extreme(all, -1),
  max: (_a, _b, all) => extreme(all, 1),
  exp: exactAt(0, one),
  log: exactAt(1, zero),
  sqrt: (a) => (a.equals(0) || a.equals(1) ? num(a) : undefined),
  tanh: exactAt(0, zero),
  erf: exactAt(0, zero),
  sin: exactAt(0, zero),
  cos: exactAt(0, one),
  atan: exactAt(0, zero),
  total: exactAt(0, zero),
  sum: exactAt(0, zero),
};

/** The application's exact value where all its arguments are numbers and it has one. */
export const foldApplication = (fn: FunctionName, args: readonly Expr[]): Expr | undefined => {
  const values = args.map((arg) => (isNumber(arg) ? arg.value : undefined));
  const known = values.filter((v) => v !== undefined);
  const [a, b = a] = known;
  return a === undefined || b === undefined || known.length < args.length ? undefined : rules[fn](a, b, known);
};

/** Evaluates what consists of numbers alone, exactly; the rest of the tree stays as it is written. */
export const foldConstants = (expr: Expr): Expr => {
  const mapped = mapArgs(expr, foldConstants);
  return mapped.kind === 'apply'
    ? (foldApplication(mapped.fn, mapped.args) ?? apply(mapped.fn, ...mapped.args))
    : mapped;
};

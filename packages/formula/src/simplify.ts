import {
  boundOf,
  decideComparison,
  isNegative,
  isNonNegative,
  isNonPositive,
  isZeroBound,
  type Bound,
  type Bounds,
} from './bounds.js';
import {
  apply,
  equalExpr,
  fromNumber,
  isApply,
  isNumber,
  isValue,
  num,
  one,
  zero,
  type Expr,
  type FunctionName,
} from './expr.js';
import { foldApplication } from './fold.js';
import { isComparison, opposite, type Comparison } from './functions.js';

/** Builds an application in simplest form, from arguments that are already simplified. */
export type Make = (fn: FunctionName, ...args: readonly Expr[]) => Expr;

interface Context {
  readonly make: Make;
  readonly boundOf: (expr: Expr) => Bound;
}

type Rule = (context: Context, a: Expr, b: Expr, c: Expr) => Expr | undefined;

/** Whether an expression is 1 or 0 by its form. */
export const isIndicator = (expr: Expr): boolean =>
  expr.kind === 'apply' && (isComparison(expr.fn) || expr.fn === 'and' || expr.fn === 'or' || expr.fn === 'not');

const add: Rule = ({ make }, a, b) => {
  if (isValue(a, 0)) return b;
  if (isValue(b, 0)) return a;
  if (isApply(b, 'unaryMinus')) return make('subtract', a, b.args[0]!);
  if (isApply(a, 'unaryMinus')) return make('subtract', b, a.args[0]!);
  if (isApply(a, 'where') && isApply(b, 'where') && equalExpr(a.args[0]!, b.args[0]!))
    return make('where', a.args[0]!, make('add', a.args[1]!, b.args[1]!), make('add', a.args[2]!, b.args[2]!));
  return b.kind === 'number' && b.value.s < 0n ? make('subtract', a, num(b.value.neg())) : undefined;
};

const subtract: Rule = ({ make }, a, b) => {
  if (isValue(b, 0)) return a;
  if (isValue(a, 0)) return make('unaryMinus', b);
  if (isApply(b, 'unaryMinus')) return make('add', a, b.args[0]!);
  return b.kind === 'number' && b.value.s < 0n ? make('add', a, num(b.value.neg())) : undefined;
};

const unaryMinus: Rule = ({ make }, a) => {
  if (isApply(a, 'unaryMinus')) return a.args[0]!;
  if (isApply(a, 'subtract')) return make('subtract', a.args[1]!, a.args[0]!);
  const first = isApply(a, 'multiply') ? a.args[0]! : undefined;
  return isApply(a, 'multiply') && first?.kind === 'number'
    ? make('multiply', num(first.value.neg()), a.args[1]!)
    : undefined;
};

const multiply: Rule = ({ make }, a, b) => {
  if (isValue(a, 0) || isValue(b, 0)) return zero;
  if (isValue(a, 1)) return b;
  if (isNumber(b)) return make('multiply', b, a);
  if (isValue(a, -1)) return make('unaryMinus', b);
  if (isApply(a, 'unaryMinus')) return make('unaryMinus', make('multiply', a.args[0]!, b));
  if (isApply(b, 'unaryMinus')) return make('unaryMinus', make('multiply', a, b.args[0]!));
  const coefficient = isApply(b, 'multiply') ? b.args[0]! : undefined;
  return a.kind === 'number' && coefficient?.kind === 'number' && isApply(b, 'multiply')
    ? make('multiply', num(a.value.mul(coefficient.value)), b.args[1]!)
    : undefined;
};

const divide: Rule = ({ make }, a, b) => {
  if (isValue(a, 0)) return zero;
  if (isValue(b, 1)) return a;
  if (isValue(b, -1)) return make('unaryMinus', a);
  return isApply(a, 'unaryMinus') ? make('unaryMinus', make('divide', a.args[0]!, b)) : undefined;
};

const ratio: Rule = ({ make, boundOf }, a, b) => {
  const divisor = boundOf(b);
  if (isValue(a, 0) || isZeroBound(divisor)) return zero;
  if (divisor.nonzero) return make('divide', a, b);
  return isApply(a, 'unaryMinus') ? make('unaryMinus', make('ratio', a.args[0]!, b)) : undefined;
};

const pow: Rule = (_, a, b) => (isValue(b, 1) ? a : isValue(b, 0) ? one : undefined);

const compared =
  (fn: Comparison): Rule =>
  ({ boundOf }, a, b) => {
    const decided = decideComparison[fn](boundOf(a), boundOf(b));
    return decided === undefined ? undefined : decided ? one : zero;
  };

const truthOf = ({ make }: Context, a: Expr): Expr => (isIndicator(a) ? a : make('unequal', a, zero));

const and: Rule = (context, a, b) => {
  const [left, right] = [context.boundOf(a), context.boundOf(b)];
  if (isZeroBound(left) || isZeroBound(right)) return zero;
  if (left.nonzero) return right.nonzero ? one : truthOf(context, b);
  return right.nonzero ? truthOf(context, a) : undefined;
};

const or: Rule = (context, a, b) => {
  const [left, right] = [context.boundOf(a), context.boundOf(b)];
  if (left.nonzero || right.nonzero) return one;
  if (isZeroBound(left)) return isZeroBound(right) ? zero : truthOf(context, b);
  return isZeroBound(right) ? truthOf(context, a) : undefined;
};

const not: Rule = (context, a) => {
  const b = context.boundOf(a);
  if (b.nonzero) return zero;
  if (isZeroBound(b)) return one;
  return a.kind === 'apply' && isComparison(a.fn) ? context.make(opposite[a.fn], ...a.args) : undefined;
};

const pos: Rule = ({ make, boundOf }, a) => {
  const b = boundOf(a);
  if (isNonNegative(b)) return a;
  if (isNonPositive(b)) return zero;
  return isApply(a, 'unaryMinus') ? make('unaryMinus', make('neg', a.args[0]!)) : undefined;
};

const neg: Rule = ({ make, boundOf }, a) => {
  const b = boundOf(a);
  if (isNonPositive(b)) return a;
  if (isNonNegative(b)) return zero;
  return isApply(a, 'unaryMinus') ? make('unaryMinus', make('pos', a.args[0]!)) : undefined;
};

const abs: Rule = ({ make, boundOf }, a) => {
  const b = boundOf(a);
  if (isNonNegative(b)) return a;
  if (isNonPositive(b)) return make('unaryMinus', a);
  return isApply(a, 'unaryMinus') ? make('abs', a.args[0]!) : undefined;
};

const sgn: Rule = ({ boundOf }, a) => {
  const b = boundOf(a);
  return isNonNegative(b) ? one : isNegative(b) ? num(-1n) : undefined;
};

const stab: Rule = ({ make, boundOf }, z, e) => {
  const b = boundOf(z);
  if (isValue(e, 0)) return z;
  if (isNonNegative(b)) return make('add', z, e);
  return isNegative(b) ? make('subtract', z, e) : undefined;
};

const where: Rule = ({ boundOf }, condition, a, b) => {
  const c = boundOf(condition);
  if (c.nonzero) return a;
  return isZeroBound(c) || equalExpr(a, b) ? b : undefined;
};

const always: Rule = () => undefined;

const rules: { readonly [F in FunctionName]: Rule } = {
  add,
  subtract,
  multiply,
  divide,
  pow,
  unaryMinus,
  smaller: compared('smaller'),
  smallerEq: compared('smallerEq'),
  larger: compared('larger'),
  largerEq: compared('largerEq'),
  equal: compared('equal'),
  unequal: compared('unequal'),
  and,
  or,
  not,
  pos,
  neg,
  abs,
  sgn,
  stab,
  ratio,
  where,
  min: always,
  max: always,
  exp: always,
  log: always,
  sqrt: always,
  tanh: always,
  erf: always,
  sin: always,
  cos: always,
  atan: always,
  total: always,
  sum: always,
};

/** Of several arguments of `min` or `max`, those that can be the result. */
const candidates = (fn: 'min' | 'max', args: readonly Expr[], of: (expr: Expr) => Bound): readonly Expr[] => {
  const kept: Expr[] = [];
  const beats = (a: Bound, b: Bound): boolean => (fn === 'max' ? a.low >= b.high : a.high <= b.low);
  for (const arg of args) {
    if (kept.some((k) => equalExpr(k, arg) || beats(of(k), of(arg)))) continue;
    for (let i = kept.length - 1; i >= 0; i -= 1) if (beats(of(arg), of(kept[i]!))) kept.splice(i, 1);
    kept.push(arg);
  }
  return kept;
};

/** The smart constructor of simplified expressions under `bounds`. */
export const maker = (bounds: Bounds): Make => {
  const context: Context = { make: (fn, ...args) => make(fn, args), boundOf: (expr) => boundOf(expr, bounds) };
  const make = (fn: FunctionName, given: readonly Expr[]): Expr => {
    const args = fn === 'min' || fn === 'max' ? candidates(fn, given, context.boundOf) : given;
    if (args.length === 1 && given.length > 1) return args[0]!;
    const [a = zero, b = zero, c = zero] = args;
    const shorter = foldApplication(fn, args) ?? rules[fn](context, a, b, c);
    if (shorter !== undefined) return shorter;
    const expr = apply(fn, ...args);
    return isZeroBound(context.boundOf(expr)) ? zero : expr;
  };
  return context.make;
};

/**
 * An expression equal to `expr` for all values within `bounds`, and shorter where they decide something:
 * `pos(x)` is `x` where x ≥ 0, `ratio` by what is never 0 is `/`, comparisons that always hold are 1. Constants fold exactly.
 * Equal up to rounding for finite values (0·∞ is not considered); never `x/x = 1`.
 */
export const simplify = (expr: Expr, bounds: Bounds): Expr => {
  const make = maker(bounds);
  const visit = (e: Expr): Expr => {
    if (e.kind === 'number') return e;
    if (e.kind === 'apply') return make(e.fn, ...e.args.map(visit));
    const { low, high } = bounds(e.name);
    return low === high && Number.isFinite(low) ? fromNumber(low) : e;
  };
  return visit(expr);
};

import { Fraction } from 'fraction.js';
import { fractionOf } from './exact.js';

export const operatorNames = [
  'add',
  'subtract',
  'multiply',
  'divide',
  'pow',
  'unaryMinus',
  'smaller',
  'smallerEq',
  'larger',
  'largerEq',
  'equal',
  'unequal',
  'and',
  'or',
  'not',
] as const;
export type OperatorName = (typeof operatorNames)[number];

export const callNames = [
  'pos',
  'neg',
  'abs',
  'sgn',
  'stab',
  'ratio',
  'where',
  'min',
  'max',
  'exp',
  'log',
  'sqrt',
  'tanh',
  'erf',
  'sin',
  'cos',
  'atan',
  'total',
  'sum',
] as const;
export type CallName = (typeof callNames)[number];

/** Everything that can be applied: operators under mathjs's names, and the functions of the dialect. */
export type FunctionName = OperatorName | CallName;

export interface NumberExpr {
  readonly kind: 'number';
  readonly value: Fraction;
}
export interface SymbolExpr {
  readonly kind: 'symbol';
  readonly name: string;
}
export interface ApplyExpr {
  readonly kind: 'apply';
  readonly fn: FunctionName;
  readonly args: readonly Expr[];
}

/** A formula as a tree. Plain immutable data; numbers are exact. */
export type Expr = NumberExpr | SymbolExpr | ApplyExpr;

export const num = (value: Fraction | bigint | number): NumberExpr => ({
  kind: 'number',
  value: typeof value === 'number' ? fractionOf(value) : typeof value === 'bigint' ? new Fraction(value, 1n) : value,
});

/** The exact decimal that `String(value)` shows. Throws `Refusal` for NaN and infinities. */
export const fromNumber = (value: number): Expr => num(value);

export const sym = (name: string): SymbolExpr => ({ kind: 'symbol', name });

export const apply = (fn: FunctionName, ...args: readonly Expr[]): ApplyExpr => ({ kind: 'apply', fn, args });

export const zero: Expr = num(0n);
export const one: Expr = num(1n);

export const isNumber = (expr: Expr): expr is NumberExpr => expr.kind === 'number';

export const isValue = (expr: Expr, value: number): boolean => expr.kind === 'number' && expr.value.equals(value);

export const isApply = <F extends FunctionName>(expr: Expr, fn: F): expr is ApplyExpr & { readonly fn: F } =>
  expr.kind === 'apply' && expr.fn === fn;

/** Structural equality: the same tree, numbers by value. */
export const equalExpr = (a: Expr, b: Expr): boolean => {
  if (a === b) return true;
  if (a.kind === 'number') return b.kind === 'number' && a.value.equals(b.value);
  if (a.kind === 'symbol') return b.kind === 'symbol' && a.name === b.name;
  return (
    b.kind === 'apply' &&
    a.fn === b.fn &&
    a.args.length === b.args.length &&
    a.args.every((arg, i) => equalExpr(arg, b.args[i]!))
  );
};

/** The same application with each argument mapped. */
export const mapArgs = (expr: Expr, f: (arg: Expr) => Expr): Expr =>
  expr.kind === 'apply' ? { kind: 'apply', fn: expr.fn, args: expr.args.map(f) } : expr;

/** Whether some sub-expression (the whole included) satisfies `test`. */
export const someExpr = (expr: Expr, test: (e: Expr) => boolean): boolean =>
  test(expr) || (expr.kind === 'apply' && expr.args.some((arg) => someExpr(arg, test)));

/** The names of all symbols, each once, in order of first appearance. */
export const symbolsOf = (expr: Expr): readonly string[] => {
  const found = new Set<string>();
  const visit = (e: Expr): void => {
    if (e.kind === 'symbol') found.add(e.name);
    else if (e.kind === 'apply') e.args.forEach(visit);
  };
  visit(expr);
  return [...found];
};

/** Replaces symbols by expressions, all at once (what is put in is not searched again). */
export const substitute = (expr: Expr, replacements: Readonly<Record<string, Expr>>): Expr => {
  if (expr.kind === 'symbol') return Object.hasOwn(replacements, expr.name) ? (replacements[expr.name] ?? expr) : expr;
  return mapArgs(expr, (arg) => substitute(arg, replacements));
};

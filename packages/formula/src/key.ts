import type { Expr, FunctionName } from './expr.js';
import { printExpr } from './print.js';

const unordered: ReadonlySet<FunctionName> = new Set(['min', 'max', 'and', 'or', 'equal', 'unequal']);

const addends = (expr: Expr, sign: '+' | '-'): readonly string[] => {
  const flipped = sign === '+' ? '-' : '+';
  if (expr.kind === 'apply') {
    const [a, b] = expr.args;
    if (expr.fn === 'add') return [...addends(a!, sign), ...addends(b!, sign)];
    if (expr.fn === 'subtract') return [...addends(a!, sign), ...addends(b!, flipped)];
    if (expr.fn === 'unaryMinus') return addends(a!, flipped);
  }
  return [sign + keyOf(expr)];
};

const factors = (expr: Expr): readonly string[] =>
  expr.kind === 'apply' && expr.fn === 'multiply' ? expr.args.flatMap(factors) : [keyOf(expr)];

/** A text that two expressions share where they differ only in the order of addends, factors and the like. */
export const keyOf = (expr: Expr): string => {
  if (expr.kind !== 'apply') return printExpr(expr);
  if (expr.fn === 'add' || expr.fn === 'subtract' || expr.fn === 'unaryMinus')
    return `(${[...addends(expr, '+')].sort().join(' ')})`;
  if (expr.fn === 'multiply') return `[${[...factors(expr)].sort().join(' ')}]`;
  const args = expr.args.map(keyOf);
  return `${expr.fn}(${(unordered.has(expr.fn) ? args.sort() : args).join(', ')})`;
};

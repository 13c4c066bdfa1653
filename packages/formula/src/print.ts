import { decimalOf } from './exact.js';
import type { Expr, OperatorName } from './expr.js';

const level = { or: 1, and: 2, compare: 3, add: 4, multiply: 5, unary: 6, pow: 7, primary: 8 } as const;

interface Spelling {
  readonly text: string;
  readonly own: number;
  /** The lowest level an operand may have without parentheses. */
  readonly left: number;
  readonly right: number;
}

const spelling = (text: string, own: number, left: number, right: number): Spelling => ({ text, own, left, right });

const spellings: { readonly [O in OperatorName]: Spelling } = {
  or: spelling(' or ', level.or, level.or, level.and),
  and: spelling(' and ', level.and, level.and, level.compare),
  smaller: spelling(' < ', level.compare, level.add, level.add),
  smallerEq: spelling(' <= ', level.compare, level.add, level.add),
  larger: spelling(' > ', level.compare, level.add, level.add),
  largerEq: spelling(' >= ', level.compare, level.add, level.add),
  equal: spelling(' == ', level.compare, level.add, level.add),
  unequal: spelling(' != ', level.compare, level.add, level.add),
  add: spelling(' + ', level.add, level.add, level.multiply),
  subtract: spelling(' - ', level.add, level.add, level.multiply),
  multiply: spelling('*', level.multiply, level.multiply, level.unary),
  divide: spelling('/', level.multiply, level.multiply, level.unary),
  pow: spelling('^', level.pow, level.primary, level.unary),
  unaryMinus: spelling('-', level.unary, level.unary, level.unary),
  not: spelling('not ', level.unary, level.unary, level.unary),
};

const isOperator = (fn: string): fn is OperatorName => Object.hasOwn(spellings, fn);

interface Printed {
  readonly text: string;
  readonly level: number;
  /** The parser reads `-2` and `-2/3` as numbers, so a tree that says otherwise needs parentheses. */
  readonly literal: boolean;
}

const printNumber = (expr: Expr & { readonly kind: 'number' }): Printed => {
  const decimal = decimalOf(expr.value);
  if (decimal === undefined)
    return {
      text: `${expr.value.s < 0n ? '-' : ''}${expr.value.n}/${expr.value.d}`,
      level: level.multiply,
      literal: false,
    };
  return { text: decimal, level: expr.value.s < 0n ? level.unary : level.primary, literal: true };
};

const enclosed = (printed: Printed, least: number, force = false): string =>
  printed.level < least || force ? `(${printed.text})` : printed.text;

const print = (expr: Expr): Printed => {
  if (expr.kind === 'number') return printNumber(expr);
  if (expr.kind === 'symbol') return { text: expr.name, level: level.primary, literal: false };
  const args = expr.args.map(print);
  if (!isOperator(expr.fn))
    return { text: `${expr.fn}(${args.map((a) => a.text).join(', ')})`, level: level.primary, literal: false };
  const { text, own, left, right } = spellings[expr.fn];
  const last = args.at(-1)!;
  const unsigned = last.literal && last.level === level.primary;
  if (args.length === 1)
    return { text: text + enclosed(last, right, expr.fn === 'unaryMinus' && unsigned), level: own, literal: false };
  const first = args[0]!;
  const reads = expr.fn === 'divide' && first.literal && unsigned && last.text !== '0';
  return { text: enclosed(first, left) + text + enclosed(last, right, reads), level: own, literal: false };
};

/** The canonical text of an expression, with as few parentheses as the dialect allows; parses back to the same tree. */
export const printExpr = (expr: Expr): string => print(expr).text;

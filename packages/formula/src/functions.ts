import type { CallName, FunctionName } from './expr.js';

export interface Arity {
  readonly least: number;
  readonly most: number;
}

const exactly = (n: number): Arity => ({ least: n, most: n });

/** How many arguments each operator and function takes. */
export const arityOf: { readonly [F in FunctionName]: Arity } = {
  add: exactly(2),
  subtract: exactly(2),
  multiply: exactly(2),
  divide: exactly(2),
  pow: exactly(2),
  unaryMinus: exactly(1),
  smaller: exactly(2),
  smallerEq: exactly(2),
  larger: exactly(2),
  largerEq: exactly(2),
  equal: exactly(2),
  unequal: exactly(2),
  and: exactly(2),
  or: exactly(2),
  not: exactly(1),
  pos: exactly(1),
  neg: exactly(1),
  abs: exactly(1),
  sgn: exactly(1),
  stab: exactly(2),
  ratio: exactly(2),
  where: exactly(3),
  min: { least: 2, most: Infinity },
  max: { least: 2, most: Infinity },
  exp: exactly(1),
  log: exactly(1),
  sqrt: exactly(1),
  tanh: exactly(1),
  erf: exactly(1),
  sin: exactly(1),
  cos: exactly(1),
  atan: exactly(1),
  total: exactly(1),
  sum: exactly(1),
};

/** The functions of a rule's formulas. */
export const ruleFunctions: readonly CallName[] = [
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
  'total',
  'sum',
];

/** The functions of an elementwise operator's formula: `erf`, `sin`, `cos` and `atan` too, and nothing that sums. */
export const scalarFunctions: readonly CallName[] = [
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
];

export const comparisons = ['smaller', 'smallerEq', 'larger', 'largerEq', 'equal', 'unequal'] as const;
export type Comparison = (typeof comparisons)[number];

export const isComparison = (fn: FunctionName): fn is Comparison => (comparisons as readonly string[]).includes(fn);

/** `a < b` is `b > a`: the comparison with its operands exchanged. */
export const mirrored: { readonly [C in Comparison]: Comparison } = {
  smaller: 'larger',
  smallerEq: 'largerEq',
  larger: 'smaller',
  largerEq: 'smallerEq',
  equal: 'equal',
  unequal: 'unequal',
};

/** `not (a < b)` is `a >= b`. */
export const opposite: { readonly [C in Comparison]: Comparison } = {
  smaller: 'largerEq',
  smallerEq: 'larger',
  larger: 'smallerEq',
  largerEq: 'smaller',
  equal: 'unequal',
  unequal: 'equal',
};

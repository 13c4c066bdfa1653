import {
  apply,
  arityOf,
  Fraction,
  num,
  operatorNames,
  ruleFunctions,
  sym,
  type Expr,
  type FunctionName,
} from '@kirchhoff/formula';
import * as fc from 'fast-check';
import { ruleScope } from './read.js';

const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map((n) => num(BigInt(n))),
  fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 12 })).map(([n, d]) => num(new Fraction(n, d))),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: 1e-300 }).map((v) => num(v)),
);

/** Trees down to a depth, mostly grown: `grow` makes a node from what makes its children. */
export const treesOf = (
  leaf: fc.Arbitrary<Expr>,
  grow: (child: fc.Arbitrary<Expr>) => fc.Arbitrary<Expr>,
  depth: number,
): fc.Arbitrary<Expr> =>
  depth === 0
    ? leaf
    : fc.oneof(
        { withCrossShrink: true },
        { arbitrary: leaf, weight: 1 },
        { arbitrary: grow(treesOf(leaf, grow, depth - 1)), weight: 4 },
      );

/** A node of one of the functions, each with the number of its arguments. */
export const nodeOf = (
  functions: readonly (readonly [FunctionName, number])[],
  child: fc.Arbitrary<Expr>,
): fc.Arbitrary<Expr> =>
  fc
    .constantFrom(...functions)
    .chain(([fn, count]) => fc.tuple(...Array.from({ length: count }, () => child)).map((args) => apply(fn, ...args)));

const every = [...operatorNames, ...ruleFunctions].map((fn) => {
  const { least, most } = arityOf[fn];
  return [fn, most === Infinity ? 3 : least] as const;
});

/** Any tree over the symbols and functions of a rule, sensible or not. */
export const anyExpr: fc.Arbitrary<Expr> = treesOf(
  fc.oneof(number, fc.constantFrom(...ruleScope.symbols).map(sym)),
  (child) => nodeOf(every, child),
  4,
);

import { printExpr, type ApplyExpr, type Comparison, type FunctionName } from '@kirchhoff/formula';
import { proofSays } from '@kirchhoff/message';
import { at, flatMap, stuck, type Branch } from './branch.js';
import { reduce, type Cell } from './cell.js';
import {
  add,
  atomPoly,
  constant,
  constantOf,
  inverseAtom,
  isZeroPoly,
  leadingOf,
  multiply,
  negate,
  onePoly,
  power,
  printPoly,
  scale,
  someAtom,
  subtract,
  texOfPoly,
  zeroPoly,
  type Poly,
} from './poly.js';
import { anySign, bitOf, has, notNegative, positive, type Sign, type Signs } from './sign.js';

/** Where a function is applied: how signs are asked for there, and what is known there. */
export interface Asked {
  readonly expr: ApplyExpr;
  readonly decide: (cell: Cell, p: Poly) => readonly Branch<Sign>[];
  readonly here: (cell: Cell) => Cell;
}
export type Strict = (asked: Asked, cell: Cell, a: Poly, b: Poly, all: readonly Poly[]) => readonly Branch<Poly>[];

const inverted = (cell: Cell, p: Poly): Poly => {
  const d = reduce(cell, p);
  const lead = leadingOf(d).inverse();
  const number = constantOf(d);
  if (number !== undefined) return number.n === 0n ? zeroPoly : constant(number.inverse());
  return scale(atomPoly(inverseAtom(scale(d, lead))), lead);
};

/** `n/d`, with `none` where d is 0. */
const quotient = (
  { decide, here }: Asked,
  n: Poly,
  d: Poly,
  cell: Cell,
  none: (cell: Cell) => Cell,
): readonly Branch<Poly>[] =>
  flatMap(decide(cell, d), (sign, next) =>
    sign === 0 ? at(none(next), zeroPoly) : at(next, multiply(n, inverted(here(next), d))),
  );

const undefinedThere =
  (what: string) =>
  (cell: Cell): Cell =>
    stuck(cell, proofSays.dividesByZero(what));

const bySignOf =
  (of: (sign: Sign, a: Poly, b: Poly) => Poly): Strict =>
  (asked, cell, a, b) =>
    asked.decide(cell, a).map((one) => ({ cell: one.cell, value: of(one.value, a, b) }));

const extreme =
  (wanted: Sign): Strict =>
  (asked, cell, first, _, [, ...rest]) =>
    rest.reduce<readonly Branch<Poly>[]>(
      (branches, other) =>
        flatMap(branches, (best, next) =>
          asked.decide(next, subtract(best, other)).map((one) => ({
            cell: one.cell,
            value: one.value === wanted ? best : other,
          })),
        ),
      at(cell, first),
    );

/** A function of which no more is known than its sign. */
const opaque =
  (signs: Signs, atZero?: Poly): Strict =>
  (asked, cell, a, b) => {
    const { expr } = asked;
    const inside = asked.here(cell);
    const args = (expr.args.length === 1 ? [a] : [a, b]).map((p) => reduce(inside, p));
    if (atZero !== undefined && args.every(isZeroPoly)) return at(cell, atZero);
    return at(
      cell,
      atomPoly({
        name: `${expr.fn}(${args.map(printPoly).join(', ')})`,
        tex: `\\mathrm{${expr.fn}}\\left(${args.map(texOfPoly).join(', ')}\\right)`,
        source: args.some((p) => someAtom(p, ({ source }) => source)),
        signs,
      }),
    );
  };

/** An odd function with the sign of its argument. */
const odd: Strict = (asked, cell, a, b, all) =>
  flatMap(asked.decide(cell, a), (sign, next) =>
    sign === 0 ? at(next, zeroPoly) : opaque(bitOf(sign))(asked, next, a, b, all),
  );

/** A function that has a value for some signs of its argument only. */
const onlyFrom =
  (allowed: Signs, of: Strict): Strict =>
  (asked, cell, a, b, all) =>
    flatMap(asked.decide(cell, a), (sign, next) =>
      has(allowed, sign)
        ? of(asked, next, a, b, all)
        : at(stuck(next, proofSays.noValue(printExpr(asked.expr))), zeroPoly),
    );

/** A power of something not negative: 0 has one for exponents that are not negative either. */
const rootOrPower: Strict = (asked, cell, a, b, all) =>
  flatMap(asked.decide(cell, a), (base, next) => {
    if (base !== 0) return opaque(positive)(asked, next, a, b, all);
    return asked
      .decide(next, b)
      .map((one) =>
        one.value < 0
          ? { cell: undefinedThere(printExpr(asked.expr))(one.cell), value: zeroPoly }
          : { cell: one.cell, value: one.value === 0 ? onePoly : zeroPoly },
      );
  });

const powerOf: Strict = (asked, cell, a, b, all) => {
  const exponent = constantOf(b);
  if (exponent === undefined || exponent.d !== 1n || exponent.n > 16n)
    return onlyFrom(notNegative, rootOrPower)(asked, cell, a, b, all);
  const raised = power(a, Number(exponent.n));
  return exponent.s < 0n
    ? quotient(asked, onePoly, raised, cell, undefinedThere(printExpr(asked.expr)))
    : at(cell, raised);
};

/** Functions whose arguments are all evaluated first. */
export type Evaluated = Exclude<FunctionName, Comparison | 'and' | 'or' | 'not' | 'where' | 'total' | 'sum'>;

export const strict: { readonly [F in Evaluated]: Strict } = {
  add: (_, cell, a, b) => at(cell, add(a, b)),
  subtract: (_, cell, a, b) => at(cell, subtract(a, b)),
  multiply: (_, cell, a, b) => at(cell, multiply(a, b)),
  unaryMinus: (_, cell, a) => at(cell, negate(a)),
  divide: (asked, cell, a, b) => quotient(asked, a, b, cell, undefinedThere(printExpr(asked.expr))),
  ratio: (asked, cell, a, b) => (isZeroPoly(a) ? at(cell, a) : quotient(asked, a, b, cell, (next) => next)),
  pow: powerOf,
  pos: bySignOf((sign, a) => (sign > 0 ? a : zeroPoly)),
  neg: bySignOf((sign, a) => (sign < 0 ? a : zeroPoly)),
  abs: bySignOf((sign, a) => (sign < 0 ? negate(a) : a)),
  sgn: bySignOf((sign) => (sign < 0 ? negate(onePoly) : onePoly)),
  stab: (asked, cell, a, b) =>
    isZeroPoly(b)
      ? at(cell, a)
      : asked.decide(cell, a).map((one) => ({
          cell: one.cell,
          value: one.value < 0 ? subtract(a, b) : add(a, b),
        })),
  min: extreme(-1),
  max: extreme(1),
  exp: opaque(positive, onePoly),
  log: onlyFrom(positive, opaque(anySign)),
  sqrt: onlyFrom(notNegative, opaque(notNegative, zeroPoly)),
  tanh: odd,
  erf: odd,
  sin: opaque(anySign, zeroPoly),
  cos: opaque(anySign, onePoly),
  atan: odd,
};

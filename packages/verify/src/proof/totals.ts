import { productSignsOf, reduce, type Cell } from './cell.js';
import type { SourceClass } from './classes.js';
import {
  add,
  atomPoly,
  constantOf,
  exponentOf,
  keyOfPowers,
  linearIn,
  multiply,
  multiplyPowers,
  negate,
  onePoly,
  polyOf,
  productOf,
  scale,
  texOfPoly,
  zeroPoly,
  type Atom,
  type Poly,
  type Power,
  type Term,
} from './poly.js';
import { has, notNegative, notPositive, positive, type Signs } from './sign.js';

/** What a sum over sources is known to be, beyond linear. */
export interface Adding {
  /** `x` and `y` of a maximum: one source has `winner` 1 and x = y, all others `winner` 0. */
  readonly winner: { readonly winner: Atom; readonly x: Atom; readonly y: Atom } | undefined;
  /** Whether there is a source for certain. */
  readonly occupied: boolean;
}

/** The class that stands for all sources. */
export const wholeAt = -1;

const countSigns = (one: SourceClass | undefined, { occupied }: Adding): Signs =>
  one === undefined || one.label === '' ? (occupied ? positive : notNegative) : notNegative;

const sumSignsOf = (signs: Signs): Signs =>
  signs === 0 ? notNegative : !has(signs, -1) ? notNegative : !has(signs, 1) ? notPositive : notNegative | notPositive;

/** T[powers]: the total of a product over the sources of a class, one indeterminate. */
const totalAtom = (
  one: SourceClass | undefined,
  powers: readonly Power[],
  inside: Cell | undefined,
  adding: Adding,
): Atom => {
  const label = one === undefined ? '' : one.label;
  const counts = powers.length === 0;
  const key = keyOfPowers(powers).replaceAll(' * ', '·');
  const name = counts ? `n${label && `[${label}]`}` : `Σ[${key}${label && ` | ${label}`}]`;
  const sub = label === '' ? 'i' : `i: ${one!.tex}`;
  const tex = counts
    ? label === ''
      ? 'n'
      : `n_{${one!.tex}}`
    : `\\left(\\sum_{${sub}} ${texOfPoly(productOf(powers))}\\right)`;
  const signs = counts
    ? countSigns(one, adding)
    : sumSignsOf(inside === undefined ? 0b111 : productSignsOf(inside, powers));
  return { name, tex, source: false, signs, total: { classAt: one?.at ?? wholeAt, powers } };
};

/** Rewrites v/(a·v + r) as (1 - r/(a·v + r))/a until no denominator of the sources meets its own variable. */
const apart = (p: Poly): Poly => {
  for (const term of p.values())
    for (const { atom } of term.powers) {
      if (atom.inverseOf === undefined || !atom.source) continue;
      for (const { atom: variable } of term.powers) {
        if (!variable.source || variable.inverseOf !== undefined) continue;
        const linear = linearIn(atom.inverseOf, variable);
        const slope = linear === undefined ? undefined : constantOf(linear.slope);
        if (linear === undefined || slope === undefined || slope.n === 0n) continue;
        const rest = polyOf([{ powers: less(less(term.powers, atom), variable), coefficient: term.coefficient }]);
        const image = scale(add(onePoly, negate(multiply(linear.rest, atomPoly(atom)))), slope.inverse());
        return apart(add(add(p, negate(polyOf([term]))), multiply(rest, image)));
      }
    }
  return p;
};

const less = (powers: readonly Power[], { name }: Atom): readonly Power[] =>
  powers.flatMap((one) =>
    one.atom.name !== name ? [one] : one.exponent === 1 ? [] : [{ ...one, exponent: one.exponent - 1 }],
  );

/** At the winner x is y, and a power of 1 is 1. */
const atWinner = (powers: readonly Power[], { winner }: Adding, certain: boolean): readonly Power[] => {
  if (winner === undefined || (!certain && exponentOf(powers, winner.winner.name) === 0)) return powers;
  const rest = powers.filter(({ atom }) => atom.name !== winner.winner.name && atom.name !== winner.x.name);
  const x = exponentOf(powers, winner.x.name);
  const y = x === 0 ? rest : multiplyPowers(rest, [{ atom: winner.y, exponent: x }]);
  return multiplyPowers(y, [{ atom: winner.winner, exponent: 1 }]);
};

/** The winners of a class: T[winner], which is 1 where there is but one class. */
export const winnersOf = (one: SourceClass, adding: Adding): Poly =>
  one.label === ''
    ? onePoly
    : atomPoly(totalAtom(one, [{ atom: adding.winner!.winner, exponent: 1 }], undefined, adding));

/** Whether all sources of a class are the winner, or none is. */
const winnerSign = (one: SourceClass | undefined, { winner }: Adding): number | undefined =>
  one?.signs.find(({ of }) => of.kind === 'symbol' && of.name === winner?.winner.name)?.sign;

/**
 * The total over the sources of a class of a polynomial in what belongs to one source: by linearity, what belongs to the
 * output is taken out of the sum, and each product that remains is one indeterminate.
 */
export const totalOver = (one: SourceClass | undefined, inside: Cell | undefined, p: Poly, adding: Adding): Poly => {
  const reduced = apart(inside === undefined ? p : reduce(inside, p));
  const certain = winnerSign(one, adding) === 1;
  const sums = [...reduced.values()].map(({ powers, coefficient }: Term): Poly => {
    const all = atWinner(powers, adding, certain);
    const own = all.filter(({ atom }) => atom.source);
    const outside = polyOf([{ powers: all.filter(({ atom }) => !atom.source), coefficient }]);
    const won = adding.winner !== undefined && own.length === 1 && own[0]!.atom.name === adding.winner.winner.name;
    const winners = won && (one === undefined || one.label === '');
    return winners ? outside : multiply(outside, atomPoly(totalAtom(one, own, inside, adding)));
  });
  return sums.reduce(add, zeroPoly);
};

/** What all classes have in common is a total over all sources, whatever their class. */
export const shared = (values: readonly Poly[]): Poly => {
  const [first, ...rest] = values;
  if (first === undefined) return zeroPoly;
  return polyOf(
    [...first.values()].filter(({ powers, coefficient }) => {
      const key = [...first].find(([, term]) => term.powers === powers)?.[0] ?? '';
      return rest.every((p) => p.get(key)?.coefficient.equals(coefficient) ?? false);
    }),
  );
};

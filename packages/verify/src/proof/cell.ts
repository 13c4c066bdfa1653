import {
  add,
  atomPoly,
  atomsOf,
  constantOf,
  dividePowers,
  exponentOf,
  inverseAtom,
  isZeroPoly,
  leadingOf,
  multiply,
  multiplyPowers,
  negate,
  onePoly,
  polyOf,
  power,
  replaceAtoms,
  scale,
  withoutAtom,
  zeroPoly,
  type Atom,
  type Poly,
  type Power,
  type Term,
} from './poly.js';
import {
  anySign,
  naught,
  notNegative,
  onlySign,
  opposite,
  positive,
  powerSigns,
  productSigns,
  sumSigns,
  type Sign,
  type Signs,
} from './sign.js';

/** `poly > 0`, `≥ 0` or `= 0`. */
export interface Known {
  readonly poly: Poly;
  readonly is: 'positive' | 'not negative' | 'zero';
}

/** A step of the case distinction: the sign that was assumed of something whose sign was not known. */
export interface Assumption {
  readonly poly: Poly;
  readonly sign: Sign | 'not 0';
}

/** One case of a proof: everything that is assumed there. Facts may be missing (the proof is harder), never wrong. */
export interface Cell {
  readonly signs: ReadonlyMap<string, Signs>;
  /** Indeterminates that equal a polynomial in the others. */
  readonly solved: ReadonlyMap<string, Poly>;
  /** Products of several indeterminates whose sign is known although that of the factors is not. */
  readonly products: readonly { readonly powers: readonly Power[]; readonly signs: Signs }[];
  readonly known: readonly Known[];
  readonly story: readonly Assumption[];
  /** Why nothing can be said in this cell. */
  readonly stuck?: string;
}

export const emptyCell: Cell = { signs: new Map(), solved: new Map(), products: [], known: [], story: [] };

/** The polynomial with everything solved put in and everything that vanishes left out. */
export const reduce = ({ solved, products }: Cell, p: Poly): Poly => {
  const put = solved.size === 0 ? p : replaceAtoms(p, ({ name }) => solved.get(name));
  const none = products.filter(({ signs }) => signs === naught);
  if (none.length === 0) return put;
  return polyOf([...put.values()].filter((t) => !none.some(({ powers }) => dividePowers(t.powers, powers))));
};

/** The signs that an indeterminate may have. */
export const atomSigns = (cell: Cell, atom: Atom): Signs => {
  const known = cell.signs.get(atom.name);
  if (known !== undefined) return known;
  if (atom.signs !== undefined) return atom.signs;
  return atom.inverseOf === undefined ? anySign : signsOf(cell, atom.inverseOf) & ~naught;
};

const factorSigns = (cell: Cell, powers: readonly Power[]): Signs =>
  powers.reduce(
    (signs, { atom, exponent }) => productSigns(signs, powerSigns(atomSigns(cell, atom), exponent)),
    positive,
  );

/** The signs that a product may have. */
export const productSignsOf = (cell: Cell, powers: readonly Power[]): Signs => {
  let signs = factorSigns(cell, powers);
  for (const one of cell.products) {
    if (onlySign(signs) !== undefined) return signs;
    const rest = dividePowers(powers, one.powers);
    if (rest !== undefined) signs &= productSigns(one.signs, productSignsOf(cell, rest));
  }
  return signs;
};

/** The signs that a fact leaves. */
export const knownSigns: { readonly [Is in Known['is']]: Signs } = {
  positive,
  'not negative': notNegative,
  zero: naught,
};

/** The signs that a polynomial may have, as far as its terms and what is known of it show. */
export const signsOf = (cell: Cell, given: Poly): Signs => {
  const p = reduce(cell, given);
  if (isZeroPoly(p)) return naught;
  let signs: Signs | undefined;
  for (const { powers, coefficient } of p.values()) {
    const one = productSignsOf(cell, powers);
    const signed = coefficient.s < 0n ? opposite(one) : one;
    signs = signs === undefined ? signed : sumSigns(signs, signed);
  }
  let found = signs ?? naught;
  if (onlySign(found) !== undefined || p.size === 1) return found;
  const lead = leadingOf(p);
  const normal = scale(p, lead.inverse());
  for (const { poly, is } of cell.known) {
    if (poly.size !== p.size) continue;
    const other = leadingOf(poly);
    if (!isZeroPoly(add(normal, negate(scale(poly, other.inverse()))))) continue;
    found &= lead.s === other.s ? knownSigns[is] : opposite(knownSigns[is]);
  }
  return found;
};

/** A product divided by the denominators that are factors of it. */
const cancelled = ({ powers, coefficient }: Term): Poly => {
  for (const { atom } of powers) {
    const [only, ...more] = [...(atom.inverseOf ?? zeroPoly).values()];
    if (only === undefined || more.length > 0) continue;
    const rest = dividePowers(powers, multiplyPowers(only.powers, [{ atom, exponent: 1 }]));
    if (rest !== undefined) return cancelled({ powers: rest, coefficient: coefficient.div(only.coefficient) });
  }
  return polyOf([{ powers, coefficient }]);
};

/** A polynomial as it reads in the cell: reduced in its denominators too, and fractions of products cancelled. */
export const tidy = (cell: Cell, given: Poly): Poly => {
  const p = replaceAtoms(reduce(cell, given), ({ inverseOf }) => {
    if (inverseOf === undefined) return undefined;
    const denominator = tidy(cell, inverseOf);
    const lead = leadingOf(denominator).inverse();
    const number = constantOf(denominator);
    if (number !== undefined) return scale(onePoly, number.inverse());
    return scale(atomPoly(inverseAtom(scale(denominator, lead))), lead);
  });
  return [...p.values()].map(cancelled).reduce(add, zeroPoly);
};

const depthOf = ({ inverseOf }: Atom): number =>
  inverseOf === undefined ? 0 : 1 + Math.max(0, ...atomsOf(inverseOf).map(depthOf));

/** Polynomials multiplied by the same denominators, which are not 0, so that none is left. */
export interface Cleared {
  readonly polys: readonly Poly[];
  readonly by: readonly { readonly denominator: Poly; readonly times: number }[];
}

/** Multiplies several polynomials by all their denominators, the outermost first. */
export const clearDenominators = (cell: Cell, given: readonly Poly[]): Cleared => {
  const by: { denominator: Poly; times: number }[] = [];
  let polys = given.map((p) => reduce(cell, p));
  for (;;) {
    const inverses = polys.flatMap(atomsOf).filter(({ inverseOf }) => inverseOf !== undefined);
    const [atom] = inverses.sort((a, b) => depthOf(b) - depthOf(a));
    if (atom?.inverseOf === undefined) return { polys, by };
    const { name } = atom;
    const denominator = reduce(cell, atom.inverseOf);
    const exponents = polys.flatMap((p) => [...p.values()].map(({ powers }) => exponentOf(powers, name)));
    const times = Math.max(...exponents);
    const raised = Array.from({ length: times + 1 }, (_, exponent) => power(denominator, exponent));
    polys = polys.map((p) =>
      reduce(
        cell,
        [...p.values()].reduce((sum, { powers, coefficient }) => {
          const rest = polyOf([{ powers: withoutAtom(powers, name), coefficient }]);
          return add(sum, multiply(rest, raised[times - exponentOf(powers, name)]!));
        }, zeroPoly),
      ),
    );
    by.push({ denominator, times });
  }
};

/** A polynomial without denominators that has the same sign. */
export const sameSign = (cell: Cell, given: Poly): Poly => {
  const { polys, by } = clearDenominators(cell, [given]);
  return by.reduce((p, { denominator, times }) => {
    if (times % 2 === 0) return p;
    const sign = onlySign(signsOf(cell, denominator));
    return sign === undefined ? multiply(p, denominator) : sign < 0 ? negate(p) : p;
  }, polys[0]!);
};

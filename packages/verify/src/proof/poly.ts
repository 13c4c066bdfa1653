import { Fraction, num, printExpr, toTex } from '@kirchhoff/formula';
import type { Signs } from './sign.js';

/** An indeterminate: a symbol of the rule, a total over the sources, the inverse of a polynomial, an opaque function value. */
export interface Atom {
  /** Unique among different atoms; also how a person reads it. */
  readonly name: string;
  readonly tex: string;
  /** Whether it differs from source to source. */
  readonly source: boolean;
  /** What its sign is by its nature. */
  readonly signs?: Signs;
  /** A parameter of the rule; solved for last. */
  readonly parameter?: true;
  /** `1/p`: the polynomial p, which is not 0 wherever the atom is used. */
  readonly inverseOf?: Poly;
  /** A total over the sources of one class: which class, and the product that is summed. */
  readonly total?: { readonly classAt: number; readonly powers: readonly Power[] };
}

export interface Power {
  readonly atom: Atom;
  readonly exponent: number;
}

/** A number times a product of powers, ordered by name. */
export interface Term {
  readonly powers: readonly Power[];
  readonly coefficient: Fraction;
}

/** A polynomial in normal form: terms by the key of their product, none with coefficient 0. Equal polynomials are alike. */
export type Poly = ReadonlyMap<string, Term>;

export const keyOfPowers = (powers: readonly Power[]): string =>
  powers.map(({ atom, exponent }) => (exponent === 1 ? atom.name : `${atom.name}^${exponent}`)).join(' * ');

const put = (into: Map<string, Term>, powers: readonly Power[], coefficient: Fraction): void => {
  const key = keyOfPowers(powers);
  const before = into.get(key);
  const sum = before === undefined ? coefficient : before.coefficient.add(coefficient);
  if (sum.n === 0n) into.delete(key);
  else into.set(key, { powers, coefficient: sum });
};

export const polyOf = (terms: Iterable<Term>): Poly => {
  const made = new Map<string, Term>();
  for (const { powers, coefficient } of terms) put(made, powers, coefficient);
  return made;
};

export const zeroPoly: Poly = new Map();

export const constant = (value: Fraction | bigint): Poly =>
  polyOf([{ powers: [], coefficient: typeof value === 'bigint' ? new Fraction(value, 1n) : value }]);

export const onePoly: Poly = constant(1n);

const unit = new Fraction(1n, 1n);

export const atomPoly = (atom: Atom): Poly => polyOf([{ powers: [{ atom, exponent: 1 }], coefficient: unit }]);

export const productOf = (powers: readonly Power[]): Poly => polyOf([{ powers, coefficient: unit }]);

export const isZeroPoly = (p: Poly): boolean => p.size === 0;

/** The number that a polynomial is, if it is one. */
export const constantOf = (p: Poly): Fraction | undefined =>
  p.size === 0 ? new Fraction(0n, 1n) : p.size === 1 ? p.get('')?.coefficient : undefined;

export const add = (a: Poly, b: Poly): Poly => {
  const sum = new Map(a);
  for (const { powers, coefficient } of b.values()) put(sum, powers, coefficient);
  return sum;
};

export const scale = (p: Poly, by: Fraction): Poly =>
  by.n === 0n
    ? zeroPoly
    : new Map([...p].map(([key, term]) => [key, { ...term, coefficient: term.coefficient.mul(by) }] as const));

export const negate = (p: Poly): Poly => scale(p, new Fraction(-1n, 1n));

export const subtract = (a: Poly, b: Poly): Poly => add(a, negate(b));

/** Factors stand in the order of their names, except that x comes first and R last, as in the formulas. */
const orderOf = (power: Power | undefined): string => {
  const name = power?.atom.name ?? '';
  return name === 'x' ? '' : name === 'R' ? '\uffff' : name;
};

export const multiplyPowers = (a: readonly Power[], b: readonly Power[]): readonly Power[] => {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const product: Power[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    const [before, after] = [orderOf(left), orderOf(right)];
    if (right === undefined || (left !== undefined && before < after)) {
      product.push(left!);
      i += 1;
    } else if (left === undefined || after < before) {
      product.push(right);
      j += 1;
    } else {
      product.push({ atom: left.atom, exponent: left.exponent + right.exponent });
      i += 1;
      j += 1;
    }
  }
  return product;
};

export const multiply = (a: Poly, b: Poly): Poly => {
  const product = new Map<string, Term>();
  for (const s of a.values())
    for (const t of b.values()) put(product, multiplyPowers(s.powers, t.powers), s.coefficient.mul(t.coefficient));
  return product;
};

export const power = (p: Poly, exponent: number): Poly => {
  let product = onePoly;
  for (let k = 0; k < exponent; k += 1) product = multiply(product, p);
  return product;
};

/** Replaces every power of an atom by what `image` makes of it; `undefined` keeps it. */
export const replaceAtoms = (p: Poly, image: (atom: Atom) => Poly | undefined): Poly => {
  const result = new Map<string, Term>();
  for (const term of p.values()) {
    let factor: Poly | undefined;
    const kept: Power[] = [];
    for (const one of term.powers) {
      const by = image(one.atom);
      if (by === undefined) kept.push(one);
      else factor = factor === undefined ? power(by, one.exponent) : multiply(factor, power(by, one.exponent));
    }
    if (factor === undefined) put(result, term.powers, term.coefficient);
    else
      for (const t of factor.values()) put(result, multiplyPowers(kept, t.powers), term.coefficient.mul(t.coefficient));
  }
  return result;
};

export const exponentOf = (powers: readonly Power[], name: string): number =>
  powers.find(({ atom }) => atom.name === name)?.exponent ?? 0;

export const withoutAtom = (powers: readonly Power[], name: string): readonly Power[] =>
  powers.filter(({ atom }) => atom.name !== name);

/** The atoms of a polynomial, each once. */
export const atomsOf = (p: Poly): readonly Atom[] => {
  const found = new Map<string, Atom>();
  for (const { powers } of p.values()) for (const { atom } of powers) found.set(atom.name, atom);
  return [...found.values()];
};

export const someAtom = (p: Poly, test: (atom: Atom) => boolean): boolean => atomsOf(p).some(test);

/** `powers` divided by `by`, where it can be. */
export const dividePowers = (powers: readonly Power[], by: readonly Power[]): readonly Power[] | undefined => {
  if (!by.every(({ atom, exponent }) => exponentOf(powers, atom.name) >= exponent)) return undefined;
  return powers
    .map(({ atom, exponent }) => ({ atom, exponent: exponent - exponentOf(by, atom.name) }))
    .filter(({ exponent }) => exponent > 0);
};

/** The product that every term contains. */
export const contentOf = (p: Poly): readonly Power[] => {
  const [first, ...rest] = [...p.values()];
  if (first === undefined) return [];
  return first.powers
    .map(({ atom, exponent }) => ({
      atom,
      exponent: rest.reduce((least, { powers }) => Math.min(least, exponentOf(powers, atom.name)), exponent),
    }))
    .filter(({ exponent }) => exponent > 0);
};

export const divideByPowers = (p: Poly, by: readonly Power[]): Poly =>
  polyOf([...p.values()].map((term) => ({ ...term, powers: dividePowers(term.powers, by) ?? term.powers })));

/** The terms with an atom to the first power, divided by it, and the terms without; undefined where it occurs otherwise. */
export const linearIn = (p: Poly, { name }: Atom): { readonly slope: Poly; readonly rest: Poly } | undefined => {
  const [slope, rest] = [new Map<string, Term>(), new Map<string, Term>()];
  for (const { powers, coefficient } of p.values()) {
    const exponent = exponentOf(powers, name);
    if (exponent > 1) return undefined;
    if (exponent === 1) put(slope, withoutAtom(powers, name), coefficient);
    else put(rest, powers, coefficient);
  }
  return { slope, rest };
};

/** The first coefficient in the order of keys: what a polynomial is divided by so that multiples of it are alike. */
export const leadingOf = (p: Poly): Fraction => {
  const [first] = [...p.keys()].sort();
  return p.get(first ?? '')?.coefficient ?? unit;
};

interface Spelling {
  readonly atom: (atom: Atom) => string;
  readonly power: (base: string, exponent: number) => string;
  readonly times: string;
  readonly number: (value: Fraction) => string;
  readonly over: (numerator: string, denominators: readonly string[], isSum: boolean) => string;
  /** A sum among denominators. */
  readonly enclose: (text: string) => string;
}

const enclosed = (p: Poly, text: string, { enclose }: Spelling): string => (p.size > 1 ? enclose(text) : text);

const numeratorText = ({ powers, coefficient }: Term, spelling: Spelling): string => {
  const factors = powers.flatMap(({ atom, exponent }) => {
    if (atom.inverseOf !== undefined) return [];
    return [exponent === 1 ? spelling.atom(atom) : spelling.power(spelling.atom(atom), exponent)];
  });
  const size = coefficient.abs();
  return (size.equals(1) && factors.length > 0 ? factors : [spelling.number(size), ...factors]).join(spelling.times);
};

const denominatorsOf = ({ powers }: Term, spelling: Spelling): readonly string[] =>
  powers.flatMap(({ atom: { inverseOf }, exponent }) => {
    if (inverseOf === undefined) return [];
    const text = spell(inverseOf, spelling);
    return exponent === 1 ? [enclosed(inverseOf, text, spelling)] : [spelling.power(`(${text})`, exponent)];
  });

const signed = (text: string, isNegative: boolean, first: boolean): string =>
  (isNegative ? (first ? '-' : ' - ') : first ? '' : ' + ') + text;

/** Terms with the same denominators stand over them together. */
const spell = (p: Poly, spelling: Spelling): string => {
  if (p.size === 0) return '0';
  const groups = new Map<string, { readonly below: readonly string[]; readonly terms: Term[] }>();
  for (const term of p.values()) {
    const below = denominatorsOf(term, spelling);
    const group = groups.get(below.join(' ')) ?? { below, terms: [] };
    group.terms.push(term);
    groups.set(below.join(' '), group);
  }
  const isNegative = ({ coefficient }: Term): boolean => coefficient.s < 0n;
  return [...groups.values()]
    .flatMap(({ below, terms }) => {
      if (below.length > 0 && terms.length > 1) {
        const sum = terms.map((term, i) => signed(numeratorText(term, spelling), isNegative(term), i === 0)).join('');
        return [{ text: spelling.over(sum, below, true), minus: false }];
      }
      return terms.map((term) => {
        const text = numeratorText(term, spelling);
        return { text: below.length === 0 ? text : spelling.over(text, below, false), minus: isNegative(term) };
      });
    })
    .map(({ text, minus }, i) => signed(text, minus, i === 0))
    .join('');
};

const plain: Spelling = {
  atom: ({ name }) => name,
  power: (base, exponent) => `${base}^${exponent}`,
  times: '·',
  number: (value) => printExpr(num(value)),
  over: (numerator, denominators, isSum) => `${isSum ? `(${numerator})` : numerator}/${denominators.join('/')}`,
  enclose: (text) => `(${text})`,
};

const tex: Spelling = {
  atom: (atom) => atom.tex,
  power: (base, exponent) => `{${base}}^{${exponent}}`,
  times: ' \\, ',
  number: (value) => toTex(num(value)),
  enclose: (text) => `\\left(${text}\\right)`,
  over: (numerator, denominators) => `\\frac{${numerator}}{${denominators.join(' \\, ')}}`,
};

export const printPoly = (p: Poly): string => spell(p, plain);

export const texOfPoly = (p: Poly): string => spell(p, tex);

/** The atom `1/p`. */
export const inverseAtom = (p: Poly): Atom => ({
  name: `1/(${printPoly(new Map([...p].sort(([a], [b]) => (a < b ? -1 : 1))))})`,
  tex: `\\frac{1}{${texOfPoly(p)}}`,
  source: someAtom(p, ({ source }) => source),
  inverseOf: p,
});

import { graphSays, refuse, Refusal } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { Dim } from './graph.js';

/** Sum of monomials: coefficient by the sorted factors of the monomial joined with `*` (`''` is the constant term). */
type Polynomial = ReadonlyMap<string, number>;

/** The most that one size may say: characters of its text, terms of its sum. */
export const dimLimits = { characters: 2000, terms: 256 } as const;

const tooLarge = (): never => refuse('', graphSays.dimTooLarge(dimLimits.characters, dimLimits.terms));

const separator = '*';
const factorsOf = (monomial: string): string[] => {
  const factors: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= monomial.length; i++) {
    const c = monomial[i];
    if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (depth === 0 && (c === separator || c === undefined)) {
      if (i > start) factors.push(monomial.slice(start, i));
      start = i + 1;
    }
  }
  return factors;
};

const joinMonomials = (a: string, b: string): string =>
  a === '' ? b : b === '' ? a : [...factorsOf(a), ...factorsOf(b)].sort().join(separator);

/** Higher degree first, then alphabetically; the constant comes last. */
const order = (a: string, b: string): number => {
  const byDegree = factorsOf(b).length - factorsOf(a).length;
  return byDegree !== 0 ? byDegree : a < b ? -1 : a > b ? 1 : 0;
};

const constant = (n: number): Polynomial => new Map(n === 0 ? [] : [['', n]]);

const plus = (a: Polynomial, b: Polynomial, factor = 1): Polynomial => {
  const sum = new Map(a);
  for (const [m, c] of b) {
    const total = (sum.get(m) ?? 0) + factor * c;
    if (total === 0) sum.delete(m);
    else sum.set(m, total);
  }
  return sum;
};

const times = (a: Polynomial, b: Polynomial): Polynomial => {
  const product = new Map<string, number>();
  for (const [m, c] of a) {
    for (const [n, d] of b) {
      const monomial = joinMonomials(m, n);
      const total = (product.get(monomial) ?? 0) + c * d;
      if (total === 0) product.delete(monomial);
      else product.set(monomial, total);
      if (product.size > dimLimits.terms || monomial.length > dimLimits.characters) tooLarge();
    }
  }
  return product;
};

const leading = (p: Polynomial): readonly [string, number] | undefined => [...p].sort(([a], [b]) => order(a, b))[0];

/** `monomial / divisor`, or undefined where a factor is missing. */
const monomialQuotient = (monomial: string, divisor: string): string | undefined => {
  const left = factorsOf(monomial);
  for (const factor of factorsOf(divisor)) {
    const at = left.indexOf(factor);
    if (at < 0) return undefined;
    left.splice(at, 1);
  }
  return left.join(separator);
};

const exactQuotient = (a: Polynomial, b: Polynomial): Polynomial | undefined => {
  const head = leading(b);
  if (head === undefined) return undefined;
  let rest = a;
  let quotient: Polynomial = new Map();
  for (let top = leading(rest); top !== undefined; top = leading(rest)) {
    const monomial = monomialQuotient(top[0], head[0]);
    const coefficient = top[1] / head[1];
    if (monomial === undefined || !Number.isInteger(coefficient)) return undefined;
    const step = new Map([[monomial, coefficient]]);
    quotient = plus(quotient, step);
    rest = plus(rest, times(step, b), -1);
  }
  return quotient;
};

const print = (p: Polynomial): string => {
  const terms = [...p].sort(([a], [b]) => order(a, b));
  if (terms.length === 0) return '0';
  const text = terms
    .map(([monomial, coefficient], i) => {
      const size = Math.abs(coefficient);
      const body = monomial === '' ? `${size}` : size === 1 ? monomial : `${size}*${monomial}`;
      const sign = coefficient < 0 ? '-' : '+';
      return i === 0 ? (sign === '-' ? `-${body}` : body) : ` ${sign} ${body}`;
    })
    .join('');
  return text.length > dimLimits.characters ? tooLarge() : text;
};

const toDim = (p: Polynomial): Dim => (p.size === 0 ? 0 : p.size === 1 && p.has('') ? (p.get('') ?? 0) : print(p));

/** Floor division. By a number, whole multiples leave the bracket, so that equal quotients have equal texts. */
const floorQuotient = (a: Polynomial, b: Polynomial): Polynomial => {
  const exact = exactQuotient(a, b);
  if (exact !== undefined) return exact;
  const divisor = toDim(b);
  let whole: Polynomial = new Map();
  let rest = a;
  if (typeof divisor === 'number' && divisor > 0) {
    for (const [monomial, c] of a) {
      const q = Math.floor(c / divisor);
      whole = plus(whole, new Map([[monomial, q]].filter(([, n]) => n !== 0) as [string, number][]));
      rest = plus(rest, new Map([[monomial, q * divisor]]), -1);
    }
  }
  const numerator = toDim(rest);
  if (typeof numerator === 'number' && typeof divisor === 'number') {
    return plus(whole, constant(Math.floor(numerator / divisor)));
  }
  const bracket = (p: Polynomial, dim: Dim): string => (p.size > 1 ? `(${dim})` : `${dim}`);
  const below = typeof divisor === 'string' && /[*\-/ ]/.test(divisor) ? `(${divisor})` : `${divisor}`;
  return plus(whole, new Map([[`floor(${bracket(rest, numerator)}/${below})`, 1]]));
};

const token = /\s*(?:(\d+)|([A-Za-z_][A-Za-z0-9_]*)|([-+*/()]))/y;

/** Reads a dimension's text: integers, names, `+ - *`, brackets and `floor(a/b)`. */
const parse = (text: string): Polynomial | undefined => {
  if (text.length > dimLimits.characters) return undefined;
  const tokens: string[] = [];
  token.lastIndex = 0;
  const end = text.trimEnd().length;
  while (token.lastIndex < end) {
    const found = token.exec(text);
    if (found === null) return undefined;
    tokens.push((found[1] ?? found[2] ?? found[3]) as string);
  }
  let at = 0;
  let sound = true;
  const take = (expected: string): void => {
    if (tokens[at] === expected) at++;
    else sound = false;
  };
  const factor = (): Polynomial => {
    const t = tokens[at++];
    if (t === undefined) sound = false;
    else if (/^\d/.test(t)) {
      if (!Number.isSafeInteger(Number(t))) sound = false;
      return constant(Number(t));
    } else if (t === '-') return times(constant(-1), factor());
    else if (t === '(') {
      const inner = sum();
      take(')');
      return inner;
    } else if (t === 'floor' && tokens[at] === '(') {
      at++;
      const above = sum();
      take('/');
      const below = factor();
      take(')');
      if (below.size === 0) sound = false;
      return sound ? floorQuotient(above, below) : new Map();
    } else if (/^[A-Za-z_]/.test(t)) return new Map([[t, 1]]);
    else sound = false;
    return new Map();
  };
  const product = (): Polynomial => {
    let value = factor();
    while (tokens[at] === '*') {
      at++;
      value = times(value, factor());
    }
    return value;
  };
  const sum = (): Polynomial => {
    let value = product();
    while (tokens[at] === '+' || tokens[at] === '-') {
      const sign = tokens[at++] === '+' ? 1 : -1;
      value = plus(value, product(), sign);
    }
    return value;
  };
  const value = sum();
  return sound && at === tokens.length && tokens.length > 0 ? value : undefined;
};

/** A text that is no expression counts as one opaque name, so that nothing written in a document is lost. */
const polynomial = (dim: Dim): Polynomial =>
  typeof dim === 'number' ? constant(dim) : (parse(dim) ?? new Map([[dim, 1]]));

/**
 * The canonical form of a dimension (`"T*2+1"` → `"2*T + 1"`, `"4 - 1"` → 3), or what is wrong with its text: that it is no
 * dimension, or beyond `dimLimits`. What other functions here would make beyond these they refuse (`Refusal`).
 */
export const checkDim = (dim: Dim): E.Either<string, Dim> => {
  if (typeof dim === 'number') return E.right(dim);
  if (dim.length > dimLimits.characters) return E.left(graphSays.dimTooLarge(dimLimits.characters, dimLimits.terms));
  try {
    const p = parse(dim);
    return p === undefined ? E.left(graphSays.badDim(dim)) : E.right(toDim(p));
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return E.left(thrown.message);
  }
};

/** The canonical form of a dimension, or undefined where its text is none (`checkDim` says why). */
export const readDim = (dim: Dim): Dim | undefined => E.getOrElseW(() => undefined)(checkDim(dim));

/** `a + b`, in canonical form. */
export const addDim = (a: Dim, b: Dim): Dim =>
  typeof a === 'number' && typeof b === 'number' ? a + b : toDim(plus(polynomial(a), polynomial(b)));

/** `a - b`, in canonical form. */
export const subDim = (a: Dim, b: Dim): Dim =>
  typeof a === 'number' && typeof b === 'number' ? a - b : toDim(plus(polynomial(a), polynomial(b), -1));

/** `a · b`, in canonical form. */
export const mulDim = (a: Dim, b: Dim): Dim =>
  typeof a === 'number' && typeof b === 'number' ? a * b + 0 : toDim(times(polynomial(a), polynomial(b)));

/** `a / b` where the division leaves no rest for any value of the symbols, else undefined. */
export const exactDivDim = (a: Dim, b: Dim): Dim | undefined => {
  const quotient = exactQuotient(polynomial(a), polynomial(b));
  return quotient === undefined ? undefined : toDim(quotient);
};

/** `floor(a / b)`; exact where it can be, else an opaque `floor(...)` in the text. `b` must not be 0. */
export const divDim = (a: Dim, b: Dim): Dim =>
  typeof a === 'number' && typeof b === 'number'
    ? Math.floor(a / b) + 0
    : toDim(floorQuotient(polynomial(a), polynomial(b)));

/** `ceil(a / b)` for a positive number `b`. */
export const ceilDivDim = (a: Dim, b: number): Dim => divDim(addDim(a, b - 1), b);

/** Equal for every value of the symbols. */
export const equalDim = (a: Dim, b: Dim): boolean => a === b || subDim(a, b) === 0;

/** The number of elements of a shape. */
export const productDim = (dims: readonly Dim[]): Dim => dims.reduce<Dim>(mulDim, 1);

/** What two broadcast dimensions become: the other of a 1, either of two equal ones; undefined where they clash. */
export const broadcastDim = (a: Dim, b: Dim): Dim | undefined =>
  a === 1 ? b : b === 1 ? a : equalDim(a, b) ? a : undefined;

/** Names of the symbols in a dimension, in order of first appearance. */
export const symbolsOfDim = (dim: Dim): readonly string[] =>
  typeof dim === 'number' ? [] : [...new Set(dim.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? [])].filter((s) => s !== 'floor');

/** The dimension with symbols replaced (`"2*T + 1"` with T = 3 → 7); symbols without a value stay. */
export const bindDim = (dim: Dim, values: ReadonlyMap<string, Dim>): Dim => {
  if (typeof dim === 'number') return dim;
  const own = values.get(dim);
  if (own !== undefined) return own;
  const text = dim.replace(/[A-Za-z_][A-Za-z0-9_]*/g, (name) => {
    const value = values.get(name);
    return value === undefined ? name : `(${value})`;
  });
  return readDim(text) ?? dim;
};

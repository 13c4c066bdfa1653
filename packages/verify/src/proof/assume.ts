import type { Fraction } from '@kirchhoff/formula';
import {
  atomSigns,
  knownSigns,
  productSignsOf,
  reduce,
  sameSign,
  signsOf,
  type Assumption,
  type Cell,
  type Known,
} from './cell.js';
import { contradictory, type Row } from './linear.js';
import {
  add,
  atomPoly,
  atomsOf,
  constantOf,
  contentOf,
  divideByPowers,
  exponentOf,
  inverseAtom,
  isZeroPoly,
  leadingOf,
  linearIn,
  multiply,
  negate,
  onePoly,
  polyOf,
  productOf,
  replaceAtoms,
  scale,
  someAtom,
  zeroPoly,
  type Atom,
  type Poly,
  type Power,
} from './poly.js';
import {
  allSigns,
  anySign,
  bitOf,
  has,
  naught,
  notNegative,
  notPositive,
  onlySign,
  opposite,
  within,
  type Sign,
  type Signs,
} from './sign.js';

const rowOf = (p: Poly, strict: boolean): Row => {
  const coefficients = new Map<string, Fraction>();
  for (const [key, { coefficient }] of p) if (key !== '') coefficients.set(key, coefficient);
  return { coefficients, constant: constantOf(polyOf([...p.values()].filter((t) => t.powers.length === 0)))!, strict };
};

/** Whether what is known of sums contradicts what is known of their terms, by linear arithmetic. */
const impossible = (cell: Cell, more: readonly Known[] = []): boolean => {
  const rows: Row[] = [];
  const products = new Map<string, readonly Power[]>();
  for (const { poly, is } of [...cell.known, ...more]) {
    rows.push(rowOf(poly, is === 'positive'));
    if (is === 'zero') rows.push(rowOf(negate(poly), false));
    for (const [key, { powers }] of poly) if (key !== '') products.set(key, powers);
  }
  for (const powers of products.values()) {
    const signs = productSignsOf(cell, powers);
    const one = productOf(powers);
    if (within(signs, notNegative)) rows.push(rowOf(one, !has(signs, 0)));
    if (within(signs, notPositive)) rows.push(rowOf(negate(one), !has(signs, 0)));
  }
  return contradictory(rows);
};

/** Puts what is new into what was known. Undefined where it contradicts itself. */
const settle = (cell: Cell): Cell | undefined => {
  const known: Known[] = [];
  for (const { poly, is } of cell.known) {
    const p = sameSign(cell, poly);
    const signs = signsOf({ ...cell, known: [] }, p);
    if ((signs & knownSigns[is]) === 0) return undefined;
    if (!within(signs, knownSigns[is])) known.push({ poly: p, is });
  }
  const settled = { ...cell, known };
  return known.length > 0 && impossible(settled) ? undefined : settled;
};

const know = (cell: Cell, poly: Poly, is: Known['is']): Cell => ({ ...cell, known: [...cell.known, { poly, is }] });

/** `atom = value` from here on; what was known of the atom's sign becomes knowledge of the value. */
const solve = (cell: Cell, atom: Atom, value: Poly): Cell | undefined => {
  const image = ({ name }: Atom): Poly | undefined => (name === atom.name ? value : undefined);
  const solved = new Map([...cell.solved].map(([name, poly]) => [name, replaceAtoms(poly, image)] as const));
  solved.set(atom.name, value);
  const signs = atomSigns(cell, atom);
  const unsigned = new Map(cell.signs);
  unsigned.delete(atom.name);
  let next: Cell = { ...cell, solved, signs: unsigned };
  for (const { powers, signs: of } of cell.products)
    if (exponentOf(powers, atom.name) > 0 && of === naught) next = know(next, productOf(powers), 'zero');
  next = { ...next, products: next.products.filter(({ powers }) => exponentOf(powers, atom.name) === 0) };
  if (isZeroPoly(value)) return has(signs, 0) ? settle(next) : undefined;
  if (within(signs, notNegative)) next = know(next, value, has(signs, 0) ? 'not negative' : 'positive');
  else if (within(signs, notPositive)) next = know(next, negate(value), has(signs, 0) ? 'not negative' : 'positive');
  return settle(next);
};

/** The cell with a sign given to one indeterminate. */
export const withSigns = (cell: Cell, atom: Atom, signs: Signs): Cell | undefined => {
  const left = atomSigns(cell, atom) & signs;
  if (left === 0) return undefined;
  if (left === naught) return solve(cell, atom, zeroPoly);
  return settle({ ...cell, signs: new Map([...cell.signs, [atom.name, left]]) });
};

/** A product is 0: its first factor is, or that is not and the second is, and so on. */
const vanish = (cell: Cell, powers: readonly Power[]): readonly Cell[] => {
  const cells: Cell[] = [];
  const open = powers.filter(({ atom }) => has(atomSigns(cell, atom), 0));
  const told = (one: Cell, atom: Atom, sign: Assumption['sign']): Cell =>
    open.length === 1 ? one : { ...one, story: [...one.story, { poly: atomPoly(atom), sign }] };
  let others: Cell | undefined = cell;
  for (const { atom } of powers) {
    if (others === undefined) break;
    if (!has(atomSigns(others, atom), 0)) continue;
    const here = solve(others, atom, zeroPoly);
    if (here !== undefined) cells.push(told(here, atom, 0));
    const next = withSigns(others, atom, anySign & ~naught);
    others = next && told(next, atom, 'not 0');
  }
  return cells;
};

/** Which indeterminate an equation is solved for, and its value: one with a constant factor before others, parameters last. */
const solution = (cell: Cell, p: Poly): { readonly atom: Atom; readonly value: Poly } | undefined => {
  const atSource = someAtom(p, ({ source }) => source);
  let best: { readonly atom: Atom; readonly value: Poly } | undefined;
  let cost = Infinity;
  for (const atom of atomsOf(p)) {
    const linear = atom.inverseOf === undefined ? linearIn(p, atom) : undefined;
    if (linear === undefined) continue;
    const { slope, rest } = linear;
    const slopeSigns = signsOf(cell, slope);
    if (has(slopeSigns, 0)) continue;
    const number = constantOf(slope);
    const signs = atomSigns(cell, atom);
    const outside = atSource && !atom.source;
    const price =
      (outside ? 16 : 0) + (number === undefined ? 8 : 0) + (atom.parameter ? 4 : 0) + (signs === anySign ? 0 : 1);
    if (price >= cost) continue;
    const inverse = number === undefined ? atomPoly(inverseAtom(slope)) : scale(onePoly, number.inverse());
    [best, cost] = [{ atom, value: negate(multiply(rest, inverse)) }, price];
  }
  return best;
};

const assumeZero = (cell: Cell, p: Poly): readonly Cell[] => {
  const terms = [...p.values()];
  const signs = terms.map(({ powers, coefficient }) => {
    const one = productSignsOf(cell, powers);
    return coefficient.s < 0n ? opposite(one) : one;
  });
  if (signs.every((one) => within(one, notNegative)) || signs.every((one) => within(one, notPositive)))
    return terms.reduce<readonly Cell[]>(
      (cells, { powers }) =>
        cells.flatMap((one) => (isZeroPoly(reduce(one, productOf(powers))) ? [one] : vanish(one, powers))),
      [cell],
    );
  const found = solution(cell, p);
  const next = found === undefined ? settle(know(cell, p, 'zero')) : solve(cell, found.atom, found.value);
  return next === undefined ? [] : [next];
};

/** The parts of the cell where a polynomial without common factor has a sign. */
const assumePrimitive = (cell: Cell, p: Poly, sign: Sign): readonly Cell[] => {
  if (sign === 0) return assumeZero(cell, p);
  const next = settle(know(cell, sign > 0 ? p : negate(p), 'positive'));
  return next === undefined ? [] : [next];
};

const isOne = (p: Poly): boolean => isZeroPoly(add(p, negate(onePoly)));

interface Signed {
  readonly cell: Cell;
  readonly sign: Sign;
}

const split = (cell: Cell, p: Poly, signs: Signs, assume: (sign: Sign) => readonly Cell[]): readonly Signed[] => {
  const known = onlySign(signs);
  if (known !== undefined) return [{ cell, sign: known }];
  const options = allSigns.filter((sign) => has(signs, sign)).map((sign) => ({ sign, cells: assume(sign) }));
  const open = options.filter(({ cells }) => cells.length > 0);
  return open.flatMap(({ sign, cells }) =>
    cells.map((next) => ({
      sign,
      cell:
        open.length === 1
          ? next
          : { ...next, story: [...cell.story, { poly: p, sign }, ...next.story.slice(cell.story.length)] },
    })),
  );
};

/** The cell divided by the sign of one polynomial: one part for each sign it can have there (more, where a product is 0). */
export const bySign = (cell: Cell, given: Poly): readonly Signed[] => {
  const same = sameSign(cell, given);
  const decided = onlySign(signsOf(cell, same));
  if (decided !== undefined) return [{ cell, sign: decided }];
  const content = contentOf(same);
  const quotient = divideByPowers(same, content);
  const lead = leadingOf(quotient);
  const primitive = scale(quotient, lead.abs().inverse());
  const parts: readonly Signed[] =
    isOne(primitive) || isOne(negate(primitive))
      ? [{ cell, sign: lead.s < 0n ? -1 : 1 }]
      : split(cell, primitive, signsOf(cell, primitive), (sign) => assumePrimitive(cell, primitive, sign));
  return content.reduce<readonly Signed[]>(
    (signed, { atom, exponent }) =>
      signed.flatMap((before) => {
        if (before.sign === 0) return [before];
        const now = reduce(before.cell, atomPoly(atom));
        const image = now.size === 1 && now.has(atom.name) ? undefined : now;
        const next =
          image === undefined
            ? split(before.cell, atomPoly(atom), atomSigns(before.cell, atom), (sign) => {
                const cut = withSigns(before.cell, atom, bitOf(sign));
                return cut === undefined ? [] : [cut];
              })
            : bySign(before.cell, image);
        return next.map((part) => ({
          cell: part.cell,
          sign: (before.sign * (exponent % 2 === 0 ? part.sign ** 2 : part.sign)) as Sign,
        }));
      }),
    parts,
  );
};

/** The parts of the cell where a polynomial has a sign, without a word in the story; for facts that are given. */
export const assuming = (cell: Cell, p: Poly, signs: Signs): readonly Cell[] =>
  bySign(cell, p).flatMap((part) => (has(signs, part.sign) ? [{ ...part.cell, story: cell.story }] : []));

/** The cell in which an inequality is a fact, as it stands; undefined where it cannot be. */
export const knowing = (cell: Cell, poly: Poly, is: Known['is']): Cell | undefined => settle(know(cell, poly, is));

/** The cell in which an indeterminate has a value. */
export const solving = solve;

/** Whether a polynomial is nowhere negative in the cell. */
export const isNeverNegative = (cell: Cell, p: Poly): boolean => {
  if (within(signsOf(cell, p), notNegative)) return true;
  const same = sameSign(cell, p);
  if (within(signsOf(cell, same), notNegative)) return true;
  const content = contentOf(same);
  const quotient = divideByPowers(same, content);
  const signs = productSignsOf(cell, content);
  if (within(signs, notNegative) && impossible(cell, [{ poly: negate(quotient), is: 'positive' }])) return true;
  return within(signs, notPositive) && impossible(cell, [{ poly: quotient, is: 'positive' }]);
};

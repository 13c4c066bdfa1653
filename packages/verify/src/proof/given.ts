import { knowing, solving, withSigns } from './assume.js';
import { atomSigns, type Cell } from './cell.js';
import {
  atomPoly,
  atomsOf,
  constantOf,
  contentOf,
  leadingOf,
  linearIn,
  negate,
  printPoly,
  scale,
  subtract,
  texOfPoly,
  type Atom,
  type Poly,
} from './poly.js';
import { anySign, naught, notNegative, opposite, positive, type Signs } from './sign.js';

const deepAtomsOf = (p: Poly): readonly string[] =>
  atomsOf(p).flatMap(({ name, inverseOf }) => (inverseOf === undefined ? [name] : deepAtomsOf(inverseOf)));

/**
 * The cell of a source at which the sign of something is a fact: `x >= low` is x = low + (x - low), with a term that is not
 * negative (a slack). Undefined where it cannot be.
 */
export const given = (cell: Cell, p: Poly, signs: Signs): Cell | undefined => {
  const content = contentOf(p);
  if (p.size === 1 && content.length === 1 && content[0]!.exponent === 1) {
    const negated = leadingOf(p).s < 0n;
    return withSigns(cell, content[0]!.atom, negated ? opposite(signs) : signs);
  }
  const buried = new Set(atomsOf(p).flatMap(({ inverseOf }) => (inverseOf ? deepAtomsOf(inverseOf) : [])));
  const free = atomsOf(p).find((atom) => {
    if (buried.has(atom.name)) return false;
    const slope = atom.source && atomSigns(cell, atom) === anySign ? linearIn(p, atom)?.slope : undefined;
    return slope !== undefined && constantOf(slope) !== undefined;
  });
  if (free === undefined) {
    const is = signs === positive ? 'positive' : signs === naught ? 'zero' : 'not negative';
    return signs === notNegative || signs === positive || signs === naught ? knowing(cell, p, is) : cell;
  }
  const { slope, rest } = linearIn(p, free)!;
  const slack: Atom = { name: `(${printPoly(p)})`, tex: `\\left(${texOfPoly(p)}\\right)`, source: true, signs };
  const value = signs === naught ? negate(rest) : subtract(atomPoly(slack), rest);
  return solving(cell, free, scale(value, constantOf(slope)!.inverse()));
};

import type { Expr } from '@kirchhoff/formula';
import { proofSays } from '@kirchhoff/message';
import { bySign } from './assume.js';
import { at, stuck, type Branch, type Frame, type Place } from './branch.js';
import { reduce, type Cell } from './cell.js';
import { atomsOf, printPoly, someAtom, type Poly } from './poly.js';
import { contextOf, valuesOf } from './value.js';

/** A denominator that may be 0 in the cell. */
const vanishing = (cell: Cell, polys: readonly Poly[]): Poly | undefined => {
  for (const { inverseOf } of polys.flatMap((p) => atomsOf(reduce(cell, p)))) {
    if (inverseOf === undefined) continue;
    const found = vanishing(cell, [inverseOf]);
    if (found !== undefined) return found;
    if (bySign(cell, inverseOf).some(({ sign }) => sign === 0)) return inverseOf;
  }
  return undefined;
};

/** So often a value is asked for again, each time with the sign of one more denominator known. */
const mostTries = 4;

/**
 * Values whose denominators are not 0. A denominator that only the sources of a class show not to be 0 may be 0 where the
 * class is empty: there the value is asked for again.
 */
export const soundValues = (
  frame: Frame,
  exprs: readonly Expr[],
  cell: Cell,
  place: Place,
  tries = mostTries,
): readonly Branch<readonly Poly[]>[] =>
  valuesOf(frame, exprs, cell, place).flatMap((branch): readonly Branch<readonly Poly[]>[] => {
    if (branch.cell.stuck !== undefined) return [branch];
    const inside = place === undefined ? branch.cell : contextOf(frame, branch.cell, place);
    const open = inside && vanishing(inside, branch.value);
    if (open === undefined) return [branch];
    if (tries === 0 || someAtom(open, ({ source }) => source))
      return at(stuck(branch.cell, proofSays.mayVanish(printPoly(open))), branch.value);
    return bySign(branch.cell, open).flatMap((part) => soundValues(frame, exprs, part.cell, place, tries - 1));
  });

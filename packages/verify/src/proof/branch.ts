import type { Expr } from '@kirchhoff/formula';
import { proofSays } from '@kirchhoff/message';
import type { Cell } from './cell.js';
import type { SourceClass } from './classes.js';
import type { Poly } from './poly.js';
import type { Adding } from './totals.js';

/** What does not change while a rule's formulas are evaluated. */
export interface Frame {
  readonly symbols: ReadonlyMap<string, Poly>;
  readonly classes: readonly SourceClass[];
  /** Comparisons that hold at every source. */
  readonly given: readonly Expr[];
  readonly adding: Adding;
  /** Whether the classes depend on totals themselves; what is alike in all of them is then one total. */
  readonly entangled: boolean;
  /** What is known of a source of each class, in each cell. */
  readonly contexts: WeakMap<Cell, Map<number, Cell | undefined>>;
  /** How often a sign was asked for. */
  readonly effort: { decisions: number };
}

/** A value in a part of the cell it was asked for in. */
export interface Branch<A> {
  readonly cell: Cell;
  readonly value: A;
}

/** Where a formula is evaluated: at the output (undefined), or at one source of a class. */
export type Place = number | undefined;

/** A proof in more cases than this is not looked for. */
const mostCases = 600;

/** What follows from each branch. Too many of them stop the proof. */
export const flatMap = <A, B>(
  branches: readonly Branch<A>[],
  f: (value: A, cell: Cell) => readonly Branch<B>[],
): readonly Branch<B>[] => {
  const all = branches.flatMap(({ cell, value }) => f(value, cell));
  const [first] = all;
  return first === undefined || all.length <= mostCases
    ? all
    : [{ ...first, cell: stuck(first.cell, proofSays.tooManyCases(mostCases)) }];
};

/** One branch: the cell as it is. */
export const at = <A>(cell: Cell, value: A): readonly Branch<A>[] => [{ cell, value }];

/** The cell in which nothing can be said, and why. */
export const stuck = (cell: Cell, why: string): Cell => (cell.stuck === undefined ? { ...cell, stuck: why } : cell);

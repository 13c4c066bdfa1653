import type { Tensor } from '@kirchhoff/graph';
import { placesOf } from './judge.js';
import { cosine, isConstant, spearman, topIntersection } from './rank.js';
import { meanOf } from './statistic.js';

/** How alike two methods are, as means over samples; null where no sample has a value. */
export interface Agreement {
  readonly spearman: number | null;
  readonly cosine: number | null;
  /** Of the tenth of places that each finds most relevant, the part in common. */
  readonly top: number | null;
  /** Samples left out of these means, as one of the maps is the same everywhere. */
  readonly constant: number;
}

const meanKnown = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : meanOf(known);
};

/** Every method against every method. @param maps by method and sample */
export const agreements = (maps: readonly (readonly Tensor[])[]): readonly (readonly Agreement[])[] => {
  const places = maps.map((row) => row.map((map) => placesOf(map)));
  const cells = places.map((): Agreement[] => []);
  places.forEach((one, i) => {
    for (let j = i; j < places.length; j++) {
      const other = places[j]!;
      const ordered = one.map((map, n) => !isConstant(map) && !isConstant(other[n]!));
      const each = (like: (a: Float64Array, b: Float64Array) => number | null): number | null =>
        meanKnown(one.map((map, n) => (ordered[n] === true ? like(map, other[n]!) : null)));
      const cell: Agreement = {
        spearman: each(spearman),
        cosine: each(cosine),
        top: each((a, b) => topIntersection(a, b, Math.max(1, Math.round(a.length / 10)))),
        constant: ordered.filter((both) => !both).length,
      };
      cells[i]![j] = cell;
      cells[j]![i] = cell;
    }
  });
  return cells;
};

import { limitOf } from './scale.js';

/** Which maps share one colour limit: none, those of one sample, those of one rule, all. */
export type Share = 'map' | 'row' | 'column' | 'sheet';

/** What a colour measures: relevance itself, or relevance as a part of its map's Σ|R|. */
export type Unit = 'relevance' | 'share';

/** The sum of a map: what the rule says the input contributed in all. */
export const totalOf = (map: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < map.length; i++) total += map[i] ?? 0;
  return total;
};

/**
 * A map in the given unit. `share` divides by Σ|R|, so that maps of rules whose scales differ by orders of magnitude (or
 * that propagate gradients) can share a limit; a map that is 0 throughout stays so.
 */
export const inUnit = (map: ArrayLike<number>, unit: Unit): Float64Array => {
  const out = Float64Array.from(map);
  if (unit === 'relevance') return out;
  const sum = out.reduce((s, v) => s + Math.abs(v), 0);
  return sum === 0 ? out : out.map((v) => v / sum);
};

/** The colour limit of each map of a sheet (`maps[row][column]`), see `limitOf`. */
export const limitsOf = (
  maps: readonly (readonly ArrayLike<number>[])[],
  share: Share,
  quantile = 1,
): readonly (readonly number[])[] => {
  switch (share) {
    case 'map':
      return maps.map((row) => row.map((map) => limitOf([map], quantile)));
    case 'row':
      return maps.map((row) => {
        const limit = limitOf(row, quantile);
        return row.map(() => limit);
      });
    case 'column': {
      const widest = Math.max(0, ...maps.map((row) => row.length));
      const limits = Array.from({ length: widest }, (_, column) =>
        limitOf(
          maps.flatMap((row) => row.slice(column, column + 1)),
          quantile,
        ),
      );
      return maps.map((row) => row.map((_, column) => limits[column] ?? 1));
    }
    case 'sheet': {
      const limit = limitOf(maps.flat(), quantile);
      return maps.map((row) => row.map(() => limit));
    }
  }
};

import { pictureSays, Refusal, refuse, within } from '@kirchhoff/message';
import type { Share, Unit } from './limit.js';
import type { Bounds, Pixels } from './raster.js';

/** One column of a sheet: a rule or a composite. */
export interface SheetColumn {
  readonly title: string;
  /** A second, smaller line: parameters such as `ε = 0.1`. */
  readonly subtitle?: string | undefined;
}

/** The relevance of one input under one column's rule. */
export interface RelevanceMap extends Pixels {
  /** Printed below the map as Σ R; default: the sum of the map. */
  readonly total?: number;
  /** A short further line below it. */
  readonly note?: string;
}

/** One row of a sheet: a sample. */
export interface SheetRow {
  readonly input: Pixels;
  /** Which input values print black and white; see `inputRaster`. */
  readonly bounds?: Bounds;
  /** What is known of the sample, such as `3 → 3 (97 %)`. */
  readonly caption: string;
  /** One map per column, in the order of the columns. */
  readonly maps: readonly RelevanceMap[];
}

/** A figure that compares relevance maps: one row per sample, one column per rule. */
export interface Sheet {
  readonly title: string;
  readonly subtitle?: string;
  readonly columns: readonly SheetColumn[];
  readonly rows: readonly SheetRow[];
  /** What the relevance speaks for, where that is the same in all rows; the legend names it. */
  readonly target?: string;
  /**
   * Which maps share one colour limit. Default `'row'`: the maps of one sample are what is being compared, and only under
   * one limit does the same colour mean the same in each of them.
   */
  readonly share?: Share;
  /**
   * What a colour measures. Default `'share'`: the part of the map's Σ|R| that a pixel holds. Rules differ in scale by
   * orders of magnitude (positive and negative relevance may cancel in Σ R, gradients have a unit of their own), so under
   * one limit in units of relevance the strongest rule would blank out the others. Each Σ R, below its map, says how much
   * relevance there was in all. Choose `'relevance'` to compare amounts.
   */
  readonly unit?: Unit;
  /** The colour limit as a quantile of |R|, in (0, 1]; default 1, the largest |R|. See `limitOf`. */
  readonly quantile?: number;
  /** Draws the outline of the input faintly over each of its maps. */
  readonly overlay?: boolean;
}

/** Throws `Refusal` where a sheet cannot be drawn: no rows, no columns, or a row with too few or too many maps. */
export const checkSheet = ({ rows, columns }: Sheet): void => {
  if (rows.length === 0) refuse('/rows', pictureSays.emptySheet('rows'));
  if (columns.length === 0) refuse('/columns', pictureSays.emptySheet('columns'));
  rows.forEach(({ maps }, i) => {
    if (maps.length !== columns.length) {
      refuse(`/rows/${i}/maps`, pictureSays.wrongMapCount(maps.length, columns.length));
    }
  });
};

/** Runs a step of drawing; a `Refusal` inside it names `place` as well. */
export const atPlace = <T>(place: string, run: () => T): T => {
  try {
    return run();
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(within(place, error.problems)) : error;
  }
};

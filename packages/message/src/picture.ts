import { show } from './nearest.js';

export const notFinite = (value: number): string =>
  `the value ${value} has no colour; relevance must be finite: find the node that made it with the reference backend`;

export const badLimit = (limit: number): string =>
  `the colour limit is ${limit}; give a finite number above 0 (limitOf computes one)`;

export const badQuantile = (quantile: number): string =>
  `the quantile is ${quantile}; give a number above 0 and at most 1 (1: the largest |R|)`;

export const badFactor = (factor: number): string => `the factor is ${factor}; give a whole number of at least 1`;

export const badPictureShape = (shape: readonly number[]): string =>
  `shape ${show(shape)} is no picture; give [H, W], [C, H, W] (or [H, W, C] with layout "hwc"), one sample at a time`;

export const badLength = (shape: readonly number[], length: number): string =>
  `shape ${show(shape)} needs ${shape.reduce((n, d) => n * d, 1)} values, found ${length}`;

export const badChannels = (channels: number): string =>
  `${channels} channels cannot be shown as a picture; give 1 (grey) or 3 (red, green, blue), or check the layout ("chw" or "hwc")`;

export const badBounds = (name: string, bounds: number, channels: number): string =>
  `"${name}" holds ${bounds} bounds for ${channels} channels; give one number, or one per channel`;

export const outlineSize = (found: string, wanted: string): string =>
  `the outline is ${found}, the map ${wanted}; draw the outline of the same input at the same size`;

export const unreadableFont = (reason: string): string =>
  `not a font that can be read (${reason}); give the bytes of a TTF, OTF or WOFF file (not WOFF2)`;

export const noFace = (): string => 'no font was given; give the bytes of at least one TTF, OTF or WOFF file';

export const emptySheet = (what: 'rows' | 'columns'): string =>
  `a sheet without ${what} cannot be drawn; give at least one of its ${what}`;

export const wrongMapCount = (maps: number, columns: number): string =>
  `${maps} maps for ${columns} columns; give one map per column, in the order of the columns`;

export const noEntries = (): string => 'no entries to draw; give at least one { label, value }';

/** Words inside pictures. */
export const words = {
  input: 'input',
  total: (value: string): string => `Σ R = ${value}`,
  limit: (value: string): string => `limit ±${value}`,
  against: (target: string | undefined): string =>
    target === undefined ? 'speaks against' : `speaks against ${target}`,
  inFavour: (target: string | undefined): string => (target === undefined ? 'speaks for' : `speaks for ${target}`),
  unit: {
    relevance: 'Colour: relevance per pixel, channels summed.',
    share: 'Colour: relevance per pixel as a part of its map’s Σ|R|.',
  },
  share: {
    map: 'Each map has a limit of its own, printed below it: compare where, not how much.',
    row: 'The maps of a row share the limit printed below its input.',
    column: 'The maps of a column share the limit printed below its name.',
    sheet: 'All maps share one limit.',
  },
  beyond: (quantile: string): string => `Values above the ${quantile} quantile of |R| are shown at the limit.`,
  sum: 'sum',
  scale: 'colour scale',
} as const;

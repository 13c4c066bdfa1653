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

/** Words of a comparison's page. */
export const comparison = {
  input: 'input',
  mask: 'mask',
  maps: 'Maps',
  metrics: 'Metrics',
  againstRandom: 'Each method minus the random map, sample by sample',
  charts: 'The same as charts, with what each metric means',
  curves: 'Removing parts',
  curvesNote:
    'Mean probability of the decision (upright) by the part of the input that is replaced by the baseline (across). Blue, solid: the most relevant parts first; orange, dashed: the least relevant first; grey: random order.',
  ledger: 'Where it went',
  ledgerNote:
    'What arrived at the inputs, and every named leak, as parts of all that went anywhere, with their signs (right: towards the decision); means over samples. Methods that do not add up to the score are not shown.',
  agreement: 'Agreement of methods',
  ruleVerdicts: 'What the rules keep',
  ruleVerdictsNote:
    'Of every rule that governs a node in one of the methods: whether R = Σ messages + Σ leaks at every node, whether it conserves relevance where it claims to, and whether it keeps it positive where it claims to. proved: by algebra, for every number of sources; shown false: the rule itself says that it does not hold; –: nothing is claimed.',
  evidence: 'what each verdict rests on',
  methods: 'Methods',
  leftOut: 'Left out',
  rules: 'which rule governs which node',
  again: 'Make it again',
  sharedScale: 'one colour scale for all methods of a sample',
  ownScale: 'each map on its own scale',
  shownOf: (shown: number, count: number): string =>
    `${shown === count ? `${count} samples` : `${shown} of ${count} samples`}. Red speaks for the decision, blue against it; a colour is the place's part of its map's Σ|R|.`,
  intervals: (count: number): string =>
    `Means over ${count} samples with 95 % bootstrap intervals. Bold: the best mean, which need not be better than the next beyond chance.`,
  without: (count: number): string => `(${count} without)`,
  cost: (passes: number, milliseconds: number, constant: number): string =>
    `${passes} passes through linear operators a sample; ${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms a sample${constant > 0 ? `; ${constant} maps are the same everywhere` : ''}`,
} as const;

const counted = (count: number, what: string): readonly string[] =>
  count === 0 ? [] : [`${count} more ${what}${count === 1 ? '' : 's'}`];

/** What of a sheet is not drawn; empty where all of it is. */
export const leftOut = (rows: number, columns: number): string => {
  const left = [...counted(rows, 'row'), ...counted(columns, 'column')];
  return left.length === 0 ? '' : `and ${left.join(', ')}`;
};

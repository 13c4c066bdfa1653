import type { Tokens } from '@kirchhoff/text';
import { pictureSays, refuse, textSays } from '@kirchhoff/message';
import { inUnit, limitsOf, totalOf, type Share, type Unit } from './limit.js';
import type { SheetColumn } from './sheet.js';

/** A part of a text as it was written, and the tokens that the model reads in it. */
export interface TextSegment {
  readonly text: string;
  /** What stands there for the model (`보/VX`, `았/EP`), and whether it knows it. None for white space. */
  readonly tokens: readonly { readonly name: string; readonly known: boolean }[];
  /** The text was too long, and the model did not read this part. */
  readonly unread?: boolean;
}

/** A text and its relevance under each method. */
export interface TextSample {
  /** What is known of it, such as `→ 긍정 (98 %)`. */
  readonly caption: string;
  /** Its segments, one after the other: they make up the whole text. */
  readonly segments: readonly TextSegment[];
  /** For each method, in their order, the relevance of each segment; null where a segment has no tokens. */
  readonly values: readonly (readonly (number | null)[])[];
  /** For each method what is printed as Σ R; default: the sum of its values. */
  readonly totals?: readonly number[] | undefined;
  /** Something to be seen before the text is believed, such as that it was cut. */
  readonly notice?: string | undefined;
}

/** A figure that compares what rules say of texts: for each sample one line per method. */
export interface TextSheet {
  readonly title: string;
  readonly subtitle?: string;
  /** Rules or composites. */
  readonly methods: readonly SheetColumn[];
  readonly samples: readonly TextSample[];
  /** The language of the texts (BCP 47); default `ko`. */
  readonly language?: string;
  /** What the relevance speaks for, where that is the same in all samples; the legend names it. */
  readonly target?: string;
  /** Which lines share one colour limit: `'map'` none, `'row'` (default) those of a sample, `'column'` those of a method. */
  readonly share?: Share;
  /** What a colour measures; default `'share'`, the segment's part of its line's Σ|R|, so that rules of other scales compare. */
  readonly unit?: Unit;
}

/** The segments of a text that was encoded, for a sheet. */
export const textSegments = ({ tokens, segments, truncated }: Omit<Tokens, 'ids'>): readonly TextSegment[] =>
  segments.map(({ text, start }, i) => ({
    text,
    tokens: tokens
      .filter(({ segment }) => segment === i)
      .map(({ form, pos, known }) => ({ name: pos === undefined ? form : `${form}/${pos}`, known })),
    ...(truncated !== undefined && start >= truncated.from && { unread: true }),
  }));

/** A segment's relevance, its part of the line's Σ|R| (signed), and its position on the colour scale, in [−1, 1]. */
export interface Shade {
  readonly value: number;
  readonly part: number;
  readonly position: number;
}

/** One method's view of a sample. */
export interface ShadedLine {
  /** One for each segment; undefined where it has no relevance. */
  readonly shades: readonly (Shade | undefined)[];
  readonly total: number;
  /** What the ends of the colour scale measure, in the sheet's unit. */
  readonly limit: number;
}

const checkSample = ({ values, totals, segments }: TextSample, place: string, methods: number): void => {
  if (values.length !== methods) refuse(`${place}/values`, textSays.wrongRowCount(values.length, methods));
  if (totals !== undefined && totals.length !== methods)
    refuse(`${place}/totals`, textSays.wrongRowCount(totals.length, methods));
  values.forEach((row, i) => {
    if (row.length !== segments.length)
      refuse(`${place}/values/${i}`, textSays.wrongValueCount(row.length, segments.length));
    row.forEach((value, k) => {
      if (value !== null && !Number.isFinite(value)) refuse(`${place}/values/${i}/${k}`, pictureSays.notFinite(value));
    });
  });
};

/**
 * Where each segment of each sample stands on the colour scale: `[sample][method]`. Throws `Refusal` for a sheet without
 * samples or methods, for a number of values other than that of segments, and for values that are not finite.
 */
export const shadeSheet = (sheet: TextSheet): readonly (readonly ShadedLine[])[] => {
  const { samples, methods, share = 'row', unit = 'share' } = sheet;
  if (samples.length === 0) refuse('/samples', textSays.emptyTextSheet('samples'));
  if (methods.length === 0) refuse('/methods', textSays.emptyTextSheet('methods'));
  samples.forEach((sample, i) => checkSample(sample, `/samples/${i}`, methods.length));
  const lines = samples.map(({ values }) => values.map((row) => Float64Array.from(row, (value) => value ?? 0)));
  const measured = lines.map((rows) => rows.map((row) => inUnit(row, unit)));
  const limits = limitsOf(measured, share);
  return samples.map(({ values, totals }, i) =>
    values.map((row, m): ShadedLine => {
      const line = lines[i]![m]!;
      const parts = inUnit(line, 'share');
      const limit = limits[i]![m]!;
      const shades = row.map((value, k) =>
        value === null ? undefined : { value, part: parts[k]!, position: measured[i]![m]![k]! / limit },
      );
      return { shades, total: totals?.[m] ?? totalOf(line), limit };
    }),
  );
};

/** The sentences below a sheet that say what its colours mean. */
export const legendNotes = ({ samples, share = 'row', unit = 'share' }: TextSheet): readonly string[] => {
  const segments = samples.flatMap((sample) => sample.segments);
  const { words } = textSays;
  return [
    words.unit[unit],
    words.limits[share],
    ...(segments.some(({ tokens }) => tokens.some(({ known }) => !known)) ? [words.unknownLegend] : []),
    ...(segments.some(({ unread }) => unread === true) ? [words.unreadLegend] : []),
  ];
};

import { pictureSays } from '@kirchhoff/message';
import { heightOf, lineHeight, placeLine, placeLines, type Box, type TextBox } from './box.js';
import type { Font } from './font.js';
import { totalOf } from './limit.js';
import { planeOf, type Pixels } from './raster.js';
import type { Sheet } from './sheet.js';
import { styles } from './style.js';
import { ellipsise, numberText, percentText, wrap, type Style } from './text.js';

/** Where a picture goes: its raster, each pixel a square of `factor` pixels, fills the box. */
export interface PictureBox extends Box {
  readonly row: number;
  readonly column: number | 'input';
  readonly factor: number;
}

/** Where everything of a sheet goes; no two boxes overlap, and all lie inside `width` × `height`. */
export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly TextBox[];
  readonly pictures: readonly PictureBox[];
  readonly bar: Box;
}

export type Line = readonly [string, Style];

const margin = 28;
const gap = 14;
const inputGap = 30;
const rowGap = 16;
const least = 96;
const most = 448;
const leastContent = 340;
const widestBar = 340;
const barHeight = 12;

/** The factor by which a picture is enlarged (its longer side at least 96 pixels), and the size at which it is shown. */
export const shownSize = (
  pixels: Pixels,
): { readonly factor: number; readonly width: number; readonly height: number } => {
  const { width, height } = planeOf(pixels);
  const longer = Math.max(width, height);
  const factor = Math.max(1, Math.ceil(least / longer));
  const shrink = Math.min(1, most / (longer * factor));
  return { factor, width: width * factor * shrink, height: height * factor * shrink };
};

/** Lines of at most `width` pixels; see `wrap`. */
export const wrapped = (
  text: string | undefined,
  width: number,
  lines: number,
  style: Style,
  font: Font,
): readonly Line[] => wrap(text ?? '', width, lines, style, font).map((line) => [line, style] as const);

/** A colour limit as it is printed: a percentage where colours measure shares. */
export const limitText = (limit: number, unit: Sheet['unit']): string =>
  unit === 'relevance' ? numberText(limit) : percentText(limit);

/** The words around a sheet's pictures, already broken into lines that fit. */
const wordsOf = (sheet: Sheet, limits: readonly (readonly number[])[], cell: number, font: Font) => {
  const { share = 'row', unit } = sheet;
  const limit = (row: number, column: number): readonly Line[] =>
    wrapped(pictureSays.words.limit(limitText(limits[row]?.[column] ?? 1, unit)), cell, 1, styles.small, font);
  return {
    headers: sheet.columns.map(({ title, subtitle }, column) => [
      ...wrapped(title, cell, 2, styles.header, font),
      ...wrapped(subtitle, cell, 1, styles.parameter, font),
      ...(share === 'column' ? limit(0, column) : []),
    ]),
    captions: sheet.rows.map(({ caption }, row) => [
      ...wrapped(caption, cell, 2, styles.caption, font),
      ...(share === 'row' ? limit(row, 0) : []),
    ]),
    notes: sheet.rows.map(({ maps }, row) =>
      maps.map((map, column) => [
        ...wrapped(pictureSays.words.total(numberText(map.total ?? totalOf(map.data))), cell, 1, styles.small, font),
        ...wrapped(map.note, cell, 1, styles.small, font),
        ...(share === 'map' ? limit(row, column) : []),
      ]),
    ),
  };
};

/** What a legend says. */
export interface LegendWords {
  readonly target: string | undefined;
  /** What stands at the ends of the scale, without its sign. */
  readonly end: string;
  readonly notes: readonly string[];
  /** How wide the scale may be, in pixels. */
  readonly widest?: number;
}

export interface Legend {
  readonly texts: readonly TextBox[];
  readonly bar: Box;
  readonly bottom: number;
}

/** Places the colour scale and what is said about it. */
export const placeLegend = (
  { target, end, notes, widest = widestBar }: LegendWords,
  left: number,
  top: number,
  width: number,
  font: Font,
): Legend => {
  const { words } = pictureSays;
  const barWidth = Math.min(widest, width);
  const [barLeft, barRight] = [left + (width - barWidth) / 2, left + (width + barWidth) / 2];
  const half = barWidth / 2 - 10;
  const fitted = (text: string): string => ellipsise(text, half, styles.caption, font);
  const wordsBottom = top + lineHeight(styles.caption) + 2;
  const ticksTop = wordsBottom + barHeight + 3;
  const tick = (text: string, x: number, align: 'left' | 'middle' | 'right'): TextBox =>
    placeLine(ellipsise(text, barWidth / 3 - 4, styles.small, font), styles.small, x, ticksTop, align, font);
  const noteLines = wrapped(notes.join(' '), width, 5, styles.small, font);
  const noteTop = ticksTop + lineHeight(styles.small) + 6;
  return {
    texts: [
      placeLine(fitted(words.against(target)), styles.caption, barLeft, top, 'left', font),
      placeLine(fitted(words.inFavour(target)), styles.caption, barRight, top, 'right', font),
      tick(`−${end}`, barLeft, 'left'),
      tick('0', left + width / 2, 'middle'),
      tick(`+${end}`, barRight, 'right'),
      ...placeLines(noteLines, left + width / 2, noteTop, 'middle', font),
    ],
    bar: { x: barLeft, y: wordsBottom, width: barWidth, height: barHeight },
    bottom: noteTop + heightOf(noteLines),
  };
};

/** What stands at the ends of the legend's scale: the limit, where it is the same everywhere. */
export const endText = (limits: readonly (readonly number[])[], unit: Sheet['unit']): string => {
  const limit = limits[0]?.[0] ?? 1;
  return limits.every((row) => row.every((l) => l === limit)) ? limitText(limit, unit) : 'limit';
};

const legendOf = (sheet: Sheet, limits: readonly (readonly number[])[]): LegendWords => {
  const { share = 'row', unit = 'share', quantile = 1, target } = sheet;
  const { words } = pictureSays;
  const beyond = quantile < 1 ? [words.beyond(percentText(quantile))] : [];
  return { target, end: endText(limits, unit), notes: [words.unit[unit], words.share[share], ...beyond] };
};

/** What is written around the pictures of a row takes no more than this. */
const wordsHeight = 130;
/** The heading and the legend take no more than this. */
const aroundHeight = 400;

/**
 * As much of a sheet as makes a picture of at most `most` pixels either way: the first rows and columns. What is left out is
 * counted in the subtitle.
 */
export const fittingSheet = (sheet: Sheet, most: number): Sheet => {
  const { columns, rows, subtitle } = sheet;
  const sizes = rows.map(({ input, maps }) => [input, ...maps].map(shownSize));
  const cell = sizes.flat().reduce((widest, { width }) => Math.max(widest, width), least);
  const wide = Math.max(1, Math.floor((most - 2 * margin - cell - inputGap + gap) / (cell + gap)));
  let height = aroundHeight;
  let high = 0;
  for (const row of sizes) {
    height += Math.max(...row.map((size) => size.height)) + wordsHeight + rowGap;
    if (high > 0 && height > most) break;
    high++;
  }
  const left = pictureSays.leftOut(Math.max(0, rows.length - high), Math.max(0, columns.length - wide));
  if (left === '') return sheet;
  return {
    ...sheet,
    subtitle: [...(subtitle === undefined ? [] : [subtitle]), left].join(' · '),
    columns: columns.slice(0, wide),
    rows: rows.slice(0, high).map((row) => ({ ...row, maps: row.maps.slice(0, wide) })),
  };
};

/** Places everything of a sheet, given the colour limit of each map (`limitsOf`). */
export const layoutSheet = (sheet: Sheet, limits: readonly (readonly number[])[], font: Font): SheetLayout => {
  const shown = sheet.rows.map(({ input, maps }) => [input, ...maps].map(shownSize));
  const cell = Math.max(least, ...shown.flat().map(({ width }) => width));
  const grid = cell + inputGap + sheet.columns.length * (cell + gap) - gap;
  const content = Math.max(grid, leastContent);
  const gridLeft = margin + (content - grid) / 2;
  const leftOf = (column: number): number =>
    column < 0 ? gridLeft : gridLeft + cell + inputGap + column * (cell + gap);
  const words = wordsOf(sheet, limits, cell, font);

  const heading = [
    ...wrapped(sheet.title, content, 2, styles.title, font),
    ...wrapped(sheet.subtitle, content, 3, styles.subtitle, font),
  ];
  const texts: TextBox[] = [...placeLines(heading, margin, margin, 'left', font)];
  const headersTop = margin + heightOf(heading) + (heading.length > 0 ? 18 : 0);
  const headers: readonly (readonly Line[])[] = [[[pictureSays.words.input, styles.parameter]], ...words.headers];
  const headersBottom = headersTop + Math.max(...headers.map(heightOf));
  headers.forEach((lines, i) => {
    for (const one of placeLines(lines, leftOf(i - 1) + cell / 2, headersBottom - heightOf(lines), 'middle', font))
      texts.push(one);
  });

  const pictures: PictureBox[] = [];
  let top = headersBottom + 7;
  shown.forEach((sizes, row) => {
    const height = Math.max(...sizes.map((size) => size.height));
    const below: readonly (readonly Line[])[] = [words.captions[row] ?? [], ...(words.notes[row] ?? [])];
    sizes.forEach((size, i) => {
      const left = leftOf(i - 1);
      pictures.push({
        row,
        column: i === 0 ? 'input' : i - 1,
        factor: size.factor,
        x: left + (cell - size.width) / 2,
        y: top + (height - size.height) / 2,
        width: size.width,
        height: size.height,
      });
      for (const one of placeLines(below[i] ?? [], left + cell / 2, top + height + 4, 'middle', font)) texts.push(one);
    });
    top += height + 4 + Math.max(...below.map(heightOf)) + rowGap;
  });

  const legend = placeLegend(legendOf(sheet, limits), margin, top + 8, content, font);
  return {
    width: content + 2 * margin,
    height: legend.bottom + margin,
    texts: [...texts, ...legend.texts],
    pictures,
    bar: legend.bar,
  };
};

import { pictureSays, refuse } from '@kirchhoff/message';
import { lineHeight, placeLine, placeLines, heightOf, type Box, type TextBox } from './box.js';
import type { Font } from './font.js';
import { colourOf, hexOf, limitOf } from './scale.js';
import { axisColour, frameColour, styles } from './style.js';
import { rectangle, svgDocument, textOutline } from './svg.js';
import { ellipsise, numberText, percentText, wrap, type Style } from './text.js';

/** One place where relevance went: the inputs, or a named leak. */
export interface LedgerEntry {
  readonly label: string;
  readonly value: number;
}

export interface LedgerBarsOptions {
  readonly title?: string;
  /** What the values are parts of (the seed): prints each as a percentage of it too. Left out where it is 0. */
  readonly of?: number;
}

/** Where everything of the bars goes; no two texts overlap, and bars keep to their own field. */
export interface BarsLayout {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly TextBox[];
  readonly bars: readonly (Box & { readonly fill: string })[];
  /** The field of the bars: 0 is its middle. */
  readonly field: Box;
}

const margin = 20;
const gap = 14;
const widestLabel = 170;
const fieldWidth = 240;
const rowHeight = 21;
const barHeight = 13;

interface Column {
  readonly texts: readonly string[];
  readonly width: number;
}

const columnOf = (texts: readonly string[], style: Style, font: Font): Column => ({
  texts,
  width: Math.max(...texts.map((text) => font.width(text, style.size, style.weight))),
});

const labelColumn = (labels: readonly string[], font: Font): Column =>
  columnOf(
    labels.map((label) => ellipsise(label, widestLabel, styles.caption, font)),
    styles.caption,
    font,
  );

/** Places the rows of `ledgerBars`; the last row is the sum. */
export const layoutBars = (
  entries: readonly LedgerEntry[],
  { title = '', of: whole }: LedgerBarsOptions,
  font: Font,
): BarsLayout => {
  if (entries.length === 0) refuse('/entries', pictureSays.noEntries());
  entries.forEach(({ value }, i) => {
    if (!Number.isFinite(value)) refuse(`/entries/${i}/value`, pictureSays.notFinite(value));
  });
  const values = entries.map(({ value }) => value);
  const all = [...values, values.reduce((sum, value) => sum + value, 0)];
  const limit = limitOf([values]);

  const labels = labelColumn([...entries.map(({ label }) => label), pictureSays.words.sum], font);
  const numbers = columnOf(all.map(numberText), styles.caption, font);
  const percents =
    whole === undefined || whole === 0
      ? undefined
      : columnOf(
          all.map((value) => percentText(value / whole)),
          styles.small,
          font,
        );

  const fieldLeft = margin + labels.width + gap;
  const numbersRight = fieldLeft + fieldWidth + gap + numbers.width;
  const right = percents === undefined ? numbersRight : numbersRight + gap + percents.width;
  const heading = wrap(title, right - margin, 2, styles.header, font).map((line) => [line, styles.header] as const);
  const top = margin + heightOf(heading) + (heading.length > 0 ? 10 : 0);
  const sumGap = 7;
  const rowTop = (row: number): number => top + row * rowHeight + (row === entries.length ? sumGap : 0);

  const texts: TextBox[] = [...placeLines(heading, margin, margin, 'left', font)];
  const line = (text: string, style: Style, x: number, row: number): TextBox =>
    placeLine(text, style, x, rowTop(row) + (rowHeight - lineHeight(style)) / 2, 'right', font);
  all.forEach((_, row) => {
    texts.push(line(labels.texts[row] ?? '', styles.caption, fieldLeft - gap, row));
    texts.push(line(numbers.texts[row] ?? '', styles.caption, numbersRight, row));
    if (percents !== undefined) texts.push(line(percents.texts[row] ?? '', styles.small, right, row));
  });

  const zero = fieldLeft + fieldWidth / 2;
  const bars = values.flatMap((value, row) => {
    if (value === 0) return [];
    const width = Math.max(1, (Math.abs(value) / limit) * (fieldWidth / 2));
    const fill = hexOf(colourOf(value < 0 ? -0.65 : 0.65, 1));
    const y = rowTop(row) + (rowHeight - barHeight) / 2;
    return [{ x: value < 0 ? zero - width : zero, y, width, height: barHeight, fill }];
  });
  return {
    width: right + margin,
    height: rowTop(entries.length) + rowHeight + margin,
    texts,
    bars,
    field: { x: fieldLeft, y: top, width: fieldWidth, height: entries.length * rowHeight },
  };
};

/**
 * Where relevance went, as horizontal bars about 0 in an SVG document: red to the right, blue to the left, on a linear
 * scale whose ends are ± the largest |value|; a value other than 0 is at least one pixel wide. Below a line stands the
 * sum, which for a complete ledger is the seed. Throws `Refusal` for no entries and for values that are not finite.
 */
export const ledgerBars = (entries: readonly LedgerEntry[], options: LedgerBarsOptions, font: Font): string => {
  const { width, height, texts, bars, field } = layoutBars(entries, options, font);
  const axis: Box = { x: field.x + field.width / 2 - 0.5, y: field.y, width: 1, height: field.height };
  const rule: Box = { x: margin, y: field.y + field.height + 3, width: width - 2 * margin, height: 1 };
  return svgDocument(width, height, options.title ?? '', [
    rectangle(field, '#f6f7f8'),
    ...bars.map((bar) => rectangle(bar, bar.fill)),
    rectangle(axis, axisColour),
    rectangle(rule, frameColour),
    ...texts.map((text) => textOutline(text, font)),
  ]);
};

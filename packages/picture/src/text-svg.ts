import { pictureSays, textSays, visible } from '@kirchhoff/message';
import { heightOf, lineHeight, placeLine, placeLines, type Box, type TextBox } from './box.js';
import type { Font } from './font.js';
import { barPixels } from './heatmap.js';
import { endText, limitText, placeLegend, wrapped, type Line } from './layout.js';
import { heatRaster, pngDataUri } from './raster.js';
import { frameColour, styles } from './style.js';
import { frame, image, rectangle, ruleLine, svgDocument, textOutline } from './svg.js';
import { lightColours } from './text-colour.js';
import { breakSegments, leftOut } from './text-lines.js';
import { legendNotes, shadeSheet, type ShadedLine, type TextSample, type TextSheet } from './text-sheet.js';
import { numberText, type Style } from './text.js';

export interface TextSvgOptions {
  /** Of the picture, in pixels; default 720, at least 420. */
  readonly width?: number;
  /** About how high the picture may be, in pixels; of more texts it says how many they are. Default: as high as it takes. */
  readonly height?: number;
}

const margin = 28;
const gap = 14;
const labelWidth = 128;
const sumWidth = 96;
const leastWidth = 420;
const rowHeight = 27;
const boxHeight = 22;
const padding = 1.25;
const lineGap = 8;
const sampleGap = 18;
const sentence = { size: 15, weight: 'regular', colour: '#1b1f24' } as const satisfies Style;

const notice = { ...styles.small, colour: '#8a5a00' } as const satisfies Style;
const widestBar = 440;
/** Lines that are drawn of one text. */
const mostLines = 40;

/** A piece of a sentence with its colours. */
export interface SegmentBox extends TextBox {
  readonly ground: string | undefined;
  readonly unknown: boolean;
  readonly unread: boolean;
}

/** Where everything of a sheet of texts goes; no two texts overlap, and all lie inside `width` × `height`. */
export interface TextLayout {
  readonly width: number;
  readonly height: number;
  readonly texts: readonly TextBox[];
  readonly segments: readonly SegmentBox[];
  /** Hairlines between samples: their upper edges. */
  readonly rules: readonly number[];
  readonly bar: Box;
}

const placeSentence = (
  { segments }: TextSample,
  { shades }: ShadedLine,
  left: number,
  top: number,
  width: number,
  font: Font,
): { readonly boxes: readonly SegmentBox[]; readonly texts: readonly TextBox[]; readonly height: number } => {
  const measure = (text: string): number =>
    font.width(text, sentence.size, sentence.weight) + (text.trim() === '' ? 0 : 2 * padding);
  const lines = breakSegments(segments, measure, width, mostLines);
  const boxes = lines.flatMap((pieces, row) =>
    pieces.flatMap(({ text, segment, x, width: own }): readonly SegmentBox[] => {
      if (text.trim() === '') return [];
      const { tokens, unread = false } = segments[segment]!;
      const shade = shades[segment];
      const colours = shade && lightColours(shade.position);
      const colour = unread ? styles.small.colour : (colours?.ink ?? sentence.colour);
      return [
        {
          text,
          style: { ...sentence, colour },
          x: left + x,
          y: top + row * rowHeight + (rowHeight - boxHeight) / 2,
          width: own,
          height: boxHeight,
          ground: colours?.ground,
          unknown: tokens.some(({ known }) => !known),
          unread,
        },
      ];
    }),
  );
  const missing = lines.length < mostLines ? 0 : leftOut(segments, lines);
  const height = lines.length * rowHeight;
  if (missing === 0) return { boxes, texts: [], height };
  const note = placeLine(textSays.moreCharacters(missing), notice, left, top + height, 'left', font);
  return { boxes, texts: [note], height: height + lineHeight(notice) };
};

/** Places everything of a sheet of texts. Throws `Refusal` as `shadeSheet` does. */
export const layoutTexts = (
  sheet: TextSheet,
  { width = 720, height: highest = Infinity }: TextSvgOptions,
  font: Font,
): TextLayout => {
  const shaded = shadeSheet(sheet);
  const full = Math.max(leastWidth, width);
  const content = full - 2 * margin;
  const left = margin + labelWidth + gap;
  const textWidth = content - labelWidth - sumWidth - 2 * gap;
  const lines = (text: string | undefined, wide: number, most: number, style: Style): readonly Line[] =>
    wrapped(text === undefined ? undefined : visible(text), wide, most, style, font);

  const heading = [
    ...lines(sheet.title, content, 2, styles.title),
    ...lines(sheet.subtitle, content, 3, styles.subtitle),
  ];
  const texts: TextBox[] = [...placeLines(heading, margin, margin, 'left', font)];
  const segments: SegmentBox[] = [];
  const rules: number[] = [];
  let top = margin + heightOf(heading) + (heading.length > 0 ? sampleGap : 0);

  let drawn = 0;
  let leftLines = 0;
  for (const [i, sample] of sheet.samples.entries()) {
    if (top > highest) break;
    drawn++;
    const own = shaded[i]!;
    if (i > 0) {
      rules.push(top);
      top += sampleGap;
    }
    const limit = pictureSays.words.limit(limitText(own[0]!.limit, sheet.unit));
    const words: readonly Line[] = [
      ...lines(sample.caption, content - labelWidth - gap, 2, styles.header),
      ...lines(sample.notice, content - labelWidth - gap, 3, notice),
      ...((sheet.share ?? 'row') === 'row' ? lines(limit, content - labelWidth - gap, 1, styles.small) : []),
    ];
    for (const one of placeLines(words, left, top, 'left', font)) texts.push(one);
    top += heightOf(words) + (words.length > 0 ? 6 : 0);

    for (const [m, line] of own.entries()) {
      if (m > 0 && top > highest) {
        leftLines += own.length - m;
        break;
      }
      const { title, subtitle } = sheet.methods[m]!;
      const label = [...lines(title, labelWidth, 3, styles.caption), ...lines(subtitle, labelWidth, 2, styles.small)];
      const { boxes, texts: further, height } = placeSentence(sample, line, left, top, textWidth, font);
      const total = lines(pictureSays.words.total(numberText(line.total)), sumWidth, 1, styles.small);
      for (const one of placeLines(label, margin + labelWidth, top + 5, 'right', font)) texts.push(one);
      for (const one of total.map(([text, style]) => placeLine(text, style, margin + content, top + 6, 'right', font)))
        texts.push(one);
      for (const one of boxes) segments.push(one);
      for (const one of further) texts.push(one);
      top += Math.max(height, heightOf(label) + 5) + lineGap;
    }
    top += sampleGap - lineGap;
  }
  const more = textSays.more(sheet.samples.length - drawn, leftLines);
  if (more !== '') {
    texts.push(placeLine(more, styles.header, left, top, 'left', font));
    top += lineHeight(styles.header) + sampleGap;
  }

  const limits = shaded.map((own) => own.map(({ limit }) => limit));
  const words = {
    target: sheet.target,
    end: endText(limits, sheet.unit),
    notes: legendNotes(sheet),
    widest: widestBar,
  };
  const legend = placeLegend(words, margin, top + 6, content, font);
  return {
    width: full,
    height: legend.bottom + margin,
    texts: [...texts, ...legend.texts],
    segments,
    rules,
    bar: legend.bar,
  };
};

const drawSegment = (box: SegmentBox, font: Font): readonly string[] => {
  const { x, y, width, height, style, ground, unknown, unread } = box;
  return [
    ...(ground === undefined ? [] : [rectangle({ x, y, width: Math.max(1, width - 1), height }, ground, 3)]),
    textOutline({ ...box, x: x + padding, y: y + 0.6 }, font),
    ...(unknown ? [ruleLine(x + 1, y + height - 2.5, Math.max(1, width - 3), 1.2, style.colour, true)] : []),
    ...(unread ? [ruleLine(x, y + height / 2, width, 1, style.colour)] : []),
  ];
};

/** All that is written in a sheet: what a font for it must be able to print. */
export const charactersOf = ({ title, subtitle, methods, samples, target }: TextSheet): string =>
  [
    title,
    subtitle,
    target,
    ...methods.flatMap((method) => [method.title, method.subtitle]),
    ...samples.flatMap(({ caption, notice, segments }) => [caption, notice, ...segments.map(({ text }) => text)]),
  ].join('');

/**
 * Draws a sheet as an SVG document for print: white ground, all text as outlines. Each text as it was written, once per
 * method, its segments on the zero-centred scale, Σ R beside it. Throws `Refusal` as `shadeSheet` does.
 * @param font with the letters of `charactersOf`
 */
export const textSvg = (sheet: TextSheet, font: Font, options: TextSvgOptions = {}): string => {
  const { width, height, texts, segments, rules, bar } = layoutTexts(sheet, options, font);
  const scale = pngDataUri(heatRaster(barPixels(Math.round(bar.width)), 1));
  return svgDocument(width, height, visible(sheet.title), [
    ...rules.map((y) => rectangle({ x: margin, y, width: width - 2 * margin, height: 1 }, frameColour)),
    ...segments.flatMap((segment) => drawSegment(segment, font)),
    image(bar, scale, pictureSays.words.scale),
    frame(bar, frameColour),
    ...texts.map((text) => textOutline(text, font)),
  ]);
};

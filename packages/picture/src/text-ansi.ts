import { pictureSays, textSays, visible } from '@kirchhoff/message';
import stringWidth from 'string-width';
import { limitText } from './layout.js';
import type { Rgb } from './scale.js';
import { darkGround, inkOn, lightGround } from './text-colour.js';
import { legendNotes, shadeSheet, type ShadedLine, type TextSegment, type TextSheet } from './text-sheet.js';
import { breakSegments, leftOut, type Piece } from './text-lines.js';
import { numberText } from './text.js';

export interface TextAnsiOptions {
  /** How many columns the terminal has; default 80. */
  readonly columns?: number;
  /** Near-black instead of near-white at 0, for terminals with a dark ground. */
  readonly dark?: boolean;
}

/** Rows that are shown of one text. */
const mostRows = 100;

const escape = '\u001b[';
const reset = `${escape}0m`;
const styled = (code: string, text: string): string => `${escape}${code}m${text}${reset}`;
const bold = (text: string): string => styled('1', text);
const faint = (text: string): string => styled('2', text);

const ground = ([r, g, b]: Rgb): string => `48;2;${r};${g};${b}`;
const ink = ([r, g, b]: Rgb): string => `38;2;${r};${g};${b}`;
const onGround = (colour: Rgb, text: string, underline: boolean): string =>
  styled(`${ground(colour)};${ink(inkOn(colour))}${underline ? ';4' : ''}`, text);

/** The ground of a position in [−1, 1]. */
type Scale = (t: number) => Rgb;

const segmentAnsi = (segment: TextSegment, position: number | undefined, text: string, scale: Scale): string => {
  const unknown = segment.tokens.some(({ known }) => !known);
  if (position !== undefined) return onGround(scale(position), text, unknown);
  return segment.unread === true ? styled('2;9', text) : text;
};

const lineAnsi = (
  pieces: readonly Piece[],
  segments: readonly TextSegment[],
  { shades }: ShadedLine,
  scale: Scale,
): string =>
  pieces.map(({ text, segment }) => segmentAnsi(segments[segment]!, shades[segment]?.position, text, scale)).join('');

const legendAnsi = (sheet: TextSheet, width: number, scale: Scale): readonly string[] => {
  const against = visible(pictureSays.words.against(sheet.target));
  const inFavour = visible(pictureSays.words.inFavour(sheet.target));
  const cells = Math.min(41, Math.max(11, width - stringWidth(against + inFavour)));
  const bar = Array.from({ length: cells }, (_, i) => `${escape}${ground(scale((2 * i) / (cells - 1) - 1))}m `).join(
    '',
  );
  const notes = breakSegments([{ text: legendNotes(sheet).join(' ') }], stringWidth, width);
  return [
    `${against} ${bar}${reset} ${inFavour}`,
    ...notes.map((pieces) => faint(pieces.map(({ text }) => text).join(''))),
  ];
};

/**
 * Draws a sheet for a terminal that shows 24-bit colours: each text once per method, its segments on the zero-centred
 * scale (unknown tokens underlined, what is not read struck out), Σ R, and a legend. Control characters of the texts are
 * shown as signs. Ends without a line break. Throws `Refusal` as `shadeSheet` does.
 */
export const textAnsi = (sheet: TextSheet, { columns = 80, dark = false }: TextAnsiOptions = {}): string => {
  const scale = dark ? darkGround : lightGround;
  const shaded = shadeSheet(sheet);
  const width = Math.max(20, columns) - 2;
  const shared = (sheet.share ?? 'row') === 'row';
  const out = [bold(visible(sheet.title)), ...(sheet.subtitle === undefined ? [] : [faint(visible(sheet.subtitle))])];
  sheet.samples.forEach((sample, i) => {
    const lines = shaded[i]!;
    const limit = shared ? `  ${faint(pictureSays.words.limit(limitText(lines[0]!.limit, sheet.unit)))}` : '';
    out.push('', `${bold(visible(sample.caption))}${limit}`);
    if (sample.notice !== undefined) out.push(styled('33', visible(sample.notice)));
    const rows = breakSegments(sample.segments, stringWidth, width, mostRows);
    const missing = rows.length < mostRows ? 0 : leftOut(sample.segments, rows);
    lines.forEach((line, m) => {
      const { title, subtitle } = sheet.methods[m]!;
      const name = subtitle === undefined ? title : `${title} ${subtitle}`;
      out.push(`${visible(name)}  ${faint(pictureSays.words.total(numberText(line.total)))}`);
      for (const one of rows.map((pieces) => `  ${lineAnsi(pieces, sample.segments, line, scale)}`)) out.push(one);
      if (missing > 0) out.push(faint(textSays.moreCharacters(missing)));
    });
  });
  return [...out, '', ...legendAnsi(sheet, width, scale)].join('\n');
};

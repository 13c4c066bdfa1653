import type { Font } from './font.js';
import type { Style } from './text.js';

/** A rectangle of a picture, in pixels, y downwards. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A line of text and the rectangle that it fills. */
export interface TextBox extends Box {
  readonly text: string;
  readonly style: Style;
}

export type Align = 'left' | 'middle' | 'right';

/** The height of one line of text. */
export const lineHeight = (style: Style): number => 1.36 * style.size;

/** The height of some lines of text. */
export const heightOf = (lines: readonly (readonly [string, Style])[]): number =>
  lines.reduce((height, [, style]) => height + lineHeight(style), 0);

/** Places one line of text so that it starts at, is centred on, or ends at `x`, its upper edge at `y`. */
export const placeLine = (text: string, style: Style, x: number, y: number, align: Align, font: Font): TextBox => {
  const width = font.width(text, style.size, style.weight);
  const left = align === 'left' ? x : align === 'right' ? x - width : x - width / 2;
  return { text, style, x: left, y, width, height: lineHeight(style) };
};

/** Places lines of text one below the other. */
export const placeLines = (
  lines: readonly (readonly [string, Style])[],
  x: number,
  y: number,
  align: Align,
  font: Font,
): readonly TextBox[] =>
  lines.map(([text, style], i) => placeLine(text, style, x, y + heightOf(lines.slice(0, i)), align, font));

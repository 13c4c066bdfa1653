import type { Font, Weight } from './font.js';

/** How a text is set: size in pixels, colour as `#rrggbb`. */
export interface Style {
  readonly size: number;
  readonly weight: Weight;
  readonly colour: string;
}

/** The text, or as much of it as fits into `width` pixels with an ellipsis. */
export const ellipsise = (text: string, width: number, style: Style, font: Font): string => {
  const fits = (candidate: string): boolean => font.width(candidate, style.size, style.weight) <= width;
  if (fits(text)) return text;
  const characters = [...text];
  const shortened = (kept: number): string => `${characters.slice(0, kept).join('').trimEnd()}…`;
  let [fitting, tooLong] = [0, characters.length];
  while (tooLong - fitting > 1) {
    const middle = Math.floor((fitting + tooLong) / 2);
    if (fits(shortened(middle))) fitting = middle;
    else tooLong = middle;
  }
  return fits(shortened(fitting)) ? shortened(fitting) : '';
};

/**
 * The text in at most `most` lines of `width` pixels, broken after spaces, hyphens, slashes and commas; what does not fit
 * ends in an ellipsis. An empty text has no lines.
 */
export const wrap = (text: string, width: number, most: number, style: Style, font: Font): readonly string[] => {
  const pieces = text.match(/\s+|[^\s\-/,]+[-/,]*|[-/,]+/gu) ?? [];
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces) {
    const overflows = font.width((line + piece).trim(), style.size, style.weight) > width;
    if (overflows && line.trim() !== '') {
      lines.push(line);
      line = '';
    }
    line += piece;
  }
  lines.push(line);
  const shown = lines.length <= most ? lines : [...lines.slice(0, most - 1), lines.slice(most - 1).join('')];
  return shown.map((l) => ellipsise(l.trim(), width, style, font)).filter((l) => l !== '');
};

/** A number with three significant digits, a true minus sign, and an exponent where it is very large or small. */
export const numberText = (value: number): string => {
  const size = Math.abs(value);
  const digits = size === 0 ? '0' : size >= 1e5 || size < 1e-3 ? value.toExponential(2) : fixed(value, 3);
  return digits.replaceAll('-', '−').replace('e+', 'e');
};

const fixed = (value: number, significant: number): string => {
  const before = Math.floor(Math.log10(Math.abs(value))) + 1;
  return value.toFixed(Math.max(0, significant - before));
};

/** A part of 1 as a percentage with two significant digits. */
export const percentText = (part: number): string => {
  const percent = 100 * part;
  const size = Math.abs(percent);
  if (size === 0) return '0 %';
  const digits =
    size < 0.01 ? percent.toExponential(1) : size >= 99.5 && size < 100 ? percent.toFixed(1) : fixed(percent, 2);
  return `${digits.replaceAll('-', '−')} %`;
};

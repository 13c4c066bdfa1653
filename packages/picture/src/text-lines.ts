import { visible } from '@kirchhoff/message';

/** A stretch of one segment on one line, without line breaks. */
export interface Piece {
  readonly text: string;
  readonly segment: number;
  /** Where it starts on its line, and how wide it is, in the unit of the measure. */
  readonly x: number;
  readonly width: number;
}

type Stretch = Pick<Piece, 'text' | 'segment'>;

/** Longer words are broken without being measured, which takes time. */
const longestWord = 1000;

const graphemes = new Intl.Segmenter('ko', { granularity: 'grapheme' });

/** The text in parts that each fit into `width`, or are a single character. */
function* chop(text: string, measure: (text: string) => number, width: number): Generator<string> {
  let part = '';
  for (const { segment } of graphemes.segment(text)) {
    if (part !== '' && measure(part + segment) > width) {
      yield part;
      part = '';
    }
    part += segment;
  }
  yield part;
}

/** What a line may not be broken inside of, but for want of room: words (which may run over several segments) and spaces. */
const unitsOf = (segments: readonly { readonly text: string }[]): readonly (readonly Stretch[] | 'break')[] => {
  const units: (Stretch[] | 'break')[] = [];
  let word: Stretch[] | undefined;
  segments.forEach(({ text }, segment) => {
    for (const [part] of text.matchAll(/\r\n?|\n|[^\S\r\n]+|\S+/gu)) {
      if (part.trim() !== '') {
        if (word === undefined) units.push((word = []));
        word.push({ text: visible(part), segment });
        continue;
      }
      word = undefined;
      units.push(/[\r\n]/u.test(part) ? 'break' : [{ text: visible(part.replaceAll('\t', ' ')), segment }]);
    }
  });
  return units;
};

/**
 * Breaks a text, given in segments, into lines of at most `width`: at its own line breaks, and between words, whose segments
 * stay together; words that are wider than a line are broken where they must. Spaces at a break vanish.
 * @param measure the width of a text
 * @param most so many lines; the text ends there
 */
export const breakSegments = (
  segments: readonly { readonly text: string }[],
  measure: (text: string) => number,
  width: number,
  most = Infinity,
): readonly (readonly Piece[])[] => {
  const lines: Piece[][] = [[]];
  let x = 0;
  let wrapped = false;
  const widthOf = (text: string): number => (text.length > longestWord ? Infinity : measure(text));
  const newLine = (byWidth: boolean): void => {
    const line = lines.at(-1)!;
    if (byWidth && line.at(-1)?.text.trim() === '') line.pop();
    lines.push([]);
    [x, wrapped] = [0, byWidth];
  };
  const put = ({ text, segment }: Stretch): void => {
    const own = measure(text);
    lines.at(-1)!.push({ text, segment, x, width: own });
    x += own;
  };
  for (const unit of unitsOf(segments)) {
    if (lines.length > most) break;
    if (unit === 'break') {
      newLine(false);
      continue;
    }
    const blank = unit.every(({ text }) => text.trim() === '');
    const wide = unit.reduce((sum, { text }) => sum + widthOf(text), 0);
    if (x > 0 && x + wide > width) newLine(true);
    if (blank && ((x === 0 && wrapped) || wide > width)) continue;
    if (wide <= width) unit.forEach(put);
    else {
      for (const { text, segment } of unit) {
        for (const part of widthOf(text) <= width ? [text] : chop(text, measure, width)) {
          if (lines.length > most) break;
          if (x > 0 && x + measure(part) > width) newLine(true);
          put({ text: part, segment });
        }
      }
    }
  }
  return lines.slice(0, most);
};

/** How many characters of a text its lines leave out. */
export const leftOut = (
  segments: readonly { readonly text: string }[],
  lines: readonly (readonly Piece[])[],
): number => {
  const letters = (texts: readonly string[]): number =>
    texts.reduce((sum, text) => sum + text.replaceAll(/\s+/gu, '').length, 0);
  return letters(segments.map(({ text }) => text)) - letters(lines.flat().map(({ text }) => text));
};

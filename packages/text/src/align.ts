import { atomsOf, isVowel } from './jamo.js';

/** Which place of the surface answers to which place of the forms; places in rising order on both sides. */
type Pair = readonly [surface: number, form: number];

/** Above this many comparisons a word is not aligned but taken as a whole. */
const mostCells = 4_000_000;

const gap = 2;

/** Two sounds that differ cost less than leaving out both, but only among vowels and among consonants. */
const substitution = (a: string, b: string): number => (a === b ? 0 : isVowel(a) === isVowel(b) ? 3 : 5);

/**
 * The pairs of a cheapest alignment (Needleman & Wunsch 1970) of two sequences of sounds; sounds that are left out of it
 * have no pair. Of equally cheap ones it is that which pairs early sounds of `forms`. Undefined where it would take too long.
 */
const align = (surface: readonly string[], forms: readonly string[]): readonly Pair[] | undefined => {
  const shorter = Math.min(surface.length, forms.length);
  let head = 0;
  while (head < shorter && surface[head] === forms[head]) head++;
  let tail = 0;
  while (tail < shorter - head && surface[surface.length - 1 - tail] === forms[forms.length - 1 - tail]) tail++;
  const [rows, columns] = [surface.length - head - tail, forms.length - head - tail];
  if (rows * columns > mostCells) return undefined;

  const width = columns + 1;
  const cost = new Int32Array((rows + 1) * width);
  for (let j = 1; j <= columns; j++) cost[j] = j * gap;
  const step = (i: number, j: number): number =>
    cost[(i - 1) * width + j - 1]! + substitution(surface[head + i - 1]!, forms[head + j - 1]!);
  for (let i = 1; i <= rows; i++) {
    cost[i * width] = i * gap;
    for (let j = 1; j <= columns; j++) {
      const skip = Math.min(cost[(i - 1) * width + j]!, cost[i * width + j - 1]!) + gap;
      cost[i * width + j] = Math.min(skip, step(i, j));
    }
  }

  const pairs: Pair[] = [];
  for (let k = 0; k < tail; k++) pairs.push([surface.length - 1 - k, forms.length - 1 - k]);
  let [i, j] = [rows, columns];
  while (i > 0 && j > 0) {
    const here = cost[i * width + j]!;
    if (here === cost[i * width + j - 1]! + gap) j--;
    else if (here === cost[(i - 1) * width + j]! + gap) i--;
    else pairs.push([head + --i, head + --j]);
  }
  for (let k = head - 1; k >= 0; k--) pairs.push([k, k]);
  return pairs.reverse();
};

/** A part of a word and the tokens that it is made of. */
export interface Part {
  readonly text: string;
  /** The first token, and the one after the last. */
  readonly from: number;
  readonly to: number;
}

/** The places of `units` at which each sound stands. */
const placesOf = (units: readonly string[]): { readonly atoms: readonly string[]; readonly at: readonly number[] } => {
  const atoms = units.map(atomsOf);
  return { atoms: atoms.flat(), at: atoms.flatMap((own, i) => own.map(() => i)) };
};

const graphemes = new Intl.Segmenter('ko', { granularity: 'grapheme' });

/**
 * Cuts a word where its tokens meet. Tokens may be spelt differently from the word (irregular and contracted forms): their
 * sounds are aligned with the word's. Tokens that share a syllable share a part (봤 = 보 + 았), and a token of which no
 * sound is left goes with the next one. Parts partition the word and the tokens, in order, and cut no character in two.
 * @param word not empty
 * @param forms the tokens as the tokenizer spells them, at least one
 */
export const cutWord = (word: string, forms: readonly string[]): readonly Part[] => {
  const units = Array.from(graphemes.segment(word), ({ segment }) => segment);
  const surface = placesOf(units);
  const spelt = placesOf(forms);
  const pairs = align(surface.atoms, spelt.atoms);
  const whole = [{ text: word, from: 0, to: forms.length }];
  if (pairs === undefined) return whole;

  const first = new Map<number, number>();
  const last = new Map<number, number>();
  for (const [s, f] of pairs) {
    const [unit, token] = [surface.at[s]!, spelt.at[f]!];
    if (!first.has(unit)) first.set(unit, token);
    last.set(unit, token);
  }

  const parts: Part[] = [];
  let text = '';
  let from = 0;
  let reached = -1;
  units.forEach((unit, i) => {
    const next = first.get(i);
    if (next !== undefined && reached >= 0 && next > reached) {
      parts.push({ text, from, to: reached + 1 });
      [text, from] = ['', reached + 1];
    }
    text += unit;
    reached = last.get(i) ?? reached;
  });
  return [...parts, { text, from, to: forms.length }];
};

import type { Tensor } from '@kirchhoff/graph';
import { cutWord } from './align.js';

/** What a tokenizer finds. */
export interface Morpheme {
  /** As the tokenizer spells it, which need not be how it is written in the text. */
  readonly form: string;
  /** Its part of speech, where the tokenizer tells. */
  readonly pos?: string | undefined;
  /** Where the word that it belongs to starts and ends in the text, in UTF-16 units. */
  readonly word: readonly [start: number, end: number];
}

/** A part of the text as it was written. */
export interface Segment {
  /** In UTF-16 units of the text: `text.slice(start, end)`. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One place of the model's input. */
export interface Token {
  readonly form: string;
  readonly pos?: string | undefined;
  readonly id: number;
  /** Whether the vocabulary has it; its id is that of the unknown token otherwise. */
  readonly known: boolean;
  /** The segment that it belongs to. Several tokens may share one. */
  readonly segment: number;
}

/** A text as the model reads it. */
export interface Tokens {
  /** The text, in Unicode's form NFC. */
  readonly text: string;
  /** int64 [1, T]. */
  readonly ids: Tensor;
  /** T of them. */
  readonly tokens: readonly Token[];
  /** They partition the text, in order. White space, and what the model does not read, has segments without tokens. */
  readonly segments: readonly Segment[];
  /** Where the text was too long: how many tokens are read, and from where on (a UTF-16 place) nothing is. */
  readonly truncated?: { readonly kept: number; readonly from: number; readonly notice: string };
}

/** `재미있/VA`, or the form alone where there is no part of speech. */
export const tokenName = ({ form, pos }: Pick<Token, 'form' | 'pos'>): string =>
  pos === undefined ? form : `${form}/${pos}`;

interface Word {
  readonly start: number;
  end: number;
  readonly forms: string[];
}

/** Morphemes by word. Words are kept in order and apart: one that overlaps the word before, or is empty, joins it. */
const wordsOf = (text: string, morphemes: readonly Morpheme[]): readonly Word[] => {
  const words: Word[] = [];
  for (const { form, word } of morphemes) {
    const last = words.at(-1);
    const start = Math.min(Math.max(word[0], 0), text.length);
    const end = Math.min(word[1], text.length);
    if (last !== undefined && (start < last.end || end <= start)) {
      last.end = Math.max(last.end, end);
      last.forms.push(form);
    } else if (end > start) {
      words.push({ start, end, forms: [form] });
    } else {
      words.push({ start: 0, end: text.length, forms: [form] });
    }
  }
  return words;
};

/**
 * Cuts a text into segments that partition it, and says which segment each morpheme belongs to: words at their spans,
 * each cut inside by `cutWord`, and what lies between words.
 */
export const segmentText = (
  text: string,
  morphemes: readonly Morpheme[],
): { readonly segments: readonly Segment[]; readonly segmentOf: readonly number[] } => {
  const segments: Segment[] = [];
  const segmentOf: number[] = [];
  let at = 0;
  const push = (part: string): void => {
    if (part === '') return;
    segments.push({ start: at, end: at + part.length, text: part });
    at += part.length;
  };
  for (const { start, end, forms } of wordsOf(text, morphemes)) {
    push(text.slice(at, start));
    for (const { text: part, from, to } of cutWord(text.slice(start, end), forms)) {
      for (let i = from; i < to; i++) segmentOf.push(segments.length);
      push(part);
    }
  }
  push(text.slice(at));
  return { segments, segmentOf };
};

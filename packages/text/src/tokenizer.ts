import { problem, textSays, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { TokenizerName } from './spec.js';
import type { Morpheme } from './tokens.js';

/** Cuts a text (NFC) into morphemes, in order. */
export type Tokenizer = (text: string) => readonly Morpheme[];

/** Every match as a token that is spelt as it is written. */
const matching =
  (pattern: RegExp): Tokenizer =>
  (text) =>
    Array.from(text.matchAll(pattern), (match) => ({
      form: match[0],
      word: [match.index, match.index + match[0].length] as const,
    }));

/** The UTF-16 place of each code point, and the text's length. */
const placesOf = (text: string): readonly number[] => {
  const places = [0];
  for (const character of text) places.push(places.at(-1)! + character.length);
  return places;
};

/** garu-ko (MIT): its spans are those of words, in code points. */
const loadGaru = async (): Promise<Tokenizer> => {
  const { openAnalyzer } = await import('#garu');
  const analyze = await openAnalyzer();
  return (text) => {
    const { tokens } = analyze(text);
    const places = placesOf(text);
    return tokens.map(({ text: form, pos, start, end }) => ({
      form,
      pos,
      word: [places[start] ?? text.length, places[end] ?? text.length],
    }));
  };
};

const loaders: { readonly [Name in TokenizerName]: () => Promise<Tokenizer> } = {
  'garu-ko': loadGaru,
  whitespace: async () => matching(/\S+/gu),
  words: async () => matching(/[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}\p{N}]+)*|\S/gu),
};

const loaded = new Map<TokenizerName, Promise<Tokenizer>>();

/** A tokenizer, loaded when it is first asked for and kept. */
export const loadTokenizer = async (name: TokenizerName): Promise<Result<Tokenizer>> => {
  const loading = loaded.get(name) ?? loaders[name]();
  loaded.set(name, loading);
  try {
    return E.right(await loading);
  } catch (thrown) {
    loaded.delete(name);
    return E.left([
      problem('', textSays.tokenizerFailed(name, thrown instanceof Error ? thrown.message : String(thrown))),
    ]);
  }
};

import { option } from './option.js';
import { show } from './nearest.js';

// Texts and vocabularies.

const list = (words: readonly string[], most: number): string =>
  words.length <= most ? words.join(', ') : `${words.slice(0, most).join(', ')}, … (${words.length - most} more)`;

export const emptyText = (): string => 'the text is empty; write at least one word';

export const nothingKnown = (forms: readonly string[]): string =>
  `the vocabulary has none of the text's ${forms.length === 1 ? 'tokens' : `${forms.length} tokens`} (${list(forms, 5)}), so that the model would see nothing of it; write words that the model knows`;

export const truncatedText = (kept: number, dropped: number): string =>
  `the text is too long: the model reads its first ${kept} tokens, and not the last ${dropped}; shorten it to explain all of it`;

export const truncatedLong = (kept: number): string =>
  `the text is too long: the model reads its first ${kept} tokens, and nothing after them; shorten it to explain all of it`;

export const noVocabulary = (found: unknown): string =>
  `a vocabulary is a list of texts, whose places are the ids, or an object of ids by text; found ${show(found)}`;

export const emptyVocabulary = (): string => 'the vocabulary is empty; list the tokens that the model knows';

export const badWord = (found: unknown): string => `a token is a text, found ${show(found)}`;

export const repeatedWord = (word: string, first: number): string =>
  `${show(word)} stands in the list already, at ${first}; list each token once`;

export const badId = (found: unknown): string => `an id is a whole number of at least 0, found ${show(found)}`;

export const repeatedId = (id: number, first: string): string =>
  `the id ${id} is already that of ${show(first)}; give each token an id of its own`;

export const idOutside = (key: string, id: number, size: number): string =>
  `"${key}" is ${id}, but the vocabulary's ids end at ${size - 1}; correct "${key}" in model.json, or the vocabulary`;

export const notFor = (key: string, tokenizer: string, others: readonly string[]): string =>
  `"${key}" means nothing to the tokenizer "${tokenizer}"; leave it out, or use ${others.map((name) => `"${name}"`).join(' or ')}`;

export const textShape = (type: string, shape: readonly (number | string)[]): string =>
  `the graph takes ${type}[${shape.join(', ')}], but a text gives int64[1, T] (T: its number of tokens); declare the input as int64 ["N", "T"]`;

export const oneKind = (kinds: readonly string[], found: readonly string[]): string =>
  found.length === 0
    ? `say how the input comes about: give one of ${list(kinds, kinds.length)}`
    : `an input comes about in one way, found ${list(found, found.length)}; keep one of them`;

export const noTextFile = (input: string): string =>
  `the input "${input}" takes a text; give the text itself (${option('text')} TEXT), or a .npy array of token ids`;

export const missingText = (input: string): string =>
  `nothing is given for the input "${input}"; ${option('text')} TEXT, ${option('text-file')} FILE, or ${option('input')} FILE (a .npy array of token ids)`;

export const noPictureText = (input: string): string =>
  `the input "${input}" takes a picture, not a text; give a picture or a .npy array (${option('input')} FILE)`;

export const tokenizerFailed = (tokenizer: string, reason: string): string =>
  `the tokenizer "${tokenizer}" could not be loaded (${reason}); install the packages anew`;

export const relevanceShape = (shape: readonly number[], tokens: number): string =>
  `a relevance of shape [${shape.join(', ')}] does not belong to ${tokens} tokens; give one sample, [1, ${tokens}, components] or [${tokens}, components]`;

// Pictures of text.

export const emptyTextSheet = (what: 'samples' | 'methods'): string =>
  `a sheet without ${what} cannot be drawn; give at least one of its ${what}`;

export const wrongRowCount = (rows: number, methods: number): string =>
  `${rows} rows of values for ${methods} methods; give one row per method, in the order of the methods`;

export const wrongValueCount = (values: number, segments: number): string =>
  `${values} values for ${segments} segments; give one per segment: a number, or null where no token stands`;

/** Words inside pictures of text. */
export const words = {
  unknown: 'unknown to the model',
  unknownLegend: 'Underlined: a token that the model does not know.',
  unread: 'not read by the model',
  unreadLegend: 'Struck out: not read by the model.',
  relevance: (value: string, part: string): string => `R = ${value} (${part} of Σ|R|)`,
  limits: {
    map: 'Each line has a colour limit of its own: compare where, not how much.',
    row: 'The lines of a sample share one colour limit.',
    column: 'The lines of a rule share one colour limit.',
    sheet: 'All lines share one colour limit.',
  },
  unit: {
    relevance: 'Colour: relevance of the segment.',
    share: 'Colour: the segment’s part of its line’s Σ|R|.',
  },
  numbers: 'Numbers',
  segment: 'segment',
  tokens: 'tokens',
} as const;

export const moreCharacters = (count: number): string => `and ${count.toLocaleString('en')} more characters`;

/** What of a sheet is not drawn; empty where all of it is. */
export const more = (texts: number, lines: number): string => {
  const left = [
    ...(lines > 0 ? [`${lines} more ${lines === 1 ? 'line' : 'lines'}`] : []),
    ...(texts > 0 ? [`${texts} more`] : []),
  ];
  return left.length === 0 ? '' : `and ${left.join(', and ')}`;
};

import { described, pointerTo, type Graph } from '@kirchhoff/graph';
import { problem, textSays, type Problem } from '@kirchhoff/message';
import * as t from 'io-ts';

/** How a text is cut into tokens. */
export const tokenizerNames = ['garu-ko', 'whitespace', 'words'] as const;
export type TokenizerName = (typeof tokenizerNames)[number];

/** How a token is written in the vocabulary: `재미있/VA`, or `재미있`. */
export type TokenForm = 'form/POS' | 'form';

interface Lookup {
  /** The vocabulary's file, beside model.json: a list of tokens in the order of their ids, or an object of ids. */
  readonly vocabulary: string;
  /** The id of tokens that the vocabulary lacks. */
  readonly unknown: number;
  /** The id that fills up sequences; no token of a text ever has it. */
  readonly padding?: number | undefined;
  /** How many tokens the model reads; of a longer text, the first ones. */
  readonly maximum: number;
}

/** Korean morphemes, by garu-ko. */
export interface MorphemeSpec extends Lookup {
  readonly tokenizer: 'garu-ko';
  readonly form: TokenForm;
}

/** What stands between white space; or words and, each on its own, other characters. */
export interface WordSpec extends Lookup {
  readonly tokenizer: 'whitespace' | 'words';
  /** Whether tokens are looked up in lower case. */
  readonly lowercase: boolean;
}

/** How a text becomes token ids, int64 [1, T]. */
export type TextSpec = MorphemeSpec | WordSpec;

const id = described(
  'a whole number of at least 0',
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
  { type: 'integer', minimum: 0 },
);
const count = described(
  'a whole number above 0',
  (value): value is number => Number.isSafeInteger(value) && Number(value) > 0,
  { type: 'integer', minimum: 1 },
);

/** The `text` of an input in model.json. */
export const textJson = t.exact(
  t.intersection([
    t.type({
      tokenizer: t.keyof({ 'garu-ko': null, whitespace: null, words: null }),
      vocabulary: t.string,
      unknown: id,
      maximum: count,
    }),
    t.partial({ padding: id, form: t.keyof({ 'form/POS': null, form: null }), lowercase: t.boolean }),
  ]),
);

/** Fills in defaults; refuses options that belong to another tokenizer. */
export const decodeText = (json: t.TypeOf<typeof textJson>, pointer: string, problems: Problem[]): TextSpec => {
  const { tokenizer, vocabulary, unknown, maximum, padding, form, lowercase } = json;
  const lookup = { vocabulary, unknown, maximum, padding };
  const refuse = (key: string, others: readonly TokenizerName[]): void => {
    problems.push(problem(pointerTo(pointer, key), textSays.notFor(key, tokenizer, others)));
  };
  if (tokenizer === 'garu-ko') {
    if (lowercase !== undefined) refuse('lowercase', ['whitespace', 'words']);
    return { tokenizer, form: form ?? 'form/POS', ...lookup };
  }
  if (form !== undefined) refuse('form', ['garu-ko']);
  return { tokenizer, lowercase: lowercase ?? false, ...lookup };
};

/** What is wrong with giving a text to this input, if anything. */
export const checkTextInput = ({ type, shape }: Graph['inputs'][number]): string | undefined => {
  const free = shape.every((dim, axis) => typeof dim === 'string' || (axis === 0 && dim === 1));
  return type === 'int64' && shape.length === 2 && free ? undefined : textSays.textShape(type, shape);
};

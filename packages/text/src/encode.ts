import { tensor } from '@kirchhoff/graph';
import { each, problem, textSays, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { TextSpec } from './spec.js';
import { loadTokenizer, type Tokenizer } from './tokenizer.js';
import { segmentText, tokenName, type Morpheme, type Token, type Tokens } from './tokens.js';
import type { Vocabulary } from './vocabulary.js';

/** Turns texts into what a model reads. */
export interface TextReader {
  readonly spec: TextSpec;
  readonly vocabulary: Vocabulary;
  readonly tokenizer: Tokenizer;
}

/** A text, and what to call it in problems. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Loads the tokenizer and checks that the ids which the spec names are in the vocabulary. */
export const makeTextReader = async (spec: TextSpec, vocabulary: Vocabulary): Promise<Result<TextReader>> => {
  const named = { unknown: spec.unknown, ...(spec.padding !== undefined && { padding: spec.padding }) };
  const wrong = Object.entries(named).flatMap(([key, id]) =>
    id < vocabulary.size ? [] : [problem(key, textSays.idOutside(key, id, vocabulary.size))],
  );
  const tokenizer = await loadTokenizer(spec.tokenizer);
  if (E.isLeft(tokenizer)) return E.left([...wrong, ...tokenizer.left]);
  return wrong.length > 0 ? E.left(wrong) : E.right({ spec, vocabulary, tokenizer: tokenizer.right });
};

/** How far beyond the last token that is read a tokenizer sees: analyses of Korean take time by the square of the length. */
const charactersPerToken = 16;
const fewestCharacters = 256;

/** The part of a text that is analysed: all of it, or so much that it holds more than `maximum` tokens, whole words. */
const analysed = (text: string, maximum: number): string => {
  const most = Math.max(fewestCharacters, charactersPerToken * maximum);
  if (text.length <= most) return text;
  const end = text.slice(0, most).search(/\s\S*$/u);
  const cut = end > 0 ? end : most;
  const splits = /[\ud800-\udbff]/u.test(text.charAt(cut - 1)) && /[\udc00-\udfff]/u.test(text.charAt(cut));
  return text.slice(0, splits ? cut - 1 : cut);
};

const lookupName = (spec: TextSpec, { form, pos }: Morpheme): string => {
  if (spec.tokenizer !== 'garu-ko') return spec.lowercase ? form.toLowerCase() : form;
  return spec.form === 'form' || pos === undefined ? form : `${form}/${pos}`;
};

const lookUp = ({ spec, vocabulary }: TextReader, morpheme: Morpheme): Pick<Token, 'id' | 'known'> => {
  const id = vocabulary.ids.get(lookupName(spec, morpheme));
  const known = id !== undefined && id !== spec.unknown && id !== spec.padding;
  return known ? { id, known } : { id: spec.unknown, known };
};

/** What is said of a text of which the model reads a part, and from where on it does not read it. */
const truncation = (
  kept: number,
  found: number,
  read: string,
  text: string,
  from: number,
): Pick<Tokens, 'truncated'> => {
  const complete = read.length === text.length;
  if (complete && found === kept) return {};
  const notice = complete ? textSays.truncatedText(kept, found - kept) : textSays.truncatedLong(kept);
  return { truncated: { kept, from, notice } };
};

/**
 * A text as the model reads it. One that is too long is cut to its first tokens, which `truncated` says. Refuses an empty
 * text, and one of which the vocabulary has no token that is read.
 */
export const encodeText = (reader: TextReader, { name, text: written }: NamedText): Result<Tokens> => {
  const text = written.normalize('NFC');
  const { maximum } = reader.spec;
  const read = analysed(text, maximum);
  const morphemes = reader.tokenizer(read);
  if (text.trim() === '' || morphemes.length === 0) return E.left([problem(name, textSays.emptyText())]);
  const { segments, segmentOf } = segmentText(read, morphemes);
  const tokens = morphemes.slice(0, maximum).map((morpheme, i): Token => {
    const { form, pos } = morpheme;
    return { form, pos, ...lookUp(reader, morpheme), segment: segmentOf[i]! };
  });
  if (!tokens.some(({ known }) => known)) return E.left([problem(name, textSays.nothingKnown(tokens.map(tokenName)))]);
  const lastRead = segments[tokens.at(-1)!.segment]!;
  const rest = text.slice(read.length);
  return E.right({
    text,
    ids: tensor(
      'int64',
      [1, tokens.length],
      tokens.map(({ id }) => id),
    ),
    tokens,
    segments: rest === '' ? segments : [...segments, { start: read.length, end: text.length, text: rest }],
    ...truncation(tokens.length, morphemes.length, read, text, lastRead.end),
  });
};

/** Texts as the model reads them, each on its own: texts of equal length may be joined into one batch. */
export const encodeTexts = (reader: TextReader, texts: readonly NamedText[]): Result<readonly Tokens[]> =>
  each(texts.map((text) => encodeText(reader, text)));

import { parseJson } from '@kirchhoff/graph';
import { explainSays, within, type Result } from '@kirchhoff/message';
import { decodeVocabulary, makeTextReader, type TextReader, type TextSpec } from '@kirchhoff/text';
import * as E from 'fp-ts/lib/Either.js';
import { refused } from './error.js';

/** What texts are read by: the vocabulary among the files given, and the tokenizer that the spec names. */
export const openReaderOf = async (
  spec: TextSpec,
  file: (name: string) => Uint8Array | undefined,
): Promise<Result<TextReader>> => {
  const { vocabulary: name } = spec;
  const bytes = file(name);
  if (bytes === undefined) return refused(name, explainSays.noFileGiven(name));
  const vocabulary = E.chain(decodeVocabulary)(parseJson(new TextDecoder().decode(bytes)));
  return E.isLeft(vocabulary) ? E.left(within(name, vocabulary.left)) : makeTextReader(spec, vocabulary.right);
};

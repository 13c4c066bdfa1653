import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Problem, Result } from '@kirchhoff/message';
import { decodeVocabulary, makeTextReader, type TextReader, type TextSpec } from '@kirchhoff/text';
import * as E from 'fp-ts/lib/Either.js';
import { inFile } from './file.js';
import { readNamedDocument } from './inside.js';

/** Starts garu-ko's engine from its file. What it does by itself in Node works as well, but prints a warning. */
const startGaru = async (): Promise<void> => {
  const { default: start } = await import('garu-ko/pkg/garu_wasm.js');
  const file = createRequire(import.meta.url).resolve('garu-ko/pkg/garu_wasm_bg.wasm');
  await start({ module_or_path: readFileSync(file) });
};

/**
 * Reads the vocabulary that a model's input names and loads its tokenizer.
 * @param folder the model's, as it was given
 */
export const openTextReader = async (folder: string, spec: TextSpec): Promise<Result<TextReader>> => {
  const vocabulary = readNamedDocument(join(folder, 'model.json'), spec.vocabulary, decodeVocabulary);
  if (E.isLeft(vocabulary)) return vocabulary;
  if (spec.tokenizer === 'garu-ko') await startGaru();
  return E.mapLeft((problems: readonly Problem[]) => inFile(join(folder, 'model.json'), problems))(
    await makeTextReader(spec, vocabulary.right),
  );
};

import { explainTexts, type ExplainedTexts, type Explainer as Running } from '@kirchhoff/explain';
import type { Result } from '@kirchhoff/message';
import { encodeTexts } from '@kirchhoff/text';
import * as E from 'fp-ts/lib/Either.js';
import type { Explanation } from './explanation.js';
import { textSpecOf } from './input.js';
import type { Parts, Ran } from './model.js';

/** Explains texts, cut into what the model reads. */
export const runTexts = async (
  running: Running,
  { model, around }: Parts<Explanation>,
  texts: readonly string[],
): Promise<Result<Ran>> => {
  const [input, spec] = textSpecOf(model)!;
  const reader = await around.openReader(input, spec);
  if (E.isLeft(reader)) return reader;
  const named = texts.map((text, i) => ({ name: texts.length > 1 ? `text ${i + 1}` : 'text', text }));
  const tokens = encodeTexts(reader.right, named);
  if (E.isLeft(tokens)) return tokens;
  return E.map((explained: ExplainedTexts): Ran => ({ kind: 'texts', explained }))(
    await explainTexts(running, model, tokens.right),
  );
};

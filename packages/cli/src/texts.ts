import type { Model } from '@kirchhoff/explain';
import { openTextReader, readText } from '@kirchhoff/explain/node';
import { encodeTexts, type NamedText, type Tokens } from '@kirchhoff/text';
import { readFileSync } from 'node:fs';
import { cliSays, problem, textSays, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';

type Texts = Result<readonly NamedText[]>;

const linesOf = (content: string, place: string): Texts => {
  const texts = content
    .split(/\r?\n/)
    .map((text, i) => ({ name: `${place} line ${i + 1}`, text }))
    .filter(({ text }) => text.trim() !== '');
  return texts.length === 0 ? E.left([problem(place, cliSays.noText)]) : E.right(texts);
};

/** The texts of `--text` (a text, or `-` for the lines of standard input) and of `--text-file` (one on each line). */
export const readTexts = (given: readonly string[], file: string | undefined): Texts => {
  const parts = [
    ...given.map((text, i) =>
      text === '-'
        ? linesOf(readFileSync(0, 'utf8'), 'standard input')
        : E.right([{ name: given.length > 1 ? `--text ${i + 1}` : '--text', text }]),
    ),
    ...(file === undefined ? [] : [E.chain((content: string) => linesOf(content, file))(readText(file))]),
  ];
  const problems = parts.flatMap((part) => (E.isLeft(part) ? part.left : []));
  return problems.length > 0 ? E.left(problems) : E.right(parts.flatMap((part) => (E.isRight(part) ? part.right : [])));
};

/** Texts as a model reads them. `folder` is the model's own, in which its vocabulary lies. */
export const readTokens = async (
  model: Model,
  folder: string,
  texts: readonly NamedText[],
): Promise<Result<readonly Tokens[]>> => {
  const [input] = model.typed.graph.inputs;
  const spec = input && model.document?.inputs[input.name];
  if (input === undefined || spec === undefined) return E.left([problem('--text', cliSays.noTextModel(model.name))]);
  if (!('text' in spec)) return E.left([problem('--text', textSays.noPictureText(input.name))]);
  const reader = await openTextReader(folder, spec.text);
  return E.isLeft(reader) ? reader : encodeTexts(reader.right, texts);
};

import { readText, type NamedText } from '@kirchhoff/explain';
import { readFileSync } from 'node:fs';
import type { Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';

const linesOf = (content: string, place: string): readonly NamedText[] =>
  content
    .split(/\r?\n/)
    .map((text, i) => ({ name: `${place} line ${i + 1}`, text }))
    .filter(({ text }) => text.trim() !== '');

/** The texts of `--text` (a text, or `-` for the lines of standard input) and of `--text-file` (one on each line). */
export const readTexts = (
  given: readonly string[],
  file: string | undefined,
): E.Either<readonly Problem[], readonly NamedText[]> => {
  const content = file === undefined ? E.right('') : readText(file);
  if (E.isLeft(content)) return content;
  return E.right([
    ...given.flatMap((text, i) =>
      text === '-'
        ? linesOf(readFileSync(0, 'utf8'), 'standard input')
        : [{ name: given.length > 1 ? `--text ${i + 1}` : '--text', text }],
    ),
    ...linesOf(content.right, file ?? ''),
  ]);
};

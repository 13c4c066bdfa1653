import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '@kirchhoff/graph';
import { addProblems, fileSays, problem, within, type Problem, type Result } from '@kirchhoff/message';
import type { SourceDocument } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { describeFailure } from './failure.js';
import { checkFolder, readText } from './file.js';

/** Every JSON document of a folder, in order of their names. Problems name the file by `shown`, the folder as a person knows it. */
export const readDocuments = (folder: string, shown: string): Result<readonly SourceDocument[]> => {
  const found = checkFolder(folder, fileSays.documentsInFolder);
  if (E.isLeft(found)) return E.left(found.left.map(({ message }) => problem(shown, message)));
  let files: readonly string[];
  try {
    files = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (thrown) {
    return E.left([problem(shown, describeFailure(folder, thrown))]);
  }
  const documents: SourceDocument[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const place = `${shown}/${file}`;
    const text = readText(join(folder, file));
    const json = E.isLeft(text)
      ? E.left(text.left.map(({ message }) => problem(place, message)))
      : E.mapLeft((found: readonly Problem[]) => within(place, found))(parseJson(text.right));
    if (E.isLeft(json)) addProblems(problems, json.left);
    else documents.push({ place, json: json.right });
  }
  return problems.length > 0 ? E.left(problems) : E.right(documents);
};

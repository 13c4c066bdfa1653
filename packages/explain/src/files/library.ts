import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeRulebook, type Rulebook, type SourceDocument } from '@kirchhoff/rule';
import { all, each, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { readDocuments } from './documents.js';
import { resourcePath } from './resource.js';

type Documents = Result<readonly SourceDocument[]>;

/** The composites of a further folder of rules, where it has any. */
const furtherComposites = (folder: string): Documents => {
  const path = join(folder, 'composites');
  return existsSync(path) ? readDocuments(path, path) : E.right([]);
};

/**
 * Every document in `rules/` and `rules/composites/`, and in the further folders named (each with its own `composites/`, if
 * it has one): adding a rule is adding a file. Names must differ.
 */
export const openRulebook = (folders: readonly string[] = []): Result<Rulebook> => {
  const read = all({
    rules: each([
      readDocuments(resourcePath('rules'), 'rules'),
      ...folders.map((folder) => readDocuments(folder, folder)),
    ]),
    composites: each([
      readDocuments(resourcePath('rules/composites'), 'rules/composites'),
      ...folders.map(furtherComposites),
    ]),
  });
  return E.isLeft(read) ? read : makeRulebook(read.right.rules.flat(), read.right.composites.flat());
};

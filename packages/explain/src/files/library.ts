import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeRulebook, type Rulebook, type SourceDocument } from '@kirchhoff/rule';
import type { Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { readDocuments } from './documents.js';
import { resourcePath } from './resource.js';

type Documents = E.Either<readonly Problem[], readonly SourceDocument[]>;

/** The composites of a further folder of rules, where it has any. */
const furtherComposites = (folder: string): Documents => {
  const path = join(folder, 'composites');
  return existsSync(path) ? readDocuments(path, path) : E.right([]);
};

/**
 * Every document in `rules/` and `rules/composites/`, and in the further folders named (each with its own `composites/`, if
 * it has one): adding a rule is adding a file. Names must differ.
 */
export const openRulebook = (folders: readonly string[] = []): E.Either<readonly Problem[], Rulebook> => {
  const rules = [
    readDocuments(resourcePath('rules'), 'rules'),
    ...folders.map((folder) => readDocuments(folder, folder)),
  ];
  const composites = [
    readDocuments(resourcePath('rules/composites'), 'rules/composites'),
    ...folders.map(furtherComposites),
  ];
  const problems = [...rules, ...composites].flatMap((one) => (E.isLeft(one) ? one.left : []));
  if (problems.length > 0) return E.left(problems);
  const documents = (read: readonly Documents[]): readonly SourceDocument[] =>
    read.flatMap((one) => (E.isRight(one) ? one.right : []));
  return makeRulebook(documents(rules), documents(composites));
};

import { fileURLToPath } from 'node:url';
import { readDocuments } from '@kirchhoff/explain';
import { makeRulebook, type Rulebook } from '@kirchhoff/rule';
import type { Problem } from '@kirchhoff/message';

import * as E from 'fp-ts/lib/Either.js';

/** A path inside the repository that this command was built from. */
export const repositoryPath = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Every document in `rules/` and `rules/composites/`: adding a rule is adding a file. */
export const openRulebook = (): E.Either<readonly Problem[], Rulebook> => {
  const rules = readDocuments(repositoryPath('rules'), 'rules');
  const composites = readDocuments(repositoryPath('rules/composites'), 'rules/composites');
  if (E.isLeft(rules)) return rules;
  if (E.isLeft(composites)) return composites;
  return makeRulebook(rules.right, composites.right);
};

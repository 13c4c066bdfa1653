import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDocuments } from '@kirchhoff/explain/node';
import { parseJson } from '@kirchhoff/graph';
import { within, type Problem } from '@kirchhoff/message';
import { makeRulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { generate } from './generate.js';
import { decodeBibliography } from './reference.js';

/** Reads `rules/` and `docs/references.json` below the folder of the repository, and makes all generated files of it. */
export const generateFrom = (root: string): E.Either<readonly Problem[], ReadonlyMap<string, string>> => {
  const rules = readDocuments(join(root, 'rules'), 'rules');
  const composites = readDocuments(join(root, 'rules/composites'), 'rules/composites');
  if (E.isLeft(rules)) return rules;
  if (E.isLeft(composites)) return composites;
  const book = makeRulebook(rules.right, composites.right);
  if (E.isLeft(book)) return book;
  const path = 'docs/references.json';
  const json = parseJson(readFileSync(join(root, path), 'utf8'));
  const bibliography = E.isLeft(json) ? json : decodeBibliography(json.right);
  return E.isLeft(bibliography) ? E.left(within(path, bibliography.left)) : generate(book.right, bibliography.right);
};

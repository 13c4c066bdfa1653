import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRulebook } from '@kirchhoff/explain/node';
import { parseJson } from '@kirchhoff/graph';
import { within, type Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import { verdictPage, verify } from '@kirchhoff/verify';
import * as E from 'fp-ts/lib/Either.js';
import { generate } from './generate.js';
import { decodeBibliography } from './reference.js';

/** What `docs/laws.md` tells: what the laws find of every rule in `rules/`, as `verify --markdown` says it. */
export const lawsPage = async (book: Rulebook): Promise<string> =>
  verdictPage(await verify(book, [...book.rules.values()], { cases: 200, seed: 42 }));

/** Reads `rules/` and `docs/references.json` below the folder of the repository, and makes of it all files that need nothing run. */
export const generateFrom = (root: string): Result<ReadonlyMap<string, string>> => {
  const book = openRulebook();
  if (E.isLeft(book)) return book;
  const path = 'docs/references.json';
  const json = parseJson(readFileSync(join(root, path), 'utf8'));
  const bibliography = E.isLeft(json) ? json : decodeBibliography(json.right);
  return E.isLeft(bibliography) ? E.left(within(path, bibliography.left)) : generate(book.right, bibliography.right);
};

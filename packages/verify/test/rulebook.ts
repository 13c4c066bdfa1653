import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printProblems, type Problem } from '@kirchhoff/message';
import { decodeRule, makeRulebook, type Rule, type SourceDocument } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

export const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

export const json = (path: string): unknown => JSON.parse(readFileSync(`${root}${path}`, 'utf8')) as unknown;

const documentsIn = (folder: string): readonly SourceDocument[] =>
  readdirSync(`${root}${folder}`)
    .filter((name) => name.endsWith('.json'))
    .map((place) => ({ place, json: json(`${folder}/${place}`) }));

/** Every rule and composite of the repository: a new file is one more. */
export const book = right(makeRulebook(documentsIn('rules'), documentsIn('rules/composites')));

export const ruleFrom = (document: unknown): Rule => right(decodeRule(document));

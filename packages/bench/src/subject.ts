import { fileURLToPath } from 'node:url';
import { prepareModel, type Model } from '@kirchhoff/explain';
import { openGraphFile, readDocuments } from '@kirchhoff/explain/node';
import type { TypedGraph } from '@kirchhoff/graph';
import { printProblems, type Result } from '@kirchhoff/message';
import { relevance, type Explanation } from '@kirchhoff/relevance';
import { findComposite, makePlan, makeRulebook, type Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { ruleRows } from './rows.js';

/** @throws Error with every problem, one per line */
export const demand = <A>(result: Result<A>): A => {
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return result.right;
};

/** A path inside the repository that this bench was built from. */
export const repositoryPath = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export const openRulebook = (): Result<Rulebook> =>
  pipe(
    E.Do,
    E.bind('rules', () => readDocuments(repositoryPath('rules'), 'rules')),
    E.bind('composites', () => readDocuments(repositoryPath('rules/composites'), 'rules/composites')),
    E.chain(({ rules, composites }) => makeRulebook(rules, composites)),
  );

/** The model whose graph.json and weights lie in `folder`; weights are mapped when it runs, not read. */
export const openSubject = (name: string, folder: string): Result<Model> =>
  pipe(
    openGraphFile(folder, 'graph.json'),
    E.chain(({ graph, store }) => prepareModel(name, graph, store)),
  );

/** The graph of `folder` as its document says it, before any rewrite. */
export const openUnwritten = (folder: string): Result<Pick<TypedGraph, 'graph' | 'store'>> =>
  openGraphFile(folder, 'graph.json');

/** The explanation graph of a row: the class of the greatest output, without a ledger where none is asked for. */
export const explainSubject = (
  model: Model,
  book: Rulebook,
  composite: string,
  ledger = false,
): Result<Explanation> => {
  const alone = ruleRows.includes(composite);
  const options = alone ? { rule: { name: composite, parameters: {} } } : {};
  return pipe(
    findComposite(book, alone ? 'standard' : composite),
    E.chain((found) => makePlan(model.typed, found, book, options)),
    E.chain((plan) => relevance(model.typed, plan, { target: { kind: 'argmax' }, ledger })),
  );
};

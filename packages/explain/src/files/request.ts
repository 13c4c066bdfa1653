import { type Range } from '@kirchhoff/graph';
import { option, all, within, type Problem, type Result } from '@kirchhoff/message';
import { decodeComposite, findComposite, type Composite, type PlanOptions, type Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { withRange, type Model } from '../model.js';
import { chooseOutput } from '../output.js';
import { readDocument } from './document.js';
import { openRulebook } from './library.js';
import { loadModel, type LoadOptions } from './load.js';

/** A model and what is to govern it, as it is asked for: in words that another thread can be told. */
export interface Request {
  readonly path: string;
  readonly load: LoadOptions;
  /** Bounds of the inputs, in place of declared ones. */
  readonly range?: Range | undefined;
  /** Further folders of rules. */
  readonly rules: readonly string[];
  /** A composite by its name or file; default as the model's document says, else `defaultComposite`. */
  readonly composite?: string | undefined;
  readonly plan: PlanOptions;
}

/** A model and what is to govern it, open. */
export interface Asked {
  readonly model: Model;
  readonly book: Rulebook;
  readonly composite: Composite;
  readonly plan: PlanOptions;
}

/** Where neither the person nor model.json names one. */
export const defaultComposite = 'epsilon-plus-flat';

const openComposite = (book: Rulebook, asked: string): Result<Composite> =>
  asked.endsWith('.json')
    ? readDocument(asked, decodeComposite)
    : E.mapLeft((problems: readonly Problem[]) => within(option('composite'), problems))(findComposite(book, asked));

/** The composite that a model's document names: always one of the rulebook, never a file. */
const ownComposite = (book: Rulebook, folder: string, name: string): Result<Composite> =>
  E.mapLeft((problems: readonly Problem[]) => within(`${join(folder, 'model.json')} /composite`, problems))(
    findComposite(book, name),
  );

/** The composite asked for, else the model's own, else the usual one. @param path where the model was opened */
export const governing = (
  book: Rulebook,
  asked: string | undefined,
  path: string,
  model: Result<Model>,
): Result<Composite> => {
  const own = E.isRight(model) ? model.right.document?.composite : undefined;
  return asked === undefined && own !== undefined
    ? ownComposite(book, path, own)
    : openComposite(book, asked ?? defaultComposite);
};

/** The model with the output that is explained and the bounds of its inputs. */
export const openModel = async (path: string, load: LoadOptions, range?: Range): Promise<Result<Model>> => {
  const model = E.chain((one: Model) => chooseOutput(one, load.output))(await loadModel(path, load));
  return range === undefined ? model : E.chain((one: Model) => withRange(one, range))(model);
};

/** Opens what is asked for. Problems of all of it together. */
export const openRequest = async (request: Request): Promise<Result<Asked>> => {
  const { path, load, range, rules, composite, plan } = request;
  const book = openRulebook(rules);
  if (E.isLeft(book)) return book;
  const model = await openModel(path, load, range);
  return all({ model, book, composite: governing(book.right, composite, path, model), plan: E.right(plan) });
};

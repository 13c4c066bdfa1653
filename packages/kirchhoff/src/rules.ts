import {
  decodeComposite,
  decodeRule,
  defineRule as define,
  findComposite,
  withRules,
  type Composite,
  type FragmentRule,
  type Rule,
  type RuleDocument,
  type Rulebook,
} from '@kirchhoff/rule';
import { all, each, ruleSays, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { demand, refused } from './error.js';

/** A rule, or the document of one (what a file in `rules/` holds, as JSON or written out here). */
export type GivenRule = Rule | RuleDocument;

/** A composite, or the document of one. */
export type GivenComposite =
  | Composite
  | {
      readonly composite: string;
      readonly summary: string;
      readonly rules: readonly unknown[];
    };

/**
 * A rule from code: the document that a rule's file holds, or a function that makes a fragment of the explanation graph.
 * `message` is what one source `x` receives over a weight `w` of an output's relevance `R`; `leaks` is what none receives.
 * @throws KirchhoffError with every problem of the document, each at its place
 */
export const defineRule = (definition: RuleDocument | FragmentRule): Rule => demand(define(definition));

const ruleOf = (given: GivenRule): Result<Rule> => ('name' in given ? E.right(given) : decodeRule(given));

const compositeOf = (given: GivenComposite): Result<Composite> =>
  'composite' in given ? decodeComposite(given) : E.right(given);

/** A rulebook with more rules and composites, which replace those of the same name. */
export const withGiven = (
  book: Rulebook,
  rules: readonly GivenRule[],
  composites: readonly GivenComposite[],
): Result<Rulebook> =>
  E.map(({ more, further }: { readonly more: readonly Rule[]; readonly further: readonly Composite[] }): Rulebook => ({
    ...withRules(book, more),
    composites: new Map([...book.composites, ...further.map((one) => [one.name, one] as const)]),
  }))(all({ more: each(rules.map(ruleOf)), further: each(composites.map(compositeOf)) }));

/** Where neither the caller nor the model's document names one. */
const usual = 'epsilon-plus-flat';

/** The composite asked for, else the model's own, else the usual one, else the only one there is. */
export const chooseComposite = (
  book: Rulebook,
  asked: string | GivenComposite | undefined,
  own: string | undefined,
): Result<Composite> => {
  if (typeof asked === 'object') return compositeOf(asked);
  const [only, ...others] = book.composites.values();
  if (asked === undefined && own === undefined && only !== undefined && others.length === 0) return E.right(only);
  const found = findComposite(book, asked ?? own ?? usual);
  return E.isRight(found)
    ? found
    : refused('composite', ruleSays.unknownComposite(asked ?? own ?? usual, [...book.composites.keys()]));
};

import { ruleSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { RuleDocument } from './document.js';
import type { Fragment } from './fragment.js';
import { decodeRule, type Quantity, type Rule } from './rule.js';
import { ruleKinds, type RuleKind } from './vocabulary.js';

/** A rule given as a function instead of a formula. Nothing can be proved of it, but its ledger is checked like any other. */
export interface FragmentRule {
  readonly rule: string;
  readonly summary: string;
  readonly cite?: readonly string[];
  readonly on: RuleKind;
  readonly quantity?: Quantity;
  readonly fragment: Fragment;
}

/** A rule from TypeScript: the same document as in a JSON file, or a function that makes a graph fragment. */
export const defineRule = (definition: RuleDocument | FragmentRule): Result<Rule> => {
  if (!('fragment' in definition)) return decodeRule(definition);
  const { rule: name, summary, cite = [], on, quantity = 'relevance', fragment } = definition;
  if (!ruleKinds.includes(on)) return E.left([problem('/on', ruleSays.unknownKind(on, ruleKinds))]);
  const none = { lets: {}, messages: {}, leaks: {}, conservative: undefined, positive: undefined, ops: undefined };
  return E.right({ name, summary, cite, quantity, parameters: {}, cases: [{ on, ...none, fragment }] });
};

/** The rulebook with more rules, which replace those of the same name. */
export const withRules = <Book extends { readonly rules: ReadonlyMap<string, Rule> }>(
  book: Book,
  rules: readonly Rule[],
): Book => ({
  ...book,
  rules: new Map([...book.rules, ...rules.map((rule) => [rule.name, rule] as const)]),
});

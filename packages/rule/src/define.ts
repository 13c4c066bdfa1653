import { ruleSays, problem, type Problem } from '@kirchhoff/message';
import type { Fact, InlineTensor, Node, ValueType } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import type { RuleDocument } from './document.js';
import { decodeRule, type Quantity, type Rule } from './rule.js';
import { ruleKinds, type RuleKind } from './vocabulary.js';

/** What is known of the tensors around a node. */
export interface NodeFacts {
  readonly of: (tensor: string) => Fact | undefined;
  readonly type: (tensor: string) => ValueType;
}

/**
 * A piece of graph that computes messages: its nodes may read the node's own inputs and output, the relevance `R` of its
 * output, its own tensors and one another. `messages` names the result for each input port (in that input's shape, or one
 * that broadcasting made of it), `leaks` what does not arrive.
 */
export interface GraphFragment {
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, InlineTensor>>;
  readonly messages: Readonly<Record<number, string>>;
  readonly leaks?: Readonly<Record<string, string>>;
}

/** A rule as a pure function: the escape hatch where a formula does not reach. `R` is the tensor's name. */
export type Fragment = (node: Node, facts: NodeFacts, R: string) => GraphFragment;

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
export const defineRule = (definition: RuleDocument | FragmentRule): E.Either<readonly Problem[], Rule> => {
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

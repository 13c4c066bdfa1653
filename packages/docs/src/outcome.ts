import { carryingOf, type Kind, type Node, type OpName } from '@kirchhoff/graph';
import type { Assignment, Composite, Rulebook } from '@kirchhoff/rule';
import { assignmentOf, type Representative } from './representative.js';

/**
 * What becomes of relevance that reaches a node:
 *
 * - `followed`: it goes where each value came from; no rule is needed.
 * - `discrete`: what reaches the node is the leak `discrete`.
 * - `given`: the value is the same for every input, a constant to what reads it; nothing reaches the node. Where its operands are
 *   measured, the model is refused as it is read.
 * - `written`: a rewrite writes the node as others, which have rules.
 * - `ruled`: a rule of the composite, by the first layer perhaps another.
 * - `unruled`: a plan refuses the node until a rule is given.
 * - `refused`: a plan refuses the node, whatever the rule of relevance.
 */
export type Outcome =
  | { readonly kind: 'followed' | 'discrete' | 'unruled' | 'refused' }
  | { readonly kind: 'given'; readonly ofMeasured: 'refused' | 'given' }
  | { readonly kind: 'written'; readonly rewrite: string }
  | { readonly kind: 'ruled'; readonly inside: Assignment; readonly first: Assignment | undefined };

/** Rewrites that leave no node of an operator, of one kind, for a rule to cross. */
const written: { readonly [Op in OpName]?: readonly [kind: Kind, rewrite: string] } = {
  Div: ['other', 'write-quotients'],
  ReduceL1: ['other', 'write-out-norms'],
  ReduceL2: ['other', 'write-out-norms'],
  ReduceSumSquare: ['other', 'write-out-norms'],
  ReduceLogSum: ['other', 'write-out-norms'],
  LSTM: ['other', 'write-out-gates'],
  GRU: ['other', 'write-out-gates'],
  RNN: ['other', 'write-out-gates'],
};

/** Operators whose value follows from shapes and numbers of the graph alone. */
const given: { readonly [Op in OpName]?: 'refused' | 'given' } = {
  Constant: 'given',
  ConstantOfShape: 'refused',
  Shape: 'given',
  Size: 'given',
  Range: 'refused',
  EyeLike: 'given',
};

/** Integers whose elements are made of those of an operand, place by place. */
const isCarrying = (node: Node): boolean => (carryingOf(node, (name) => name === 'constant') ?? []).length > 0;

/** What the page on operators promises of the nodes that a representative stands for, under a composite. */
export const outcomeOf = (representative: Representative, composite: Composite, book: Rulebook): Outcome => {
  const { kind, node } = representative;
  const ofMeasured = given[node.op];
  if (ofMeasured !== undefined) return { kind: 'given', ofMeasured };
  if (kind === 'structural') return { kind: 'followed' };
  if (kind === 'discrete') return { kind: isCarrying(node) ? 'followed' : kind };
  const [writtenKind, rewrite] = written[node.op] ?? [];
  if (kind === writtenKind && rewrite !== undefined) return { kind: 'written', rewrite };
  const [inside, first] = [false, true].map((isFirst) => assignmentOf(representative, composite, book, isFirst));
  if (inside !== undefined) return { kind: 'ruled', inside, first };
  return { kind: kind === 'other' ? 'refused' : 'unruled' };
};

import { ruleFunctions, type FunctionName, type Scope } from '@kirchhoff/formula';
import type { Kind } from '@kirchhoff/graph';

/** Kinds a rule document may name under `on`; `affine` is `weighted` and `plain` together. */
export const ruleKinds = [
  'affine',
  'weighted',
  'plain',
  'product',
  'quotient',
  'contraction',
  'elementwise',
  'maximum',
  'axis',
  'other',
] as const;
export type RuleKind = (typeof ruleKinds)[number];

/** What the rules of a kind may speak of, and the ports that receive a message of their own. */
interface Vocabulary {
  readonly symbols: readonly string[];
  readonly without: readonly FunctionName[];
  /** Those that differ from source to source of one output; a leak, which is the output's, takes them inside `total` only. */
  readonly perSource: readonly string[];
  /** Sets of message names; `['message']` is one formula for every source. */
  readonly ports: readonly (readonly string[])[];
}

const affine: Vocabulary = {
  symbols: ['x', 'w', 'b', 'y', 'R', 'low', 'high'],
  without: ['sum'],
  perSource: ['x', 'w', 'low', 'high'],
  ports: [['message']],
};
const pair: readonly (readonly string[])[] = [
  ['gate', 'signal'],
  ['a', 'b'],
];

const vocabularies: { readonly [K in RuleKind]: Vocabulary } = {
  affine,
  weighted: affine,
  plain: affine,
  product: {
    symbols: ['gate', 'signal', 'gate_pre', 'signal_pre', 'a', 'b', 'y', 'R'],
    without: ['total', 'sum'],
    perSource: [],
    ports: pair,
  },
  quotient: {
    symbols: ['scale', 'signal', 'y', 'R'],
    without: ['total', 'sum'],
    perSource: [],
    ports: [['scale', 'signal']],
  },
  contraction: {
    symbols: ['gate', 'signal', 'a', 'b', 'y', 'R'],
    without: ['sum'],
    perSource: ['gate', 'signal', 'a', 'b'],
    ports: pair,
  },
  elementwise: { symbols: ['x', 'y', 'R', 'dydx'], without: ['total', 'sum'], perSource: [], ports: [['message']] },
  maximum: { symbols: ['x', 'y', 'R', 'winner'], without: ['sum'], perSource: ['x', 'winner'], ports: [['message']] },
  axis: { symbols: ['x', 'y', 'R'], without: ['total'], perSource: [], ports: [['message']] },
  other: { symbols: ['a', 'b', 'y', 'R'], without: ['total', 'sum'], perSource: [], ports: [['message'], ['a', 'b']] },
};

/** Kinds whose operators have derivatives of their own: rules that hand on gradients speak of them as `pullback`. */
const chained: readonly RuleKind[] = ['axis', 'other'];

/** Symbols and functions a message may use on nodes of `kind`, before the rule's own parameters and lets. */
export const scopeOf = (kind: RuleKind, quantity: 'relevance' | 'gradient' = 'relevance'): Scope => {
  const { symbols: own, without } = vocabularies[kind];
  const symbols = quantity === 'gradient' && chained.includes(kind) ? [...own, 'pullback'] : own;
  return { symbols, functions: ruleFunctions.filter((name) => !without.includes(name)) };
};

export const portSetsOf = (kind: RuleKind): readonly (readonly string[])[] => vocabularies[kind].ports;

/** The symbols of `kind` that differ from source to source of one output. */
export const perSourceSymbolsOf = (kind: RuleKind): readonly string[] => vocabularies[kind].perSource;

export const appliesTo = (on: RuleKind, kind: Kind): boolean =>
  on === 'affine' ? kind === 'weighted' || kind === 'plain' : on === kind;

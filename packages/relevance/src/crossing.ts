import type { Bound, Expr } from '@kirchhoff/formula';
import { greatest, least, type Fact, type Node, type Range } from '@kirchhoff/graph';
import type { Assignment } from '@kirchhoff/rule';
import type { Builder } from './builder.js';
import { emitExpr, type Special } from './expression.js';
import type { Value } from './value.js';

/**
 * Where the relevance of a tensor can differ from 0. Formulas are linear in R: where R is 0, so is all that they say,
 * and any value does in place of the tensor's own.
 */
export interface Support {
  /** It is 0 wherever the tensor is 0, as with every message that has the factor x. */
  readonly rooted: boolean;
  /** A tensor that is never negative, and equal wherever the relevance is not 0: the Relu that follows. */
  readonly standIn?: string | undefined;
}

export const anySupport: Support = { rooted: false };

/** A node as relevance meets it on its way back. */
export interface Crossing {
  readonly b: Builder;
  readonly node: Node;
  readonly facts: ReadonlyMap<string, Fact>;
  readonly constant: (name: string) => boolean;
  /** Made by a node that carries no relevance (from a shape, a comparison). */
  readonly discrete: (name: string) => boolean;
  /** Nodes whose values go into a sum of computed ones further on. */
  readonly summed: ReadonlySet<string>;
  /** Values that may hold an infinite element. */
  readonly infinite: ReadonlySet<string>;
  readonly ranges: ReadonlyMap<string, Range>;
  /** The name of the batch dimension, where there is one. */
  readonly batch: string | undefined;
  /** Relevance of each output; undefined where none arrived. The first is that of the node's name. */
  readonly relevance: readonly (string | undefined)[];
  /** What else is known of that relevance. */
  readonly support: Support;
  /** Whether bounds known without data may simplify formulas. */
  readonly useFacts: boolean;
  /** Evaluate formulas connection by connection instead of separating them: all, or those that do not separate. */
  readonly literal: boolean | 'inseparable';
}

/** A crossing governed by a rule. */
export interface RuledCrossing extends Crossing {
  readonly assignment: Assignment;
  /** Relevance of the node's output. */
  readonly R: string;
}

/** Relevance that does not arrive, by cause: a value that broadcasts against the node's output, or an operand's share. */
export interface Leak {
  readonly cause: string;
  readonly value: Value;
}

/** What leaves a node: messages by input port, and leaks. */
export interface Crossed {
  readonly messages: ReadonlyMap<number, string>;
  /** What is known of every message. */
  readonly support?: Support;
  readonly leaks: readonly Leak[];
  /** Runs of the linear operator that this took, the node's own forward pass not counted. */
  readonly passes: { readonly forward: number; readonly adjoint: number; readonly savesForward: boolean };
}

export const noPasses = { forward: 0, adjoint: 0, savesForward: false } as const;

/** The rule's leak formulas, evaluated. */
export const emitLeaks = (
  { b, node }: Crossing,
  leaks: Readonly<Record<string, Expr>>,
  env: Readonly<Record<string, Value>>,
  special: Special = {},
): readonly Leak[] =>
  Object.entries(leaks).map(([cause, leak]) => ({
    cause,
    value: emitExpr(b, leak, env, `${node.name}/leak.${cause}`, special),
  }));

const anything: Bound = { low: -Infinity, high: Infinity, nonzero: false };

/** The bound of a value by the facts. */
export const boundOf = ({ facts, useFacts }: Crossing, name: string): Bound => {
  const fact = facts.get(name);
  if (!useFacts || fact === undefined) return anything;
  return { low: fact.low, high: fact.high, nonzero: fact.low > 0 || fact.high < 0 };
};

export const unionOf = (bounds: readonly Bound[]): Bound =>
  bounds.length === 0
    ? anything
    : {
        low: least(bounds.map(({ low }) => low)),
        high: greatest(bounds.map(({ high }) => high)),
        nonzero: bounds.every(({ nonzero }) => nonzero),
      };

import type { Fact, InlineTensor, Node, ValueType } from '@kirchhoff/graph';

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

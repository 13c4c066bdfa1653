import type { Seed } from '@kirchhoff/rule';
import type { Target } from './target.js';

export interface RelevanceOptions {
  readonly target: Target;
  /** More targets, explained in the same graph: its forward pass and its totals are shared. */
  readonly further?: readonly Target[] | undefined;
  /** Overrides the plan's own. */
  readonly seed?: Seed | undefined;
  /** The output to explain; the graph's first by default. */
  readonly output?: string | undefined;
  /** The axis of classes in one sample of the output; by custom where it is not said. */
  readonly classAxis?: number | undefined;
  /** Further tensors whose relevance is asked for. */
  readonly at?: readonly string[] | undefined;
  /** Whether the graph also gives the ledger: of every node, or but what leaked in total, by cause. Default true. */
  readonly ledger?: boolean | 'total' | undefined;
  /** Whether facts may simplify formulas (they change the cost, never the result). Default true. */
  readonly facts?: boolean | undefined;
  /** Evaluate affine rules connection by connection: all of them, or those whose formula does not separate. */
  readonly literal?: boolean | 'inseparable' | undefined;
}

/** Runs of a node's linear operator, its forward pass included. */
export interface NodePasses {
  readonly node: string;
  readonly forward: number;
  readonly adjoint: number;
}

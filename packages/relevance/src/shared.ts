import type { Builder, Inside } from './builder.js';
import type { Crossing } from './crossing.js';
import { mapEntry, tensorsOf, type LeakSum, type LedgerEntry } from './ledger.js';
import type { NodePasses } from './options.js';
import type { Sampling } from './per-sample.js';
import {
  needed,
  outputsOf,
  ownAxis,
  scanAttributes,
  type Dim,
  type Graph,
  type Node,
  type TypedGraph,
} from '@kirchhoff/graph';
import { distinctOutputs } from './scan.js';
import { expandLike, reduceLike } from './value.js';

/** Where a value that all samples share is repeated for each of them: what the copies received lies apart along an axis. */
export interface Repetition {
  readonly value: string;
  readonly node: string;
  readonly axis: number;
  readonly R: string;
}

/** The repetition that a node is; undefined where it is none, or its input a constant. */
export const repetitionOf = (crossing: Crossing, sampling: Sampling): Repetition | undefined => {
  const { b, node, relevance, constant } = crossing;
  const [value = '', times = ''] = node.inputs;
  if ((node.op !== 'Expand' && node.op !== 'Tile') || constant(value)) return undefined;
  const axis = ownAxis(sampling.samplesOf(node.name));
  if (axis === undefined || sampling.samplesOf(value).kind !== 'same') return undefined;
  const others = b.known(times)?.values.filter((_, i) => i !== axis);
  if (node.op === 'Tile' && (b.dims(value)[axis] !== 1 || others?.some((count) => count !== 1) !== false))
    return undefined;
  return { value, node: node.name, axis, R: expandLike(b, relevance[0]!, node.name, `${node.name}/message`) };
};

/** What the walk through the part that samples share gives, inside: values of one sample. */
export interface WalkedShared {
  readonly values: Readonly<Record<string, string>>;
  readonly ledger: readonly LedgerEntry[];
  readonly leaked: readonly LeakSum[];
  readonly passes: readonly NodePasses[];
}

const nothing: Graph = { name: 'shared', inputs: [], nodes: [], outputs: [], tensors: {} };

/**
 * Relevance through what all samples share: a Scan over the samples, each step of which walks with what one of them sent, so that
 * the ledger of each is its own. The values it gives hold one row for each sample; sums one number.
 */
export const crossShared = (
  b: Builder,
  typed: TypedGraph,
  repetitions: readonly Repetition[],
  walkBody: (inside: Inside, seeds: readonly (readonly [string, string])[]) => WalkedShared,
): WalkedShared => {
  const inside = b.inside({ ...typed, graph: nothing, types: new Map(), known: new Map(), bodies: new Map() });
  const [{ R: first, axis: at }] = repetitions as readonly [Repetition, ...Repetition[]];
  const length: Dim = b.dims(first)[at]!;
  const received = repetitions.map(({ node, R, axis }) =>
    inside.input(`${node}/R`, b.float, b.dims(R).toSpliced(axis, 1)),
  );
  const walked = walkBody(
    inside,
    repetitions.map(({ value, node, axis }, i) => {
      const wide = inside.emit(`${node}/message`, 'Unsqueeze', [received[i]!, inside.ints([axis])]);
      return [value, reduceLike(inside, wide, value, `${node}/message`)] as const;
    }),
  );
  const sums = new Set([...walked.ledger.flatMap(tensorsOf), ...walked.leaked.map(({ sum }) => sum)]);
  const results = [...new Set([...Object.values(walked.values), ...sums])];
  const backward = needed(inside.emitted(), results);
  const outputs = distinctOutputs(b, results, backward.nodes);
  const names = results.map((value) => b.fresh(`${value}.each`));
  const node: Node = {
    name: names[0]!,
    op: 'Scan',
    inputs: repetitions.map(({ R }) => R),
    outputs: names.slice(1),
    attrs: scanAttributes({
      body: {
        ...nothing,
        inputs: received.map((name) => ({ name, ...inside.type(name) })),
        nodes: [...backward.nodes, ...outputs.aliases],
        outputs: outputs.names,
      },
      states: 0,
      inputAxes: repetitions.map(({ axis }) => axis),
      inputDirections: repetitions.map(() => 0),
      outputAxes: results.map(() => 0),
      outputDirections: results.map(() => 0),
    }),
  };
  b.define(
    node,
    results.map((value) => ({ type: inside.type(value).type, shape: [length, ...inside.dims(value)] })),
  );
  const stacks = new Map(results.map((value, i) => [value, outputsOf(node)[i]!]));
  const perSample = new Map(
    [...sums].map((value) => [value, b.emit(`${value}.samples`, 'Reshape', [stacks.get(value)!, b.ints([-1])])]),
  );
  return {
    values: Object.fromEntries(Object.entries(walked.values).map(([key, value]) => [key, stacks.get(value)!])),
    ledger: walked.ledger.map((entry) => ({
      ...mapEntry(entry, perSample),
      peak: entry.peak && perSample.get(entry.peak),
    })),
    leaked: walked.leaked.map(({ cause, sum }) => ({ cause, sum: perSample.get(sum)! })),
    passes: walked.passes,
  };
};

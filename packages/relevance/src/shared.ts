import {
  freeNames,
  needed,
  outputsOf,
  ownAxis,
  scanAttributes,
  type Apart,
  type Dim,
  type Graph,
  type Node,
  type TypedGraph,
} from '@kirchhoff/graph';
import type { Builder, Inside } from './builder.js';
import type { Crossing } from './crossing.js';
import { mapEntry, tensorsOf, type LeakSum, type LedgerEntry } from './ledger.js';
import type { NodePasses } from './options.js';
import { numberOfSample, type Sampling } from './per-sample.js';
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

/** A node where samples meet what they share, and what its outputs received: it is crossed for each sample by itself. */
export interface Meeting {
  readonly received: readonly { readonly output: string; readonly R: string; readonly samples: Apart }[];
}

/**
 * The meeting that a node is: its outputs hold samples, and it reads (a Scan: in its body, too) a computed number that they share.
 * Undefined where it is none.
 */
export const meetingOf = (
  crossing: Crossing,
  body: TypedGraph | undefined,
  sampling: Sampling,
): Meeting | undefined => {
  const { b, node, relevance, constant, discrete } = crossing;
  if (sampling.source === undefined) return undefined;
  const received = outputsOf(node).flatMap((output, i) => {
    const R = relevance[i];
    return R === undefined ? [] : [{ output, R, samples: sampling.samplesOf(output) }];
  });
  const apart = received.flatMap(({ samples, ...one }) => (samples.kind === 'apart' ? [{ ...one, samples }] : []));
  if (apart.length < received.length) return undefined;
  const reads = [...node.inputs, ...(body === undefined ? [] : freeNames(body.graph))];
  const shares = reads.some(
    (name) =>
      name !== '' &&
      !constant(name) &&
      !discrete(name) &&
      b.type(name).type === b.float &&
      sampling.samplesOf(name).kind === 'same',
  );
  return shares ? { received: apart } : undefined;
};

/** What the samples share, as the walk comes upon it. */
export interface Shared {
  readonly repetitions: readonly Repetition[];
  readonly meetings: readonly Meeting[];
}

/** What the walk through the part that samples share gives, inside: values of one sample. */
export interface WalkedShared {
  readonly values: Readonly<Record<string, string>>;
  readonly ledger: readonly LedgerEntry[];
  readonly leaked: readonly LeakSum[];
  readonly passes: readonly NodePasses[];
}

const nothing: Graph = { name: 'shared', inputs: [], nodes: [], outputs: [], tensors: {} };

/** One value of the Scan over samples: read along an axis, inside a value of its own. */
interface Scanned {
  readonly outer: string;
  readonly axis: number;
  readonly inner: string;
}

/**
 * Relevance through what all samples share: a Scan over the samples, each step of which walks with what one of them sent, so that
 * the ledger of each is its own. What copies received is read sample by sample; at a meeting, what the other samples' outputs
 * received is 0. The values it gives hold one row for each sample; sums one number.
 */
export const crossShared = (
  b: Builder,
  typed: TypedGraph,
  { repetitions, meetings }: Shared,
  sampling: Sampling,
  walkBody: (inside: Inside, seeds: readonly (readonly [string, string])[]) => WalkedShared,
): WalkedShared => {
  const inside = b.inside({ ...typed, graph: nothing, types: new Map(), known: new Map(), bodies: new Map() });
  const scan = (outer: string, axis: number, hint: string): Scanned => {
    const { type } = b.type(outer);
    return { outer, axis, inner: inside.input(hint, type, b.dims(outer).toSpliced(axis, 1)) };
  };
  const copies = repetitions.map((one) => ({ ...one, scanned: scan(one.R, one.axis, `${one.node}/R`) }));
  const counted = meetings.length === 0 ? [] : [scan(numberOfSample(b, sampling.source!), 0, 'sample')];
  const scanned = [...copies.map((one) => one.scanned), ...counted];
  const length: Dim = b.dims(scanned[0]!.outer)[scanned[0]!.axis]!;
  const walked = walkBody(inside, [
    ...copies.map(({ value, node, axis, scanned: { inner } }) => {
      const wide = inside.emit(`${node}/message`, 'Unsqueeze', [inner, inside.ints([axis])]);
      return [value, reduceLike(inside, wide, value, `${node}/message`)] as const;
    }),
    ...meetings.flatMap(({ received }) =>
      received.map(({ output, R, samples }) => {
        const numbers = numberOfSample(b, sampling.source!, { like: output, samples });
        const own = inside.emit(`${output}/own`, 'Equal', [numbers, counted[0]!.inner]);
        const wide = expandLike(b, R, output, `${output}/relevance`);
        return [output, inside.emit(`${output}/relevance`, 'Where', [own, wide, inside.scalar(0)])] as const;
      }),
    ),
  ]);
  const sums = new Set([...walked.ledger.flatMap(tensorsOf), ...walked.leaked.map(({ sum }) => sum)]);
  const results = [...new Set([...Object.values(walked.values), ...sums])];
  const backward = needed(inside.emitted(), results);
  const outputs = distinctOutputs(b, results, backward.nodes);
  const names = results.map((value) => b.fresh(`${value}.each`));
  const node: Node = {
    name: names[0]!,
    op: 'Scan',
    inputs: scanned.map(({ outer }) => outer),
    outputs: names.slice(1),
    attrs: scanAttributes({
      body: {
        ...nothing,
        inputs: scanned.map(({ inner }) => ({ name: inner, ...inside.type(inner) })),
        nodes: [...backward.nodes, ...outputs.aliases],
        outputs: outputs.names,
      },
      states: 0,
      inputAxes: scanned.map(({ axis }) => axis),
      inputDirections: scanned.map(() => 0),
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

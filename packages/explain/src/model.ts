import {
  findBatch,
  type Batch,
  type Graph,
  type Range,
  type StatedAxes,
  type TensorStore,
  type TypedGraph,
} from '@kirchhoff/graph';
import { explainSays, problem, type Problem } from '@kirchhoff/message';
import { canonize, canonizers, type LogEntry } from '@kirchhoff/rewrite';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelDocument } from './model-document.js';

/** A model ready to be explained: its canonical graph, and what was changed to get there. */
export interface Model {
  readonly name: string;
  /** The graph as it was given. */
  readonly original: Graph;
  /** The graph that the rewrites began with: the given one, its number of samples open. */
  readonly start: Graph;
  /** The axes along which samples lie; or why the model explains one. */
  readonly batch: Batch;
  /** The canonical graph that plans and explanations are made from. */
  readonly typed: TypedGraph;
  /** Names of the rewrites that were let at it. */
  readonly canonizers: readonly string[];
  /** What they changed. */
  readonly rewrites: readonly LogEntry[];
  /** What model.json says, where there is one. */
  readonly document: ModelDocument | undefined;
}

export interface PrepareOptions {
  /** Names of rewrites that are left out. */
  readonly without?: readonly string[];
  /** By input: the axis along which its samples lie, or that it has none. Goes before what the document says. */
  readonly batchAxes?: StatedAxes;
}

/** Names that no rewrite bears. */
const unknownRewrites = (names: readonly string[], place: string): readonly Problem[] => {
  const known = canonizers.map((rewrite) => rewrite.name);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => problem(place, explainSays.unknownRewrite(name, known)));
};

/**
 * Infers, finds the samples and makes their number open, and canonizes, without the rewrites that the caller or the document
 * leaves out. The place of problems with the caller's is `without-rewrite`.
 */
export const prepareModel = (
  name: string,
  graph: Graph,
  store: TensorStore,
  document?: ModelDocument,
  { without = [], batchAxes = {} }: PrepareOptions = {},
): E.Either<readonly Problem[], Model> => {
  const { withoutRewrites = [] } = document ?? {};
  const unknown = [
    ...unknownRewrites(without, 'without-rewrite'),
    ...unknownRewrites(withoutRewrites, '/withoutRewrites'),
  ];
  if (unknown.length > 0) return E.left(unknown);
  const batched = findBatch(graph, store, { ...document?.batch, ...batchAxes });
  if (E.isLeft(batched)) return batched;
  const rewrites = canonizers.filter((rewrite) => ![...without, ...withoutRewrites].includes(rewrite.name));
  const canonized = canonize(batched.right.typed, rewrites);
  if (E.isLeft(canonized)) return canonized;
  const { typed, log } = canonized.right;
  return E.right({
    name,
    original: graph,
    start: batched.right.typed.graph,
    batch: batched.right.batch,
    typed,
    canonizers: rewrites.map((rewrite) => rewrite.name),
    rewrites: log,
    document,
  });
};

/**
 * The model with these bounds for every input of real numbers, in place of what it may declare itself. Refuses bounds per
 * channel that are not one for each channel (axis 1). The place of problems is `range`.
 */
export const withRange = (model: Model, range: Range): E.Either<readonly Problem[], Model> => {
  const { graph } = model.typed;
  const real = graph.inputs.filter(({ type }) => type.startsWith('float'));
  if (real.length === 0) return E.left([problem('range', explainSays.noRealInput())]);
  const count = Math.max(...[range.low, range.high].map((side) => (typeof side === 'number' ? 1 : side.length)));
  const wrong = real.filter(({ shape }) => count > 1 && shape[1] !== count);
  if (wrong.length > 0)
    return E.left(wrong.map(({ name, shape }) => problem('range', explainSays.rangeChannels(name, count, shape))));
  const inputs = graph.inputs.map((input) => (real.includes(input) ? { ...input, range } : input));
  return E.right({ ...model, typed: { ...model.typed, graph: { ...graph, inputs } } });
};

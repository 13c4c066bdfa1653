import {
  facts,
  findBatch,
  maskInputs,
  unifySizes,
  type Batch,
  type Deciding,
  type Equation,
  type Graph,
  type Input,
  type Range,
  type StatedAxes,
  type TensorStore,
  type TypedGraph,
} from '@kirchhoff/graph';
import { explainSays, problem, type Problem, type Result } from '@kirchhoff/message';
import { canonize, canonizers, type LogEntry } from '@kirchhoff/rewrite';
import * as E from 'fp-ts/lib/Either.js';
import { batchAxis } from './batch.js';
import type { ModelDocument } from './model-document.js';
import { openSizes, sizesOf, unknownSizes, withSizes, type Shapes, type Sizes } from './sizes.js';

/** A model ready to be explained: its canonical graph, and what was changed to get there. */
export interface Model {
  readonly name: string;
  /** The graph as it was given. */
  readonly original: Graph;
  /** The graph that the rewrites began with: the given one, its number of samples open. */
  readonly start: Graph;
  /** The axes along which samples lie; or why the model explains one. */
  readonly batch: Batch;
  /** What was stated of these axes, beside what the document says. */
  readonly statedAxes: StatedAxes;
  /** The canonical graph that plans and explanations are made from. */
  readonly typed: TypedGraph;
  /** Names of the rewrites that were let at it. */
  readonly canonizers: readonly string[];
  /** What they changed. */
  readonly rewrites: readonly LogEntry[];
  /** What model.json says, where there is one. */
  readonly document: ModelDocument | undefined;
  /** Sizes that were stated. */
  readonly stated: Sizes;
  /** The inputs as the model declares them, before any of their sizes was known. */
  readonly declared: readonly Pick<Input, 'name' | 'shape'>[];
  /** Symbols that the model's own equations make one with others, or with a number. */
  readonly equations: readonly Equation[];
  /** Axes of its inputs whose sizes decided what the graph is. */
  readonly deciding: readonly Deciding[];
  /** Outputs that are not explained, each with its type. */
  readonly others?: readonly string[];
}

export interface PrepareOptions {
  /** Names of rewrites that are left out. */
  readonly without?: readonly string[] | undefined;
  /** By input: the axis along which its samples lie, or that it has none. Goes before what the document says. */
  readonly batchAxes?: StatedAxes | undefined;
  /** Numbers in place of symbols of the inputs. The number of samples stays open; files are held to what is stated of it. */
  readonly sizes?: Sizes | undefined;
  /** Sizes that nobody states: those of what will be given. */
  readonly found?: Sizes | undefined;
  /** The output that samples must lie apart in; the first where it is not said. */
  readonly output?: string | undefined;
  /** Axes of the inputs whose sizes decided what the graph is. */
  readonly deciding?: Model['deciding'] | undefined;
  /** The inputs as the model declares them, where some of their sizes are put in already. */
  readonly declared?: Model['declared'] | undefined;
}

/** Names that no rewrite bears. */
const unknownRewrites = (names: readonly string[], place: string): readonly Problem[] => {
  const known = canonizers.map((rewrite) => rewrite.name);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => problem(place, explainSays.unknownRewrite(name, known)));
};

/** The symbols that stand in a graph's inputs where their samples lie. */
const symbolsAt = ({ inputs }: Graph, batch: Batch): readonly string[] =>
  inputs.flatMap(({ name, shape }) => {
    const dim = batch.kind === 'proved' ? shape[batch.axes.get(name) ?? -1] : undefined;
    return typeof dim === 'string' ? [dim] : [];
  });

/** The symbols that are the number of samples, in a graph that may have types with these sizes alone. */
const samplesAmong = (
  graph: Graph,
  store: TensorStore,
  axes: StatedAxes,
  sizes: Sizes,
  deciding: Model['deciding'],
): readonly string[] => {
  if (sizes.size === 0) return [];
  for (const one of [graph, withSizes(graph, sizes)]) {
    const found = findBatch(one, store, axes, deciding);
    if (E.isRight(found) && found.right.batch.kind === 'proved') return symbolsAt(graph, found.right.batch);
  }
  return [];
};

/** The graph with the output that is asked for before the others. */
const outputFirst = (graph: Graph, output: string | undefined): Graph =>
  output === undefined || !graph.outputs.includes(output)
    ? graph
    : { ...graph, outputs: [output, ...graph.outputs.filter((one) => one !== output)] };

const besides = (sizes: Sizes, symbols: readonly string[]): Sizes =>
  new Map([...sizes].filter(([symbol]) => !symbols.includes(symbol)));

/** A graph in its canonical form: its samples found, sizes that must be equal made one, rewritten. */
const canonical = (
  name: string,
  graph: Graph,
  store: TensorStore,
  document: ModelDocument | undefined,
  rewrites: typeof canonizers,
  batchAxes: StatedAxes,
  deciding: Model['deciding'],
): Result<Model> => {
  const direct = findBatch(graph, store, batchAxes, deciding);
  const { graph: unified, equations } = E.isRight(direct) ? { graph, equations: [] } : unifySizes(graph, store);
  const batched = equations.length === 0 ? direct : findBatch(unified, store, batchAxes, deciding);
  if (E.isLeft(batched)) return batched;
  const canonized = canonize(batched.right.typed, rewrites);
  if (E.isLeft(canonized)) return canonized;
  const { typed, log } = canonized.right;
  return E.right({
    name,
    original: graph,
    start: batched.right.typed.graph,
    batch: batched.right.batch,
    statedAxes: batchAxes,
    typed,
    canonizers: rewrites.map((rewrite) => rewrite.name),
    rewrites: log,
    document,
    stated: new Map(),
    declared: graph.inputs,
    equations,
    deciding,
  });
};

/**
 * Infers, finds the samples and makes their number open, and canonizes, without the rewrites that the caller or the document
 * leaves out, and with the sizes that the caller states. The places of problems with the caller's are `without-rewrite`,
 * `batch-axis` and `size`.
 */
export const prepareModel = (
  name: string,
  given: Graph,
  store: TensorStore,
  document?: ModelDocument,
  {
    without = [],
    batchAxes = {},
    sizes: stated = new Map(),
    found = new Map(),
    output,
    deciding = [],
    declared = given.inputs,
  }: PrepareOptions = {},
): Result<Model> => {
  const { withoutRewrites = [] } = document ?? {};
  const graph = outputFirst(given, output);
  const unknown = [
    ...unknownRewrites(without, 'without-rewrite'),
    ...unknownRewrites(withoutRewrites, '/withoutRewrites'),
    ...unknownSizes(declared, stated),
  ];
  if (unknown.length > 0) return E.left(unknown);
  const rewrites = canonizers.filter((rewrite) => ![...without, ...withoutRewrites].includes(rewrite.name));
  const axes = { ...document?.batch, ...batchAxes };
  const sizes: Sizes = new Map([...found, ...stated]);
  const bound = withSizes(graph, besides(sizes, samplesAmong(graph, store, axes, sizes, deciding)));
  const model = E.chain((open: Model) => bindModel(open, sizes))(
    canonical(name, bound, store, document, rewrites, axes, deciding),
  );
  return E.map((one: Model): Model => ({ ...one, stated, declared }))(model);
};

const canonizersOf = (model: Model): typeof canonizers =>
  canonizers.filter((rewrite) => model.canonizers.includes(rewrite.name));

/** Names of the rewrites that were not let at a model. */
export const rewritesLeftOut = (model: Model): readonly string[] =>
  canonizers.map(({ name }) => name).filter((name) => !model.canonizers.includes(name));

/** The axes of the samples as they are known. */
const statedAxes = ({ batch, typed }: Model): StatedAxes =>
  Object.fromEntries(
    typed.graph.inputs.map(({ name }) => [
      name,
      (batch.kind === 'proved' ? batch.axes.get(name) : undefined) ?? 'none',
    ]),
  );

/** The model with these sizes in place of its open ones. The number of samples stays open. */
export const bindModel = (model: Model, sizes: Sizes): Result<Model> => {
  const { name, typed, document, original, start, rewrites } = model;
  const open = openSizes(typed.graph);
  const own: Sizes = new Map([...sizes].filter(([symbol]) => open.includes(symbol)));
  if (own.size === 0) return E.right(model);
  const graph = withSizes(typed.graph, own);
  return E.map((bound: Model): Model => ({
    ...model,
    typed: bound.typed,
    original: withSizes(original, own),
    start: withSizes(start, own),
    rewrites: [...rewrites, ...bound.rewrites],
  }))(canonical(name, graph, typed.store, document, canonizersOf(model), statedAxes(model), model.deciding));
};

/**
 * The model with the sizes that inputs of these shapes have. Where they contradict what the model's equations made one (1 is
 * broadcast against any size), what was given is bound anew; inputs of unequal numbers of samples are left to the engine,
 * which refuses them. Problems are those of the graph with these sizes.
 */
export const fitModel = (model: Model, shapes: Shapes): Result<Model> => {
  const { name, typed, document, original, stated, declared } = model;
  const sizes = sizesOf(typed.graph.inputs, shapes);
  if (sizes !== undefined) return bindModel(model, sizes);
  const { graph: open } = typed;
  const samples = new Set(open.inputs.flatMap(({ name: own, shape }) => shapes[own]?.[batchAxis(open, shape)] ?? []));
  const alike = samples.size < 2 && original.inputs.every((input, i) => input.name === open.inputs[i]?.name);
  const apart = alike ? sizesOf(original.inputs, shapes) : undefined;
  if (apart === undefined) return E.right(model);
  const inputs = original.inputs.map((input, i) => {
    const { range } = typed.graph.inputs[i]!;
    return range === undefined ? input : { ...input, range };
  });
  const graph = withSizes({ ...original, inputs }, besides(apart, symbolsAt(original, model.batch)));
  const fitted = E.chain((one: Model) => bindModel(one, apart))(
    canonical(name, graph, typed.store, document, canonizersOf(model), model.statedAxes, model.deciding),
  );
  return E.map((one: Model): Model => ({ ...one, stated, declared }))(fitted);
};

/**
 * The model with these bounds for every input of real numbers, in place of what it may declare itself. Refuses bounds per
 * channel that are not one for each channel (axis 1). The place of problems is `range`.
 */
export const withRange = (model: Model, range: Range): Result<Model> => {
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

/** Inputs in which −∞ says that a place is masked. */
export const masksOf = ({ typed }: Model): ReadonlySet<string> => maskInputs(typed, facts(typed));

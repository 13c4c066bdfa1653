import { graphSays, problem, samplesSays, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { Graph, Node } from '../graph.js';
import { infer, type TypedGraph } from '../infer.js';
import type { TensorStore } from '../tensor.js';
import {
  candidates,
  isOpen,
  onlyOpen,
  withSymbol,
  type Deciding,
  type InputAxes,
  type StatedAxes,
} from './candidate.js';
import { freed } from './free.js';
import { samplesOf } from './interpret.js';
import { apart, ownAxis, type Samples } from './samples.js';
import { namedSqueezes } from './squeezes.js';

/** The samples of a model: the axis of each input that has one, and their number as a symbol; or why it has none. */
export type Batch =
  | {
      readonly kind: 'proved';
      readonly symbol: string;
      readonly axes: InputAxes;
      /** What was written for a fixed number of samples and is open now. */
      readonly changes: readonly string[];
    }
  | { readonly kind: 'single'; readonly why: string };

/** A graph with the samples that were found in it. */
export interface Batched {
  readonly typed: TypedGraph;
  readonly batch: Batch;
}

/** The axes of the inputs on which this symbol stands. */
export const axesOf = ({ inputs }: Graph, symbol: string): InputAxes =>
  new Map(
    inputs.flatMap(({ name, shape }) => {
      const axis = shape.indexOf(symbol);
      return axis < 0 ? [] : [[name, axis] as const];
    }),
  );

/** How the values of a graph depend on the samples whose number is `symbol`; undefined where there are none. */
export const samplesIn = (typed: TypedGraph, symbol: string | undefined): ReadonlyMap<string, Samples> =>
  symbol === undefined
    ? new Map()
    : samplesOf(
        typed,
        symbol,
        new Map([...axesOf(typed.graph, symbol)].map(([name, axis]) => [name, apart(axis)] as const)),
      );

/** Why the samples are not apart in what the graph gives out first; undefined where they are. */
const refuted = ({ graph }: TypedGraph, samples: ReadonlyMap<string, Samples>): string | undefined => {
  const output = graph.outputs[0]!;
  const found = samples.get(output);
  if (found?.kind === 'apart') return undefined;
  return found?.kind === 'mixed' ? found.why : samplesSays.notCarried(output);
};

/** Operators that say themselves which axis has the samples, or that walk along another one. */
const witnesses: readonly Node['op'][] = [
  'Conv',
  'ConvTranspose',
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'BatchNormalization',
  'LRN',
  'Resize',
  'LSTM',
  'GRU',
  'RNN',
  'Scan',
];

/**
 * That an axis is free does not make its places samples: the first axis is theirs by custom, a further one where an operator
 * that knows its samples has them there, or where it is open and comes first in what the graph gives out, or all that is open
 * and the first has not decided what the graph is.
 */
const isBatch = (
  graph: Graph,
  typed: TypedGraph,
  { axes, led }: Pick<Asked, 'axes' | 'led'>,
  samples: ReadonlyMap<string, Samples>,
): boolean =>
  [...axes.values()].includes(0) ||
  (!led && onlyOpen(graph, axes)) ||
  (isOpen(graph, axes) && ownAxis(samples.get(graph.outputs[0]!)) === 0) ||
  typed.graph.nodes.some(({ op, inputs }) => {
    if (!witnesses.includes(op)) return false;
    if (op === 'Scan') return inputs.some((name) => samples.get(name)?.kind === 'apart');
    const image = samples.get(inputs[0]!);
    return image?.kind === 'apart' && (image.axis === 0 || op === 'LSTM' || op === 'GRU' || op === 'RNN');
  });

type Tried = E.Either<string, Batched>;

/** What is asked of a choice of axes. */
interface Asked {
  readonly axes: InputAxes;
  /** Whether a person says that these are the axes of samples. */
  readonly stated: boolean;
  /** Whether a first axis, where samples lie by custom, decided what the graph is. */
  readonly led: boolean;
  /** The graph before anything is asked, where it has types. */
  readonly given: TypedGraph | undefined;
}

const proved = (graph: Graph, store: TensorStore, asked: Asked, changes: readonly string[]): Tried => {
  const { axes, stated, given } = asked;
  const named = withSymbol(graph, axes);
  const typed = given?.graph === named.graph ? E.right(given) : infer(named.graph, store);
  if (E.isLeft(typed)) {
    const [first] = typed.left;
    return E.left(first === undefined ? '' : `${first.at}: ${first.message}`);
  }
  const samples = samplesIn(typed.right, named.symbol);
  const why = refuted(typed.right, samples);
  if (why !== undefined) return E.left(why);
  return stated || isBatch(graph, typed.right, asked, samples)
    ? E.right({
        typed: { ...typed.right, graph: { ...typed.right.graph, batch: named.symbol } },
        batch: { kind: 'proved', symbol: named.symbol, axes, changes },
      })
    : E.left(samplesSays.noWitness([...axes]));
};

/** One choice of axes; where their size is fixed, what is written for it is opened if need be. */
const tried = (graph: Graph, store: TensorStore, asked: Asked): Tried => {
  const { axes, given } = asked;
  const first = proved(graph, store, asked, []);
  if (E.isRight(first) || given === undefined) return first;
  const sizes = new Set(graph.inputs.flatMap(({ name, shape }) => (axes.has(name) ? [shape[axes.get(name)!]!] : [])));
  const [size] = sizes;
  if (sizes.size !== 1 || typeof size !== 'number') return first;
  const open = freed(given, axes, size);
  const again = open.changes.length === 0 ? first : proved(open.graph, store, asked, open.changes);
  return E.isRight(again) ? again : E.left(refuted(given, open.samples) ?? first.left);
};

/**
 * The symbol that is the number of samples: the one that the graph names, else the first declared one along which samples
 * are proved to lie apart. Undefined where the graph holds one sample.
 */
export const batchOf = (typed: TypedGraph): string | undefined => {
  const { graph } = typed;
  if (graph.batch !== undefined) return graph.batch ?? undefined;
  for (const axes of candidates(graph, {})) {
    const named = withSymbol(graph, axes);
    if (named.graph !== graph) continue;
    const samples = samplesIn(typed, named.symbol);
    if (refuted(typed, samples) === undefined && isBatch(graph, typed, { axes, led: false }, samples))
      return named.symbol;
  }
  return undefined;
};

/** What is wrong with what is stated of the inputs, before anything is proved. */
const misstated = (graph: Graph, stated: StatedAxes): readonly Problem[] =>
  Object.entries(stated).flatMap(([name, axis]) => {
    const input = graph.inputs.find((one) => one.name === name);
    if (input === undefined)
      return [
        problem(
          'batch-axis',
          samplesSays.unknownInput(
            name,
            graph.inputs.map((one) => one.name),
          ),
        ),
      ];
    return axis === 'none' || axis < input.shape.length
      ? []
      : [problem('batch-axis', graphSays.axisOutOfRange(axis, input.shape, input.shape.length))];
  });

/**
 * Finds the axes of a graph's inputs along which samples lie, and proves that every sample stays by itself on its way to the
 * first output. Every Squeeze names its axes afterwards. A fixed number of samples is made open, under a symbol that nothing else has. Where nothing can be proved the
 * graph is left as it is, and has one sample; so it has where the number of samples decides what the graph is. Refuses what is stated and cannot be proved, with the node that mixes samples.
 */
export const findBatch = (
  asked: Graph,
  store: TensorStore,
  stated: StatedAxes = {},
  deciding: readonly Deciding[] = [],
): Result<Batched> => {
  const wrong = misstated(asked, stated);
  if (wrong.length > 0) return E.left(wrong);
  const read = infer(asked, store);
  const graph = E.isRight(read) ? namedSqueezes(read.right) : asked;
  const given = graph === asked ? read : infer(graph, store);
  const typed = E.isRight(given) ? given.right : undefined;
  let why: string | undefined;
  for (const axes of candidates(graph, stated)) {
    const decides = deciding.find(({ input, axis }) => axes.get(input) === axis);
    if (decides !== undefined) {
      why ??= samplesSays.mixes(decides.node, decides.op, samplesSays.decidedBy());
      continue;
    }
    const found = tried(graph, store, {
      axes,
      stated: [...axes].every(([name, axis]) => stated[name] === axis),
      led: deciding.some(({ axis }) => axis === 0),
      given: typed,
    });
    if (E.isRight(found)) return found;
    why ??= found.left;
  }
  if (E.isLeft(given)) return given;
  const axes = Object.entries(stated).filter(([, axis]) => axis !== 'none');
  if (axes.length > 0) return E.left([problem('batch-axis', samplesSays.notApart(axes, why ?? ''))]);
  const alone = { ...given.right, graph: { ...graph, batch: null } };
  return E.right({ typed: alone, batch: { kind: 'single', why: why ?? samplesSays.statedNone() } });
};

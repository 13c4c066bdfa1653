import {
  fromNumbers,
  infer,
  intAttribute,
  toNumbers,
  type Graph,
  type Input,
  type Tensor,
  type TypedGraph,
} from '@kirchhoff/graph';
import { explainSays, printProblems, problem, Refusal, type Result } from '@kirchhoff/message';
import { headRewrites, replay, type LogEntry } from '@kirchhoff/rewrite';
import { backends, type Backend } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { uniformFrom } from './random.js';
import type { Model } from './model.js';

/** How far a rewrite may move a value, as a part of the largest value of its output. */
const tolerance = 1e-5;

/** Sizes that open dimensions are given, one after the other, until the graph runs. */
const openSizes = [4, 32, 224];

/** That the rewrites keep every value, on random data; or why that could not be tried. */
export type Soundness =
  { readonly kind: 'sound'; readonly largest: number } | { readonly kind: 'untried'; readonly why: string };

type Data = Readonly<Record<string, Tensor>>;

/** How many rows the table has that these indices are looked up in; undefined where they are no indices. */
const rowsFor = ({ graph, types }: TypedGraph, input: string): number | undefined => {
  const lookup = graph.nodes.find(({ op, inputs }) => op === 'Gather' && inputs[1] === input);
  const rows = lookup && types.get(lookup.inputs[0]!)?.shape.at(intAttribute(lookup, 'axis'));
  return typeof rows === 'number' ? rows : undefined;
};

/** Two random samples: real numbers inside the declared range, else in [−1, 1); indices into their table, else ones. */
const drawn = (
  typed: TypedGraph,
  { name, type, shape: dims, range }: Input,
  open: number,
  next: () => number,
): Tensor => {
  const { batch } = typed.graph;
  const shape = dims.map((dim) => (typeof dim === 'number' ? dim : dim === batch ? 2 : open));
  const inner = shape.slice(2).reduce((product, dim) => product * dim, 1);
  const { low, high } = range ?? { low: -1, high: 1 };
  const bound = (side: number | readonly number[], i: number): number =>
    typeof side === 'number' ? side : side[Math.floor(i / inner) % side.length]!;
  const rows = type.startsWith('float') || type === 'bool' ? undefined : rowsFor(typed, name);
  const value = (i: number): number => {
    if (type.startsWith('float')) return bound(low, i) + (bound(high, i) - bound(low, i)) * next();
    return type === 'bool' ? Math.floor(2 * next()) : rows === undefined ? 1 : Math.floor(rows * next());
  };
  const count = shape.reduce((product, dim) => product * dim, 1);
  return {
    type,
    shape,
    data: fromNumbers(
      type,
      Array.from({ length: count }, (_, i) => value(i)),
    ),
  };
};

/**
 * Random samples for every input, once for each of some sizes that its open dimensions may have: a graph that runs at all runs
 * on one of them.
 */
export const drawSamples = (typed: TypedGraph): readonly Data[] =>
  openSizes.map((open) => {
    const next = uniformFrom(1);
    return Object.fromEntries(
      typed.graph.inputs.map((input) => [input.name, drawn(typed, input, open, next)] as const),
    );
  });

/** What a graph gives out, in the order of its outputs; problems where it does not run. */
const valuesOf = async (
  graph: Graph,
  { typed: { store } }: Model,
  data: Data,
  backend: Backend['name'],
): Promise<Result<readonly Tensor[]>> => {
  try {
    const session = await backends[backend].compile(graph, store);
    const outputs = await session.run(data).finally(session.close);
    return E.right(graph.outputs.map((name) => outputs[name]!));
  } catch (thrown) {
    if (thrown instanceof Refusal) return E.left(thrown.problems);
    throw thrown;
  }
};

/** The largest difference between outputs, each as a part of the largest value of its output. */
export const apart = (before: readonly Tensor[], after: readonly Tensor[]): number =>
  Math.max(
    0,
    ...before.map((tensor, k) => {
      const [wanted, found] = [toNumbers(tensor.data), toNumbers(after[k]!.data)];
      const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
      return wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!) / scale), 0);
    }),
  );

/** How far two graphs' outputs lie apart on the same data. */
const difference = async (
  before: Graph,
  after: Graph,
  model: Model,
  data: Data,
  backend: Backend['name'],
): Promise<Result<number>> => {
  const wanted = await valuesOf(before, model, data, backend);
  const found = E.isLeft(wanted) ? wanted : await valuesOf(after, model, data, backend);
  return E.isLeft(wanted) ? wanted : E.isLeft(found) ? found : E.right(apart(wanted.right, found.right));
};

/** Stretches of the log in which every value is kept: heads that are taken off alone change which value is explained. */
const stretchesOf = (log: readonly LogEntry[]): readonly (readonly [from: number, to: number])[] => {
  const heads = log.flatMap(({ rewrite }, i) => (headRewrites.includes(rewrite) ? [i] : []));
  return [-1, ...heads].map((head, k) => [head + 1, heads[k] ?? log.length] as const).filter(([from, to]) => from < to);
};

/** The first change of a stretch that moves a value, on the reference backend; by its place in the log. */
const culprit = async (
  stages: readonly Graph[],
  [from, to]: readonly [number, number],
  model: Model,
  data: Data,
): Promise<number> => {
  for (let i = from; i < to; i++) {
    const moved = await difference(stages[i]!, stages[i + 1]!, model, data, 'reference');
    if (E.isLeft(moved) || moved.right > tolerance) return i;
  }
  return to - 1;
};

/**
 * Runs the graph as it was given and as the rewrites left it on random data. Refuses, with the rewrite's name, where their
 * outputs differ by more than 1e-5 of the largest value; float64 decides where float32 leaves it open.
 */
export const checkRewrites = async (model: Model): Promise<Result<Soundness>> => {
  const { start, typed, rewrites } = model;
  const stages = rewrites.reduce<readonly Graph[]>(
    (graphs, entry) => [...graphs, replay(graphs.at(-1)!, entry)],
    [start],
  );
  const inferred = infer(start, typed.store);
  if (E.isLeft(inferred)) return inferred;
  let why = '';
  for (const data of drawSamples(inferred.right)) {
    let largest = 0;
    let failed = false;
    for (const stretch of stretchesOf(rewrites)) {
      const [before, after] = [stages[stretch[0]]!, stages[stretch[1]]!];
      const fast = await difference(before, after, model, data, 'ort');
      const sure =
        E.isRight(fast) && fast.right <= tolerance ? fast : await difference(before, after, model, data, 'reference');
      if (E.isLeft(sure)) {
        if (why === '') why = printProblems(sure.left);
        failed = true;
        break;
      }
      if (sure.right > tolerance) {
        const { rewrite, changes } = rewrites[await culprit(stages, stretch, model, data)]!;
        return E.left([problem('', explainSays.unsoundRewrite(rewrite, changes, sure.right))]);
      }
      largest = Math.max(largest, sure.right);
    }
    if (!failed) return E.right({ kind: 'sound', largest });
  }
  return E.right({ kind: 'untried', why });
};

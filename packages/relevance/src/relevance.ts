import { infiniteValues, type Dim, type Graph, type TypedGraph, type ValueType } from '@kirchhoff/graph';
import { Refusal, refuse, relevanceSays, type Result } from '@kirchhoff/message';
import type { Plan, Quantity } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { makeBuilder, type Builder } from './builder.js';
import { finish } from './finish.js';
import { finite } from './finite.js';
import { sumByCause, tensorsOf, type LedgerEntry } from './ledger.js';
import type { NodePasses, RelevanceOptions } from './options.js';
import { samplingOf, sumPerSample } from './per-sample.js';
import { seedOutput } from './seed.js';
import { crossShared, type WalkedShared } from './shared.js';
import { factorShares } from './shares.js';
import { nameOfTarget } from './target.js';
import { zerosLike } from './value.js';
import { holdsIds, walk, type Walked, type Way } from './walk.js';

/**
 * An explanation is a graph: forward pass and relevance pass together, in the language of the model. The other fields
 * name its outputs. Relevances have the shape of what they belong to; sums hold one number per sample, [N] (or [1]).
 */
export interface Explanation extends TargetView {
  readonly graph: Graph;
  /** The types of the graph's values, maybe of others too. */
  readonly types: ReadonlyMap<string, ValueType>;
  /** The explained output of the model. */
  readonly output: string;
  readonly quantity: Quantity;
  readonly passes: readonly NodePasses[];
  /** The further targets, in the order asked. */
  readonly further: readonly TargetView[];
}

/** One target's relevances and ledger, as names of outputs of the explanation graph. */
export interface TargetView {
  /** As asked: `argmax`, `7`, `last:7`, `7-rest`. */
  readonly asked: string;
  /** The shape of one sample of the explained output. */
  readonly sample: readonly Dim[];
  readonly relevance: Readonly<Record<string, string>>;
  readonly at: Readonly<Record<string, string>>;
  /** Of inputs that all samples share, whose relevance is the sum over them: Σ of what each sample sent, and of its sizes. */
  readonly sent: Readonly<Record<string, Sent>>;
  readonly target: string | undefined;
  readonly score: string | undefined;
  /** Σ of the relevance that was seeded. */
  readonly seed: string;
  readonly ledger: readonly LedgerEntry[];
  /** Σ of what leaked, by cause, where that is all of the ledger that was asked for. */
  readonly leaked: Readonly<Record<string, string>> | undefined;
}

export interface Sent {
  readonly sum: string;
  readonly size: string;
}

/**
 * The transform: relevance(graph, plan, target) → graph. Pure; nothing runs.
 *
 *   forward nodes ──copied──▶ builder ◀──target── seed: relevance of the output
 *                                │
 *        nodes, last to first:   │   R of its outputs ──rule──▶ messages ──sum──▶ R of its inputs
 *                                │                       └────▶ leaks ─────────▶ ledger
 *                                ▼
 *        relevance of the inputs (and of any tensor asked for), ledger, score ──prune──▶ explanation graph
 *
 * Problems name the node: a formula that does not separate, a target out of range, a shape that must be fixed and is not.
 */
export const relevance = (typed: TypedGraph, plan: Plan, options: RelevanceOptions): Result<Explanation> =>
  E.tryCatch(
    () => transform(typed, plan, options),
    (thrown) => {
      if (thrown instanceof Refusal) return thrown.problems;
      throw thrown;
    },
  );

const transform = (typed: TypedGraph, plan: Plan, options: RelevanceOptions): Explanation => {
  const { graph } = typed;
  const output = options.output ?? graph.outputs[0]!;
  if (!typed.types.has(output)) refuse('', relevanceSays.unknownTensor(output, [...typed.types.keys()]));
  for (const name of options.at ?? []) {
    if (!typed.types.has(name)) refuse('', relevanceSays.unknownTensor(name, [...typed.types.keys()]));
  }
  const b = makeBuilder(typed, typed.types.get(output)!.type === 'float64' ? 'float64' : 'float32');
  const sampling = samplingOf(typed, plan.facts);
  const views = [options.target, ...(options.further ?? [])].map(
    (target): TargetView & { passes: readonly NodePasses[] } => {
      const seeded = seedOutput(b, output, target, options.seed ?? plan.seed, sampling, options.classAxis);
      const way: Way = { plan, options, sampling };
      const walked = walk(way, b, typed, [[output, seeded.R]]);
      const shared = sharedPart(b, way, typed, walked);
      const total = (stack: string | undefined): string | undefined =>
        stack && b.emit(`${stack}.total`, 'ReduceSum', [stack, b.ints([0])], { keepdims: 0 });
      const arrived = arrivedAt(b, way, typed, walked);
      const mapOf = (name: string): string =>
        sumOf(b, arrived(name), total(shared.values[mapKey(name)])) ?? zerosLike(b, name, `${name}/zeros`);
      const relevanceAt = (name: string): string =>
        sumOf(b, walked.relevanceOf(name), total(shared.values[atKey(name)])) ?? zerosLike(b, name, `${name}/zeros`);
      const named = (names: readonly string[], value: (name: string) => string): Record<string, string> =>
        Object.fromEntries(names.map((name) => [name, b.alias(`relevance.${name}`, value(name))]));
      return {
        asked: nameOfTarget(target),
        sample: seeded.sample,
        relevance: named(
          graph.inputs.map(({ name }) => name),
          mapOf,
        ),
        at: named(options.at ?? [], relevanceAt),
        sent: Object.fromEntries(
          graph.inputs.flatMap(({ name }) => {
            const stack = shared.values[mapKey(name)];
            const isShared = sampling.samplesOf(name).kind === 'same';
            return stack === undefined || !isShared ? [] : [[name, sentBy(b, stack)] as const];
          }),
        ),
        target: seeded.index && b.alias('target.class', seeded.index),
        score: seeded.score && b.alias('score', seeded.score),
        seed: b.alias('seed', sumPerSample(b, { tensor: seeded.R }, output, sampling, 'seed.sum')),
        ledger: [...shared.ledger, ...walked.ledger],
        leaked:
          options.ledger === 'total' && plan.quantity === 'relevance'
            ? sumByCause(b, [...shared.leaked, ...walked.leaked], 'ledger')
            : undefined,
        passes: [...shared.passes, ...walked.passes],
      };
    },
  );
  const [first, ...further] = views;
  return {
    ...first!,
    ...factorShares(b.finish(`${graph.name}-explained`, [...new Set([output, ...views.flatMap(outputsOfView)])])),
    output,
    quantity: plan.finished,
    further,
  };
};

const sumOf = (b: Builder, left: string | undefined, right: string | undefined): string | undefined =>
  left === undefined || right === undefined ? (left ?? right) : b.emit(`${left}.sum`, 'Add', [left, right]);

/**
 * The map of an input, finished; undefined where no relevance arrived. Ids have no gradient: what arrives at them was finished
 * where it left the real numbers.
 */
const arrivedAt = (b: Builder, way: Way, typed: TypedGraph, walked: Walked) => {
  const { plan } = way;
  const fromIds = walk(way, b, typed, walked.finished);
  const infinite = infiniteValues(typed, plan.facts);
  const valueOf = (input: string): string => (infinite.has(input) ? finite(b, input) : input);
  return (input: string): string | undefined => {
    const carrier = walked.carriers.get(input);
    const R = walked.relevanceOf(carrier ?? input);
    if (carrier !== undefined) return R && finish(b, plan, carrier, R);
    const own = R === undefined || holdsIds(b, plan, input) ? R : finish(b, plan, valueOf(input), R);
    return sumOf(b, own, fromIds.relevanceOf(input));
  };
};

const mapKey = (input: string): string => `map ${input}`;
const atKey = (name: string): string => `at ${name}`;

/** What lies behind the values that all samples share: rows of maps and of relevances, one for each sample. */
const sharedPart = (b: Builder, way: Way, typed: TypedGraph, { shared }: Walked): WalkedShared => {
  if (shared.repetitions.length + shared.meetings.length === 0)
    return { values: {}, ledger: [], leaked: [], passes: [] };
  const alone: Way = { ...way, sampling: { ...way.sampling, samplesOf: () => ({ kind: 'same' }) } };
  return crossShared(b, typed, shared, way.sampling, (inside, seeds) => {
    const walked = walk(alone, inside, typed, seeds);
    const arrived = arrivedAt(inside, alone, typed, walked);
    const found = [
      ...typed.graph.inputs.map(({ name }) => [mapKey(name), arrived(name)] as const),
      ...(way.options.at ?? []).map((name) => [atKey(name), walked.relevanceOf(name)] as const),
    ];
    const values = found.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
    return { ...walked, values: Object.fromEntries(values) };
  });
};

/** Σ over each row of what the samples sent. */
const sentBy = (b: Builder, stack: string): Sent => {
  const axes = b.dims(stack).flatMap((_, axis) => (axis === 0 ? [] : [axis]));
  const sum = (value: string): string =>
    axes.length === 0 ? value : b.emit(`${stack}.sent`, 'ReduceSum', [value, b.ints(axes)], { keepdims: 0 });
  return {
    sum: b.alias(`${stack}.sum`, sum(stack)),
    size: b.alias(`${stack}.size`, sum(b.emit(`${stack}.abs`, 'Abs', [stack]))),
  };
};

const outputsOfView = ({
  relevance,
  at,
  sent,
  target,
  score,
  seed,
  ledger,
  leaked = {},
}: TargetView): readonly string[] => [
  ...Object.values(relevance),
  ...Object.values(at),
  ...Object.values(sent).flatMap(({ sum, size }) => [sum, size]),
  ...[target, score, seed].filter((name) => name !== undefined),
  ...ledger.flatMap(tensorsOf),
  ...Object.values(leaked),
];

import type { Dim, Graph, TypedGraph } from '@kirchhoff/graph';
import { Refusal, refuse, relevanceSays, type Problem } from '@kirchhoff/message';
import type { Plan, Quantity } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { makeBuilder } from './builder.js';
import { finish } from './finish.js';
import { sumByCause, tensorsOf, type LedgerEntry } from './ledger.js';
import type { NodePasses, RelevanceOptions } from './options.js';
import { samplingOf, sumPerSample } from './per-sample.js';
import { seedOutput } from './seed.js';
import { factorShares } from './shares.js';
import { nameOfTarget } from './target.js';
import { zerosLike } from './value.js';
import { holdsIds, walk } from './walk.js';

/**
 * An explanation is a graph: forward pass and relevance pass together, in the language of the model. The other fields
 * name its outputs. Relevances have the shape of what they belong to; sums hold one number per sample, [N] (or [1]).
 */
export interface Explanation extends TargetView {
  readonly graph: Graph;
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
  readonly target: string | undefined;
  readonly score: string | undefined;
  /** Σ of the relevance that was seeded. */
  readonly seed: string;
  readonly ledger: readonly LedgerEntry[];
  /** Σ of what leaked, by cause, where that is all of the ledger that was asked for. */
  readonly leaked: Readonly<Record<string, string>> | undefined;
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
export const relevance = (
  typed: TypedGraph,
  plan: Plan,
  options: RelevanceOptions,
): E.Either<readonly Problem[], Explanation> =>
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
      const seeded = seedOutput(b, output, target, options.seed ?? plan.seed, sampling);
      const walked = walk({ plan, options, sampling }, b, typed, [[output, seeded.R]]);
      const relevanceAt = (name: string): string => walked.relevanceOf(name) ?? zerosLike(b, name, `${name}/zeros`);
      const fromIds = walk({ plan, options, sampling }, b, typed, walked.finished);
      /** Ids have no gradient: what arrives at them was finished where it left the real numbers. */
      const mapOf = (input: string): string => {
        const carrier = walked.carriers.get(input);
        if (carrier !== undefined) return finish(b, plan, carrier, relevanceAt(carrier));
        const own = holdsIds(b, plan, input) ? relevanceAt(input) : finish(b, plan, input, relevanceAt(input));
        const more = fromIds.relevanceOf(input);
        return more === undefined ? own : b.emit(`${input}/finish`, 'Add', [own, more]);
      };
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
        target: seeded.index && b.alias('target.class', seeded.index),
        score: seeded.score && b.alias('score', seeded.score),
        seed: b.alias('seed', sumPerSample(b, { tensor: seeded.R }, output, sampling, 'seed.sum')),
        ledger: walked.ledger,
        leaked:
          options.ledger === 'total' && plan.quantity === 'relevance'
            ? sumByCause(b, walked.leaked, 'ledger')
            : undefined,
        passes: walked.passes,
      };
    },
  );
  const [first, ...further] = views;
  return {
    ...first!,
    graph: factorShares(b.finish(`${graph.name}-explained`, [...new Set([output, ...views.flatMap(outputsOfView)])])),
    output,
    quantity: plan.finished,
    further,
  };
};

const outputsOfView = ({ relevance, at, target, score, seed, ledger, leaked = {} }: TargetView): readonly string[] => [
  ...Object.values(relevance),
  ...Object.values(at),
  ...[target, score, seed].filter((name) => name !== undefined),
  ...ledger.flatMap(tensorsOf),
  ...Object.values(leaked),
];

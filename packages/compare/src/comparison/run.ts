import { refusalOf, remarksOn, standingOf, type NamedLedger } from '@kirchhoff/explain';
import { compareSays, refuse, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { floats, openForwardFor, type Completeness, type Forward, type OpenMethod } from '../methods/index.js';
import {
  agreements,
  estimate,
  judge,
  mapsOf,
  metricNames,
  pairedDifference,
  randomOrder,
  type Agreement,
  type Case,
  type Estimate,
  type Judgement,
  type MethodMaps,
  type MetricName,
  type RandomOrder,
} from '../metrics/index.js';
import type { Ground } from './ground.js';
import type { AskedMethod, Opened } from './opened.js';

/** One metric of one method: its mean, and how far it is from that of the random map. */
export interface Measured {
  readonly value: Estimate | null;
  readonly againstRandom: Estimate | null;
}

export interface ComparedMethod {
  readonly name: string;
  readonly summary: string;
  readonly cite: readonly string[];
  readonly settings: Readonly<Record<string, number>>;
  readonly plan: OpenMethod['plan'];
  readonly passes: number;
  readonly complete: OpenMethod['complete'];
  /** For all samples together. */
  readonly milliseconds: number;
  readonly constant: number;
  readonly metrics: Readonly<Partial<Record<MetricName, Measured>>>;
  /** The values that they are of, one for each sample. */
  readonly values: Judgement['metrics'];
  readonly curves: Judgement['curves'];
  readonly ledgers: readonly (Completeness | null)[];
  readonly maps: MethodMaps['maps'];
}

export interface ComparedModel {
  readonly ground: Ground;
  readonly methods: readonly ComparedMethod[];
  readonly skipped: Opened['skipped'];
  /** Where curves of removal were asked for. */
  readonly randomOrder: RandomOrder | null;
  readonly agreement: readonly (readonly Agreement[])[];
}

/** A finished method: its maps and what the metrics say of them. */
export interface Finished {
  readonly maps: MethodMaps;
  readonly judgement: Judgement;
}

/** Finishes one method, the `index`th: by running it, or by what an earlier run kept of it. */
export type Finisher = (
  one: AskedMethod,
  index: number,
  run: () => Promise<Result<Finished>>,
) => Promise<Result<Finished>>;

/** How methods are run and judged. */
export interface RunOptions {
  readonly metrics: readonly MetricName[];
  /** Told what is being done. */
  readonly progress?: ((text: string) => void) | undefined;
  /** Go on with methods whose ledgers are open. */
  readonly allowOpen?: boolean | undefined;
  /** Throws where the run is to stop. */
  readonly stopped?: (() => void) | undefined;
  readonly finisher?: Finisher | undefined;
}

/** Steps of the curves of removal, and squares along the longer side of a picture. */
export const coarseness = { steps: 20, across: 16 } as const;

const refuseInfinite = (cases: readonly Case[], { maps }: MethodMaps): void => {
  for (const [n, map] of maps.entries()) {
    const wrong = floats(map).find((value) => !Number.isFinite(value));
    if (wrong !== undefined) refuse('', compareSays.mapNotFinite(cases[n]!.name, wrong));
  }
};

/** What is said first of a method: that it does not add up, or that its relevance outgrows what it started from. */
export const methodRemarks = ({ ledgers }: Pick<MethodMaps, 'ledgers'>, cases: readonly Case[]): readonly string[] =>
  remarksOn(standingOf(named(cases, ledgers)));

const named = (cases: readonly Case[], ledgers: readonly (Completeness | null)[]): readonly NamedLedger[] =>
  ledgers.map((ledger, n): NamedLedger => [
    cases[n]!.name,
    ledger && { open: ledger.open ?? [], outgrown: ledger.outgrown ?? null },
  ]);

/** Methods whose ledgers are open are refused, unless that is allowed. */
export const refusalOfMaps = (
  cases: readonly Case[],
  { ledgers }: Pick<MethodMaps, 'ledgers'>,
  allowOpen: boolean,
): readonly Problem[] => refusalOf(standingOf(named(cases, ledgers)), allowOpen);

/** One method on every sample, judged. */
const finish = async (
  { subject, cases, model }: Ground,
  { request, method }: AskedMethod,
  forward: Forward,
  { metrics, progress, allowOpen = false, stopped }: RunOptions,
): Promise<Result<Finished>> => {
  const tell = (stage: string, done: number, all: number): void => {
    stopped?.();
    progress?.(`${model.name}: ${stage} ${method.title} ${done}/${all}`);
  };
  const maps = await mapsOf(method, cases, tell);
  refuseInfinite(cases, maps);
  const refused = refusalOfMaps(cases, maps, allowOpen);
  if (refused.length > 0) return E.left(refused);
  const options = { metrics, ...coarseness, progress: tell };
  return E.right({ maps, judgement: await judge(request, method, subject, forward, cases, maps, options) });
};

/** Runs every method on every sample, and judges what they say; each is closed as soon as it is done. */
export const compareMethods = async (
  ground: Ground,
  { methods, skipped }: Opened,
  options: RunOptions,
): Promise<Result<ComparedModel>> => {
  const { subject, cases, model } = ground;
  const { metrics, progress, finisher = (_, __, run) => run() } = options;
  const forward = await openForwardFor(subject);
  const finished: Finished[] = [];
  let shuffled: RandomOrder | null = null;
  try {
    for (const [i, one] of methods.entries()) {
      const run = () => finish(ground, one, forward, options);
      const done = await finisher(one, i, run).finally(one.method.close);
      if (E.isLeft(done)) return done;
      finished.push(done.right);
    }
    if (metrics.some((name) => name.startsWith('flipping') || name === 'selectivity')) {
      progress?.(`${model.name}: ${compareSays.randomOrderStage}`);
      shuffled = await randomOrder(forward, subject, cases, coarseness);
    }
  } finally {
    await forward.close();
  }
  const random = finished[methods.findIndex(({ request }) => request.name === 'random')]?.judgement;
  const compared = methods.map(({ method }, i): ComparedMethod => {
    const { maps, judgement } = finished[i]!;
    const measured = metricNames.flatMap((name) => {
      const values = judgement.metrics[name];
      if (values === undefined) return [];
      const flipping = name === 'flipping-most-relevant' || name === 'flipping-least-relevant';
      const against = random?.metrics[name] ?? (flipping ? shuffled?.areas : undefined);
      const value = estimate(values) ?? null;
      const isRandom = judgement === random;
      const difference = against === undefined || isRandom ? null : (pairedDifference(values, against) ?? null);
      return [[name, { value, againstRandom: difference } satisfies Measured] as const];
    });
    return {
      name: method.title,
      summary: method.summary,
      cite: method.cite,
      settings: method.settings,
      plan: method.plan,
      passes: method.passes,
      complete: method.complete,
      milliseconds: maps.milliseconds,
      constant: judgement.constant,
      metrics: Object.fromEntries(measured),
      values: judgement.metrics,
      curves: judgement.curves,
      ledgers: maps.ledgers,
      maps: maps.maps,
    };
  });
  return E.right({
    ground,
    methods: compared,
    skipped,
    randomOrder: shuffled,
    agreement: agreements(compared.map(({ maps }) => maps)),
  });
};

import { refusalOf, remarksOn, standingOf, type NamedLedger } from '@kirchhoff/explain';
import { outputNames } from '@kirchhoff/explain/node';
import {
  agreements,
  estimate,
  floats,
  judge,
  mapsOf,
  metricNames,
  openForwardFor,
  openMethodFor,
  pairedDifference,
  randomOrder,
  type Agreement,
  type Case,
  type Completeness,
  type Estimate,
  type Forward,
  type Judgement,
  type MethodMaps,
  type MethodRequest,
  type MetricName,
  type OpenMethod,
  type RandomOrder,
} from '@kirchhoff/compare';
import {
  compareSays,
  printProblems,
  problem,
  refuse,
  storeSays,
  within,
  type Problem,
  type Result,
} from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { basename } from 'node:path';
import { problemsOf } from '../thrown.js';
import { keepMethod, keyOf, recallMethod, type Finished } from './keep.js';
import type { Ground } from './samples.js';

/** A method that applies, open, and one that does not, with the reason. */
export interface Opened {
  readonly methods: readonly { readonly request: MethodRequest; readonly method: OpenMethod }[];
  readonly skipped: readonly { readonly method: string; readonly reason: string }[];
}

const reasonOf = (method: string, problems: readonly Problem[]): string => {
  const [first, ...more] = problems;
  const at = (first?.at ?? '').slice(method.length).trim();
  const said = printProblems(first === undefined ? [] : [problem(at, first.message)]);
  return `${said}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
};

/** The method, whose sessions are closed once, however often that is asked. */
const closingOnce = (method: OpenMethod): OpenMethod => {
  let closed: Promise<void> | undefined;
  return { ...method, close: () => (closed ??= method.close()) };
};

/** Opens all methods before any runs. Where `skip` is false, what does not apply is refused. */
export const openMethods = async (
  { subject, model, cases }: Ground,
  requests: readonly MethodRequest[],
  skip: boolean,
): Promise<Result<Opened>> => {
  const methods: Opened['methods'][number][] = [];
  const skipped: Opened['skipped'][number][] = [];
  const problems: Problem[] = [];
  for (const request of requests) {
    const opened = await openMethodFor(
      subject,
      request,
      cases.map(({ x }) => x.shape),
    );
    if (E.isRight(opened)) methods.push({ request, method: closingOnce(opened.right) });
    else if (skip) skipped.push({ method: request.name, reason: reasonOf(request.name, opened.left) });
    else {
      const [first] = opened.left;
      problems.push(problem(`${model.name} ${first?.at ?? ''}`, `${first?.message ?? ''}; ${compareSays.skipHint()}`));
    }
  }
  if (methods.length === 0 && problems.length === 0)
    problems.push(problem('--methods', compareSays.noMethodApplies(model.name)));
  if (problems.length === 0) return E.right({ methods, skipped });
  for (const { method } of methods) await method.close();
  return E.left(problems);
};

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
  readonly curves: Judgement['curves'];
  readonly ledgers: readonly (Completeness | null)[];
  readonly maps: MethodMaps['maps'];
}

export interface ComparedModel {
  readonly ground: Ground;
  /** What the folder of its maps is called. */
  readonly folder: string;
  readonly methods: readonly ComparedMethod[];
  readonly skipped: Opened['skipped'];
  /** Where curves of removal were asked for. */
  readonly randomOrder: RandomOrder | null;
  readonly agreement: readonly (readonly Agreement[])[];
}

export interface RunOptions {
  readonly metrics: readonly MetricName[];
  readonly folder: string;
  readonly progress: (text: string) => void;
  /** Go on with methods whose ledgers are open. */
  readonly allowOpen: boolean;
  /** Aborted where the run is to stop. */
  readonly stop: AbortSignal;
}

const steps = 20;
const across = 16;

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

/** One method on every sample, judged and written down; or what an earlier run wrote. */
const finish = async (
  ground: Ground,
  { request, method }: Opened['methods'][number],
  file: string,
  forward: Forward,
  { metrics, folder, progress, allowOpen, stop }: RunOptions,
): Promise<Result<Finished>> => {
  const { subject, cases, model } = ground;
  const key = keyOf(ground, request, method, [metrics, steps, across]);
  const kept = recallMethod(folder, file, key, cases.length);
  const refusal = ({ ledgers }: MethodMaps): readonly Problem[] =>
    refusalOf(standingOf(named(cases, ledgers)), allowOpen);
  if (kept !== undefined) {
    const refused = refusal(kept.maps);
    return refused.length > 0 ? E.left(refused) : E.right(kept);
  }
  const tell = (stage: string, done: number, all: number): void => {
    if (stop.aborted) refuse('', storeSays.stoppedCompare(String(stop.reason)));
    progress(`${model.name}: ${stage} ${method.title} ${done}/${all}`);
  };
  const maps = await mapsOf(method, cases, tell);
  refuseInfinite(cases, maps);
  const refused = refusal(maps);
  if (refused.length > 0) return E.left(refused);
  const options = { metrics, steps, across, progress: tell };
  const judgement = await judge(request, method, subject, forward, cases, maps, options);
  const done = keepMethod(folder, file, key, { maps, judgement });
  return E.isLeft(done) ? done : E.right({ maps, judgement });
};

/** Problems midway: whose they are, and that what is finished stays. */
const brokenOff = (model: string, method: string, folder: string, problems: readonly Problem[]): readonly Problem[] => {
  const told = problems.map(({ at, message }) =>
    problem(at === model ? '' : at, `${message}; ${compareSays.keptIn(folder)}`),
  );
  return within(`${model} ${method}`, told);
};

/** Runs every method on every sample and judges it; what an earlier run finished is taken from its files. */
export const runModel = async (
  ground: Ground,
  { methods, skipped }: Opened,
  options: RunOptions,
): Promise<Result<ComparedModel>> => {
  const { subject, cases, model } = ground;
  const { metrics, folder, progress } = options;
  const forward = await openForwardFor(subject);
  const finished: Finished[] = [];
  const files = outputNames(methods.map(({ method }) => method.title));
  for (const [i, one] of methods.entries()) {
    const { title, close } = one.method;
    const done = await finish(ground, one, files[i]!, forward, options).catch((thrown: unknown): Result<Finished> =>
      E.left(problemsOf(thrown)),
    );
    await close();
    if (E.isRight(done)) {
      finished.push(done.right);
      continue;
    }
    await forward.close();
    return E.left(brokenOff(model.name, title, folder, done.left));
  }
  const flips = metrics.some((name) => name.startsWith('flipping') || name === 'selectivity');
  if (flips) progress(`${model.name}: ${compareSays.randomOrderStage}`);
  const shuffled = flips ? await randomOrder(forward, subject, cases, { steps, across }) : null;
  await forward.close();
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
      curves: judgement.curves,
      ledgers: maps.ledgers,
      maps: maps.maps,
    };
  });
  return E.right({
    ground,
    folder: basename(folder),
    methods: compared,
    skipped,
    randomOrder: shuffled,
    agreement: agreements(compared.map(({ maps }) => maps)),
  });
};

/** What results.json says of a model: everything but the maps, which lie beside it. */
export const resultsOf = ({ ground, folder, methods, skipped, randomOrder, agreement }: ComparedModel): object => ({
  model: ground.model.name,
  folder,
  samples: ground.cases.map(({ name, target }, n) => ({
    name,
    target,
    label: ground.model.document?.labels?.[target] ?? null,
    scores: ground.outputs[n],
  })),
  methods: methods.map(({ maps, ...rest }) => ({ ...rest, maps: maps.length })),
  randomOrder: randomOrder && { curve: randomOrder.curve, area: estimate(randomOrder.areas) ?? null },
  agreement: { methods: methods.map(({ name }) => name), cells: agreement },
  skipped,
});

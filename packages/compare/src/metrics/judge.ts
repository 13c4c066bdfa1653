import {
  makeSubject,
  openMethodFor,
  regionsOf,
  regionSums,
  rowOf,
  sideFor,
  stackRows,
  floats,
  type Completeness,
  type Forward,
  type MethodRequest,
  type OpenMethod,
  type Subject,
} from '../methods/index.js';
import type { Tensor } from '@kirchhoff/graph';
import { Refusal } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { MetricName } from './metric.js';
import { spearman } from './rank.js';
import {
  areaUnder,
  infidelity,
  meanCurve,
  relevanceCurve,
  removeSubsets,
  sensitivityN,
  type Curve,
  type Explained,
} from './removal.js';
import { randomisationStages, randomise, stability, weightsOf } from './robustness.js';
import { entropy, gini, massAccuracy, rankAccuracy } from './shape.js';

/** One sample that methods are compared on. */
export interface Case {
  readonly name: string;
  /** A batch of one. */
  readonly x: Tensor;
  /** The class that is explained. */
  readonly target: number;
  /** 1 where the evidence is: one value for each pixel. */
  readonly mask?: Uint8Array | undefined;
}

export interface JudgeOptions {
  readonly metrics: readonly MetricName[];
  /** Steps of removal curves. Default 20. */
  readonly steps?: number;
  /** Squares along the longer side of a picture, which are removed together. Default 16. */
  readonly across?: number;
  readonly seed?: number;
  readonly progress?: (stage: string, done: number, all: number) => void;
}

/** What a method says of each sample, and how long that took. */
export interface MethodMaps {
  /** Batches of one. */
  readonly maps: readonly Tensor[];
  readonly ledgers: readonly (Completeness | null)[];
  readonly milliseconds: number;
}

/** The values of a metric, one for each sample; null where it is not defined for the sample. */
export type Values = readonly (number | null)[];

/** A mean curve over equal parts of regions removed. */
export interface Curves {
  readonly most: readonly number[];
  readonly least: readonly number[];
}

export interface Judgement {
  readonly metrics: Readonly<Partial<Record<MetricName, Values>>>;
  readonly curves: Curves | null;
  /** Samples whose map is the same everywhere. */
  readonly constant: number;
}

const groupsOf = (cases: readonly Case[]): readonly (readonly number[])[] => {
  const groups = new Map<string, number[]>();
  cases.forEach(({ x }, i) => groups.set(x.shape.join(), [...(groups.get(x.shape.join()) ?? []), i]));
  return [...groups.values()];
};

/** Runs a method on all samples, those of one shape as one batch. */
export const mapsOf = async (
  method: OpenMethod,
  cases: readonly Case[],
  progress?: JudgeOptions['progress'],
): Promise<MethodMaps> => {
  const maps: Tensor[] = [];
  const ledgers: (Completeness | null)[] = [];
  const start = performance.now();
  let done = 0;
  for (const group of groupsOf(cases)) {
    const [first, ...others] = group.map((i) => cases[i]!.x);
    const targets = group.map((i) => cases[i]!.target);
    const before = done;
    const found = await method.run(stackRows([first!, ...others]), targets, (n) =>
      progress?.('explaining', before + n, cases.length),
    );
    group.forEach((i, n) => {
      maps[i] = { ...rowOf(found.map, n), data: floats(rowOf(found.map, n)).slice() };
      ledgers[i] = found.ledgers[n] ?? null;
    });
    done += group.length;
    progress?.('explaining', done, cases.length);
  }
  return { maps, ledgers, milliseconds: performance.now() - start };
};

/** The relevance of pixels (channels summed) or tokens (components summed), or of squares of `side` pixels. */
export const placesOf = (map: Tensor, side = 1): Float64Array => {
  const sample = map.shape.slice(1);
  return regionSums(regionsOf(sample, side), floats(map));
};

const selectivityOf = ({ score }: Curve): number | null => {
  const whole = score[0]!;
  return whole > 0 ? areaUnder(score) / whole : null;
};

/** Σ|leaks| as a part of |Σ R| + Σ|leaks|: 0 where all arrived, 1 where nothing did; null where there is no ledger. */
export const leakedOf = (ledger: Completeness | null): number | null => {
  if (ledger === null) return null;
  const leaked = Object.values(ledger.leaks).reduce((sum, value) => sum + Math.abs(value), 0);
  const all = Math.abs(ledger.input) + leaked;
  return all === 0 ? null : leaked / all;
};

/** Mean rank correlation of |R| with that of models whose weights are shuffled; stages whose map is constant are left out. */
const randomisation = async (
  request: MethodRequest,
  subject: Subject,
  cases: readonly Case[],
  maps: readonly Tensor[],
  kind: 'cascading' | 'independent',
  seed: number,
): Promise<Values> => {
  const stages = randomisationStages(weightsOf(subject.model), kind, 4);
  const sums = cases.map((): { sum: number; count: number } => ({ sum: 0, count: 0 }));
  for (const names of stages) {
    const changed = randomise(subject.model, names, seed);
    if (E.isLeft(changed)) throw new Refusal(changed.left);
    const other = makeSubject(changed.right, subject.book, subject.baseline);
    const { data } = subject;
    const shapes = cases.map(({ x }) => x.shape);
    const opened = E.isLeft(other) ? other : await openMethodFor({ ...other.right, data }, request, shapes);
    if (E.isLeft(opened)) throw new Refusal(opened.left);
    const found = await mapsOf(opened.right, cases).finally(opened.right.close);
    found.maps.forEach((map, n) => {
      const like = spearman(placesOf(map).map(Math.abs), placesOf(maps[n]!).map(Math.abs));
      if (like === null) return;
      sums[n]!.sum += like;
      sums[n]!.count++;
    });
  }
  return sums.map(({ sum, count }) => (count === 0 ? null : sum / count));
};

/** Judges the maps of one method by the metrics asked for. */
export const judge = async (
  request: MethodRequest,
  method: OpenMethod,
  subject: Subject,
  forward: Forward,
  cases: readonly Case[],
  { maps, ledgers }: MethodMaps,
  { metrics: asked, steps = 20, across = 16, seed = 1, progress }: JudgeOptions,
): Promise<Judgement> => {
  const wants = (...names: readonly MetricName[]): boolean => names.some((name) => asked.includes(name));
  const values: Partial<Record<MetricName, (number | null)[]>> = {};
  const put = (name: MetricName, n: number, value: number | null): void => {
    if (asked.includes(name)) (values[name] ??= cases.map(() => null))[n] = value;
  };
  const most: (Curve | null)[] = [];
  const least: (Curve | null)[] = [];
  let constant = 0;
  for (const [n, { x, target, mask }] of cases.entries()) {
    const side = sideFor(x.shape.slice(1), across);
    const regions = regionsOf(x.shape.slice(1), side);
    const relevance = placesOf(maps[n]!, side);
    const places = placesOf(maps[n]!);
    const explained: Explained = { x, target, regions, relevance, baseline: subject.baseline };
    if (relevance.every((value) => value === relevance[0])) constant++;
    put('gini', n, gini(relevance));
    put('entropy', n, entropy(relevance));
    put('completeness', n, leakedOf(ledgers[n] ?? null));
    if (mask !== undefined) {
      put('mass-accuracy', n, massAccuracy(places, mask));
      put('rank-accuracy', n, rankAccuracy(places, mask));
    }
    if (wants('flipping-most-relevant', 'flipping-least-relevant', 'flipping-gap', 'selectivity')) {
      const down = await relevanceCurve(forward, explained, 'most-relevant', steps);
      const both = wants('flipping-least-relevant', 'flipping-gap');
      const up = both ? await relevanceCurve(forward, explained, 'least-relevant', steps) : null;
      most.push(down);
      least.push(up);
      put('flipping-most-relevant', n, down && areaUnder(down.share));
      put('flipping-least-relevant', n, up && areaUnder(up.share));
      put('flipping-gap', n, down && up && areaUnder(up.share) - areaUnder(down.share));
      put('selectivity', n, down && selectivityOf(down));
    }
    if (wants('sensitivity-n', 'infidelity')) {
      const subsets = await removeSubsets(forward, explained, 0.1, 24, seed + n);
      put('sensitivity-n', n, sensitivityN(subsets));
      put('infidelity', n, infidelity(subsets));
    }
    if (wants('max-sensitivity', 'continuity')) {
      const found = await stability(method, x, target, subject.input.range, { seed: seed + n });
      put('max-sensitivity', n, found.maxSensitivity);
      put('continuity', n, found.continuity);
    }
    progress?.('judging', n + 1, cases.length);
  }
  for (const kind of ['cascading', 'independent'] as const) {
    const name = `randomisation-${kind}` as const;
    if (wants(name)) values[name] = [...(await randomisation(request, subject, cases, maps, kind, seed))];
  }
  return {
    metrics: values,
    curves: least.some((curve) => curve !== null)
      ? { most: meanCurve(most, steps), least: meanCurve(least, steps) }
      : null,
    constant,
  };
};

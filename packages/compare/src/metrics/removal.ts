import { uniformFrom } from '@kirchhoff/explain';
import { floats, makeRows, removeRegions, scoresOf, sharesOf, type Forward, type Regions } from '../methods/index.js';
import type { Tensor } from '@kirchhoff/graph';
import { descending, isConstant, pearson } from './rank.js';

/** One sample, what is explained of it, and the relevance of its regions. */
export interface Explained {
  /** A batch of one. */
  readonly x: Tensor;
  readonly target: number;
  readonly regions: Regions;
  /** One for each region. */
  readonly relevance: Float64Array;
  readonly baseline: number;
}

/** How a decision changes while regions are removed, from none (first) to all (last). */
export interface Curve {
  /** Softmax probability of the target. */
  readonly share: Float64Array;
  readonly score: Float64Array;
}

const scored = async (
  forward: Forward,
  { x, target, regions, baseline }: Explained,
  copies: number,
  gone: (copy: number, region: number) => boolean,
): Promise<Curve> => {
  const row = floats(x);
  const batch = makeRows(x.shape.slice(1), copies, (copy, out) =>
    removeRegions(row, regions, (region) => gone(copy, region), baseline, out),
  );
  const output = await forward.run(batch);
  const targets = Array<number>(copies).fill(target);
  return { share: sharesOf(output, targets), score: scoresOf(output, targets) };
};

/**
 * Pixel flipping and word deletion (Bach et al. 2015, section 4.1; Samek et al. 2017; Arras et al. 2017): regions are
 * replaced by the baseline in the given order, in `steps` equal steps.
 */
export const removalCurve = (
  forward: Forward,
  explained: Explained,
  order: ArrayLike<number>,
  steps: number,
): Promise<Curve> => {
  const { count } = explained.regions;
  const position = new Int32Array(count);
  for (let k = 0; k < count; k++) position[order[k]!] = k;
  const stages = Math.min(steps, count);
  return scored(
    forward,
    explained,
    stages + 1,
    (copy, region) => position[region]! < Math.round((copy * count) / stages),
  );
};

/** The mean height of a curve: the area under it over [0, 1], by trapezoids. */
export const areaUnder = (curve: ArrayLike<number>): number => {
  let sum = 0;
  for (let k = 1; k < curve.length; k++) sum += (curve[k]! + curve[k - 1]!) / 2;
  return sum / (curve.length - 1);
};

const spread = (curve: ArrayLike<number>, steps: number): readonly number[] =>
  Array.from({ length: steps + 1 }, (_, k) => {
    const at = (k / steps) * (curve.length - 1);
    const low = Math.floor(at);
    const high = Math.min(curve.length - 1, low + 1);
    return curve[low]! + (at - low) * (curve[high]! - curve[low]!);
  });

/** The mean of curves of any length, at equal parts of all regions removed; samples without a curve are left out. */
export const meanCurve = (curves: readonly (Curve | null)[], steps: number): readonly number[] => {
  const known = curves.flatMap((curve) => (curve === null ? [] : [spread(curve.share, steps)]));
  return Array.from({ length: steps + 1 }, (_, k) => known.reduce((sum, curve) => sum + curve[k]!, 0) / known.length);
};

export type Removal = 'most-relevant' | 'least-relevant';

/** The curve of removing in order of relevance, or in reverse; null for a constant map, which orders nothing. */
export const relevanceCurve = async (
  forward: Forward,
  explained: Explained,
  first: Removal,
  steps: number,
): Promise<Curve | null> => {
  if (isConstant(explained.relevance)) return null;
  const order = descending(explained.relevance);
  return removalCurve(forward, explained, first === 'most-relevant' ? order : order.toReversed(), steps);
};

/** Random sets of regions, what relevance they hold, and how far the score falls without them. */
export interface Subsets {
  readonly held: Float64Array;
  readonly fall: Float64Array;
}

export const removeSubsets = async (
  forward: Forward,
  explained: Explained,
  part: number,
  sets: number,
  seed: number,
): Promise<Subsets> => {
  const { count } = explained.regions;
  const size = Math.max(1, Math.round(part * count));
  const next = uniformFrom(seed);
  const chosen = Array.from(
    { length: sets },
    () => new Set(descending(Float64Array.from({ length: count }, next)).subarray(0, size)),
  );
  const { score } = await scored(
    forward,
    explained,
    sets + 1,
    (copy, region) => copy > 0 && chosen[copy - 1]!.has(region),
  );
  return {
    held: Float64Array.from(chosen, (set) => [...set].reduce((sum, region) => sum + explained.relevance[region]!, 0)),
    fall: Float64Array.from({ length: sets }, (_, k) => score[0]! - score[k + 1]!),
  };
};

/** Correlation of the relevance that sets hold with the fall of the score without them (Ancona et al. 2018, sensitivity-n). */
export const sensitivityN = ({ held, fall }: Subsets): number | null => pearson(held, fall);

/**
 * E[(β·held − fall)²] / E[fall²] with the β that makes it least: infidelity (Yeh et al. 2019, equation 1, and their optimal
 * scaling), as a part of what a map of zeros gets, so that methods of any scale and samples of any score compare. 0 … 1.
 */
export const infidelity = ({ held, fall }: Subsets): number | null => {
  let [hh, hf, ff] = [0, 0, 0];
  held.forEach((h, k) => {
    hh += h * h;
    hf += h * fall[k]!;
    ff += fall[k]! ** 2;
  });
  if (ff === 0 || hh === 0) return null;
  return Math.max(0, 1 - hf ** 2 / (hh * ff));
};

import { uniformFrom } from '@kirchhoff/explain';

/** A mean over samples, and between which bounds it lies. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Samples that have a value. */
  readonly count: number;
  /** Samples for which the metric is not defined: constant maps, scores that are not above 0. */
  readonly undefined: number;
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The value below which a part `p` of sorted values lies, linear between neighbours. */
const quantileOf = (sorted: Float64Array, p: number): number => {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low] ?? NaN;
  return below + (at - low) * ((sorted[Math.min(sorted.length - 1, low + 1)] ?? NaN) - below);
};

/**
 * The mean with its 95 % percentile interval over resampled samples (Efron and Tibshirani 1993, chapter 13). Null stands
 * for a sample without a value. Undefined where no sample has one.
 */
export const estimate = (values: readonly (number | null)[], seed = 1, resamples = 2000): Estimate | undefined => {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return undefined;
  const next = uniformFrom(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < known.length; i++) sum += known[Math.floor(next() * known.length)]!;
    return sum / known.length;
  }).sort();
  return {
    mean: meanOf(known),
    low: quantileOf(means, 0.025),
    high: quantileOf(means, 0.975),
    count: known.length,
    undefined: values.length - known.length,
  };
};

/** The mean of one − other over the samples that both have, resampled in pairs. */
export const pairedDifference = (
  one: readonly (number | null)[],
  other: readonly (number | null)[],
  seed = 1,
): Estimate | undefined =>
  estimate(
    one.map((value, n) => {
      const against = other[n] ?? null;
      return value === null || against === null ? null : value - against;
    }),
    seed,
  );

import { descending, isConstant } from './rank.js';

const sumOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0);

/**
 * Gini's index of |R|: 0 where all places are equal, tending to 1 where one holds all (Chalasani et al. 2020).
 * Null where the map is 0 throughout.
 */
export const gini = (relevance: ArrayLike<number>): number | null => {
  const sizes = Float64Array.from(relevance, Math.abs).sort();
  const total = sumOf(sizes);
  if (total === 0) return null;
  const n = sizes.length;
  return sizes.reduce((sum, size, i) => sum + (2 * (i + 1) - n - 1) * size, 0) / (n * total);
};

/** Shannon's entropy of |R| / Σ|R| as a part of that of an even map: 0 … 1 (Bhatt et al. 2020, complexity). */
export const entropy = (relevance: ArrayLike<number>): number | null => {
  const total = sumOf(Array.from(relevance, Math.abs));
  if (total === 0 || relevance.length < 2) return null;
  const bits = Array.from(relevance, (value) => Math.abs(value) / total)
    .filter((part) => part > 0)
    .reduce((sum, part) => sum - part * Math.log(part), 0);
  return bits / Math.log(relevance.length);
};

/** The part of all positive relevance that lies inside the mask (Arras et al. 2022, relevance mass accuracy). */
export const massAccuracy = (relevance: ArrayLike<number>, mask: ArrayLike<number>): number | null => {
  let [inside, all] = [0, 0];
  for (let i = 0; i < relevance.length; i++) {
    const value = Math.max(0, relevance[i]!);
    all += value;
    if (mask[i]! > 0) inside += value;
  }
  return all === 0 ? null : inside / all;
};

/** Of as many most relevant places as the mask has, the part that lies inside it (Arras et al. 2022, relevance rank accuracy). */
export const rankAccuracy = (relevance: ArrayLike<number>, mask: ArrayLike<number>): number | null => {
  const count = Array.from(mask).filter((value) => value > 0).length;
  if (count === 0 || isConstant(relevance)) return null;
  return (
    descending(relevance)
      .subarray(0, count)
      .filter((place) => mask[place]! > 0).length / count
  );
};

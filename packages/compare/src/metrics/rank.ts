import { uniformFrom } from '@kirchhoff/explain';

/** Whether all values are equal: such a map orders nothing. */
export const isConstant = (values: ArrayLike<number>): boolean => {
  for (let i = 1; i < values.length; i++) if (values[i] !== values[0]) return false;
  return true;
};

/** Places from the greatest value to the least. Equal values come in random order, so that no corner is preferred. */
export const descending = (values: ArrayLike<number>, seed = 1): Int32Array => {
  const next = uniformFrom(seed);
  const tie = Float64Array.from({ length: values.length }, next);
  return Int32Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => values[b]! - values[a]! || tie[a]! - tie[b]!,
  );
};

/** Ranks from 1, equal values sharing the mean of theirs. */
export const ranksOf = (values: ArrayLike<number>): Float64Array => {
  const order = Int32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let k = from; k <= to; k++) ranks[order[k]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return ranks;
};

/** Pearson's correlation; null where either side is constant. */
export const pearson = (a: ArrayLike<number>, b: ArrayLike<number>): number | null => {
  const n = a.length;
  let [meanA, meanB] = [0, 0];
  for (let i = 0; i < n; i++) {
    meanA += a[i]! / n;
    meanB += b[i]! / n;
  }
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [da, db] = [a[i]! - meanA, b[i]! - meanB];
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return isConstant(a) || isConstant(b) || aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb);
};

/** Spearman's rank correlation: Pearson's of the ranks, ties sharing theirs; null where either side is constant. */
export const spearman = (a: ArrayLike<number>, b: ArrayLike<number>): number | null => pearson(ranksOf(a), ranksOf(b));

/** The cosine of two maps; null where either is 0 throughout. */
export const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number | null => {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return aa === 0 || bb === 0 ? null : ab / Math.sqrt(aa * bb);
};

/** The part of the k greatest that two maps have in common; null where either is constant. */
export const topIntersection = (a: ArrayLike<number>, b: ArrayLike<number>, k: number): number | null => {
  if (isConstant(a) || isConstant(b)) return null;
  const first = new Set(descending(a).subarray(0, k));
  return (
    descending(b)
      .subarray(0, k)
      .filter((place) => first.has(place)).length / k
  );
};

import { describe, expect, it } from 'vitest';
import {
  areaUnder,
  cosine,
  descending,
  entropy,
  estimate,
  gini,
  infidelity,
  massAccuracy,
  metricNames,
  pairedDifference,
  pearson,
  randomisationStages,
  rankAccuracy,
  ranksOf,
  sensitivityN,
  spearman,
  topIntersection,
} from '../src/index.js';

describe('ranks', () => {
  it('share the mean of theirs where values are equal', () => {
    expect([...ranksOf([3, 1, 3, 0])]).toEqual([3.5, 2, 3.5, 1]);
  });

  it('put equal values in an order that the seed decides, others by value', () => {
    expect([...descending([1, 5, 3])]).toEqual([1, 2, 0]);
    const ties = Array.from({ length: 20 }, () => 0);
    expect([...descending(ties, 1)]).not.toEqual([...descending(ties, 2)]);
    expect([...descending(ties, 1)].toSorted((a, b) => a - b)).toEqual(ties.map((_, i) => i));
  });

  it('correlate', () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3], [1, 8, 27])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
    expect(spearman([1, 2, 3, 4], [1, 3, 2, 4])).toBeCloseTo(0.8, 12);
    expect(pearson([1, 1], [1, 2])).toBeNull();
  });

  it('agree in the greatest and in direction', () => {
    expect(topIntersection([4, 3, 2, 1], [4, 1, 3, 2], 2)).toBe(0.5);
    expect(topIntersection([1, 1], [1, 2], 1)).toBeNull();
    expect(cosine([1, 0], [1, 1])).toBeCloseTo(Math.SQRT1_2, 12);
    expect(cosine([0, 0], [1, 1])).toBeNull();
  });
});

describe('shape of a map', () => {
  it('Gini: even 0, all in one of four ¾, and by hand', () => {
    expect(gini([1, -1, 1, 1])).toBeCloseTo(0, 12);
    expect(gini([0, 0, 5, 0])).toBeCloseTo(0.75, 12);
    expect(gini([1, 3])).toBeCloseTo(0.25, 12);
    expect(gini([0, 0])).toBeNull();
  });

  it('entropy: even 1, all in one 0', () => {
    expect(entropy([2, -2, 2, 2])).toBeCloseTo(1, 12);
    expect(entropy([0, 7])).toBe(0);
    expect(entropy([0, 0])).toBeNull();
  });

  it('mass and rank against a mask, by hand', () => {
    const relevance = [3, 1, -5, 2];
    expect(massAccuracy(relevance, [1, 0, 1, 0])).toBeCloseTo(0.5, 12);
    expect(rankAccuracy(relevance, [1, 0, 1, 0])).toBe(0.5);
    expect(massAccuracy([-1, 0], [1, 0])).toBeNull();
    expect(rankAccuracy([1, 1], [1, 0])).toBeNull();
    expect(rankAccuracy([1, 2], [0, 0])).toBeNull();
  });
});

describe('removal', () => {
  it('area under a curve, by hand', () => {
    expect(areaUnder([1, 0.5, 0])).toBe(0.5);
    expect(areaUnder([1, 1, 0])).toBe(0.75);
  });

  it('sets whose relevance is a multiple of the fall correlate and leave nothing unexplained', () => {
    const subsets = { held: Float64Array.of(1, 2, 3), fall: Float64Array.of(2, 4, 6) };
    expect(sensitivityN(subsets)).toBeCloseTo(1, 12);
    expect(infidelity(subsets)).toBeCloseTo(0, 12);
  });

  it('infidelity by hand: held (1, 1), fall (1, 0) leaves half', () => {
    expect(infidelity({ held: Float64Array.of(1, 1), fall: Float64Array.of(1, 0) })).toBeCloseTo(0.5, 12);
    expect(infidelity({ held: Float64Array.of(1), fall: Float64Array.of(0) })).toBeNull();
  });
});

describe('statistics', () => {
  it('an estimate counts samples without a value and leaves them out', () => {
    const found = estimate([1, null, 3])!;
    expect(found).toMatchObject({ mean: 2, count: 2, undefined: 1 });
    expect(found.low).toBeGreaterThanOrEqual(1);
    expect(found.high).toBeLessThanOrEqual(3);
    expect(estimate([null])).toBeUndefined();
  });

  it('pairs: a constant difference has no width, whatever the values', () => {
    const found = pairedDifference([1, 5, null, 9], [0, 4, 2, 8])!;
    expect(found).toMatchObject({ mean: 1, low: 1, high: 1, count: 3, undefined: 1 });
  });

  it('about 95 of 100 intervals hold the mean', () => {
    let held = 0;
    for (let run = 0; run < 100; run++) {
      const values = Array.from({ length: 40 }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * run) * 2 ** (i % 3));
      const found = estimate(values, run, 400)!;
      if (found.low <= 0 && found.high >= 0) held++;
    }
    expect(held).toBeGreaterThan(85);
  });

  it('stages of randomisation start at the output', () => {
    expect(randomisationStages(['a', 'b', 'c'], 'cascading', 3)).toEqual([['c'], ['c', 'b'], ['c', 'b', 'a']]);
    expect(randomisationStages(['a', 'b', 'c'], 'independent', 3)).toEqual([['c'], ['b'], ['a']]);
  });

  it('metric names differ', () => {
    expect(new Set(metricNames).size).toBe(metricNames.length);
  });
});

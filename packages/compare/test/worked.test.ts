import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { describe, expect, it } from 'vitest';
import {
  agreements,
  areaUnder,
  type Explained,
  type Forward,
  infidelity,
  leakedOf,
  type OpenMethod,
  regionsOf,
  relevanceCurve,
  removeSubsets,
  sensitivityN,
  stability,
} from '../src/index.js';

const weights = [4, 2, -1];

/** Scores (x · weights, 0) of samples of three numbers. */
const linear: Forward = {
  run: async ({ shape, data }) => {
    const values = toNumbers(data);
    const count = shape[0]!;
    const scores = Array.from({ length: 2 * count }, (_, i) =>
      i % 2 === 1 ? 0 : weights.reduce((sum, weight, k) => sum + weight * values[(i / 2) * 3 + k]!, 0),
    );
    return tensor('float32', [count, 2], scores);
  },
  close: async () => {},
};

const ones: Explained = {
  x: tensor('float32', [1, 3], [1, 1, 1]),
  target: 0,
  regions: regionsOf([3]),
  relevance: Float64Array.from(weights),
  baseline: 0,
};

const logistic = (score: number): number => 1 / (1 + Math.exp(-score));

describe('removal from the score 4x₁ + 2x₂ − x₃ at (1, 1, 1), by hand', () => {
  it('the most relevant first: 5, 1, −1, 0', async () => {
    const curve = (await relevanceCurve(linear, ones, 'most-relevant', 3))!;
    expect([...curve.score]).toEqual([5, 1, -1, 0]);
    [5, 1, -1, 0].forEach((score, k) => expect(curve.share[k]).toBeCloseTo(logistic(score), 6));
    expect(areaUnder(curve.score)).toBeCloseTo((3 + 0 - 0.5) / 3, 12);
  });

  it('the least relevant first: 5, 6, 4, 0', async () => {
    const curve = (await relevanceCurve(linear, ones, 'least-relevant', 3))!;
    expect([...curve.score]).toEqual([5, 6, 4, 0]);
  });

  it('words are removed whole, in no more steps than there are words; one word alone orders nothing', async () => {
    const words: Explained = {
      ...ones,
      x: tensor('float32', [1, 1, 3], [1, 1, 1]),
      regions: regionsOf([1, 3]),
      relevance: Float64Array.of(5),
    };
    expect(await relevanceCurve(linear, words, 'most-relevant', 20)).toBeNull();
    const two = { ...words, x: tensor('float32', [1, 3, 1], [1, 1, 1]), regions: regionsOf([3, 1]) };
    const curve = (await relevanceCurve(linear, { ...two, relevance: Float64Array.of(0, 1, 2) }, 'most-relevant', 20))!;
    expect([...curve.score]).toEqual([5, 6, 4, 0]);
  });

  it('a map that is the same everywhere orders nothing', async () => {
    expect(
      await relevanceCurve(linear, { ...ones, relevance: Float64Array.of(1, 1, 1) }, 'most-relevant', 3),
    ).toBeNull();
  });

  it('steps that hold several regions end where all are gone', async () => {
    const curve = (await relevanceCurve(linear, ones, 'most-relevant', 2))!;
    expect([...curve.score]).toEqual([5, -1, 0]);
  });

  it('sets without which the score falls by exactly what they hold: sensitivity-n 1, infidelity 0', async () => {
    const subsets = await removeSubsets(linear, ones, 0.34, 12, 1);
    expect([...subsets.held]).toEqual([...subsets.fall]);
    expect(sensitivityN(subsets)).toBeCloseTo(1, 12);
    expect(infidelity(subsets)).toBeCloseTo(0, 12);
    const again = await removeSubsets(linear, ones, 0.34, 12, 1);
    expect([...again.held]).toEqual([...subsets.held]);
    expect([...(await removeSubsets(linear, ones, 0.34, 12, 2)).held]).not.toEqual([...subsets.held]);
  });
});

describe('stability', () => {
  const x = tensor('float32', [1, 2], [3, -1]);
  const method = (explain: (row: readonly number[]) => readonly number[]): OpenMethod => ({
    title: 'made up',
    summary: '',
    cite: [],
    needs: [],
    complete: 'no',
    settings: {},
    passes: 0,
    plan: [],
    close: async () => {},
    run: async ({ shape, data }: Tensor) => {
      const values = [...toNumbers(data)];
      const rows = Array.from({ length: shape[0]! }, (_, n) => explain(values.slice(2 * n, 2 * n + 2)));
      return { map: tensor('float32', shape, rows.flat()), ledgers: rows.map(() => null) };
    },
  });

  it('a map that does not move has none to tell of; one that is 0 has no value', async () => {
    const still = await stability(
      method(() => [1, 2]),
      x,
      0,
      undefined,
    );
    expect(still).toEqual({ maxSensitivity: 0, continuity: 0 });
    const zero = await stability(
      method(() => [0, 0]),
      x,
      0,
      undefined,
    );
    expect(zero).toEqual({ maxSensitivity: null, continuity: null });
  });

  it('R = x: the step as a part of ‖x‖, within the radius; ‖δ‖₁ / (‖x‖₁ ‖δ‖₂) is between 1 and √2 over ‖x‖₁', async () => {
    const found = await stability(
      method((row) => row),
      x,
      0,
      undefined,
      { radius: 0.1 },
    );
    expect(found.maxSensitivity!).toBeGreaterThan(0);
    expect(found.maxSensitivity!).toBeLessThanOrEqual((0.1 * 4 * Math.SQRT2) / Math.sqrt(10) + 1e-6);
    expect(found.continuity! * 4).toBeGreaterThanOrEqual(1 - 1e-6);
    expect(found.continuity! * 4).toBeLessThanOrEqual(Math.SQRT2 + 1e-6);
    const scaled = await stability(
      method((row) => row.map((value) => 1000 * value)),
      x,
      0,
      undefined,
      { radius: 0.1 },
    );
    expect(scaled.maxSensitivity!).toBeCloseTo(found.maxSensitivity!, 5);
    expect(scaled.continuity!).toBeCloseTo(found.continuity!, 5);
  });

  it('steps stay within the range of the input', async () => {
    const inside = await stability(
      method((row) => (row.every((value) => value >= -1 && value <= 3) ? [1, 0] : [0, 1])),
      x,
      0,
      { low: -1, high: 3 },
      { radius: 0.5 },
    );
    expect(inside.maxSensitivity).toBe(0);
  });
});

describe('completeness and agreement', () => {
  it('of 6 explained, 4 arrived, 3 were lost to biases and 1 was made up: leaks are 4 of 8', () => {
    expect(leakedOf({ explained: 6, input: 4, leaks: { bias: 3, stabilizer: -1 } })).toBe(0.5);
    expect(leakedOf({ explained: 0, input: 0, leaks: {} })).toBeNull();
    expect(leakedOf(null)).toBeNull();
  });

  it('is a mean over the samples in which both maps tell places apart; the others are counted', () => {
    const map = (...values: number[]): Tensor => tensor('float32', [1, values.length], values);
    const one = [map(3, 2, 1), map(1, 1, 1), map(1, 2, 3)];
    const other = [map(1, 2, 3), map(1, 2, 3), map(2, 4, 6)];
    const [, cell] = agreements([one, other])[0]!;
    expect(cell!.spearman).toBeCloseTo(0, 12);
    expect(cell!.cosine).toBeCloseTo((10 / 14 + 1) / 2, 12);
    expect(cell!.top).toBe(0.5);
    expect(cell!.constant).toBe(1);
  });
});

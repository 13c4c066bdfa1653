import type { Tensor } from '@kirchhoff/graph';
import { openForward, openPropagator, oneHot, type Forward, type Propagator } from './engine.js';
import type { Attribution, Attributor, Method } from './method.js';
import { remainders } from './propagated.js';
import { normalFrom } from '@kirchhoff/explain';
import { batchOf, floats, makeRows, rowOf, rowSize } from './rows.js';
import { scoresOf, type Subject } from './subject.js';

type Run = Attributor['run'];

const withGradient = async (
  subject: Subject,
  times: number,
  make: (gradient: Propagator, forward: Forward) => Run,
): Promise<Attributor> => {
  const gradient = await openPropagator(subject, 'gradient');
  const forward = await openForward(subject);
  return {
    passes: gradient.passes * times,
    plan: [],
    run: make(gradient, forward),
    close: async () => {
      await gradient.close();
      await forward.close();
    },
  };
};

const mapOf = (x: Tensor): { readonly out: Float32Array; readonly map: Tensor } => {
  const out = new Float32Array(x.data.length);
  return { out, map: batchOf(x.shape, out) };
};

const baselineLike = ({ baseline }: Subject, x: Tensor): Tensor =>
  batchOf(x.shape, new Float32Array(x.data.length).fill(baseline));

/** f(x) − f(x̃) for each sample. */
const differences = async (subject: Subject, forward: Forward, x: Tensor, targets: readonly number[]) => {
  const from = scoresOf(await forward.run(baselineLike(subject, x)), targets);
  return scoresOf(await forward.run(x), targets).map((score, n) => score - from[n]!);
};

/** Mean gradient over noisy copies: R = (1/n) Σ ∇f(x + N(0, σ²)), σ a part of the sample's spread (Smilkov et al. 2017). */
export const smoothGrad: Method = {
  summary: 'The gradient, averaged over noisy copies of the input.',
  cite: ['Smilkov et al. 2017, SmoothGrad: removing noise by adding noise'],
  needs: ['seed'],
  complete: 'no',
  parameters: {
    samples: { default: 16, minimum: 1, summary: 'noisy copies' },
    noise: { default: 0.15, minimum: 0, summary: 'deviation of the noise, as a part of max − min of the sample' },
    seed: { default: 1, minimum: 0, summary: 'of the noise' },
  },
  open: (subject, { samples = 16, noise = 0.15, seed = 1 }) =>
    withGradient(subject, samples, (gradient) => async (x, targets, progress): Promise<Attribution> => {
      const { out, map } = mapOf(x);
      const size = rowSize(x);
      for (const [n, target] of targets.entries()) {
        const row = floats(rowOf(x, n));
        const [low, high] = row.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
        const next = normalFrom(seed + 7919 * n);
        const copies = makeRows(x.shape.slice(1), samples, (_, copy) => {
          for (let i = 0; i < size; i++) copy[i] = row[i]! + noise * (high - low) * next();
        });
        const { map: gradients } = await gradient.run(
          copies,
          oneHot(Array<number>(samples).fill(target), subject.classes),
        );
        addMean(out.subarray(n * size, (n + 1) * size), floats(gradients), samples);
        progress?.(n + 1, targets.length);
      }
      return { map, ledgers: targets.map(() => null) };
    }),
};

const addMean = (row: Float32Array, all: Float32Array, count: number): void => {
  for (let i = 0; i < row.length; i++) {
    let sum = 0;
    for (let k = 0; k < count; k++) sum += all[k * row.length + i]!;
    row[i] = sum / count;
  }
};

/**
 * R = (x − x̃) · (1/n) Σₖ ∇f(x̃ + ((k + place)/n)(x − x̃)), k = 0 … n − 1: a Riemann sum of the path integral (Sundararajan et
 * al. 2017, section 3), by default the midpoint rule, whose error falls with n² where the score is smooth, that of either end with
 * n. Σ R tends to f(x) − f(x̃); what is missing is the ledger's remainder.
 */
export const integratedGradients: Method = {
  summary: 'Gradients along the straight path from a baseline, times the way.',
  cite: ['Sundararajan et al. 2017, Axiomatic Attribution for Deep Networks'],
  needs: ['baseline'],
  complete: 'remainder',
  parameters: {
    steps: { default: 20, minimum: 1, summary: 'of the Riemann sum' },
    place: {
      default: 0.5,
      minimum: 0,
      summary: 'in each step, where its gradient is taken: 0.5 the middle, 1 its end',
    },
  },
  open: (subject, { steps = 20, place = 0.5 }) =>
    withGradient(subject, steps, (gradient, forward) => async (x, targets, progress): Promise<Attribution> => {
      const { out, map } = mapOf(x);
      const size = rowSize(x);
      const from = subject.baseline;
      for (const [n, target] of targets.entries()) {
        const row = floats(rowOf(x, n));
        const path = makeRows(x.shape.slice(1), steps, (k, point) => {
          for (let i = 0; i < size; i++) point[i] = from + ((k + place) / steps) * (row[i]! - from);
        });
        const { map: gradients } = await gradient.run(path, oneHot(Array<number>(steps).fill(target), subject.classes));
        const part = out.subarray(n * size, (n + 1) * size);
        addMean(part, floats(gradients), steps);
        for (let i = 0; i < size; i++) part[i] = part[i]! * (row[i]! - from);
        progress?.(n + 1, targets.length);
      }
      return { map, ledgers: remainders(await differences(subject, forward, x, targets), map) };
    }),
};

const gridSteps = 16;
const bisections = 16;

/** Points x̃ + t(x − x̃), one t for each sample. */
const pointsAt = (x: Tensor, from: number, t: ArrayLike<number>): Tensor => {
  const size = rowSize(x);
  const values = floats(x);
  return batchOf(
    x.shape,
    Float32Array.from(values, (value, i) => from + t[Math.floor(i / size)]! * (value - from)),
  );
};

/**
 * Where on the segment from the baseline (t = 0) to x (t = 1) the score is 0: the root nearest to x, by bisection; without
 * one, the point of a grid where |f| is least (the remainder tells). Of the last bracket its end nearer to x: where the score
 * stays 0 beyond the root, only there it has a slope.
 */
const rootsOf = async (
  subject: Subject,
  forward: Forward,
  x: Tensor,
  targets: readonly number[],
): Promise<Float64Array> => {
  const scoresAt = async (t: ArrayLike<number>): Promise<Float64Array> =>
    scoresOf(await forward.run(pointsAt(x, subject.baseline, t)), targets);
  const high = Float64Array.from(targets, () => 1);
  const low = Float64Array.from(targets, () => NaN);
  const best = Float64Array.from(targets, () => 1);
  const atX = await scoresAt(high);
  const least = atX.map(Math.abs);
  let before = atX;
  for (let k = gridSteps - 1; k >= 0; k--) {
    const t = k / gridSteps;
    const now = await scoresAt(Float64Array.from(targets, () => t));
    targets.forEach((_, n) => {
      if (Math.abs(now[n]!) < least[n]!) [least[n], best[n]] = [Math.abs(now[n]!), t];
      if (Number.isNaN(low[n]!) && now[n]! * before[n]! <= 0) [low[n], high[n]] = [t, t + 1 / gridSteps];
    });
    before = now;
  }
  const found = [...low].map((t) => !Number.isNaN(t));
  for (let step = 0; step < bisections && found.includes(true); step++) {
    const middle = high.map((t, n) => (found[n] === true ? (t + low[n]!) / 2 : best[n]!));
    const now = await scoresAt(middle);
    targets.forEach((_, n) => {
      if (found[n] !== true) return;
      if (now[n]! * atX[n]! > 0) high[n] = middle[n]!;
      else low[n] = middle[n]!;
    });
  }
  return best.map((t, n) => (found[n] === true ? high[n]! : t));
};

/** R = ∇f(x₀) · (x − x₀) at a root x₀ of the score on the segment to the baseline (Bach et al. 2015, section 2.2). */
export const simpleTaylor: Method = {
  summary: 'First-order Taylor expansion at a root of the score on the segment to the baseline.',
  cite: ['Bach et al. 2015, On Pixel-Wise Explanations for Non-Linear Classifier Decisions'],
  needs: ['baseline'],
  complete: 'remainder',
  parameters: {},
  open: (subject) =>
    withGradient(
      subject,
      1 + gridSteps + bisections,
      (gradient, forward) =>
        async (x, targets): Promise<Attribution> => {
          const roots = pointsAt(x, subject.baseline, await rootsOf(subject, forward, x, targets));
          const { map: gradients } = await gradient.run(roots, oneHot(targets, subject.classes));
          const [slopes, points, values] = [floats(gradients), floats(roots), floats(x)];
          const { out, map } = mapOf(x);
          for (let i = 0; i < out.length; i++) out[i] = slopes[i]! * (values[i]! - points[i]!);
          return { map, ledgers: remainders(scoresOf(await forward.run(x), targets), map) };
        },
    ),
};

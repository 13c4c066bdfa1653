import { Matrix, solve } from 'ml-matrix';
import { openForward, openPropagator } from './engine.js';
import type { Attribution, Attributor, Method } from './method.js';
import { uniformFrom } from '@kirchhoff/explain';
import { regionsOf, spreadOver, type Regions } from './region.js';
import { batchOf, floats, makeRows, rowOf, rowSize } from './rows.js';
import { scoresOf, type Subject } from './subject.js';
import { superpixelsOf } from './superpixel.js';

/** Side of a picture's squares such that about `across` of them lie along its longer side; 1 for anything else. */
export const sideFor = (sample: readonly number[], across: number): number =>
  sample.length === 3 ? Math.max(1, Math.ceil(Math.max(sample[1]!, sample[2]!) / across)) : 1;

/** Linear operators of the forward pass: what one evaluation costs. */
const forwardCost = async (subject: Subject): Promise<number> => {
  const gradient = await openPropagator(subject, 'gradient');
  await gradient.close();
  return gradient.passes / 2;
};

/** A copy of a sample in which the regions that `gone` names are replaced by the baseline. */
export const removeRegions = (
  row: Float32Array,
  { of }: Regions,
  gone: (region: number) => boolean,
  baseline: number,
  out: Float32Array,
): void => {
  for (let i = 0; i < row.length; i++) out[i] = gone(of[i]!) ? baseline : row[i]!;
};

type Explain = (
  row: Float32Array,
  target: number,
  n: number,
  score: (copies: number, gone: (copy: number, region: number) => boolean) => Promise<Float64Array>,
  regions: Regions,
) => Promise<ArrayLike<number>>;

/** A method that only looks at scores after parts are removed. @param evaluations of the model, for one sample */
const openRemoval = async (
  subject: Subject,
  evaluations: number,
  partsOf: (row: Float32Array, sample: readonly number[]) => Regions,
  explain: Explain,
): Promise<Attributor> => {
  const cost = await forwardCost(subject);
  const forward = await openForward(subject);
  return {
    passes: Math.round(cost * evaluations),
    plan: [],
    close: forward.close,
    run: async (x, targets, progress): Promise<Attribution> => {
      const sample = x.shape.slice(1);
      const size = rowSize(x);
      const out = new Float32Array(x.data.length);
      for (const [n, target] of targets.entries()) {
        const row = floats(rowOf(x, n));
        const regions = partsOf(row, sample);
        const score = async (
          copies: number,
          gone: (copy: number, region: number) => boolean,
        ): Promise<Float64Array> => {
          const batch = makeRows(sample, copies, (copy, to) =>
            removeRegions(row, regions, (region) => gone(copy, region), subject.baseline, to),
          );
          return scoresOf(await forward.run(batch), Array<number>(copies).fill(target));
        };
        const values = await explain(row, target, n, score, regions);
        spreadOver(regions, values, out.subarray(n * size, (n + 1) * size));
        progress?.(n + 1, targets.length);
      }
      return { map: batchOf(x.shape, out), ledgers: targets.map(() => null) };
    },
  };
};

/** R of a region = f(x) − f(x without the region), spread evenly over it (Zeiler and Fergus 2014, section 4.2). */
export const occlusion: Method = {
  summary: 'How far the score falls when a part of the input is replaced by the baseline.',
  cite: ['Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks'],
  needs: ['baseline'],
  complete: 'no',
  parameters: { across: { default: 16, minimum: 1, summary: 'squares along the longer side of a picture' } },
  open: (subject, { across = 16 }) => {
    const squaresOf = (sample: readonly number[]): Regions => regionsOf(sample, sideFor(sample, across));
    const fixed = subject.input.shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : 16));
    return openRemoval(
      subject,
      squaresOf(fixed).count + 1,
      (_, sample) => squaresOf(sample),
      async (_, __, ___, score, { count }) => {
        const scores = await score(count + 1, (copy, region) => copy === region + 1);
        return Float64Array.from({ length: count }, (____, region) => scores[0]! - scores[region + 1]!);
      },
    );
  },
};

/**
 * The weights of a linear model of the score over which parts are present, fitted by weighted least squares around x:
 * weight exp(−d²/width²) with d the cosine distance to the whole, and a ridge (Ribeiro et al. 2016, equation 2 and
 * section 3.4). Parts are superpixels of a picture, tokens of a text.
 * @param present copies × parts, 1 or 0
 */
export const fitLocal = (
  present: readonly (readonly number[])[],
  scores: ArrayLike<number>,
  width: number,
  ridge: number,
): Float64Array => {
  const parts = present[0]?.length ?? 0;
  const normal = Matrix.zeros(parts + 1, parts + 1);
  const right = Matrix.zeros(parts + 1, 1);
  present.forEach((copy, k) => {
    const on = copy.reduce((sum, bit) => sum + bit, 0);
    const distance = 1 - Math.sqrt(on / parts);
    const weight = Math.exp(-(distance ** 2) / width ** 2);
    const row = [...copy, 1];
    row.forEach((a, i) => {
      if (a === 0) return;
      right.set(i, 0, right.get(i, 0) + weight * a * scores[k]!);
      row.forEach((b, j) => {
        if (b !== 0) normal.set(i, j, normal.get(i, j) + weight * a * b);
      });
    });
  });
  for (let i = 0; i < parts; i++) normal.set(i, i, normal.get(i, i) + ridge);
  return Float64Array.from(solve(normal, right).to1DArray().slice(0, parts));
};

export const lime: Method = {
  summary: 'A linear model of the score over which parts of the input are present, fitted near the input.',
  cite: [
    'Ribeiro et al. 2016, "Why Should I Trust You?" Explaining the Predictions of Any Classifier',
    'Achanta et al. 2012, SLIC Superpixels Compared to State-of-the-Art Superpixel Methods',
  ],
  needs: ['baseline', 'seed'],
  complete: 'no',
  parameters: {
    samples: { default: 200, minimum: 2, summary: 'copies with parts removed' },
    superpixels: { default: 64, minimum: 1, summary: 'parts of a picture, about; of a text every token is one' },
    compactness: { default: 0.1, minimum: 1e-6, summary: 'of superpixels: the greater, the more they are squares' },
    width: { default: 0.25, minimum: 1e-6, summary: 'of the kernel' },
    ridge: { default: 1e-3, minimum: 0, summary: 'penalty on the squared weights' },
    seed: { default: 1, minimum: 0, summary: 'of which parts are removed' },
  },
  open: (subject, { samples = 200, superpixels = 64, compactness = 0.1, width = 0.25, ridge = 1e-3, seed = 1 }) =>
    openRemoval(
      subject,
      samples,
      (row, sample) => (sample.length === 3 ? superpixelsOf(row, sample, superpixels, compactness) : regionsOf(sample)),
      async (_, __, n, score, { count }) => {
        const next = uniformFrom(seed + 7919 * n);
        const present = Array.from({ length: samples }, (___, k) =>
          Array.from({ length: count }, () => (k === 0 || next() < 0.5 ? 1 : 0)),
        );
        const scores = await score(samples, (copy, region) => present[copy]![region] === 0);
        return fitLocal(present, scores, width, ridge);
      },
    ),
};

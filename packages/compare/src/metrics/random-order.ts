import { uniformFrom } from '@kirchhoff/explain';
import { regionsOf, sideFor, type Forward, type Subject } from '../methods/index.js';
import type { Case } from './judge.js';
import { descending } from './rank.js';
import { areaUnder, meanCurve, removalCurve, type Curve } from './removal.js';

/** How decisions fall while regions are removed in random order: what every order of relevance must beat. */
export interface RandomOrder {
  /** Mean probability of the decision, at equal parts of all regions removed. */
  readonly curve: readonly number[];
  /** The mean height of each sample's curve. */
  readonly areas: readonly number[];
}

/** One random order for each sample. @param steps,across as in `JudgeOptions` */
export const randomOrder = async (
  forward: Forward,
  { baseline }: Pick<Subject, 'baseline'>,
  cases: readonly Case[],
  { steps = 20, across = 16, seed = 1 } = {},
): Promise<RandomOrder> => {
  const curves: Curve[] = [];
  for (const [n, { x, target }] of cases.entries()) {
    const sample = x.shape.slice(1);
    const regions = regionsOf(sample, sideFor(sample, across));
    const relevance = Float64Array.from({ length: regions.count }, uniformFrom(seed + 7919 * n));
    curves.push(await removalCurve(forward, { x, target, regions, relevance, baseline }, descending(relevance), steps));
  }
  return { curve: meanCurve(curves, steps), areas: curves.map(({ share }) => areaUnder(share)) };
};

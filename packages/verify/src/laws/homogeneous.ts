import { verifySays } from '@kirchhoff/message';
import { pointCounterexample, type Broken } from '../search/counterexample.js';
import type { Point, Values } from '../search/point.js';
import { rounding, search, type Law, type Subject, type Trial } from './law.js';

const factors = [0, 0.5, 3] as const;

const scaled = (values: Values, factor: number): Values =>
  values['R'] === undefined ? values : { ...values, R: factor * values['R'] };

const times = (point: Point, factor: number): Point => ({
  ...point,
  output: scaled(point.output, factor),
  sources: point.sources.map((source) => scaled(source, factor)),
});

const broken = ({ judge }: Subject, { point, weighed }: Trial): Broken | undefined => {
  for (const factor of factors) {
    const other = judge!.weigh(times(point, factor));
    for (const [i, message] of weighed.messages.entries()) {
      const [found, wanted] = [other.messages[i]!, factor * message];
      if (!(Math.abs(found - wanted) <= rounding * Math.max(1, weighed.scale)))
        return { says: verifySays.notHomogeneous(factor, found, wanted), expected: wanted, got: found };
    }
  }
  return undefined;
};

/** A multiple of R, not negative, gives the same multiple of every message. */
export const homogeneous: Law = {
  name: 'homogeneous',
  says: 'messages of c·R are c times those of R, for c ≥ 0',
  check: async (subject, effort) => {
    if (subject.judge === undefined) return undefined;
    // Nodes differ here in nothing but R: every fifth small one is enough.
    const few = { ...subject, trials: () => subject.trials().filter((_, i) => i % 5 === 0) };
    const { found, cases } = search(few, effort, (trial) => broken(subject, trial) !== undefined);
    if (found === undefined) return { verdict: 'tested', evidence: verifySays.tested(cases), cases };
    const counterexample = pointCounterexample(
      subject,
      'homogeneous',
      effort.seed,
      found.point,
      broken(subject, found)!,
    );
    return { verdict: 'refuted', evidence: counterexample.says, cases, counterexample };
  },
};

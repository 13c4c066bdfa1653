import { verifySays } from '@kirchhoff/message';
import { pointCounterexample } from '../search/counterexample.js';
import { search, type Law, type Trial } from './law.js';

const odd = ({ weighed: { messages, leaks } }: Trial): number | undefined =>
  [...messages, ...Object.values(leaks)].find((value) => !Number.isFinite(value));

/** Every message and leak is a finite number: nothing is divided by 0. */
export const finite: Law = {
  name: 'finite',
  says: 'every message and leak is a finite number',
  check: async (subject, effort) => {
    if (subject.judge === undefined) return undefined;
    const { found, cases } = search(subject, effort, (trial) => odd(trial) !== undefined);
    if (found === undefined) return { verdict: 'tested', evidence: verifySays.tested(cases), cases };
    const got = odd(found)!;
    const says = verifySays.notFinite(got);
    const counterexample = pointCounterexample(subject, 'finite', effort.seed, found.point, { says, expected: 0, got });
    return { verdict: 'refuted', evidence: counterexample.says, cases, counterexample };
  },
};

import { verifySays } from '@kirchhoff/message';
import { proveLedger } from '../proof/index.js';
import { pointCounterexample } from '../search/counterexample.js';
import { rounding, search, unrefuted, type Law, type Trial } from './law.js';

const broken = ({ weighed: { received, sent, leaked, scale } }: Trial): boolean =>
  !(Math.abs(received - sent - leaked) <= rounding * Math.max(1, scale));

/** R = Σ messages + Σ leaks, at every node, whatever the numbers. */
export const ledger: Law = {
  name: 'ledger',
  says: 'R = Σ messages + Σ leaks at every node',
  check: async (subject, effort) => {
    const { rule, judge } = subject;
    if (rule.quantity === 'gradient') return { verdict: 'silent', evidence: verifySays.gradientKeepsNone, cases: 0 };
    if (judge === undefined) return { verdict: 'silent', evidence: verifySays.functionRule, cases: 0 };
    const { found, cases } = search(subject, effort, broken);
    if (found === undefined) return unrefuted(proveLedger(rule, subject.ruleCase), cases);
    const { received, sent, leaked } = found.weighed;
    const counterexample = pointCounterexample(subject, 'ledger', effort.seed, found.point, {
      says: verifySays.ledgerBroken(received, sent, leaked),
      expected: received,
      got: sent + leaked,
    });
    return { verdict: 'refuted', evidence: counterexample.says, cases, counterexample };
  },
};

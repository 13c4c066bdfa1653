import { printExpr, type Expr } from '@kirchhoff/formula';
import { verifySays } from '@kirchhoff/message';
import type { Claim, Rule, RuleCase } from '@kirchhoff/rule';
import type { Proof } from '../proof/index.js';
import { pointCounterexample, type Broken } from '../search/counterexample.js';
import { conjunctsOf, type Point } from '../search/point.js';
import { numbersOf, search, unrefuted, type Effort, type Finding, type Law, type Subject, type Trial } from './law.js';

/** A property that a rule may claim of a node. */
export interface Property {
  readonly name: 'conservative' | 'positive';
  readonly says: string;
  /** Which trials say something about it where the rule names no condition. */
  readonly fair: (trial: Trial) => boolean;
  readonly prove: (rule: Rule, ruleCase: RuleCase) => Proof;
  /** Where a trial does not have it: how. */
  readonly broken: (trial: Trial) => Broken | undefined;
}

const everywhere = (): boolean => true;

/** The conjuncts of a condition, by whether some node shows that the claim fails without it. */
const need = (subject: Subject, { broken }: Property, condition: Expr): { needed: string[]; unneeded: string[] } => {
  const parts = conjunctsOf(condition);
  const holds = parts.map((part) => subject.judge!.holds(part));
  const needed: string[] = [];
  const unneeded: string[] = [];
  parts.forEach((part, i) => {
    const without = (point: Point): boolean => !holds[i]!(point) && holds.every((one, j) => j === i || one(point));
    const shown = subject.trials().find((trial) => broken(trial) !== undefined && without(trial.point));
    const text = printExpr(part);
    if (shown === undefined) unneeded.push(text);
    else needed.push(`${text} (${numbersOf(shown.point)})`);
  });
  return { needed, unneeded };
};

const judgeClaim = (subject: Subject, property: Property, condition: Expr | undefined, effort: Effort): Finding => {
  const { judge } = subject;
  const holds = condition === undefined ? everywhere : judge!.holds(condition);
  const { found, cases } = search(
    subject,
    effort,
    (trial) => property.broken(trial) !== undefined && holds(trial.point),
  );
  if (found !== undefined) {
    const broken = property.broken(found)!;
    const counterexample = pointCounterexample(subject, property.name, effort.seed, found.point, broken);
    return { verdict: 'refuted', evidence: counterexample.says, cases, counterexample };
  }
  const proof = property.prove(subject.rule, subject.ruleCase);
  if (condition === undefined) return unrefuted(proof, cases);
  const witness = search(subject, effort, ({ point }) => holds(point));
  if (witness.found === undefined && proof.verdict === 'proved')
    return unrefuted(proof, cases, [verifySays.unwitnessed(printExpr(condition))]);
  if (witness.found === undefined)
    return { verdict: 'vacuous', evidence: verifySays.vacuous(printExpr(condition), cases), cases };
  const { needed, unneeded } = need(subject, property, condition);
  return unrefuted(proof, cases, [
    ...(needed.length > 0 ? [verifySays.needed(needed)] : []),
    ...(unneeded.length > 0 ? [verifySays.notNeeded(unneeded)] : []),
  ]);
};

const check = (subject: Subject, property: Property, claim: Claim | undefined, effort: Effort): Finding => {
  if (subject.rule.quantity === 'gradient')
    return { verdict: 'silent', evidence: verifySays.gradientKeepsNone, cases: 0 };
  if (subject.judge === undefined) return { verdict: 'silent', evidence: verifySays.functionRule, cases: 0 };
  if (claim?.holds === 'when') return judgeClaim(subject, property, claim.when?.expr, effort);
  const { found, cases } = search(
    subject,
    effort,
    (trial) => property.fair(trial) && property.broken(trial) !== undefined,
  );
  const numbers = found && `${numbersOf(found.point)}: ${property.broken(found)!.says}`;
  if (claim?.holds === 'never') {
    return numbers === undefined
      ? { verdict: 'refuted', evidence: verifySays.falsePromise(cases), cases }
      : { verdict: 'shown false', evidence: verifySays.shownFalse(numbers), cases };
  }
  const evidence = numbers === undefined ? verifySays.silentHolds(cases) : verifySays.silentFails(numbers);
  return { verdict: 'silent', evidence, cases };
};

/** The law that a rule's claim of a property is true, about something, and no narrower than it says. */
export const claimLaw = (property: Property): Law => ({
  name: property.name,
  says: property.says,
  check: async (subject, effort) => check(subject, property, subject.ruleCase[property.name], effort),
});

import type { Formula } from '@kirchhoff/formula';
import { instantiate, type Rule, type RuleCase } from '@kirchhoff/rule';
import { judgeOf, type Point } from '../search/point.js';
import { smallPoints } from '../search/values.js';
import { proveConservative, provePositive } from './prove.js';

/** Whether the condition of a claim holds for some node. */
export type Witness =
  | { readonly verdict: 'satisfiable'; readonly point: Point }
  | { readonly verdict: 'vacuous'; readonly reason: string }
  | { readonly verdict: 'unknown' }
  | { readonly verdict: 'skipped'; readonly reason: string };

const provers = { conservative: proveConservative, positive: provePositive } as const;

const satisfying = (rule: Rule, ruleCase: RuleCase, when: Formula): Point | undefined => {
  const condition = instantiate({ ...ruleCase, messages: {}, leaks: { when } }, {}).leaks['when'];
  const holds = condition && judgeOf(rule, ruleCase).holds(condition);
  if (holds === undefined) return undefined;
  for (const point of smallPoints(rule, ruleCase)) if (holds(point)) return point;
  return undefined;
};

/**
 * A node with small numbers, one or two sources, at which the condition of a claim holds by the formula's own evaluation;
 * or the proof that there is none. A claim without a condition is witnessed by the first node there is.
 */
export const witnessOf = (rule: Rule, ruleCase: RuleCase, claim: 'conservative' | 'positive'): Witness => {
  const proof = provers[claim](rule, ruleCase);
  if (proof.verdict === 'skipped' || proof.verdict === 'vacuous')
    return { verdict: proof.verdict, reason: proof.reason };
  const made = ruleCase[claim];
  const when = made?.holds === 'when' ? made.when : undefined;
  if (when === undefined) {
    const [point] = smallPoints(rule, ruleCase);
    return point === undefined ? { verdict: 'unknown' } : { verdict: 'satisfiable', point };
  }
  const point = satisfying(rule, ruleCase, when);
  return point === undefined ? { verdict: 'unknown' } : { verdict: 'satisfiable', point };
};

import type { Rule, RuleCase, Rulebook } from '@kirchhoff/rule';
import { verifySays } from '@kirchhoff/message';
import * as fc from 'fast-check';
import type { Proof } from '../proof/index.js';
import { mentions } from '../search/anatomy.js';
import { judgeOf, type Judge, type Point, type Weighed } from '../search/point.js';
import { points, smallPoints } from '../search/values.js';
import type { Counterexample } from '../search/counterexample.js';

/**
 * What is known of one claim. `proved`: for every node, by algebra. `shown false`: the rule says that it does not hold, and a
 * node at hand shows that. `tested`: random search found nothing against it. `refuted`: a counterexample is at hand. `vacuous`: it
 * speaks of no node. `silent`: nothing is claimed, or the law does not concern the rule.
 */
export type Verdict = 'proved' | 'shown false' | 'tested' | 'refuted' | 'vacuous' | 'silent';

export interface Finding {
  readonly verdict: Verdict;
  /** What the verdict rests on, in a line. */
  readonly evidence: string;
  /** How many nodes or graphs were looked at. */
  readonly cases: number;
  readonly counterexample?: Counterexample;
}

/** How hard to search: random cases per law and rule (graphs count as several), and what they are drawn from. */
export interface Effort {
  readonly cases: number;
  readonly seed: number;
}

/** A small node and what the rule makes of it. */
export interface Trial {
  readonly point: Point;
  readonly weighed: Weighed;
}

/** One case of one rule, as laws see it. */
export interface Subject {
  readonly book: Rulebook;
  readonly rule: Rule;
  readonly ruleCase: RuleCase;
  /** Undefined for rules that are functions, and where a case says no more than that the operator's derivative counts. */
  readonly judge: Judge | undefined;
  /** The small nodes, weighed; made when first asked for. */
  readonly trials: () => readonly Trial[];
}

/** A law that every rule is held to. Undefined where it does not concern the rule. */
export interface Law {
  readonly name: string;
  readonly says: string;
  readonly check: (subject: Subject, effort: Effort) => Promise<Finding | undefined>;
}

export const subjectOf = (book: Rulebook, rule: Rule, ruleCase: RuleCase): Subject => {
  const asked = ruleCase.fragment === undefined && !mentions(ruleCase, 'pullback');
  const judge = asked ? judgeOf(rule, ruleCase) : undefined;
  let trials: readonly Trial[] | undefined;
  return {
    book,
    rule,
    ruleCase,
    judge,
    trials: () => {
      if (judge === undefined) return [];
      trials ??= [...smallPoints(rule, ruleCase)].map((point) => ({ point, weighed: judge.weigh(point) }));
      return trials;
    },
  };
};

export interface Searched {
  readonly found: Trial | undefined;
  /** Where `found` is undefined, all of them. */
  readonly cases: number;
}

/** The first small node that `is` what is looked for, or else a random one, shrunken. */
export const search = (subject: Subject, effort: Effort, is: (trial: Trial) => boolean): Searched => {
  const { judge, rule, ruleCase } = subject;
  if (judge === undefined) return { found: undefined, cases: 0 };
  const trials = subject.trials();
  const at = trials.findIndex(is);
  if (at >= 0) return { found: trials[at], cases: at + 1 };
  const weigh = (point: Point): Trial => ({ point, weighed: judge.weigh(point) });
  const { counterexample, numRuns } = fc.check(
    fc.property(points(rule, ruleCase), (point) => !is(weigh(point))),
    { seed: effort.seed, numRuns: effort.cases },
  );
  const cases = trials.length + numRuns;
  return { found: counterexample === null ? undefined : weigh(counterexample[0]), cases };
};

export const numbersOf = ({ op, parameters, output, sources }: Point): string =>
  verifySays.nodeNumbers(op, parameters, output, sources);

/** Rounding allowed in float64, relative to the largest number that took part. */
export const rounding = 1e-9;

/** What is known where search found nothing: proved, if it was, else tested. */
export const unrefuted = (proof: Proof, cases: number, more: readonly string[] = []): Finding => {
  const searched = verifySays.tested(cases);
  const parts = proof.verdict === 'proved' ? [verifySays.provedToo, searched] : [searched];
  return { verdict: proof.verdict === 'proved' ? 'proved' : 'tested', evidence: [...parts, ...more].join('; '), cases };
};

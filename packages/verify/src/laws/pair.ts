import { verifySays } from '@kirchhoff/message';
import type { Rule, RuleCase, Rulebook } from '@kirchhoff/rule';
import * as fc from 'fast-check';
import { pointCounterexample } from '../search/counterexample.js';
import { judgeOf, type Point, type Values } from '../search/point.js';
import { points, smallPoints } from '../search/values.js';
import { numbersOf, type Effort, type Finding } from './law.js';

/** A law between rules, or of one rule by its name: what the name promises. */
export interface NamedLaw {
  readonly name: string;
  /** The rules that it speaks of; it is left out where one of them is missing. The first is the one on trial. */
  readonly rules: readonly string[];
  readonly check: (book: Rulebook, effort: Effort) => Promise<Finding>;
}

/** Two ways of giving messages that should agree. */
export interface Agreement {
  readonly name: string;
  readonly rule: string;
  /** Its parameters, over the defaults. */
  readonly at: Values;
  /** The other rule with its parameters, or the messages themselves, one after another as the rule gives them. */
  readonly is: readonly [rule: string, parameters: Values] | ((point: Point) => readonly number[]);
  /** Where; everywhere if left out. */
  readonly where?: (point: Point) => boolean;
  /** How near, relative to the largest message: 1e-9 if left out, for what tends to be the same. */
  readonly within?: number;
}

const defaults = ({ parameters }: Rule): Values =>
  Object.fromEntries(Object.entries(parameters).map(([name, parameter]) => [name, parameter.default]));

const messagesOf = (rule: Rule, ruleCase: RuleCase, at: Values): ((point: Point) => readonly number[]) => {
  const judge = judgeOf(rule, ruleCase);
  const parameters = { ...defaults(rule), ...at };
  return (point) => judge.weigh({ ...point, parameters }).messages;
};

const greatest = (values: readonly number[]): number => Math.max(0, ...values.map(Math.abs));

const worst = (found: readonly number[], wanted: readonly number[]): number => {
  let at = 0;
  wanted.forEach((value, i) => {
    if (!(Math.abs(found[i]! - value) <= Math.abs(found[at]! - wanted[at]!))) at = i;
  });
  return at;
};

/** The case of a rule that its agreements speak of: its first. */
const caseOf = ({ cases }: Rule): RuleCase => cases[0]!;

/** Holds two rules against each other, message by message, at small nodes and at random ones. */
export const agreement = ({ name, rule, at, is, where = () => true, within = 1e-9 }: Agreement): NamedLaw => ({
  name,
  rules: typeof is === 'function' ? [rule] : [rule, is[0]],
  check: async (book, effort) => {
    const one = book.rules.get(rule)!;
    const ruleCase = caseOf(one);
    const found = messagesOf(one, ruleCase, at);
    const other = typeof is === 'function' ? undefined : book.rules.get(is[0])!;
    const wanted = typeof is === 'function' ? is : messagesOf(other!, caseOf(other!), is[1]);
    const apart = (point: Point): readonly [number, number] | undefined => {
      if (!where(point)) return undefined;
      const [a, b] = [found(point), wanted(point)];
      const i = worst(a, b);
      const [x = 0, y = 0] = [a[i], b[i]];
      return a.length === b.length && Math.abs(x - y) <= within * Math.max(1, greatest(a), greatest(b))
        ? undefined
        : [x, y];
    };
    const set = { ...defaults(one), ...at };
    const fixed = { parameters: {} };
    const few = [...smallPoints(fixed, ruleCase)].map((point): Point => ({ ...point, parameters: set }));
    const spoken = few.filter(where).length;
    let point = few.find((candidate) => apart(candidate) !== undefined);
    let cases = spoken;
    if (point === undefined) {
      const { counterexample, numRuns } = fc.check(
        fc.property(points(fixed, ruleCase), (candidate) => apart(candidate) === undefined),
        { seed: effort.seed, numRuns: effort.cases },
      );
      cases += numRuns;
      point = counterexample === null ? undefined : { ...counterexample[0], parameters: set };
    }
    if (point === undefined)
      return spoken === 0
        ? { verdict: 'vacuous', evidence: verifySays.vacuous(name, cases), cases }
        : { verdict: 'tested', evidence: verifySays.tested(cases), cases };
    const [got, expected] = apart(point)!;
    const says = verifySays.apart(
      rule,
      typeof is === 'function' ? name : is[0],
      `${verifySays.figure(got)}, not ${verifySays.figure(expected)}`,
    );
    const about = { rule: one, ruleCase };
    return {
      verdict: 'refuted',
      evidence: `${numbersOf(point)}: ${says}`,
      cases,
      counterexample: pointCounterexample(about, name, effort.seed, point, { says, expected, got }),
    };
  },
});

import {
  apply,
  num,
  parseFormula,
  printExpr,
  ruleFunctions,
  sym,
  type Expr,
  type FunctionName,
} from '@kirchhoff/formula';
import { decodeRule, type Rule } from '@kirchhoff/rule';
import { Refusal } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { judgeOf, type Point } from '../src/search/point.js';
import { smallPoints } from '../src/search/values.js';
import type { Random } from './random.js';

type Texts = Readonly<Record<string, string>>;
type Claim = false | { readonly when?: string };
interface Bounds {
  readonly default: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A rule document of one case. */
export interface Draft {
  readonly quantity?: string;
  readonly parameters?: Readonly<Record<string, Bounds>>;
  readonly let?: Texts;
  readonly message?: string;
  readonly messages?: Texts;
  readonly leaks?: Texts;
  readonly claims?: { readonly conservative?: Claim; readonly positive?: Claim };
  readonly cases?: readonly Draft[];
}

/** The cases of a rule document, each as a document of its own. */
export const draftsOf = ({ cases, ...rest }: Draft): readonly Draft[] =>
  cases === undefined ? [rest] : cases.map((one) => ({ ...rest, ...one }));

/** A rule that mutates, and the symbols that it may speak of. */
interface Subject {
  readonly draft: Draft;
  readonly on: Rule['cases'][number]['on'];
  readonly outside: readonly string[];
  readonly names: readonly string[];
  readonly random: Random;
}

const decode = (draft: Draft): Rule | undefined => {
  const decoded = decodeRule(draft);
  return E.isRight(decoded) ? decoded.right : undefined;
};

/** Other functions that are written as easily. */
const mistaken: Partial<{ readonly [F in FunctionName]: readonly FunctionName[] }> = {
  pos: ['neg', 'abs'],
  neg: ['pos', 'abs'],
  abs: ['pos', 'neg'],
  sgn: ['pos', 'abs'],
  min: ['max'],
  max: ['min'],
  add: ['subtract', 'multiply'],
  subtract: ['add', 'multiply'],
  multiply: ['add', 'ratio'],
  ratio: ['multiply', 'stab'],
  stab: ['add', 'ratio'],
  smaller: ['smallerEq', 'larger', 'unequal'],
  smallerEq: ['smaller', 'equal'],
  larger: ['largerEq', 'smaller', 'unequal'],
  largerEq: ['larger', 'equal'],
  equal: ['unequal', 'largerEq', 'smallerEq'],
  unequal: ['equal', 'larger', 'smaller'],
  and: ['or'],
  or: ['and'],
};

const numbers = [0n, 1n, 2n, -1n].map(num);
const wrappers: readonly FunctionName[] = [
  'pos',
  'neg',
  'abs',
  'sgn',
  'unaryMinus',
  'total',
  'sum',
  'exp',
  'tanh',
  'not',
];
const comparisons: readonly FunctionName[] = ['larger', 'largerEq', 'equal', 'unequal', 'smaller', 'smallerEq'];
const joins: readonly FunctionName[] = ['add', 'subtract', 'multiply', 'ratio', 'min', 'max', 'stab', 'divide'];

type Change = (part: Expr, random: Random, names: readonly string[]) => Expr;

const leaf = ({ pick, chance }: Random, names: readonly string[]): Expr =>
  chance(2 / 3) ? sym(pick(names)) : pick(numbers);

const mistake: Change = (part, { pick }) =>
  part.kind === 'apply' ? apply(pick(mistaken[part.fn] ?? [part.fn]), ...part.args) : part;
const shorten: Change = (part, { pick }) => (part.kind === 'apply' ? pick(part.args) : part);
const exchange: Change = (part, random, names) => (part.kind === 'apply' ? part : leaf(random, names));

/** What people get wrong, and what they would not think of. */
const errors: readonly Change[] = [
  mistake,
  mistake,
  shorten,
  shorten,
  exchange,
  exchange,
  (part, { pick }) => apply(pick(wrappers), part),
  (part, random, names) => apply(random.pick(joins), part, leaf(random, names)),
  (part, random, names) =>
    apply(
      'where',
      apply(random.pick(comparisons), leaf(random, names), leaf(random, names)),
      part,
      leaf(random, names),
    ),
  (part, random, names) =>
    apply('multiply', apply(random.pick(comparisons), leaf(random, names), leaf(random, names)), part),
  (part, { pick }) => apply('pow', part, num(pick([2n, 3n]))),
];

const zero = num(0n);

/** The same in other words. */
const reworded: Partial<{ readonly [F in FunctionName]: (a: Expr, b: Expr) => Expr }> = {
  add: (a, b) => apply('add', b, a),
  multiply: (a, b) => apply('multiply', b, a),
  pos: (a) => apply('divide', apply('add', a, apply('abs', a)), num(2n)),
  neg: (a) => apply('subtract', a, apply('max', a, zero)),
  abs: (a) => apply('multiply', a, apply('sgn', a)),
  stab: (a, b) => apply('add', a, apply('multiply', b, apply('sgn', a))),
  ratio: (a, b) => apply('where', apply('equal', b, zero), zero, apply('divide', a, b)),
  larger: (a, b) => apply('not', apply('smallerEq', a, b)),
  equal: (a, b) => apply('and', apply('largerEq', a, b), apply('largerEq', b, a)),
};
const reword: Change = (part) =>
  part.kind === 'apply' ? (reworded[part.fn]?.(part.args[0]!, part.args[1] ?? zero) ?? part) : part;

const sizeOf = (expr: Expr): number =>
  expr.kind === 'apply' ? expr.args.reduce((size, arg) => size + sizeOf(arg), 1) : 1;

/** The tree with its part at a place, counted from the root, changed. */
const changeAt = (expr: Expr, place: number, change: (part: Expr) => Expr): Expr => {
  if (place === 0) return change(expr);
  if (expr.kind !== 'apply') return expr;
  let left = place - 1;
  const args = expr.args.map((arg) => {
    const here = left;
    const size = sizeOf(arg);
    left -= size;
    return here >= 0 && here < size ? changeAt(arg, here, change) : arg;
  });
  return apply(expr.fn, ...args);
};

const changed = (text: string, subject: Subject, changes: readonly Change[], names = subject.names): string => {
  const { draft, random } = subject;
  const symbols = [...subject.names, ...Object.keys(draft.let ?? {}), 'low', 'high', 'gate', 'signal'];
  const parsed = parseFormula(text, { symbols, functions: ruleFunctions });
  if (E.isLeft(parsed)) return text;
  const { expr } = parsed.right;
  return printExpr(changeAt(expr, random.below(sizeOf(expr)), (part) => random.pick(changes)(part, random, names)));
};

const one = ({ random }: Subject, texts: Texts | undefined): readonly [string, string] | undefined =>
  texts && random.pick(Object.entries(texts));

type Mutation = (subject: Subject) => Draft;

const inLet =
  (changes: readonly Change[]): Mutation =>
  (subject) => {
    const { draft } = subject;
    const chosen = one(subject, draft.let);
    return chosen === undefined
      ? draft
      : { ...draft, let: { ...draft.let, [chosen[0]]: changed(chosen[1], subject, changes) } };
  };

const inMessage =
  (changes: readonly Change[]): Mutation =>
  (subject) => {
    const { draft } = subject;
    if (draft.message !== undefined) return { ...draft, message: changed(draft.message, subject, changes) };
    const chosen = one(subject, draft.messages);
    return chosen === undefined
      ? draft
      : { ...draft, messages: { ...draft.messages, [chosen[0]]: changed(chosen[1], subject, changes) } };
  };

const inLeak =
  (changes: readonly Change[]): Mutation =>
  (subject) => {
    const { draft, outside } = subject;
    const chosen = one(subject, draft.leaks);
    return chosen === undefined
      ? draft
      : { ...draft, leaks: { ...draft.leaks, [chosen[0]]: changed(chosen[1], subject, changes, outside) } };
  };

/** The leaks are what the messages do not hand on, whatever they are: the ledger is right. */
const closed: Mutation = ({ draft, on }) => {
  const { message, messages } = draft;
  const parts = message === undefined ? Object.values(messages ?? {}) : [message];
  const adds = on === 'axis' || on === 'product' || on === 'elementwise' ? '' : 'total';
  return { ...draft, leaks: { rest: ['R', ...parts.map((part) => `${adds}(${part})`)].join(' - ') } };
};

const leaksMoved: Mutation = (subject) => {
  const { draft, random } = subject;
  const [a, b] = [one(subject, draft.leaks), one(subject, draft.leaks)];
  if (a === undefined || b === undefined) return draft;
  const others = Object.fromEntries(Object.entries(draft.leaks ?? {}).filter(([name]) => name !== a[0]));
  return random.pick([
    { ...draft, leaks: others },
    { ...draft, leaks: { ...draft.leaks, again: a[1] } },
    { ...draft, leaks: { ...draft.leaks, [a[0]]: b[1], [b[0]]: a[1] } },
  ]);
};

/** Conditions that claims could have; those that a rule cannot speak of make it none. */
const conditions = (
  'R >= 0; R > 0; x >= 0; x > 0; w >= 0; x*w >= 0; x <= y; x == 1; R == x; x^2 > 0; b == 0; b <= 0; a >= 0; w == 1; ' +
  'y > 0; y == 0; not (y == 0); low <= x; x <= high; total(1) > 0; total(x) > 0; total(x*w) > 0 or b > 0; x > total(x)'
).split('; ');

const inClaim: Mutation = (subject) => {
  const { draft, random } = subject;
  const property = random.pick(['conservative', 'positive'] as const);
  const claim = draft.claims?.[property];
  const usual = property === 'positive' ? 'R >= 0' : undefined;
  const when = claim === undefined || claim === false ? usual : claim.when;
  const parts = when?.split(' and ') ?? [];
  const dropped = random.pick([undefined, ...parts]);
  const kept = parts.filter((part) => part !== dropped);
  const condition = random.pick([
    [...parts, random.pick(conditions)].join(' and '),
    [...kept, random.pick(conditions)].join(' and '),
    kept.join(' and '),
    when === undefined ? '' : changed(when, subject, errors),
  ]);
  return { ...draft, claims: { ...draft.claims, [property]: condition === '' ? {} : { when: condition } } };
};

const inParameters: Mutation = ({ draft, random }) => {
  const name = random.pick(Object.keys(draft.parameters ?? {}));
  const bounds: readonly Bounds[] = [
    { default: 1 },
    { default: 0, minimum: -1 },
    { default: 1, minimum: 0, maximum: 1 },
    { default: 1, maximum: 2 },
    { default: -1, minimum: -2, maximum: -1 },
    { default: 0, minimum: 0, maximum: 0 },
  ];
  return name === undefined ? draft : { ...draft, parameters: { ...draft.parameters, [name]: random.pick(bounds) } };
};

const mutations: readonly Mutation[] = [
  ...[inLet, inMessage, inLeak].flatMap((within) => [within(errors), within([reword])]),
  inLet(errors),
  inMessage(errors),
  closed,
  closed,
  inClaim,
  inClaim,
  inClaim,
  inParameters,
  leaksMoved,
];

/** Whether a rule speaks of nothing but what a node has, and of single sources in its messages and claims alone. */
const canBeWeighed = (rule: Rule): boolean => {
  const ruleCase = rule.cases[0]!;
  const [point] = smallPoints(rule, ruleCase);
  const judge = judgeOf(rule, ruleCase);
  const check = (there: Point): void => {
    judge.weigh(there);
    for (const claim of [ruleCase.conservative, ruleCase.positive])
      if (claim?.holds === 'when' && claim.when !== undefined) judge.holds(claim.when.expr)(there);
  };
  try {
    if (point !== undefined) check(point);
    return point !== undefined;
  } catch (thrown) {
    if (thrown instanceof Refusal) return false;
    throw thrown;
  }
};

/** A rule, right or wrong, that one to five mutations make of a draft; undefined where it is a rule no more. */
export const mutantOf = (draft: Draft, random: Random): Rule | undefined => {
  const rule = decode(draft);
  const [ruleCase] = rule?.cases ?? [];
  if (rule === undefined || ruleCase === undefined) return undefined;
  const [point] = smallPoints(rule, ruleCase);
  if (point === undefined) return undefined;
  const parameters = Object.keys(rule.parameters);
  const inside = point.sources.flatMap(Object.keys);
  const outside = [...Object.keys(point.output), ...parameters];
  const names = [...outside, ...inside, ...Object.keys(draft.let ?? {})];
  const about = { on: ruleCase.on, names, outside: ruleCase.on === 'axis' ? names : outside, random };
  const times = random.pick([1, 2, 2, 3, 4, 5]);
  const mutant = Array.from({ length: times }).reduce<Draft>(
    (before) => random.pick(mutations)({ ...about, draft: before }),
    draft,
  );
  const found = decode(mutant);
  return found !== undefined && canBeWeighed(found) ? found : undefined;
};

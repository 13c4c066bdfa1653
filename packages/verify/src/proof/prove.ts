import type { SourceClass } from './classes.js';
import { apply, sym, toTex, zero, type Expr, type Formula } from '@kirchhoff/formula';
import { proofSays } from '@kirchhoff/message';
import type { Claim, Rule, RuleCase } from '@kirchhoff/rule';
import { isNeverNegative } from './assume.js';
import { type Branch, type Frame, type Place } from './branch.js';
import { clearDenominators, reduce, tidy, type Assumption, type Cell, type Cleared } from './cell.js';
import { formulasOf, startOf, type Formulas, type Start } from './frame.js';
import {
  add,
  atomsOf,
  isZeroPoly,
  keyOfPowers,
  negate,
  printPoly,
  productOf,
  replaceAtoms,
  texOfPoly,
  zeroPoly,
  type Atom,
  type Poly,
} from './poly.js';
import { balanceStep, goalStep, printStory, texOfStory, totalsStep, type Part, type Step } from './story.js';
import { totalOver, wholeAt } from './totals.js';
import { contextOf, knownSign, truthOf } from './value.js';
import { soundValues } from './sound.js';

/**
 * What became of the attempt to prove a property of one case of a rule. `not-proved` refutes nothing: only a node with
 * numbers does; `cell` says where to look for one. `vacuous`: the condition holds for no node.
 */
export type Proof =
  | { readonly verdict: 'proved'; readonly steps: readonly Step[] }
  | {
      readonly verdict: 'not-proved';
      /** The case, and the polynomial that should be 0 (or not negative) there. */
      readonly remainder: string;
      readonly cell: readonly Assumption[];
      readonly steps: readonly Step[];
    }
  | { readonly verdict: 'vacuous'; readonly reason: string; readonly steps: readonly Step[] }
  | { readonly verdict: 'skipped'; readonly reason: string };

const notProved = (remainder: string, cell: readonly Assumption[], steps: readonly Step[]): Proof => ({
  verdict: 'not-proved',
  remainder,
  cell,
  steps,
});

/** Why there is nothing to prove of a case, if so. */
const skipped = ({ quantity }: Pick<Rule, 'quantity'>, ruleCase: RuleCase): Proof | undefined => {
  if (quantity === 'gradient') return { verdict: 'skipped', reason: proofSays.gradientKeepsNone };
  return ruleCase.fragment === undefined ? undefined : { verdict: 'skipped', reason: proofSays.functionRule };
};

type Goal = Readonly<Record<string, Expr>>;

/** What one output received, its messages and its leaks: summed over sources where there are several. */
const goalOf = ({ sides, messages, leaks }: Formulas): Goal => {
  const { adds, sources } = sides;
  const overAll = (expr: Expr): Expr => (adds === undefined ? expr : apply(adds, expr));
  const perElement = sources.includes('R') ? overAll : (expr: Expr): Expr => expr;
  const named = (kind: string, exprs: Readonly<Record<string, Expr>>, of: (expr: Expr) => Expr): [string, Expr][] =>
    Object.entries(exprs).map(([name, expr]) => [name === kind ? kind : `${kind} ${name}`, of(expr)]);
  return {
    R: perElement(sym('R')),
    ...Object.fromEntries([...named('message', messages, overAll), ...named('leak', leaks, perElement)]),
  };
};

/** The parts of a cell in which the condition of a claim holds; one part where it is the sign of one indeterminate. */
const where = (frame: Frame, cell: Cell, conditions: readonly Expr[]): readonly Cell[] =>
  conditions.reduce<readonly Cell[]>(
    (cells, condition) =>
      cells.flatMap((one) => {
        const direct = knownSign(frame, one, condition);
        if (direct !== undefined) return direct;
        return truthOf(frame, condition, one, undefined).flatMap(({ cell: next, value }) =>
          value || next.stuck !== undefined ? [next] : [],
        );
      }),
    [cell],
  );

/** Totals over all sources written as the sum of those by class, where both occur. */
const linked = (frame: Frame, cell: Cell, polys: readonly Poly[]): readonly Poly[] => {
  if (!frame.entangled) return polys;
  const totals = polys.flatMap(atomsOf).flatMap(({ total }) => (total === undefined ? [] : [total]));
  const byClass = new Set(totals.filter(({ classAt }) => classAt !== wholeAt).map(({ powers }) => keyOfPowers(powers)));
  const image = ({ total }: Atom): Poly | undefined => {
    if (total === undefined || total.classAt !== wholeAt || !byClass.has(keyOfPowers(total.powers))) return undefined;
    return frame.classes
      .map((one) => {
        const inside = contextOf(frame, cell, one.at);
        return inside === undefined ? zeroPoly : totalOver(one, inside, productOf(total.powers), frame.adding);
      })
      .reduce(add, zeroPoly);
  };
  return polys.map((p) => replaceAtoms(reduce(cell, p), image));
};

interface Balance {
  readonly cell: Cell;
  readonly values: readonly Poly[];
  readonly cleared: Cleared;
  readonly left: Poly;
}

/** Received less all else, in a cell in which it has a value. */
const balanceOf = (frame: Frame, { cell, value }: Branch<readonly Poly[]>): Balance => {
  if (cell.stuck !== undefined) return { cell, values: value, cleared: { polys: value, by: [] }, left: zeroPoly };
  const values = value.map((p) => tidy(cell, p));
  const signed = values.map((p, i) => (i === 0 ? p : negate(p)));
  const cleared = clearDenominators(cell, linked(frame, cell, signed));
  return { cell, values, cleared, left: cleared.polys.reduce(add, zeroPoly) };
};

const partsOf = (goal: Goal, { values }: Balance): readonly Part[] =>
  Object.keys(goal).map((name, i) => ({ name, value: values[i] ?? zeroPoly }));

/** The same in all parts of a cell; where it does not come out, once more with all that was assumed known from the start. */
const balances = (frame: Frame, cell: Cell, exprs: readonly Expr[]): readonly Balance[] =>
  soundValues(frame, exprs, cell, undefined).flatMap((branch) => {
    const first = balanceOf(frame, branch);
    return isZeroPoly(first.left) || branch.cell.stuck !== undefined
      ? [first]
      : soundValues(frame, exprs, branch.cell, undefined).map((again) => balanceOf(frame, again));
  });

const totalsOf = (polys: readonly Poly[]): readonly Atom[] => {
  const found = new Map<string, Atom>();
  const visit = (p: Poly): void => {
    for (const atom of atomsOf(p)) {
      if (atom.total !== undefined) found.set(atom.name, atom);
      if (atom.inverseOf !== undefined) visit(atom.inverseOf);
    }
  };
  polys.forEach(visit);
  return [...found.values()];
};

const started = (rule: Pick<Rule, 'parameters'>, formulas: Formulas): Start | Proof => {
  const start = startOf(rule, formulas);
  return typeof start === 'string' ? notProved(start, [], []) : start;
};

const isProof = (start: Start | Proof): start is Proof => 'verdict' in start;

/** One case of the proof of a ledger: what is assumed, and what each part is worth there. */
export interface LedgerCase {
  readonly story: readonly Assumption[];
  readonly parts: readonly Part[];
}

/** The cases that the proof of a ledger distinguishes, with the classes of sources that its totals run over. */
export const ledgerCases = (
  rule: Rule,
  ruleCase: RuleCase,
): { readonly classes: readonly SourceClass[]; readonly cases: readonly LedgerCase[] } => {
  const formulas = formulasOf(ruleCase, undefined);
  const start = started(rule, formulas);
  if (isProof(start)) return { classes: [], cases: [] };
  const { frame, cell } = start;
  const goal = goalOf(formulas);
  const cases = balances(frame, cell, Object.values(goal)).map((one): LedgerCase => ({
    story: one.cell.story,
    parts: partsOf(goal, one),
  }));
  return { classes: frame.classes, cases };
};

/** What was solved for since the start. */
const since = (start: Cell, { solved }: Cell): ReadonlyMap<string, Poly> =>
  new Map([...solved].filter(([name]) => !start.solved.has(name)));

/** Shows that the first part is the sum of the others in every cell. */
const proveBalance = ({ frame, cell: start }: Start, goal: Goal, first: readonly Step[]): Proof => {
  const cases = balances(frame, start, Object.values(goal));
  const atoms = totalsOf(cases.flatMap(({ values }) => values));
  const steps: Step[] = [...first, ...(atoms.length === 0 ? [] : [totalsStep(atoms)])];
  for (const [i, one] of cases.entries()) {
    const { cell, cleared, left } = one;
    const story = printStory(cell.story);
    if (cell.stuck !== undefined) return notProved(proofSays.undecided(story, cell.stuck), cell.story, steps);
    steps.push(
      balanceStep(proofSays.caseTitle(i + 1, story), cell.story, partsOf(goal, one), cleared, since(start, cell)),
    );
    if (!isZeroPoly(left)) return notProved(proofSays.remains(story, printPoly(left)), cell.story, steps);
  }
  return { verdict: 'proved', steps };
};

/**
 * Proves the ledger of one case of a rule, `R - Σ messages = Σ leaks`, for every number of sources and every value of the
 * parameters within their bounds (Montavon et al. 2017, definition 1, with what does not arrive put down as leaks).
 */
export const proveLedger = (rule: Rule, ruleCase: RuleCase): Proof => {
  const none = skipped(rule, ruleCase);
  if (none !== undefined) return none;
  const formulas = formulasOf(ruleCase, undefined);
  const start = started(rule, formulas);
  if (isProof(start)) return start;
  const goal = goalOf(formulas);
  return proveBalance(start, goal, [goalStep(proofSays.ledgerIdentity, goal)]);
};

const conditionOf = (claim: Claim | undefined): Proof | { readonly when: Formula | undefined } => {
  if (claim === undefined) return { verdict: 'skipped', reason: proofSays.nothingClaimed };
  return claim.holds === 'when' ? { when: claim.when } : { verdict: 'skipped', reason: proofSays.claimedFalse };
};

interface Claimed {
  readonly start: Start;
  readonly formulas: Formulas;
  readonly cells: readonly Cell[];
  readonly when: Formula | undefined;
}

/** The cells in which a claim is made, or the proof that there is nothing to prove. */
const claimed = (rule: Rule, ruleCase: RuleCase, claim: Claim | undefined): Proof | Claimed => {
  const none = skipped(rule, ruleCase);
  if (none !== undefined) return none;
  const condition = conditionOf(claim);
  if ('verdict' in condition) return condition;
  const formulas = formulasOf(ruleCase, condition.when);
  const start = started(rule, formulas);
  if (isProof(start)) return start;
  const { frame } = start;
  const cells = where(frame, start.cell, formulas.output).filter(
    (cell) =>
      cell.stuck !== undefined ||
      frame.given.length === 0 ||
      frame.classes.some(({ at }) => contextOf(frame, cell, at) !== undefined),
  );
  if (cells.length === 0)
    return { verdict: 'vacuous', reason: proofSays.vacuousText(condition.when?.text ?? ''), steps: [] };
  return { start, formulas, cells, when: condition.when };
};

const conditionStep = (when: Formula | undefined): readonly Step[] =>
  when === undefined ? [] : [{ title: proofSays.conditionTitle, text: when.text, tex: toTex(when) }];

/**
 * Proves that where `conservative.when` holds the leaks add up to 0, and tells whether each of them is 0. That the messages
 * add up to R then follows from the ledger, which has to be proved.
 */
export const proveConservative = (
  rule: Rule,
  ruleCase: RuleCase,
  ledger: () => Proof = () => proveLedger(rule, ruleCase),
): Proof => {
  const claim = claimed(rule, ruleCase, ruleCase.conservative);
  if ('verdict' in claim) return claim;
  const { start, formulas, cells, when } = claim;
  const { frame } = start;
  const goal = Object.fromEntries(Object.entries(goalOf(formulas)).filter(([name]) => name.startsWith('leak ')));
  const steps: Step[] = [...conditionStep(when)];
  const exprs = Object.values(goal);
  let number = 0;
  for (const cell of cells) {
    for (const { cell: inside, values, left, cleared } of balances(frame, cell, [zero, ...exprs])) {
      const story = printStory(inside.story);
      number += 1;
      if (inside.stuck !== undefined) return notProved(proofSays.undecided(story, inside.stuck), inside.story, steps);
      const leaks = Object.keys(goal).map((name, i): Part => ({ name, value: cleared.polys[i + 1] ?? zeroPoly }));
      const each = leaks.every(({ value }) => isZeroPoly(value));
      const shown = leaks.map(({ name }, i) => `${name} = ${printPoly(values[i + 1] ?? zeroPoly)}`);
      const text = [...shown, each ? proofSays.leaksText : proofSays.cancelText].join('\n');
      const tex = `${texOfStory(inside.story)}:\\quad \\sum \\ell = ${texOfPoly(left)}`;
      steps.push({ title: proofSays.caseTitle(number, story), text, tex });
      if (!isZeroPoly(left)) return notProved(proofSays.remains(story, printPoly(left)), inside.story, steps);
    }
  }
  const kept = ledger();
  return kept.verdict === 'not-proved'
    ? notProved(proofSays.ledgerOpen(kept.remainder), kept.cell, steps)
    : { verdict: 'proved', steps };
};

/** One step for each message of each class, with the cases in which the message is that. */
const told = (
  found: ReadonlyMap<string, { readonly step: Step; readonly stories: readonly string[] }>,
): readonly Step[] =>
  [...found.values()].map(({ step, stories }, i) => ({
    ...step,
    title: proofSays.caseTitle(i + 1, step.title === '' ? proofSays.anySource : step.title),
    text: [step.text, ...stories.map(proofSays.wherever)].join('\n'),
  }));

/** Proves that where `positive.when` holds no message is negative: for a source of each class, in every case. */
export const provePositive = (rule: Rule, ruleCase: RuleCase): Proof => {
  const claim = claimed(rule, ruleCase, ruleCase.positive);
  if ('verdict' in claim) return claim;
  const { start, formulas, cells, when } = claim;
  const { frame } = start;
  const summed = formulas.sides.adds !== undefined;
  const steps: Step[] = [...conditionStep(when)];
  const places: readonly Place[] = summed ? frame.classes.map(({ at }) => at) : [undefined];
  const found = new Map<string, { readonly step: Step; readonly stories: string[] }>();
  for (const [name, message] of Object.entries(formulas.messages))
    for (const place of places)
      for (const cell of cells)
        for (const { cell: next, value: values } of soundValues(frame, [message], cell, place)) {
          const label = place === undefined ? '' : frame.classes[place]!.label;
          const story = printStory(next.story);
          const here = label === '' ? story : `${label}; ${story}`;
          const before = [...steps, ...told(found)];
          if (next.stuck !== undefined) return notProved(proofSays.undecided(here, next.stuck), next.story, before);
          const inside = place === undefined ? next : contextOf(frame, next, place);
          if (inside === undefined) continue;
          const [value = zeroPoly] = values;
          const shown = tidy(inside, value);
          const text = `${name} = ${printPoly(shown)}`;
          if (!isNeverNegative(inside, shown))
            return notProved(proofSays.mayBeNegative(here, text), next.story, before);
          const key = `${label} ${text}`;
          const tex = `${place === undefined ? '' : frame.classes[place]!.tex}:\\quad m = ${texOfPoly(shown)} \\ge 0`;
          const reason = isZeroPoly(shown) ? '' : `: ${proofSays.signText}`;
          const same = found.get(key) ?? { step: { title: label, text: text + reason, tex }, stories: [] };
          if (!same.stories.includes(story)) same.stories.push(story);
          found.set(key, same);
        }
  return { verdict: 'proved', steps: [...steps, ...told(found)] };
};

/** Everything that is proved, or not, of one case of a rule. */
export interface CaseProofs {
  readonly rule: string;
  readonly ruleCase: RuleCase;
  readonly ledger: Proof;
  readonly conservative: Proof;
  readonly positive: Proof;
}

/** The proofs of every case of a rule. */
export const proofsOf = (rule: Rule): readonly CaseProofs[] =>
  rule.cases.map((ruleCase) => {
    const ledger = proveLedger(rule, ruleCase);
    return {
      rule: rule.name,
      ruleCase,
      ledger,
      conservative: proveConservative(rule, ruleCase, () => ledger),
      positive: provePositive(rule, ruleCase),
    };
  });

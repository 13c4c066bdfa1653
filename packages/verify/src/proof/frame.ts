import { num, printExpr, substitute, sym, toTex, type Expr, type Formula } from '@kirchhoff/formula';
import { proofSays } from '@kirchhoff/message';
import { instantiate, type Parameter, type Rule, type RuleCase } from '@kirchhoff/rule';
import { knowing, solving } from './assume.js';
import type { Frame } from './branch.js';
import { emptyCell, type Cell } from './cell.js';
import { classesOf, splittersOf } from './classes.js';
import { add, atomPoly, atomsOf, constant, negate, onePoly, subtract, zeroPoly, type Atom, type Poly } from './poly.js';
import { differs, hasSum, sidesOf, type Sides } from './sides.js';
import { notNegative } from './sign.js';
import { totalOver, winnersOf, type Adding } from './totals.js';

/** The formulas of a case in the node's own symbols and the rule's parameters, with everything else written out. */
export interface Formulas {
  readonly sides: Sides;
  readonly messages: Readonly<Record<string, Expr>>;
  readonly leaks: Readonly<Record<string, Expr>>;
  /** The condition of a claim, as conjuncts. */
  readonly output: readonly Expr[];
  readonly source: readonly Expr[];
}

const conjuncts = (expr: Expr): readonly Expr[] =>
  expr.kind === 'apply' && expr.fn === 'and' ? expr.args.flatMap(conjuncts) : [expr];

export const formulasOf = (ruleCase: RuleCase, when: Formula | undefined): Formulas => {
  const sides = sidesOf(ruleCase.on, Object.keys(ruleCase.messages));
  const plain = (expr: Expr): Expr => substitute(expr, sides.means);
  const all = (exprs: Readonly<Record<string, Expr>>): Record<string, Expr> =>
    Object.fromEntries(Object.entries(exprs).map(([name, expr]) => [name, plain(expr)]));
  const { messages, leaks } = instantiate(ruleCase, {});
  const condition = when && instantiate({ ...ruleCase, messages: {}, leaks: { when } }, {}).leaks['when'];
  const parts = condition === undefined ? [] : conjuncts(plain(condition));
  return {
    sides,
    messages: all(messages),
    leaks: all(leaks),
    output: parts.filter((part) => !differs(part, sides.sources)),
    source: parts.filter((part) => differs(part, sides.sources)),
  };
};

const symbolAtom = (name: string, source: boolean): Atom => ({
  name,
  tex: source ? `{${toTex(sym(name))}}_{i}` : toTex(sym(name)),
  source,
});

/** A parameter, measured from its minimum where it has one: alpha ≥ 1 is 1 + (alpha - 1), with a term that is not negative. */
const parameterPoly = (name: string, { minimum }: Parameter): Poly => {
  if (!Number.isFinite(minimum)) return atomPoly({ ...symbolAtom(name, false), parameter: true });
  if (minimum === 0) return atomPoly({ ...symbolAtom(name, false), parameter: true, signs: notNegative });
  const least = num(minimum);
  const sign = minimum < 0 ? '+' : '-';
  const size = num(least.value.abs());
  const slack: Atom = {
    name: `(${name} ${sign} ${printExpr(size)})`,
    tex: `\\left(${toTex(sym(name))} ${sign} ${toTex(size)}\\right)`,
    source: false,
    parameter: true,
    signs: notNegative,
  };
  return add(constant(least.value), atomPoly(slack));
};

export interface Start {
  readonly frame: Frame;
  /** What holds everywhere. */
  readonly cell: Cell;
}

const winnerOf = (sides: Sides): Adding['winner'] =>
  sides.sources.includes('winner')
    ? {
        winner: { ...symbolAtom('winner', true), signs: notNegative },
        x: symbolAtom('x', true),
        y: symbolAtom('y', false),
      }
    : undefined;

/** Everything that is known before the first case is distinguished, or why nothing can be. */
export const startOf = ({ parameters }: Pick<Rule, 'parameters'>, formulas: Formulas): Start | string => {
  const { sides } = formulas;
  const asking = [...Object.values(formulas.messages), ...Object.values(formulas.leaks), ...formulas.output];
  const splitters = splittersOf(asking, sides.sources);
  const classes = classesOf(splitters);
  if (classes === undefined) return proofSays.tooManySplits(splitters.map(printExpr));
  const adding: Adding = { winner: winnerOf(sides), occupied: !sides.mayBeEmpty };
  const symbols = new Map<string, Poly>(sides.sources.map((name) => [name, atomPoly(symbolAtom(name, true))] as const));
  if (adding.winner !== undefined) symbols.set('winner', atomPoly(adding.winner.winner));
  for (const [name, parameter] of Object.entries(parameters)) symbols.set(name, parameterPoly(name, parameter));

  let cell: Cell | undefined = emptyCell;
  for (const [name, { maximum }] of Object.entries(parameters))
    if (Number.isFinite(maximum))
      cell = cell && knowing(cell, subtract(constant(num(maximum).value), symbols.get(name)!), 'not negative');
  if (adding.winner !== undefined && classes.length > 1) {
    const winning = classes.filter(
      ({ signs }) => !signs.some(({ of, sign }) => of.kind === 'symbol' && of.name === 'winner' && sign <= 0),
    );
    const shares = winning.map((one) => winnersOf(one, adding));
    const [last] = atomsOf(shares.at(-1) ?? zeroPoly);
    const value = shares.slice(0, -1).reduce((rest, share) => add(rest, negate(share)), onePoly);
    if (last !== undefined) cell = cell && solving(cell, last, value);
  }
  if (adding.occupied && classes.length > 1) {
    const count = classes.map((one) => totalOver(one, undefined, onePoly, adding)).reduce(add, zeroPoly);
    if (adding.winner === undefined) cell = cell && knowing(cell, count, 'positive');
  }
  if (cell === undefined) return proofSays.noParameters;
  const frame: Frame = {
    symbols,
    classes,
    given: formulas.source,
    adding,
    entangled: splitters.some(hasSum),
    contexts: new WeakMap(),
    effort: { decisions: 0 },
  };
  return { frame, cell };
};

import { printExpr, toTex, type Expr } from '@kirchhoff/formula';
import { inTex, proofSays } from '@kirchhoff/message';
import type { Assumption, Cleared } from './cell.js';
import { add, isZeroPoly, printPoly, texOfPoly, zeroPoly, type Atom, type Poly } from './poly.js';

/** One step of a proof that a person can follow. */
export interface Step {
  readonly title: string;
  /** Plain text; lines are separated by line breaks. */
  readonly text: string;
  readonly tex: string;
}

type Assumed = Assumption['sign'];
const relation: { readonly [S in `${Assumed}`]: string } = { '1': '>', '0': '=', '-1': '<', 'not 0': '≠' };
const relationOf = (sign: Assumed): string => relation[`${sign}`];
const texOfRelation = (sign: Assumed): string => (sign === 'not 0' ? '\\ne' : relationOf(sign));

/** The assumptions of a case, in words. */
export const printStory = (story: readonly Assumption[]): string =>
  story.length === 0
    ? proofSays.everywhere
    : story.map(({ poly, sign }) => `${printPoly(poly)} ${relationOf(sign)} 0`).join(', ');

export const texOfStory = (story: readonly Assumption[]): string =>
  story.map(({ poly, sign }) => `${texOfPoly(poly)} ${texOfRelation(sign)} 0`).join(',\\; ');

const bracketed = (p: Poly, text: string): string => (p.size > 1 ? `(${text})` : text);

const factorText = ({ by }: Cleared): string =>
  by
    .map(({ denominator, times }) => bracketed(denominator, printPoly(denominator)) + (times > 1 ? `^${times}` : ''))
    .join('·');

const factorTex = ({ by }: Cleared): string =>
  by
    .map(({ denominator, times }) => `\\left(${texOfPoly(denominator)}\\right)${times > 1 ? `^{${times}}` : ''}`)
    .join(' ');

/** A named summand of what a node received. */
export interface Part {
  readonly name: string;
  readonly value: Poly;
}

/** Received less messages less leaks, multiplied by the denominators, and what is left of it. */
export const balanceStep = (
  title: string,
  story: readonly Assumption[],
  parts: readonly Part[],
  cleared: Cleared,
  solved: ReadonlyMap<string, Poly>,
): Step => {
  const [received = zeroPoly, ...sent] = cleared.polys;
  const left = cleared.polys.reduce(add, zeroPoly);
  const gone = sent.filter((p) => !isZeroPoly(p));
  const negated = (p: Poly, print: (q: Poly) => string): string => ` + ${p.size > 1 ? `[${print(p)}]` : print(p)}`;
  const sum = (print: (q: Poly) => string): string =>
    (print(received) + gone.map((p) => negated(p, print)).join('')).replaceAll('+ -', '- ');
  const factor = cleared.by.length === 0 ? '' : `, times ${factorText(cleared)}`;
  const lines = [
    ...[...solved].flatMap(([name, value]) => (isZeroPoly(value) ? [] : [proofSays.putIn(name, printPoly(value))])),
    ...parts.slice(1).map(({ name, value }) => `${name} = ${printPoly(value)}`),
    `received - messages - leaks${factor}: ${sum(printPoly)} = ${printPoly(left)}`,
  ];
  const texFactor = cleared.by.length === 0 ? '' : `${factorTex(cleared)} \\cdot `;
  const condition = story.length === 0 ? '' : `${texOfStory(story)}:\\quad `;
  const difference = `\\Bigl(R - \\sum_i m_i - \\sum \\ell\\Bigr)`;
  return {
    title,
    text: lines.join('\n'),
    tex: `${condition}${texFactor}${difference} = ${sum(texOfPoly)} = ${texOfPoly(left)}`,
  };
};

/** The identity that is to be shown, with the formulas of its messages and leaks. */
export const goalStep = (identity: string, parts: Readonly<Record<string, Expr>>): Step => {
  const formulas = Object.entries(parts).filter(([name]) => name !== 'R');
  const lines = formulas.map(([name, expr]) => `${name} = ${printExpr(expr)}`);
  return {
    title: proofSays.goalTitle,
    text: [proofSays.goalText(identity), ...lines].join('\n'),
    tex: formulas.map(([name, expr]) => `\\text{${inTex(name)}} = ${toTex(expr)}`).join(' \\\\ '),
  };
};

export const totalsStep = (atoms: readonly Atom[]): Step => ({
  title: proofSays.totalsTitle,
  text: proofSays.totalsText(atoms.map(({ name }) => name)),
  tex: atoms.map(({ tex }) => tex).join(',\\; '),
});

/** A proof as plain text. */
export const printSteps = (steps: readonly Step[]): string =>
  steps.map(({ title, text }) => `${title}\n${text.replaceAll(/^/gm, '  ')}`).join('\n');

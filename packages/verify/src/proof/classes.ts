import { apply, printExpr, sym, toTex, type ApplyExpr, type Expr, type FunctionName } from '@kirchhoff/formula';
import { differs } from './sides.js';
import { allSigns, type Sign } from './sign.js';

/** Sources that are alike in the signs of everything the formulas ask the sign of. A source is in exactly one class. */
export interface SourceClass {
  readonly at: number;
  readonly signs: readonly { readonly of: Expr; readonly sign: Sign }[];
  /** `x*w > 0`; empty where all sources are in one class. */
  readonly label: string;
  readonly tex: string;
}

/** More classes than this, and a proof would be no reading matter. */
const mostSplitters = 4;

const firstOf = ({ args: [a] }: ApplyExpr): readonly Expr[] => (a === undefined ? [] : [a]);
const difference = ({ args: [a, b] }: ApplyExpr): readonly Expr[] => {
  if (a === undefined || b === undefined) return [];
  if (b.kind === 'number' && b.value.n === 0n) return [a];
  return a.kind === 'number' && a.value.n === 0n ? [b] : [apply('subtract', a, b)];
};
const divisor = ({ args: [, d] }: ApplyExpr): readonly Expr[] =>
  d === undefined || (d.kind === 'apply' && d.fn === 'stab') ? [] : [d];
const differences = ({ fn, args }: ApplyExpr): readonly Expr[] =>
  args.flatMap((a, i) => args.slice(i + 1).flatMap((b) => difference(apply(fn, a, b))));

const conditionOf = ({ args: [c] }: ApplyExpr): readonly Expr[] =>
  c === undefined || (c.kind === 'apply' && asked[c.fn] === difference) ? [] : [c];

/** Of what an operator asks the sign. */
const asked: Partial<{ readonly [F in FunctionName]: (expr: ApplyExpr) => readonly Expr[] }> = {
  pos: firstOf,
  neg: firstOf,
  abs: firstOf,
  sgn: firstOf,
  stab: firstOf,
  ratio: divisor,
  divide: divisor,
  where: conditionOf,
  min: differences,
  max: differences,
  smaller: difference,
  smallerEq: difference,
  larger: difference,
  largerEq: difference,
  equal: difference,
  unequal: difference,
};

/** The source symbols that a product has as factors, where it is one: of its sign nothing else differs among sources. */
const factorsOf = (expr: Expr, sources: readonly string[]): readonly string[] | undefined => {
  if (!differs(expr, sources)) return [];
  if (expr.kind === 'symbol') return [expr.name];
  if (expr.kind !== 'apply') return undefined;
  const [a, b] = expr.args;
  if (expr.fn === 'unaryMinus') return factorsOf(a!, sources);
  if (expr.fn !== 'multiply') return undefined;
  const [left, right] = [factorsOf(a!, sources), factorsOf(b!, sources)];
  return left === undefined || right === undefined ? undefined : [...left, ...right];
};

const productOfSymbols = (names: readonly string[]): Expr =>
  names.map((name): Expr => sym(name)).reduce((product, factor) => apply('multiply', product, factor));

/** Everything that differs among sources and whose sign the formulas ask for, each once. */
export const splittersOf = (formulas: readonly Expr[], sources: readonly string[]): readonly Expr[] => {
  const products = new Map<string, readonly string[]>();
  const others = new Map<string, Expr>();
  const visit = (expr: Expr): void => {
    if (expr.kind !== 'apply') return;
    for (const of of asked[expr.fn]?.(expr) ?? []) {
      if (!differs(of, sources)) continue;
      const factors = factorsOf(of, sources);
      if (factors !== undefined) products.set([...factors].sort().join('*'), factors);
      else others.set(printExpr(of), of);
    }
    expr.args.forEach(visit);
  };
  formulas.forEach(visit);
  const separate = products.size > 1 || [...products.values()].some((names) => new Set(names).size < names.length);
  const names = new Set([...products.values()].flat());
  const symbols = separate ? [...names].map((name): Expr => sym(name)) : [...products.values()].map(productOfSymbols);
  return [...symbols, ...others.values()];
};

const relation: { readonly [S in '-1' | '0' | '1']: string } = { '-1': '<', '0': '=', '1': '>' };
const relationOf = (sign: Sign): string => relation[`${sign}`];

/** One class for every combination of signs; undefined where they would be too many. */
export const classesOf = (splitters: readonly Expr[]): readonly SourceClass[] | undefined => {
  if (splitters.length > mostSplitters) return undefined;
  let combinations: SourceClass['signs'][] = [[]];
  for (const of of splitters)
    combinations = combinations.flatMap((before) => allSigns.map((sign) => [...before, { of, sign }]));
  return combinations.map((signs, at) => ({
    at,
    signs,
    label: signs.map(({ of, sign }) => `${printExpr(of).replaceAll('*', '·')} ${relationOf(sign)} 0`).join(', '),
    tex: signs.map(({ of, sign }) => `${toTex(of)} ${relationOf(sign)} 0`).join(', '),
  }));
};

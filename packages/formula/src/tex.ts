import { decimalOf } from './exact.js';
import { isApply, type ApplyExpr, type CallName, type Expr, type FunctionName } from './expr.js';
import { isComparison, type Comparison } from './functions.js';
import type { Formula } from './parse.js';

const level = { lowest: 0, add: 1, sum: 2, multiply: 3, unary: 4, pow: 5, primary: 6 } as const;

interface Tex {
  readonly text: string;
  readonly level: number;
}

const greek: ReadonlySet<string> = new Set(
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega'.split(
    ' ',
  ),
);

const named: Readonly<Record<string, string>> = {
  pullback: '\\left(\\frac{\\partial y}{\\partial x}\\right)^{\\top} R',
  dydx: '\\frac{\\partial y}{\\partial x}',
  low: 'l',
  high: 'h',
};

/** What differs from source to source, and so bears the index of a sum. */
const indexed: ReadonlySet<string> = new Set(['x', 'w', 'low', 'high', 'winner']);

const symbolTex = (name: string, index: string): Tex => {
  const pass = /^pass(\d+)$/.exec(name);
  const base =
    named[name] ??
    (greek.has(name)
      ? `\\${name}`
      : pass
        ? `p_{${pass[1]}}`
        : name.length === 1
          ? name
          : `\\mathrm{${name.replaceAll('_', '\\_')}}`);
  const text = index !== '' && indexed.has(name) ? `${base}_{${index}}` : base;
  return { text, level: name === 'dydx' || name === 'pullback' ? level.pow : level.primary };
};

const unsignedTex = (text: string): Tex => {
  const [mantissa = '', exponent] = text.split('e');
  if (exponent === undefined) return { text, level: level.primary };
  return mantissa === '1'
    ? { text: `10^{${exponent}}`, level: level.pow }
    : { text: `${mantissa} \\cdot 10^{${exponent}}`, level: level.multiply };
};

const numberTex = (expr: Expr & { readonly kind: 'number' }): Tex => {
  const { value } = expr;
  const decimal = decimalOf(value.abs());
  const size =
    decimal === undefined ? { text: `\\frac{${value.n}}{${value.d}}`, level: level.pow } : unsignedTex(decimal);
  return value.s < 0n ? { text: `-${size.text}`, level: level.unary } : size;
};

const grouped = (text: string): string => `\\left(${text}\\right)`;
const within = (tex: Tex, least: number): string => (tex.level < least ? grouped(tex.text) : tex.text);
const primary = (text: string): Tex => ({ text, level: level.primary });

const relation: { readonly [C in Comparison]: string } = {
  smaller: '<',
  smallerEq: '\\le',
  larger: '>',
  largerEq: '\\ge',
  equal: '=',
  unequal: '\\ne',
};

/** A condition without the brackets that make it a number. */
const conditionTex = (expr: Expr, index: string): Tex => {
  const [a, b] = expr.kind === 'apply' ? expr.args : [];
  const part = (e: Expr): string => within(conditionTex(e, index), level.primary);
  if (isApply(expr, 'and')) return { text: `${part(a!)} \\land ${part(b!)}`, level: level.add };
  if (isApply(expr, 'or')) return { text: `${part(a!)} \\lor ${part(b!)}`, level: level.add };
  if (isApply(expr, 'not')) return { text: `\\lnot ${part(a!)}`, level: level.unary };
  const value = (e: Expr): string => within(exprTex(e, index), level.add);
  if (expr.kind === 'apply' && isComparison(expr.fn))
    return { text: `${value(a!)} ${relation[expr.fn]} ${value(b!)}`, level: level.add };
  return { text: `${value(expr)} \\ne 0`, level: level.add };
};

const casesTex = (expr: Expr, index: string): string => {
  if (!isApply(expr, 'where')) return `${exprTex(expr, index).text} & \\text{otherwise}`;
  const [condition, a, b] = [expr.args[0]!, expr.args[1]!, expr.args[2]!];
  return `${exprTex(a, index).text} & \\text{if } ${conditionTex(condition, index).text} \\\\ ${casesTex(b, index)}`;
};

const productTex = (left: string, right: string): string =>
  `${left} ${/^[-\d]/.test(right) ? '\\cdot' : '\\,'} ${right}`;

type Rule = (expr: ApplyExpr, index: string) => Tex;

const arg = (expr: ApplyExpr, at: number, index: string, least: number = level.lowest): string =>
  within(exprTex(expr.args[at]!, index), least);

const iverson: Rule = (expr, index) => primary(`\\left[${conditionTex(expr, index).text}\\right]`);
const fraction: Rule = (expr, index) => ({
  text: `\\frac{${arg(expr, 0, index)}}{${arg(expr, 1, index)}}`,
  level: level.pow,
});
const called =
  (name: string): Rule =>
  (expr, index) =>
    primary(`${name}${grouped(expr.args.map((_, i) => arg(expr, i, index)).join(', '))}`);
const signed =
  (sign: string): Rule =>
  (expr, index) => ({ text: `${arg(expr, 0, index, level.primary)}^{${sign}}`, level: level.pow });
const binary =
  (own: number, right: number, join: (a: string, b: string) => string): Rule =>
  (expr, index) => ({ text: join(arg(expr, 0, index, own), arg(expr, 1, index, right)), level: own });
const summed =
  (name: string): Rule =>
  (expr) => ({ text: `\\sum_{${name}} ${arg(expr, 0, name, level.multiply)}`, level: level.sum });

const calls: { readonly [C in CallName]: Rule } = {
  pos: signed('+'),
  neg: signed('-'),
  abs: (expr, index) => primary(`\\left|${arg(expr, 0, index)}\\right|`),
  sgn: called('\\mathrm{sgn}'),
  stab: (expr, index) => ({
    text: `${arg(expr, 0, index, level.add)} + ${arg(expr, 1, index, level.multiply)} \\, \\mathrm{sgn}${grouped(arg(expr, 0, index))}`,
    level: level.add,
  }),
  ratio: fraction,
  where: (expr, index) => ({ text: `\\begin{cases} ${casesTex(expr, index)} \\end{cases}`, level: level.lowest }),
  min: called('\\min'),
  max: called('\\max'),
  exp: called('\\exp'),
  log: called('\\ln'),
  sqrt: (expr, index) => primary(`\\sqrt{${arg(expr, 0, index)}}`),
  tanh: called('\\tanh'),
  erf: called('\\mathrm{erf}'),
  sin: called('\\sin'),
  cos: called('\\cos'),
  atan: called('\\arctan'),
  total: summed('i'),
  sum: summed('j'),
};

const rules: { readonly [F in FunctionName]: Rule } = {
  ...calls,
  add: binary(level.add, level.sum, (a, b) => `${a} + ${b}`),
  subtract: binary(level.add, level.sum, (a, b) => `${a} - ${b}`),
  multiply: binary(level.multiply, level.pow, productTex),
  divide: fraction,
  pow: (expr, index) => ({ text: `${arg(expr, 0, index, level.primary)}^{${arg(expr, 1, index)}}`, level: level.pow }),
  unaryMinus: (expr, index) => ({ text: `-${arg(expr, 0, index, level.multiply)}`, level: level.unary }),
  smaller: iverson,
  smallerEq: iverson,
  larger: iverson,
  largerEq: iverson,
  equal: iverson,
  unequal: iverson,
  and: iverson,
  or: iverson,
  not: iverson,
};

const exprTex = (expr: Expr, index: string): Tex => {
  if (expr.kind === 'number') return numberTex(expr);
  return expr.kind === 'symbol' ? symbolTex(expr.name, index) : rules[expr.fn](expr, index);
};

/**
 * The formula as LaTeX for a paper (KaTeX reads it too): ratios as fractions, totals as sums over i, pos(e) as (e)⁺,
 * comparisons as Iverson brackets, `where` as cases, parameters with Greek names as Greek letters.
 */
export const toTex = (formula: Formula | Expr): string => exprTex('kind' in formula ? formula : formula.expr, '').text;

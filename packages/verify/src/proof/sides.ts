import { apply, someExpr, sym, type Expr } from '@kirchhoff/formula';
import type { RuleKind } from '@kirchhoff/rule';

/** Which symbols of a kind of node differ from source to source, and what is known of the others. */
export interface Sides {
  readonly sources: readonly string[];
  /** The function that adds over all sources; undefined where there is one source, or one for each port. */
  readonly adds: 'total' | 'sum' | undefined;
  /** Symbols that are another way to write something. */
  readonly means: Readonly<Record<string, Expr>>;
  /** Whether an output may have no source at all (a window that lies in the padding). */
  readonly mayBeEmpty: boolean;
}

const product = (a: string, b: string): Expr => apply('multiply', sym(a), sym(b));
const affine: Sides = {
  sources: ['x', 'w', 'low', 'high'],
  adds: 'total',
  means: { y: apply('add', apply('total', product('x', 'w')), sym('b')) },
  mayBeEmpty: true,
};
const single: Sides = { sources: [], adds: undefined, means: {}, mayBeEmpty: false };

const sidesOfKind: { readonly [K in RuleKind]: (ports: readonly string[]) => Sides } = {
  affine: () => affine,
  weighted: () => affine,
  plain: () => ({ ...affine, mayBeEmpty: false }),
  product: (ports) => ({ ...single, means: { y: product(ports[0] ?? 'a', ports[1] ?? 'b') } }),
  quotient: (ports) => ({ ...single, means: { y: product(ports[0] ?? 'scale', ports[1] ?? 'signal') } }),
  contraction: (ports) => ({
    sources: ports,
    adds: 'total',
    means: { y: apply('total', product(ports[0] ?? 'a', ports[1] ?? 'b')) },
    mayBeEmpty: false,
  }),
  elementwise: () => single,
  maximum: () => ({ sources: ['x', 'winner'], adds: 'total', means: {}, mayBeEmpty: false }),
  axis: () => ({ sources: ['x', 'y', 'R'], adds: 'sum', means: {}, mayBeEmpty: false }),
  other: () => single,
};

/** The sides of a node whose rule has these ports. */
export const sidesOf = (kind: RuleKind, ports: readonly string[]): Sides => sidesOfKind[kind](ports);

export const isSum = (expr: Expr): boolean => expr.kind === 'apply' && (expr.fn === 'total' || expr.fn === 'sum');

/** Whether an expression differs from source to source. */
export const differs = (expr: Expr, sources: readonly string[]): boolean => {
  if (expr.kind === 'symbol') return sources.includes(expr.name);
  return expr.kind === 'apply' && !isSum(expr) && expr.args.some((arg) => differs(arg, sources));
};

export const hasSum = (expr: Expr): boolean => someExpr(expr, isSum);

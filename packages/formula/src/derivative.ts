import type { MathNode } from 'mathjs';
import { unbounded } from './bounds.js';
import {
  apply,
  fromNumber,
  isNumber,
  mapArgs,
  num,
  one,
  operatorNames,
  someExpr,
  substitute,
  sym,
  zero,
  type ApplyExpr,
  type Expr,
  type FunctionName,
  type OperatorName,
} from './expr.js';
import { math } from './math.js';
import { printExpr } from './print.js';
import { simplify } from './simplify.js';

const smoothCalls = ['exp', 'log', 'sqrt', 'tanh', 'sin', 'cos', 'atan'] as const;

type Smooth = 'add' | 'subtract' | 'multiply' | 'divide' | 'pow' | 'unaryMinus' | (typeof smoothCalls)[number];
type Kinked = Exclude<FunctionName, Smooth>;
type Differentiate = (expr: Expr) => Expr;

const flat = (): Expr => zero;
const two = num(2n);

/** 2/√π, to float64. */
const erfSlope = fromNumber(1.1283791670955126);

const extreme =
  (fn: 'max' | 'min', wins: 'larger' | 'smaller') =>
  ({ args }: ApplyExpr, d: Differentiate, varies: (e: Expr) => boolean): Expr => {
    // What varies comes first: at a tie the constant wins, so that max(0, x) has slope 0 at 0, as max(x, 0) has.
    const [first = zero, ...rest] = [...args.filter(varies), ...args.filter((arg) => !varies(arg))];
    const other = rest.length > 1 ? apply(fn, ...rest) : rest[0];
    return other === undefined ? d(first) : apply('where', apply(wins, first, other), d(first), d(other));
  };

const halved =
  (wins: 'larger' | 'smaller') =>
  ({ args }: ApplyExpr, d: Differentiate): Expr =>
    apply('where', apply(wins, args[0]!, zero), d(args[0]!), zero);

/** Calls that mathjs does not differentiate, or not at their kinks. */
const kinked: { readonly [F in Kinked]: (call: ApplyExpr, d: Differentiate, varies: (e: Expr) => boolean) => Expr } = {
  smaller: flat,
  smallerEq: flat,
  larger: flat,
  largerEq: flat,
  equal: flat,
  unequal: flat,
  and: flat,
  or: flat,
  not: flat,
  sgn: flat,
  pos: halved('larger'),
  neg: halved('smaller'),
  abs: ({ args }, d) =>
    apply(
      'multiply',
      apply('subtract', apply('larger', args[0]!, zero), apply('smaller', args[0]!, zero)),
      d(args[0]!),
    ),
  stab: ({ args }, d) => apply('add', d(args[0]!), apply('multiply', d(args[1]!), apply('sgn', args[0]!))),
  ratio: ({ args }, d) => {
    const [n, by] = [args[0]!, args[1]!];
    return apply('ratio', apply('subtract', d(n), apply('multiply', apply('ratio', n, by), d(by))), by);
  },
  where: ({ args }, d) => apply('where', args[0]!, d(args[1]!), d(args[2]!)),
  max: extreme('max', 'larger'),
  min: extreme('min', 'smaller'),
  erf: ({ args }, d) => {
    const slope = apply('multiply', erfSlope, apply('exp', apply('unaryMinus', apply('pow', args[0]!, two))));
    return apply('multiply', slope, d(args[0]!));
  },
  total: ({ args }, d) => apply('total', d(args[0]!)),
  sum: ({ args }, d) => apply('sum', d(args[0]!)),
};

const isKinked = (fn: FunctionName): fn is Kinked => Object.hasOwn(kinked, fn);
const isOperatorName = (fn: string): fn is OperatorName => (operatorNames as readonly string[]).includes(fn);

/** What mathjs's derivative returns, as our tree. Its sech² (the slope of tanh) is 1 − tanh². */
const convert = (node: MathNode): Expr => {
  if (math.isParenthesisNode(node)) return convert(node.content);
  if (math.isConstantNode(node)) return fromNumber(Number(node.value));
  if (math.isSymbolNode(node)) return sym(node.name);
  if (math.isOperatorNode(node)) {
    const base: MathNode | undefined = node.args[0];
    if (node.fn === 'pow' && math.isFunctionNode(base) && base.fn.name === 'sech')
      return apply('subtract', one, apply('pow', apply('tanh', convert(base.args[0]!)), two));
    const fn: string = node.fn;
    if (isOperatorName(fn)) return apply(fn, ...node.args.map(convert));
  }
  const call = math.isFunctionNode(node) ? smoothCalls.find((name) => name === node.fn.name) : undefined;
  if (call !== undefined && math.isFunctionNode(node)) return apply(call, ...node.args.map(convert));
  throw new Error(`mathjs returned a derivative outside of the dialect: ${node.toString()}`);
};

/**
 * The derivative of a scalar formula. mathjs differentiates what is smooth; each call that it refuses is first replaced
 * by a fresh symbol v and enters by the chain rule, `∂n/∂v · v′`. Kinks are fixed: the slopes of max(x, 0), pos(x) and
 * abs(x) at 0 are 0, comparisons and sgn are flat.
 */
export const derivative = (expr: Expr, symbol: string): Expr => {
  const varies = (e: Expr): boolean => someExpr(e, (s) => s.kind === 'symbol' && s.name === symbol);
  const differentiate = (e: Expr): Expr => {
    if (e.kind === 'symbol') return e.name === symbol ? one : zero;
    if (isNumber(e) || !varies(e)) return zero;
    return isKinked(e.fn) ? kinked[e.fn](e, differentiate, varies) : smooth(e);
  };
  const smooth = (e: ApplyExpr): Expr => {
    const atoms: Record<string, Expr> = {};
    const calls: string[] = [];
    const replaced = (part: Expr): Expr => {
      if (part.kind === 'symbol' && part.name === symbol) return sym('x');
      const constant = !varies(part);
      if (!constant && !(part.kind === 'apply' && isKinked(part.fn))) return mapArgs(part, replaced);
      const name = `${constant ? 'c' : 'v'}${Object.keys(atoms).length}`;
      atoms[name] = part;
      if (!constant) calls.push(name);
      return sym(name);
    };
    const text = printExpr(replaced(e));
    const by = (name: string): Expr => convert(math.derivative(text, name, { simplify: false }));
    const chained = calls.map((name) => apply('multiply', by(name), differentiate(atoms[name]!)));
    const slope = chained.reduce<Expr>((sum, term) => apply('add', sum, term), by('x'));
    return substitute(slope, { ...atoms, x: sym(symbol) });
  };
  return simplify(differentiate(expr), () => unbounded);
};

import type { Expr, FunctionName } from '@kirchhoff/formula';
import type { OpName } from '@kirchhoff/graph';
import type { Builder } from './builder.js';
import { asTensor, type Value } from './value.js';

type Emit = (b: Builder, args: readonly Value[], hint: string) => Value;

const isNumber = (value: Value): value is number => typeof value === 'number';

const op = (b: Builder, name: OpName, args: readonly Value[], hint: string): Value => ({
  tensor: b.emit(
    hint,
    name,
    args.map((arg) => asTensor(b, arg, hint)),
  ),
});

const folded =
  (name: OpName, fold: (x: number) => number): Emit =>
  (b, [x], hint) =>
    isNumber(x!) ? fold(x) : op(b, name, [x!], hint);

const compared =
  (name: OpName, fold: (x: number, y: number) => boolean): Emit =>
  (b, [x, y], hint) => {
    if (isNumber(x!) && isNumber(y!)) return Number(fold(x, y));
    return { tensor: b.emit(hint, name, [asTensor(b, x!, hint), asTensor(b, y!, hint)]), logical: true };
  };

const not: Emit = (b, [x], hint) =>
  isNumber(x!) ? Number(x === 0) : { tensor: b.emit(hint, 'Not', [truth(b, x!, hint)]), logical: true };

/** The value as a bool tensor: whether it is not 0. */
const truth = (b: Builder, value: Value, hint: string): string => {
  if (isNumber(value)) return b.constant('bool', [], [Number(value !== 0)]);
  if (value.logical) return value.tensor;
  return b.emit(hint, 'Not', [b.emit(hint, 'Equal', [value.tensor, b.scalar(0)])]);
};

const where: Emit = (b, [condition, then, otherwise], hint) => {
  if (isNumber(condition!)) return condition !== 0 ? then! : otherwise!;
  const branches = [asTensor(b, then!, hint), asTensor(b, otherwise!, hint)];
  return { tensor: b.emit(hint, 'Where', [truth(b, condition!, hint), ...branches]) };
};

const add: Emit = (b, [x, y], hint) => {
  if (isNumber(x!) && isNumber(y!)) return x + y;
  if (x === 0) return y!;
  if (y === 0) return x!;
  return op(b, 'Add', [x!, y!], hint);
};

const multiply: Emit = (b, [x, y], hint) => {
  if (isNumber(x!)) return isNumber(y!) ? x * y : multiply(b, [y!, x], hint);
  if (y === 0) return 0;
  if (y === 1) return x!;
  if (x!.logical) return where(b, [x!, y!, 0], hint);
  if (!isNumber(y!) && y!.logical) return where(b, [y!, x!, 0], hint);
  return y === -1 ? op(b, 'Neg', [x!], hint) : op(b, 'Mul', [x!, y!], hint);
};

const divide: Emit = (b, [x, y], hint) => {
  if (isNumber(x!) && isNumber(y!)) return x / y;
  return y === 1 ? x! : op(b, 'Div', [x!, y!], hint);
};

/** n/d, and 0 where d is 0: dividing by infinity there keeps every intermediate finite. */
const ratio: Emit = (b, [n, d], hint) => {
  if (n === 0) return 0;
  if (isNumber(d!)) return d === 0 ? 0 : divide(b, [n!, d], hint);
  const dead: Value = { tensor: b.emit(hint, 'Equal', [asTensor(b, d!, hint), b.scalar(0)]), logical: true };
  return divide(b, [n!, where(b, [dead, Infinity, d!], hint)], hint);
};

const sgn: Emit = (b, [x], hint) =>
  isNumber(x!) ? (x >= 0 ? 1 : -1) : where(b, [compare.largerEq(b, [x!, 0], hint), 1, -1], hint);

const stab: Emit = (b, [z, e], hint) => {
  if (isNumber(z!) || !isNumber(e!)) return add(b, [z!, multiply(b, [sgn(b, [z!], hint), e!], hint)], hint);
  return add(b, [z!, where(b, [compare.largerEq(b, [z!, 0], hint), e, -e], hint)], hint);
};

const compare = {
  smaller: compared('Less', (x, y) => x < y),
  smallerEq: compared('LessOrEqual', (x, y) => x <= y),
  larger: compared('Greater', (x, y) => x > y),
  largerEq: compared('GreaterOrEqual', (x, y) => x >= y),
  equal: compared('Equal', (x, y) => x === y),
} as const;

const extreme =
  (name: 'Min' | 'Max', fold: (...values: number[]) => number): Emit =>
  (b, args, hint) =>
    args.every(isNumber) ? fold(...args) : op(b, name, args, hint);

const gone =
  (name: string): Emit =>
  () => {
    throw new Error(`${name} is not a function of single values`);
  };

/** How each function of the rule language is said in the graph language. */
const emitters: { readonly [F in FunctionName]: Emit } = {
  add,
  subtract: (b, [x, y], hint) => {
    if (isNumber(x!) && isNumber(y!)) return x - y;
    if (y === 0) return x!;
    return x === 0 ? multiply(b, [y!, -1], hint) : op(b, 'Sub', [x!, y!], hint);
  },
  multiply,
  divide,
  pow: (b, [x, y], hint) => {
    if (isNumber(x!) && isNumber(y!)) return x ** y;
    if (y === 1) return x!;
    return y === 2 ? multiply(b, [x!, x!], hint) : op(b, 'Pow', [x!, y!], hint);
  },
  unaryMinus: (b, [x], hint) => multiply(b, [x!, -1], hint),
  ...compare,
  unequal: (b, args, hint) => not(b, [compare.equal(b, args, hint)], hint),
  and: (b, [x, y], hint) => ({ tensor: b.emit(hint, 'And', [truth(b, x!, hint), truth(b, y!, hint)]), logical: true }),
  or: (b, [x, y], hint) => ({ tensor: b.emit(hint, 'Or', [truth(b, x!, hint), truth(b, y!, hint)]), logical: true }),
  not,
  pos: folded('Relu', (x) => Math.max(x, 0)),
  neg: (b, [x], hint) => (isNumber(x!) ? Math.min(x, 0) : op(b, 'Min', [x!, 0], hint)),
  abs: folded('Abs', Math.abs),
  sgn,
  stab,
  ratio,
  where,
  min: extreme('Min', Math.min),
  max: extreme('Max', Math.max),
  exp: folded('Exp', Math.exp),
  log: folded('Log', Math.log),
  sqrt: folded('Sqrt', Math.sqrt),
  tanh: folded('Tanh', Math.tanh),
  erf: (b, [x], hint) => op(b, 'Erf', [x!], hint),
  sin: folded('Sin', Math.sin),
  cos: folded('Cos', Math.cos),
  atan: folded('Atan', Math.atan),
  total: gone('total'),
  sum: gone('sum'),
};

/** A function the caller says in its own way (`sum` along the axis of a Softmax). */
export type Special = Partial<Readonly<Record<FunctionName, (args: readonly Expr[]) => Value>>>;

/**
 * Emits nodes that compute `expr`, element by element with broadcasting.
 * @param env the value of each symbol
 * @param hint what the nodes are named after
 */
export const emitExpr = (
  b: Builder,
  expr: Expr,
  env: Readonly<Record<string, Value>>,
  hint: string,
  special: Special = {},
): Value => {
  switch (expr.kind) {
    case 'number':
      return expr.value.valueOf();
    case 'symbol': {
      const value = env[expr.name];
      if (value === undefined) throw new Error(`no value for ${expr.name} at ${hint}`);
      return value;
    }
    case 'apply': {
      const own = special[expr.fn];
      if (own !== undefined) return own(expr.args);
      return emitters[expr.fn](
        b,
        expr.args.map((arg) => emitExpr(b, arg, env, hint, special)),
        `${hint}.${expr.fn}`,
      );
    }
  }
};

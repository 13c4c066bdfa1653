import {
  apply,
  equalExpr,
  separate,
  someExpr,
  sym,
  symbolsOf,
  type Bound,
  type Expr,
  type Separated,
  type Term,
} from '@kirchhoff/formula';
import { refuse, Refusal, relevanceSays, within } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { boundOf, emitLeaks, unionOf, type Crossed, type RuledCrossing } from './crossing.js';
import { emitExpr } from './expression.js';
import type { LinearMap } from './linear/map.js';
import { linearMaps } from './linear/operators.js';
import { literalCrossing } from './literal.js';
import { sourceEnv } from './source.js';
import { asTensor, expandLike, type Value } from './value.js';
import { vanishesWith } from './vanish.js';

const sides = {
  x: 'source',
  low: 'source',
  high: 'source',
  w: 'connection',
  R: 'output',
  b: 'output',
  y: 'output',
} as const;

export const sideOf = (symbol: string): 'source' | 'connection' | 'output' | 'constant' =>
  Object.hasOwn(sides, symbol) ? sides[symbol as keyof typeof sides] : 'constant';

/** The linear map of an affine node. */
export const linearMapOf = (crossing: RuledCrossing): LinearMap => {
  const { b, node, constant, batch } = crossing;
  const factory = linearMaps[node.op];
  if (factory === undefined) return refuse(node.name, relevanceSays.notLinear(node.op));
  return factory({ b, node, constant, batch, boundOf: (name) => boundOf(crossing, name) });
};

export const symbolBounds =
  (crossing: RuledCrossing, map: LinearMap, y = crossing.node.name) =>
  (symbol: string): Bound => {
    const { node } = crossing;
    switch (symbol) {
      case 'x':
      case 'low':
      case 'high':
        return unionOf(map.ports.map((port) => boundOf(crossing, node.inputs[port]!)));
      case 'w': {
        const { low, high } = map.weight;
        return { low, high, nonzero: low > 0 || high < 0 };
      }
      case 'b':
        return map.bias === undefined ? { low: 0, high: 0, nonzero: false } : boundOf(crossing, map.bias);
      case 'y':
        return boundOf(crossing, y);
      default:
        return { low: -Infinity, high: Infinity, nonzero: false };
    }
  };

/**
 * Relevance across an affine node: the message, separated into Σ s(x)·c(w)·d(output), becomes one forward pass for each
 * total and one adjoint pass for each term.
 */
export const crossAffine = (crossing: RuledCrossing): Crossed => {
  const map = linearMapOf(crossing);
  const { messages, leaks } = crossing.assignment.instance;
  const message = messages['message']!;
  return crossing.literal === true
    ? literalCrossing(crossing, map, message, leaks)
    : crossLinear(crossing, map, message, leaks);
};

type Separation = ReturnType<typeof separate>;
const separations = new WeakMap<object, WeakMap<Expr, Map<string, Separation>>>();

/** What `separate` makes of formulas, of which many nodes have the same with the same bounds. */
const separatedOnce = (
  message: Expr,
  leaks: Readonly<Record<string, Expr>>,
  bounds: (symbol: string) => Bound,
  ownForward: boolean,
): Separation => {
  const ofLeaks = separations.get(leaks) ?? new WeakMap<Expr, Map<string, Separation>>();
  separations.set(leaks, ofLeaks);
  const known = ofLeaks.get(message) ?? new Map<string, Separation>();
  ofLeaks.set(message, known);
  const found = new Map(Object.keys(sides).map((symbol) => [symbol, bounds(symbol)]));
  const key = [...[...found.values()].map(({ low, high, nonzero }) => `${low} ${high} ${nonzero}`), ownForward].join();
  const separated =
    known.get(key) ??
    separate(message, leaks, { side: sideOf, bounds: (symbol) => found.get(symbol) ?? bounds(symbol), ownForward });
  known.set(key, separated);
  return separated;
};

/** Relevance across a linear map by a message of `x`, `w` and the output. */
export const crossLinear = (
  crossing: RuledCrossing,
  map: LinearMap,
  message: Expr,
  leaks: Readonly<Record<string, Expr>>,
): Crossed => {
  const { b, node, R } = crossing;
  const y = outputValue(crossing, [message, ...Object.values(leaks)]);
  const bounds = symbolBounds(crossing, map, y);
  const separated = separatedOnce(message, leaks, bounds, crossing.summed.has(node.name));
  if (E.isLeft(separated)) {
    if (crossing.literal === 'inseparable') return literalCrossing(crossing, map, message, leaks);
    const place = `${node.name} (rule ${crossing.assignment.rule.name})`;
    throw new Refusal(within(place, separated.left));
  }
  const { passes, terms, outputs, forward } = separated.right;
  const needed = sourceSymbols(separated.right);
  const env = (port: number): Record<string, Value> => sourceEnv(crossing, port, needed);
  const source = (expr: Expr, hint: string) => (port: number) => emitExpr(b, expr, env(port), hint);

  const outputEnv: Record<string, Value> = { R: { tensor: R }, y: { tensor: y } };
  outputEnv['b'] = map.bias === undefined ? 0 : { tensor: map.bias };
  passes.forEach((pass, k) => {
    const hint = `${node.name}/total${passes.length > 1 ? k : ''}`;
    outputEnv[`pass${k}`] = map.total(source(pass.source, hint), pass.connection, hint);
  });
  const savesForward = forward !== undefined && map.ports.length === 1 && b.redefinable;
  if (savesForward)
    b.redefine(
      node.name,
      asTensor(b, emitExpr(b, throughTotals(forward, terms), outputEnv, `${node.name}/forward`), node.name),
    );

  const messages = new Map<number, string>();
  const adjoints = new Set<string>();
  for (const port of map.ports) {
    const x = node.inputs[port]!;
    const hint = `${node.name}/message${map.ports.length > 1 ? port : ''}`;
    const plus = (sum: string | undefined, tensor: string): string =>
      sum === undefined ? tensor : b.emit(`${hint}.sum`, 'Add', [sum, tensor]);
    const backs = new Map<string, { readonly factor: Value; readonly back: string }>();
    for (const term of terms) {
      const value = emitExpr(b, term.output, outputEnv, `${node.name}/share`);
      const d = expandLike(b, asTensor(b, value, hint), node.name, hint);
      const back = map.adjoint(d, term.connection, port, `${hint}.adjoint`);
      adjoints.add(back);
      const factor = emitExpr(b, term.source, env(port), hint);
      const key = JSON.stringify(factor);
      backs.set(key, { factor, back: plus(backs.get(key)?.back, back) });
    }
    let sum: string | undefined;
    for (const { factor, back } of backs.values()) sum = plus(sum, multiply(crossing, factor, back, hint));
    if (sum !== undefined) messages.set(port, expandLike(b, sum, x, hint));
  }
  return {
    messages,
    support: { rooted: terms.every(({ source }) => vanishesWith(source, 'x')) },
    leaks: emitLeaks(crossing, outputs, outputEnv),
    passes: { forward: passes.length, adjoint: adjoints.size, savesForward },
  };
};

/**
 * The forward pass by totals that the message needs anyway, where it has both: pass0 + pass1 + b =
 * (pass0 + pos(b)) + (pass1 + neg(b)). Each pass then takes its part of the bias along.
 */
const throughTotals = (forward: Expr, terms: readonly Term[]): Expr => {
  const total = (pass: Expr, part: 'pos' | 'neg'): Expr => apply('add', pass, apply(part, sym('b')));
  const needed = (expr: Expr): boolean =>
    terms.some(({ output }) => someExpr(output, (inner) => equalExpr(inner, expr)));
  for (const [one, other] of [
    [sym('pass0'), sym('pass1')],
    [sym('pass1'), sym('pass0')],
  ] as const) {
    const sum = apply('add', total(one, 'pos'), total(other, 'neg'));
    const plain = apply('add', apply('add', sym('pass0'), sym('pass1')), sym('b'));
    if (equalExpr(forward, plain) && sum.args.every(needed)) return sum;
  }
  return forward;
};

/** What formulas may take for the node's output: where its relevance vanishes, so does all that they say. */
const outputValue = ({ node, support, useFacts }: RuledCrossing, formulas: readonly Expr[]): string =>
  useFacts && support.standIn !== undefined && formulas.every((expr) => vanishesWith(expr, 'R'))
    ? support.standIn
    : node.name;

const multiply = ({ b }: RuledCrossing, factor: Value, tensor: string, hint: string): string =>
  factor === 1 ? tensor : b.emit(`${hint}.scaled`, 'Mul', [asTensor(b, factor, hint), tensor]);

const sourceSymbols = ({ passes, terms }: Separated): ReadonlySet<string> =>
  new Set([...passes, ...terms].flatMap(({ source }) => [...symbolsOf(source)]));

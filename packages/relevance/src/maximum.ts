import { num, separate, substitute, type Expr, type Term } from '@kirchhoff/formula';
import { refuse, Refusal, relevanceSays, within } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { emitLeaks, boundOf, unionOf, type Crossed, type Leak, type RuledCrossing } from './crossing.js';
import { emitExpr } from './expression.js';
import { inputAt } from './linear/map.js';
import { asTensor, expandLike, type Value } from './value.js';
import { vanishesWith } from './vanish.js';
import { windows } from './windows.js';

const side = (symbol: string): 'source' | 'connection' | 'output' | 'constant' =>
  symbol === 'x' ? 'source' : symbol === 'winner' ? 'connection' : 'output';

/** c(winner) = atLoser + (atWinner − atLoser)·winner, since `winner` is 0 or 1. */
const halves = (crossing: RuledCrossing, connection: Expr): { readonly every: number; readonly winner: number } => {
  const at = (winner: number): number => {
    const value = emitExpr(crossing.b, substitute(connection, { winner: num(winner) }), {}, '');
    if (typeof value !== 'number') throw new Error('a function of winner is a number');
    return value;
  };
  const every = at(0);
  return { every, winner: at(1) - every };
};

/** Whether a term gives something to the winner only, whose value is the window's own, and nothing where R is 0. */
const routesOnly = (crossing: RuledCrossing, { connection, output }: Term): boolean =>
  halves(crossing, connection).every === 0 && vanishesWith(output, 'R');

/** Relevance across a maximum over windows: terms with `winner` are routed, the others spread over the window. */
export const crossMaximum = (crossing: RuledCrossing): Crossed => {
  const { b, node, R, assignment, constant, batch } = crossing;
  const make = windows[node.op];
  if (make === undefined) return refuse(node.name, relevanceSays.noWindow(node.op));
  const window = make(crossing, { b, node, constant, batch, boundOf: (name) => boundOf(crossing, name) });
  const { messages, leaks } = assignment.instance;
  const separated = separate(messages['message']!, leaks, {
    side,
    bounds: (symbol) => {
      if (symbol === 'x') return unionOf(window.ports.map((port) => boundOf(crossing, inputAt(node, port))));
      if (symbol === 'winner') return { low: 0, high: 1, nonzero: false };
      return symbol === 'y' ? boundOf(crossing, node.name) : { low: -Infinity, high: Infinity, nonzero: false };
    },
  });
  if (E.isLeft(separated)) throw new Refusal(within(`${node.name} (rule ${assignment.rule.name})`, separated.left));
  const { passes, terms, outputs } = separated.right;
  const source = (expr: Expr, hint: string) => (port: number) =>
    emitExpr(b, expr, { x: { tensor: inputAt(node, port) } }, hint);
  const env: Record<string, Value> = { R: { tensor: R }, y: { tensor: node.name } };
  const scale = (value: Value, factor: number, hint: string): Value =>
    factor === 1 ? value : { tensor: b.emit(hint, 'Mul', [asTensor(b, value, hint), b.scalar(factor)]) };
  const plus = (left: Value, right: Value, hint: string): Value =>
    left === 0 ? right : { tensor: b.emit(hint, 'Add', [asTensor(b, left, hint), asTensor(b, right, hint)]) };

  passes.forEach((pass, k) => {
    const hint = `${node.name}/total${k}`;
    const { every, winner } = halves(crossing, pass.connection);
    let value: Value = 0;
    if (every !== 0) value = scale(window.sum(source(pass.source, hint), hint), every, hint);
    if (winner !== 0) value = plus(value, scale(window.pick(source(pass.source, hint), hint), winner, hint), hint);
    env[`pass${k}`] = value;
  });
  const received = new Map<number, string>();
  const lost: Leak[] = [];
  for (const port of window.ports) {
    const hint = `${node.name}/message`;
    let sum: Value = 0;
    for (const term of terms) {
      const d = expandLike(b, asTensor(b, emitExpr(b, term.output, env, `${node.name}/share`), hint), node.name, hint);
      const { every, winner } = halves(crossing, term.connection);
      let back: Value = 0;
      if (every !== 0) back = scale({ tensor: window.spread(d, port, hint) }, every, hint);
      if (winner !== 0) back = plus(back, scale({ tensor: window.route(d, port, hint) }, winner, hint), hint);
      const factor = source(term.source, hint)(port);
      const scaled: Value =
        factor === 1 ? back : { tensor: b.emit(hint, 'Mul', [asTensor(b, factor, hint), asTensor(b, back, hint)]) };
      sum = plus(sum, scaled, hint);
    }
    if (sum === 0) continue;
    if (constant(inputAt(node, port))) lost.push({ cause: 'constant', value: sum });
    else received.set(port, expandLike(b, asTensor(b, sum, hint), inputAt(node, port), hint));
  }
  return {
    messages: received,
    support: { rooted: crossing.support.rooted && terms.every((term) => routesOnly(crossing, term)) },
    leaks: [...emitLeaks(crossing, outputs, env), ...lost],
    passes: { forward: 0, adjoint: 0, savesForward: false },
  };
};

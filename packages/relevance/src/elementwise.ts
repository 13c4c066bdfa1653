import {
  derivative,
  fromNumber,
  parseFormula,
  scalarFunctions,
  substitute,
  symbolsOf,
  type Expr,
} from '@kirchhoff/formula';
import { attributesOf, formulaOf } from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { emitLeaks, noPasses, type Crossed, type RuledCrossing } from './crossing.js';
import { emitExpr } from './expression.js';
import { asTensor, expandLike, reduceLike, type Value } from './value.js';
import { vanishesWith } from './vanish.js';

/** A scalar formula of the operator table, with the node's float attributes written in. */
const parseScalar = ({ node }: RuledCrossing, text: string): Expr => {
  const numbers = Object.fromEntries(
    Object.entries(attributesOf(node)).flatMap(([name, value]) =>
      typeof value === 'number' && name !== 'y' ? [[name, fromNumber(value)]] : [],
    ),
  );
  const symbols = ['x', 'y', ...operandNames, ...Object.keys(numbers)];
  const parsed = parseFormula(text, { symbols, functions: scalarFunctions });
  if (E.isLeft(parsed))
    throw new Error(`formula of ${node.op}: ${parsed.left.map(({ message }) => message).join('; ')}`);
  return substitute(parsed.right.expr, numbers);
};

/** dy/dx of the node's operator: the stable form where the table states one, else derived from its formula. */
const derivativeOf = (crossing: RuledCrossing): Expr => {
  const { node } = crossing;
  const row = formulaOf(node.op, attributesOf(node));
  if (row === undefined) return refuse(node.name, relevanceSays.noDerivative(node.op));
  if (row.derivative !== undefined) return parseScalar(crossing, row.derivative);
  return derivative(parseScalar(crossing, row.formula), 'x');
};

/** Relevance across an activation: the rule's message, element by element. */
export const crossElementwise = (crossing: RuledCrossing): Crossed => {
  const { b, node, R, constant, assignment, support } = crossing;
  const port = node.inputs.findIndex((input) => !constant(input));
  const x = node.inputs[port]!;
  const hint = `${node.name}/message`;
  const env: Record<string, Value> = { x: { tensor: x }, y: { tensor: node.name }, R: { tensor: R } };
  const { messages, leaks } = assignment.instance;
  const all = [...Object.values(messages), ...Object.values(leaks)];
  if (all.some((expr) => symbolsOf(expr).includes('dydx'))) {
    const dydx = derivativeOf(crossing);
    const own = { ...env, ...operands(crossing, port) };
    env['dydx'] = emitExpr(b, dydx, own, `${node.name}/dydx`);
  }
  const message = asTensor(b, emitExpr(b, messages['message']!, env, hint), hint);
  const full = expandLike(b, message, node.name, hint);
  return {
    messages: new Map([[port, reduceLike(b, full, x, hint)]]),
    ...(node.op === 'Relu' && vanishesWith(messages['message']!, 'R') && support.rooted
      ? { support: { rooted: true, standIn: node.name } }
      : {}),
    leaks: emitLeaks(crossing, leaks, env),
    passes: noPasses,
  };
};

/** What formulas of the operator table call a constant operand. */
const operandNames = ['low', 'high', 'exponent', 'slope', 'other'] as const;

/** The node's constant operands under the names that formulas give them. */
const operands = ({ b, node }: RuledCrossing, port: number): Record<string, Value> => {
  const [, second, third] = node.inputs;
  const others = node.inputs.filter((input, i) => i !== port && input !== '');
  const [one] = others;
  switch (node.op) {
    case 'Clip':
      return { low: second ? { tensor: second } : -Infinity, high: third ? { tensor: third } : Infinity };
    case 'Pow':
      return one === undefined ? {} : { exponent: { tensor: one } };
    case 'PRelu':
      return one === undefined ? {} : { slope: { tensor: one } };
    case 'Max':
    case 'Min':
      if (one === undefined) return { other: node.op === 'Max' ? -Infinity : Infinity };
      return { other: { tensor: others.length === 1 ? one : b.emit(`${node.name}/other`, node.op, others) } };
    default:
      return {};
  }
};

import { kindOf } from '@kirchhoff/graph';
import { refuse, ruleSays } from '@kirchhoff/message';
import { constantsOf } from '@kirchhoff/rule';
import { emitLeaks, noPasses, type Crossed, type RuledCrossing } from './crossing.js';
import { emitExpr } from './expression.js';
import { asTensor, expandLike, reduceLike, type Value } from './value.js';

/** The names of the operands in the rule's messages, in the order of the ports. */
export const namesOf = ({ node, assignment }: RuledCrossing): readonly [string, string] => {
  const { gate, kind, ruleCase } = assignment;
  const ordered = (first: string, port: number): readonly [string, string] =>
    port === 0 ? [first, 'signal'] : ['signal', first];
  if (kind === 'quotient') return ordered('scale', node.roles?.scale ?? 1);
  if (!Object.hasOwn(ruleCase.messages, 'gate')) return ['a', 'b'];
  return gate === undefined ? refuse(node.name, ruleSays.ambiguousGate(node.op)) : ordered('gate', gate);
};

/** What an activation made the operand from; the operand itself where none did (a cell state). */
const preActivation = ({ b, facts }: RuledCrossing, operand: string): string => {
  const maker = b.node(operand);
  if (maker === undefined) return operand;
  const constant = constantsOf(facts)(maker);
  if (kindOf(maker, constant) !== 'elementwise') return operand;
  return maker.inputs.find((input) => !constant(input)) ?? operand;
};

/** Relevance across a product of two computed tensors: one message for each operand. */
export const crossProduct = (crossing: RuledCrossing): Crossed => {
  const { b, node, R, assignment } = crossing;
  const { messages, leaks } = assignment.instance;
  const names = namesOf(crossing);
  const env: Record<string, Value> = { R: { tensor: R }, y: { tensor: node.name } };
  names.forEach((name, port) => {
    const operand = node.inputs[port]!;
    env[name] = { tensor: operand };
    if (names.includes('gate')) env[`${name}_pre`] = { tensor: preActivation(crossing, operand) };
  });
  const received = new Map<number, string>();
  for (const [name, message] of Object.entries(messages)) {
    const port = names.indexOf(name);
    const hint = `${node.name}/message.${name}`;
    const value = emitExpr(b, message, env, hint);
    if (value === 0) continue;
    const full = expandLike(b, asTensor(b, value, hint), node.name, hint);
    const operand = node.inputs[port]!;
    const reduced = reduceLike(b, full, operand, hint);
    const before = received.get(port);
    received.set(port, before === undefined ? reduced : b.emit(hint, 'Add', [before, reduced]));
  }
  return {
    messages: received,
    leaks: emitLeaks(crossing, leaks, env),
    passes: noPasses,
  };
};

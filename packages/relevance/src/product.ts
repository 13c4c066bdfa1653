import { kindOf } from '@kirchhoff/graph';
import { refuse, ruleSays } from '@kirchhoff/message';
import { constantsOf, instantiate } from '@kirchhoff/rule';
import { emitLeaks, noPasses, type Crossed, type RuledCrossing } from './crossing.js';
import { emitExpr } from './expression.js';
import { asTensor, expandLike, reduceLike, type Value } from './value.js';

/**
 * Which port is the gate: by the roles written on the node, else by which operand alone is bounded to [0, 1]. One that is
 * the same number everywhere (a state that begins with zeros) opens and closes nothing.
 */
export const gateOf = ({ node, facts }: RuledCrossing): number => {
  if (node.roles !== undefined) return node.roles.gate;
  const bounded = [0, 1].filter((port) => {
    const fact = facts.get(node.inputs[port]!);
    return fact !== undefined && fact.low >= 0 && fact.high <= 1 && fact.low < fact.high;
  });
  return bounded.length === 1 ? bounded[0]! : refuse(node.name, ruleSays.ambiguousGate(node.op));
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
  const { messages, leaks } = instantiate(assignment.ruleCase, assignment.parameters);
  const byRole = Object.hasOwn(messages, 'gate');
  const gate = byRole ? gateOf(crossing) : 0;
  const [first, second] = [node.inputs[gate]!, node.inputs[1 - gate]!];
  const env: Record<string, Value> = {
    R: { tensor: R },
    y: { tensor: node.name },
    ...(byRole
      ? {
          gate: { tensor: first },
          signal: { tensor: second },
          gate_pre: { tensor: preActivation(crossing, first) },
          signal_pre: { tensor: preActivation(crossing, second) },
        }
      : { a: { tensor: first }, b: { tensor: second } }),
  };
  const received = new Map<number, string>();
  for (const [name, message] of Object.entries(messages)) {
    const port = name === 'gate' || name === 'a' ? gate : 1 - gate;
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

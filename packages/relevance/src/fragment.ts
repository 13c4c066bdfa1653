import type { Attributes } from '@kirchhoff/graph';
import { refuse, relevanceSays } from '@kirchhoff/message';
import type { Fragment } from '@kirchhoff/rule';
import { noPasses, type Crossed, type RuledCrossing } from './crossing.js';
import { expandLike, reduceLike } from './value.js';

/** Relevance across a node by a function's own graph fragment: its nodes are spliced in under the node's name. */
export const crossFragment = (crossing: RuledCrossing, make: Fragment): Crossed => {
  const { b, node, facts, R } = crossing;
  const { nodes, tensors = {}, messages, leaks = {} } = make(node, { of: (name) => facts.get(name), type: b.type }, R);
  const names = new Map<string, string>();
  const resolve = (name: string): string => names.get(name) ?? name;
  const place = `${node.name} (rule ${crossing.assignment.rule.name})`;
  for (const [name, { type, shape, data }] of Object.entries(tensors)) names.set(name, b.constant(type, shape, data));
  for (const { name, op, inputs, outputs, attrs } of nodes) {
    if (outputs !== undefined) return refuse(place, relevanceSays.fragmentOutputs(name));
    const from = inputs.map((input) => (input === '' ? '' : resolve(input)));
    const unknown = from.find((input) => input !== '' && !b.has(input));
    if (unknown !== undefined) return refuse(place, relevanceSays.fragmentInput(name, unknown));
    names.set(name, b.emit(`${node.name}/${name}`, op, from, attrs as Attributes | undefined));
  }
  const received = new Map<number, string>();
  for (const [key, message] of Object.entries(messages)) {
    const port = Number(key);
    const operand = node.inputs[port];
    if (!operand || crossing.constant(operand)) return refuse(place, relevanceSays.fragmentPort(key, node.inputs));
    if (!b.has(resolve(message))) return refuse(place, relevanceSays.fragmentInput('messages', message));
    const full = reduceLike(b, resolve(message), operand, `${node.name}/message`);
    received.set(port, expandLike(b, full, operand, `${node.name}/message`));
  }
  return {
    messages: received,
    leaks: Object.entries(leaks).map(([cause, name]) => ({ cause, value: { tensor: resolve(name) } })),
    passes: noPasses,
  };
};

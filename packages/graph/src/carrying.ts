import type { Node } from './graph.js';
import type { OpName } from './operators/index.js';

/** Of operators on integers that work element by element: their first operand is the value, or any operand is. */
const values: { readonly [Op in OpName]?: 'first' | 'any' } = {
  Add: 'any',
  Sub: 'any',
  Mul: 'any',
  Max: 'any',
  Min: 'any',
  BitwiseAnd: 'any',
  BitwiseOr: 'any',
  BitwiseXor: 'any',
  Div: 'first',
  Mod: 'first',
  Pow: 'first',
  BitShift: 'first',
  BitwiseNot: 'first',
  Clip: 'first',
  Abs: 'first',
  Neg: 'first',
  Relu: 'first',
};

/**
 * The ports of an operator on integers whose computed elements make those of the output, place by place (ids that are
 * shifted, clipped, masked). Of a remainder or a bound it is the operand that is divided or held, where that is computed.
 * Undefined where the operator does not work element by element, or makes a class or a sign of what it reads.
 */
export const carryingOf = (node: Node, constant: (name: string) => boolean): readonly number[] | undefined => {
  const value = values[node.op];
  if (value === undefined) return undefined;
  const computed = [...node.inputs.keys()].filter((port) => !constant(node.inputs[port]!));
  return value === 'first' && computed.includes(0) ? [0] : computed;
};

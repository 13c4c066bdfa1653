import { attributesOf } from './attributes.js';
import type { Node } from './graph.js';
import { operators } from './operators/index.js';
import type { Kind } from './operators/row.js';

/**
 * What a node is to a rule. `constant` tells which values depend on no graph input; omitted inputs count as constant.
 * Meant for nodes with at least one computed input.
 */
export const kindOf = (node: Node, constant: (name: string) => boolean): Kind => {
  const { kind } = operators[node.op];
  if (typeof kind === 'string') return kind;
  const own = kind({ attrs: attributesOf(node), constant: node.inputs.map((name) => name === '' || constant(name)) });
  return own === 'product' && node.roles?.scale !== undefined ? 'quotient' : own;
};

/** Whether rules for `affine` nodes apply. */
export const isAffine = (kind: Kind): boolean => kind === 'weighted' || kind === 'plain';

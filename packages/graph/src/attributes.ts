import type { Attributes, Node } from './graph.js';
import { withDefaults } from './operators/attribute.js';
import { operators, type OpName } from './operators/index.js';

export { float, floats, int, ints, optionalInt, optionalInts, string, subgraph } from './operators/attribute.js';

/** A node's attributes with the operator's defaults filled in (only those that have one). */
export const attributesOf = (node: Pick<Node, 'op' | 'attrs'>): Attributes =>
  withDefaults(operators[node.op], node.attrs);

export interface ElementwiseFormula {
  readonly formula: string;
  readonly derivative?: string;
}

/** The formula of an elementwise operator, in the variant that its attributes choose; undefined for other operators. */
export const formulaOf = (op: OpName, attrs: Attributes): ElementwiseFormula | undefined => {
  const { formula, derivative, variants } = operators[op];
  if (formula === undefined) return undefined;
  const chosen = variants === undefined ? undefined : variants.formulas[String(attrs[variants.attribute])];
  if (chosen !== undefined) return { formula: chosen };
  return derivative === undefined ? { formula } : { formula, derivative };
};

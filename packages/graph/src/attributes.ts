import { fromFront } from './axis.js';
import type { Attributes, Node } from './graph.js';
import { int, isOn, optionalInts, string, withDefaults } from './operators/attribute.js';
import { operators, type OpName } from './operators/index.js';

export {
  float,
  floats,
  int,
  ints,
  isOn,
  optionalFloat,
  optionalFloats,
  optionalInt,
  optionalInts,
  optionalStrings,
  optionalTensor,
  string,
  subgraph,
} from './operators/attribute.js';

type Attributed = Pick<Node, 'op' | 'attrs'>;

/** A node's attributes with the operator's defaults filled in (only those that have one). */
export const attributesOf = (node: Attributed): Attributes => withDefaults(operators[node.op], node.attrs);

/** An integer attribute of a node, or the operator's default. @throws Refusal where it has neither */
export const intAttribute = (node: Attributed, key: string): number => int(attributesOf(node), key);

/** A real attribute of a node, or the operator's default. @throws Refusal where it has neither */
export const floatAttribute = intAttribute;

/** Whether a switch of a node is on. */
export const isSet = (node: Attributed, key: string): boolean => isOn(attributesOf(node), key);

/** A word that a node says, or the operator's default. @throws Refusal where it has neither */
export const textAttribute = (node: Attributed, key: string): string => string(attributesOf(node), key);

/** A list of integers that a node says; undefined where it says none. */
export const intsAttribute = (node: Attributed, key: string): readonly number[] | undefined =>
  optionalInts(attributesOf(node), key);

/** The `axis` of a node, counted from the front of `rank` axes. */
export const axisAttribute = (node: Attributed, rank: number): number => fromFront(intAttribute(node, 'axis'), rank);

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

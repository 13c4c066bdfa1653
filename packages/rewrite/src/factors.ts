import type { Node } from '@kirchhoff/graph';
import type { View } from './rewrite.js';

/** A product of values and one number, and the nodes that compute it. */
export interface Factors {
  readonly number: number;
  readonly values: readonly string[];
  readonly nodes: readonly string[];
}

/** The factors of a Mul, or a Div by a number, through others that only it reads. Undefined for any other node. */
export const factorsOf = (node: Node, view: View): Factors | undefined => {
  if (node.op !== 'Mul' && node.op !== 'Div') return undefined;
  const parts = node.inputs.map((name, port): Factors | undefined => {
    const number = view.scalar(name);
    const divides = node.op === 'Div' && port === 1;
    if (number !== undefined) return { number: divides ? 1 / number : number, values: [], nodes: [] };
    if (divides) return undefined;
    const maker = view.onlyReader(name) === node ? view.node(name) : undefined;
    return (maker && factorsOf(maker, view)) ?? { number: 1, values: [name], nodes: [] };
  });
  if (!parts.every((part) => part !== undefined)) return undefined;
  return {
    number: parts.reduce((product, part) => product * part.number, 1),
    values: parts.flatMap(({ values }) => values),
    nodes: [node.name, ...parts.flatMap(({ nodes }) => nodes)],
  };
};

/** Equal but for what float32 rounds away. */
export const isNear = (value: number | undefined, wanted: number): boolean =>
  value !== undefined && Math.abs(value - wanted) <= 1e-6 * Math.abs(wanted);

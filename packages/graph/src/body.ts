import type { AttributeValue, Attributes, Graph, Node } from './graph.js';

/** Whether an attribute is a graph: the body of a Scan, a branch of an If. */
export const isGraphValue = (value: AttributeValue | undefined): value is Graph =>
  typeof value === 'object' && !Array.isArray(value) && 'nodes' in value;

/** The bodies of a node, by the attribute that holds each. */
export const bodiesOf = ({ attrs = {} }: Node): readonly (readonly [attribute: string, body: Graph])[] =>
  Object.entries(attrs).flatMap(([key, value]) => (isGraphValue(value) ? [[key, value] as const] : []));

/** The node with another body in place of each of its own; itself where it has none. */
export const mapBodies = (node: Node, change: (body: Graph) => Graph): Node => {
  const bodies = bodiesOf(node);
  if (bodies.length === 0) return node;
  const changed: Attributes = Object.fromEntries(bodies.map(([key, body]) => [key, change(body)]));
  return { ...node, attrs: { ...node.attrs, ...changed } };
};

/** A graph and every graph inside it, each before those that it holds. */
export function* graphsWithin(graph: Graph): Generator<Graph, void, undefined> {
  yield graph;
  for (const node of graph.nodes) for (const [, body] of bodiesOf(node)) yield* graphsWithin(body);
}

import { outputsOf, type Graph, type Node, type OpName } from '@kirchhoff/graph';

const sums: readonly OpName[] = ['Add', 'Sub', 'Sum', 'Mean'];

/**
 * Nodes whose values go into a sum of computed ones further on, as in every block of a residual network. Summands may cancel: then
 * the last digits of the values before decide what sign the sum has, and whether a Relu behind it lets their relevance through.
 */
export const summedNodes = (
  graph: Graph,
  constantsAt: (node: Node) => (name: string) => boolean,
): ReadonlySet<string> => {
  const before = new Set<string>();
  for (const node of [...graph.nodes].reverse()) {
    const constant = constantsAt(node);
    const isSum = sums.includes(node.op) && node.inputs.filter((name) => !constant(name)).length > 1;
    if (isSum || outputsOf(node).some((name) => before.has(name))) for (const name of node.inputs) before.add(name);
  }
  return before;
};

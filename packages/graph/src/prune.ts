import { outputsOf, type Graph, type Node } from './graph.js';
import { readsOf } from './order.js';

/** Nodes that the outputs need, each after what it reads, and every name that is read. */
export const needed = (
  nodes: Iterable<Node>,
  outputs: readonly string[],
): { readonly nodes: readonly Node[]; readonly reads: ReadonlySet<string> } => {
  const makers = new Map<string, Node>();
  for (const node of nodes) for (const output of outputsOf(node)) makers.set(output, node);
  const done = new Set<Node>();
  const sorted: Node[] = [];
  const reads = new Set<string>(outputs);
  const stack: { readonly node: Node; readonly inputs: readonly string[]; next: number }[] = [];
  const visit = (name: string): void => {
    const node = makers.get(name);
    if (node === undefined || done.has(node)) return;
    done.add(node);
    stack.push({ node, inputs: [...readsOf(node)], next: 0 });
  };
  for (const output of outputs) {
    visit(output);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const input = top.inputs[top.next++];
      if (input === undefined) {
        sorted.push(top.node);
        stack.pop();
      } else {
        reads.add(input);
        visit(input);
      }
    }
  }
  return { nodes: sorted, reads };
};

/** The graph without nodes and tensors that no output needs. */
export const prune = (graph: Graph): Graph => {
  const { nodes, reads } = needed(graph.nodes, graph.outputs);
  const tensors = Object.fromEntries(Object.entries(graph.tensors).filter(([name]) => reads.has(name)));
  return { ...graph, nodes, tensors };
};

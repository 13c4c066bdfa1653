import { kindOf, outputsOf, type Fact, type Graph, type Kind, type Node } from '@kirchhoff/graph';

/** Where a node stands among the weighted nodes of its graph. */
export interface Position {
  readonly kind: Kind;
  /** Whether relevance can cross it: it depends on an input, and the explained outputs depend on it. */
  readonly live: boolean;
  /** A weighted node with no weighted node before it on some path from an input. */
  readonly first: boolean;
  /** A weighted node with no weighted node after it on some path to an output. */
  readonly last: boolean;
  /** The number of weighted nodes before it on its longest path from an input. */
  readonly depth: number;
}

/** Positions of all nodes, by name. */
export const positionsOf = (graph: Graph, facts: ReadonlyMap<string, Fact>): ReadonlyMap<string, Position> => {
  const constant = (name: string): boolean => name === '' || (facts.get(name)?.constant ?? false);
  const depths = new Map<string, number>();
  const open = new Set(graph.inputs.map(({ name }) => name));
  const forward = new Map<string, { kind: Kind; depth: number; first: boolean }>();
  for (const node of graph.nodes) {
    if (constant(node.name)) continue;
    const kind = kindOf(node, constant);
    const sources = node.inputs.filter((name) => !constant(name));
    const depth = Math.max(0, ...sources.map((name) => depths.get(name) ?? 0));
    const clear = sources.some((name) => open.has(name));
    const weighted = kind === 'weighted';
    for (const output of outputsOf(node)) {
      depths.set(output, depth + (weighted ? 1 : 0));
      if (clear && !weighted) open.add(output);
    }
    forward.set(node.name, { kind, depth, first: weighted && clear });
  }

  const reaches = new Set(graph.outputs);
  const openBelow = new Set(graph.outputs);
  const positions = new Map<string, Position>();
  for (const node of backwards(graph.nodes)) {
    const before = forward.get(node.name);
    if (before === undefined) continue;
    const outputs = outputsOf(node);
    const live = outputs.some((name) => reaches.has(name));
    const clear = outputs.some((name) => openBelow.has(name));
    const weighted = before.kind === 'weighted';
    for (const input of node.inputs) {
      if (live) reaches.add(input);
      if (clear && !weighted) openBelow.add(input);
    }
    positions.set(node.name, { ...before, live, last: weighted && clear });
  }
  return positions;
};

function* backwards(nodes: readonly Node[]): Generator<Node> {
  for (let i = nodes.length - 1; i >= 0; i--) yield nodes[i]!;
}

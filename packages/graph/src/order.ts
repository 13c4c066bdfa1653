import { graphSays, problem, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { bodiesOf } from './body.js';
import { outputsOf, type Graph, type Node } from './graph.js';

/** Names that a graph reads but does not declare: what a Scan body captures from the graph around it. */
export const freeNames = (graph: Graph): ReadonlySet<string> => {
  const own = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(outputsOf),
    ...Object.keys(graph.tensors),
  ]);
  const read = [...graph.nodes.flatMap((node) => [...readsOf(node)]), ...graph.outputs];
  return new Set(read.filter((name) => !own.has(name)));
};

/** More circles than these are not told: mending the first ones opens most others. */
const mostCircles = 20;

/** Every name a node reads: its inputs, and what its bodies capture. */
export const readsOf = (node: Node): ReadonlySet<string> => {
  const reads = new Set(node.inputs);
  reads.delete('');
  for (const [, body] of bodiesOf(node)) for (const name of freeNames(body)) reads.add(name);
  return reads;
};

/**
 * The nodes in an order in which each comes after those it reads; an order that is already so stays as it is.
 * A circle is refused, with the names on it, each followed by the node that reads it.
 * `placeOf` says where a node stands in its document; without it a node's place is its name.
 */
export const sortNodes = (
  nodes: readonly Node[],
  placeOf: (node: Node) => string = ({ name }) => name,
): Result<readonly Node[]> => {
  const makers = new Map<string, Node>();
  for (const node of nodes) for (const name of outputsOf(node)) makers.set(name, node);
  const problems: Problem[] = [];
  const sorted: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  for (const root of nodes) {
    const path: { readonly node: Node; readonly sources: Node[] }[] = [];
    const enter = (node: Node): void => {
      state.set(node, 'open');
      const sources = [...readsOf(node)].map((name) => makers.get(name)).filter((source) => source !== undefined);
      path.push({ node, sources: sources.reverse() });
    };
    if (!state.has(root)) enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const source = top.sources.pop();
      if (source === undefined) {
        state.set(top.node, 'done');
        sorted.push(top.node);
        path.pop();
      } else if (!state.has(source)) enter(source);
      else if (state.get(source) === 'open' && problems.length < mostCircles) {
        const circle = path.slice(path.findIndex(({ node }) => node === source)).map(({ node }) => node.name);
        const names = [source.name, ...circle.reverse()];
        problems.push(problem(placeOf(source), graphSays.cycle(names)));
      }
    }
  }
  return problems.length > 0 ? E.left(problems) : E.right(sorted);
};

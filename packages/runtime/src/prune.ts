import { outputsOf, type AttributeValue, type Graph, type Node } from '@kirchhoff/graph';
import { problem, Refusal, runtimeSays } from '@kirchhoff/message';

const isGraph = (value: AttributeValue): value is Graph =>
  typeof value === 'object' && !Array.isArray(value) && 'nodes' in value;

/** Names that a nested graph takes from around it. */
const freeNames = (graph: Graph): readonly string[] => {
  const own = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(outputsOf),
    ...Object.keys(graph.tensors),
  ]);
  return [...graph.nodes.flatMap(namesRead), ...graph.outputs].filter((name) => !own.has(name));
};

/** Every value that a node reads: its inputs, and what its nested graphs take from around them. */
export const namesRead = (node: Node): readonly string[] => [
  ...node.inputs.filter((name) => name !== ''),
  ...Object.values(node.attrs ?? {})
    .filter(isGraph)
    .flatMap(freeNames),
];

/**
 * The part of a graph that its outputs (or `outputs`, any of its values) depend on.
 * @throws Refusal where an output is no value of the graph.
 */
export const prune = (graph: Graph, outputs: readonly string[] = graph.outputs): Graph => {
  const known = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(outputsOf),
    ...Object.keys(graph.tensors),
  ]);
  const unknown = outputs.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Refusal(unknown.map((name) => problem('', runtimeSays.unknownOutput(name, [...known]))));
  const needed = new Set(outputs);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!outputsOf(node).some((name) => needed.has(name))) return false;
    for (const name of namesRead(node)) needed.add(name);
    return true;
  });
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => needed.has(name)),
    nodes: nodes.reverse(),
    outputs,
    tensors: Object.fromEntries(Object.entries(graph.tensors).filter(([name]) => needed.has(name))),
  };
};

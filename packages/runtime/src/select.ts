import { needed, outputsOf, type Graph } from '@kirchhoff/graph';
import { problem, Refusal, runtimeSays } from '@kirchhoff/message';

/**
 * The part of a graph that its outputs (or `outputs`, any of its values) depend on, its nodes in their order.
 * @throws Refusal where an output is no value of the graph.
 */
export const selectOutputs = (graph: Graph, outputs: readonly string[] = graph.outputs): Graph => {
  const known = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...graph.nodes.flatMap(outputsOf),
    ...Object.keys(graph.tensors),
  ]);
  const unknown = outputs.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Refusal(unknown.map((name) => problem('', runtimeSays.unknownOutput(name, [...known]))));
  const { nodes, reads } = needed(graph.nodes, outputs);
  const kept = new Set(nodes);
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => reads.has(name)),
    nodes: graph.nodes.filter((node) => kept.has(node)),
    outputs,
    tensors: Object.fromEntries(Object.entries(graph.tensors).filter(([name]) => reads.has(name))),
  };
};

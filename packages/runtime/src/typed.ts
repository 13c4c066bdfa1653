import { infer, type Graph, type TensorStore, type TypedGraph } from '@kirchhoff/graph';
import { Refusal } from '@kirchhoff/message';

/** The types of a graph's values. @throws Refusal where shapes or types clash. */
export const typedGraph = (graph: Graph, store: TensorStore): TypedGraph => {
  const typed = infer(graph, store);
  if (typed._tag === 'Left') throw new Refusal(typed.left);
  return typed.right;
};

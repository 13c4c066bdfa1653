import { isInline, type Graph, type Node, type Tensor, type TensorStore } from '@kirchhoff/graph';

/** The file that holds the large tensors of a model folder. */
export const weightsFile = 'weights.safetensors';

/** The graph with all tensors that are not inside it in the one weights file, under their own names. */
export const inWeightsFile = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node): Node => {
    const attrs = Object.entries(node.attrs ?? {}).map(
      ([key, value]) => [key, typeof value === 'object' && 'nodes' in value ? inWeightsFile(value) : value] as const,
    );
    return node.attrs === undefined ? node : { ...node, attrs: Object.fromEntries(attrs) };
  }),
  tensors: Object.fromEntries(
    Object.entries(graph.tensors).map(([name, entry]) => [name, isInline(entry) ? entry : { file: weightsFile }]),
  ),
});

/** The tensors of that file, by name. */
export const fileTensors = (graph: Graph, store: TensorStore): ReadonlyMap<string, Tensor> => {
  const found = new Map<string, Tensor>();
  const collect = (part: Graph): void => {
    for (const [name, entry] of Object.entries(part.tensors)) {
      const stored = store.get(name);
      if (!isInline(entry) && stored !== undefined)
        found.set(name, { type: stored.type, shape: stored.shape, data: stored.read() });
    }
    for (const { attrs = {} } of part.nodes)
      for (const value of Object.values(attrs)) if (typeof value === 'object' && 'nodes' in value) collect(value);
  };
  collect(graph);
  return found;
};

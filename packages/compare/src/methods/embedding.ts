import { isInline, type Graph, type Node, type Tensor, type TensorStore } from '@kirchhoff/graph';
import { compareSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { prepareModel, type Model } from '@kirchhoff/explain';

/** A text model whose input is the embedding itself, and the table that makes embeddings of token ids. */
export interface Embedded {
  readonly model: Model;
  /** Embeddings [N, T, E] of token ids [N, T]. */
  readonly embed: (ids: Tensor) => Tensor;
}

const gatherOf = (graph: Graph, store: TensorStore): { readonly node: Node; readonly table: string } | undefined => {
  const [input, ...others] = graph.inputs;
  if (input === undefined || others.length > 0 || input.type.startsWith('float')) return undefined;
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(input.name));
  const [node] = readers;
  const table = node?.inputs[0];
  const axis = node?.attrs?.['axis'] ?? 0;
  const fits = readers.length === 1 && node?.op === 'Gather' && table !== undefined && axis === 0;
  return fits && store.get(table)?.shape.length === 2 ? { node, table } : undefined;
};

/**
 * Cuts a text model behind its embedding, so that words can be removed (their embedding set to 0, as Arras et al. 2017 do)
 * and methods that need real inputs apply. Refuses models without one embedding of their one input.
 */
export const cutEmbedding = (model: Model): Result<Embedded> => {
  const { original, typed } = model;
  const found = gatherOf(original, typed.store);
  const names = original.inputs.map(({ name }) => name);
  if (found === undefined) return E.left([problem(model.name, compareSays.oneRealInput(names))]);
  const { node, table } = found;
  const stored = typed.store.get(table)!;
  const width = stored.shape[1]!;
  const tensors = Object.fromEntries(Object.entries(original.tensors ?? {}).filter(([name]) => name !== table));
  const graph: Graph = {
    ...original,
    inputs: [{ name: node.name, type: 'float32', shape: [...original.inputs[0]!.shape, width] }],
    nodes: original.nodes.filter((one) => one !== node),
    tensors,
  };
  const store = new Map([...typed.store].filter(([name]) => Object.hasOwn(tensors, name) || isUsed(graph, name)));
  const cut = prepareModel(model.name, graph, store, model.document);
  if (E.isLeft(cut)) return cut;
  const weights = stored.read();
  const embed = ({ shape, data }: Tensor): Tensor => {
    const out = new Float32Array(data.length * width);
    for (let i = 0; i < data.length; i++) {
      const id = Number(data[i]);
      for (let e = 0; e < width; e++) out[i * width + e] = Number(weights[id * width + e]);
    }
    return { type: 'float32', shape: [...shape, width], data: out };
  };
  return E.right({ model: cut.right, embed });
};

const isUsed = (graph: Graph, name: string): boolean => {
  const entry = graph.tensors?.[name];
  return entry !== undefined && isInline(entry);
};

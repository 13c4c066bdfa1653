import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  graphsWithin,
  isInline,
  mapBodies,
  openSafetensors,
  safetensorsParts,
  type Graph,
  type StoredTensor,
  type TensorStore,
} from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { Drafts } from './atomic.js';
import { openBytes } from './file.js';

/** The file that holds the large tensors of a model folder. */
export const weightsFile = 'weights.safetensors';

/** The graph with all tensors that are not inside it in the one weights file, under their own names. */
export const inWeightsFile = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => mapBodies(node, inWeightsFile)),
  tensors: Object.fromEntries(
    Object.entries(graph.tensors).map(([name, entry]) => [name, isInline(entry) ? entry : { file: weightsFile }]),
  ),
});

/** The tensors of that file, by name, as they are stored now. */
export const fileTensors = (graph: Graph, store: TensorStore): TensorStore => {
  const found = new Map<string, StoredTensor>();
  for (const { tensors } of graphsWithin(graph))
    for (const [name, entry] of Object.entries(tensors)) {
      const stored = store.get(name);
      if (!isInline(entry) && stored !== undefined) found.set(name, stored);
    }
  return found;
};

/**
 * Writes that file before anything is run, and gives its tensors where they lie in it: an engine then maps them, instead of being
 * given a copy with every graph.
 */
export const draftWeights = (drafts: Drafts, tensors: TensorStore): Result<TensorStore> => {
  if (tensors.size === 0) return E.right(tensors);
  const path = drafts.write(weightsFile, safetensorsParts(tensors));
  if (E.isLeft(path)) return path;
  const source = openBytes(path.right);
  return E.isLeft(source)
    ? source
    : openSafetensors(basename(path.right), source.right, realpathSync(dirname(path.right)));
};

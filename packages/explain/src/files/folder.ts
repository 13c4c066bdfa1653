import { join } from 'node:path';
import { decodeGraph, openSafetensors, resolveTensors, type Graph, type TensorStore } from '@kirchhoff/graph';
import { explainSays, fileSays, problem, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { checkAgainst, decodeModelDocument, type ModelDocument } from '../model-document.js';
import { readDocument } from './document.js';
import { namesIn } from './failure.js';
import { checkFolder, inFile } from './file.js';
import { openNamed } from './inside.js';

/** A model's folder, read: its document, its graph, and its tensors (which still lie in their files). */
export interface ModelFolder {
  /** As it was given. */
  readonly path: string;
  readonly document: ModelDocument;
  readonly graph: Graph;
  readonly store: TensorStore;
}

/** Opens the safetensors files that a graph in `folder` names. */
export const openTensorsIn =
  (folder: string, document = join(folder, 'graph.json')) =>
  (file: string) => {
    const named = openNamed(document, file);
    if (E.isLeft(named)) return named;
    const tensors = openSafetensors(named.right.name, named.right.source, named.right.folder);
    return E.isLeft(tensors)
      ? E.left(tensors.left.map(({ at, message }) => problem(join(folder, at), message)))
      : tensors;
  };

/** A graph document and the tensors beside it. */
export const openGraphFile = (
  folder: string,
  file: string,
): Result<{ readonly graph: Graph; readonly store: TensorStore }> => {
  const path = join(folder, file);
  const graph = readDocument(path, decodeGraph);
  if (E.isLeft(graph)) return graph;
  const ofFiles = new Set<Problem>();
  const open = openTensorsIn(folder, path);
  const store = resolveTensors(graph.right, (name) => {
    const tensors = open(name);
    if (E.isLeft(tensors)) tensors.left.forEach((found) => ofFiles.add(found));
    return tensors;
  });
  if (E.isLeft(store))
    return E.left(store.left.flatMap((found) => (ofFiles.has(found) ? [found] : inFile(path, [found]))));
  return E.right({ graph: graph.right, store: store.right });
};

/**
 * Opens a model's folder: `model.json`, the graph that it names, and the graph's tensors, whose files are checked but
 * read only when a tensor is asked for. Problems name the file (by the path as given) and the place in it.
 */
export const openModelFolder = (path: string): Result<ModelFolder> => {
  const folder = checkFolder(path, fileSays.isFile);
  if (E.isLeft(folder)) return folder;
  const place = join(path, 'model.json');
  const beside = namesIn(path);
  if (!beside.includes('model.json')) return E.left([problem(path, explainSays.noModelDocument(beside))]);
  const document = readDocument(place, decodeModelDocument);
  if (E.isLeft(document)) return document;
  const { graph: file } = document.right;
  const named = openNamed(place, file, `${place} /graph`);
  if (E.isLeft(named)) return named;
  const opened = openGraphFile(path, file);
  if (E.isLeft(opened)) return opened;
  const wrong = checkAgainst(document.right, opened.right.graph);
  if (wrong.length > 0) return E.left(inFile(place, wrong));
  return E.right({ path, document: document.right, ...opened.right });
};

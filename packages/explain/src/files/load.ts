import { statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { findNonFinite, staysInside, type Graph, type TensorStore } from '@kirchhoff/graph';
import { explainSays, problem, within, type Problem } from '@kirchhoff/message';
import { decodeOnnx, type OpenExternal } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelDocument } from '../model-document.js';
import { prepareModel, type Model } from '../model.js';
import { openBytes, readBytes } from './file.js';
import { openGraphFile, openModelFolder } from './folder.js';

type Result<A> = E.Either<readonly Problem[], A>;

interface Opened {
  readonly name: string;
  readonly graph: Graph;
  readonly store: TensorStore;
  readonly document?: ModelDocument;
}

/** External data of an ONNX model: only files in the model's own folder or below it. */
const openExternalIn =
  (folder: string, place: string): OpenExternal =>
  (location, offset, length) => {
    if (!staysInside(location)) return E.left([problem(place, explainSays.externalOutside(location))]);
    const source = openBytes(join(folder, location));
    if (E.isLeft(source)) return source;
    const { size, read } = source.right;
    const wanted = length ?? size - offset;
    if (offset < 0 || wanted < 0 || offset + wanted > size) {
      return E.left([problem(join(folder, location), explainSays.externalTruncated(offset + wanted, size))]);
    }
    return E.right({
      length: wanted,
      read: () => read(offset, wanted),
      file: { folder: resolve(folder), name: location, offset, length: wanted },
    });
  };

const openOnnx = (path: string): Result<Opened> => {
  const bytes = readBytes(path);
  if (E.isLeft(bytes)) return bytes;
  const model = decodeOnnx(bytes.right, { place: path, external: openExternalIn(dirname(path), path) });
  return E.map(({ graph, store }: Omit<Opened, 'name'>) => ({ name: basename(path), graph, store }))(model);
};

const openAny = (path: string): Result<Opened> => {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() === true) {
    const folder = openModelFolder(path);
    return E.isLeft(folder) ? folder : E.right({ ...folder.right, name: folder.right.document.name });
  }
  if (path.endsWith('.onnx')) return openOnnx(path);
  if (path.endsWith('.json')) {
    const opened = openGraphFile(dirname(path), basename(path));
    return E.map(({ graph, store }: Omit<Opened, 'name'>) => ({ name: graph.name, graph, store }))(opened);
  }
  return E.left([problem(path, status === undefined ? explainSays.noModelAt() : explainSays.noModelFile())]);
};

/**
 * Opens a model: a folder with model.json, a graph document (.json) or an ONNX file. Its weights are checked for NaN, its
 * graph is inferred and canonized. Problems name the file and the place in it.
 */
export const loadModel = (path: string): Result<Model> => {
  const opened = openAny(path);
  if (E.isLeft(opened)) return opened;
  const { name, graph, store, document } = opened.right;
  const nan = findNonFinite(store);
  if (nan.length > 0) {
    const folder = document === undefined ? dirname(path) : path;
    return E.left(
      nan.map(({ at, message }) => problem(at === '' ? path : join(folder, at), explainSays.brokenWeight(message))),
    );
  }
  const model = prepareModel(name, graph, store, document);
  return E.isLeft(model) ? E.left(within(path, model.left)) : model;
};

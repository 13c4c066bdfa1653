import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findNonFinite, type Graph, type TensorStore } from '@kirchhoff/graph';
import { explainSays, problem, within, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelDocument } from '../model-document.js';
import { prepareModel, type Model, type PrepareOptions } from '../model.js';
import { openGraphFile, openModelFolder } from './folder.js';
import { openOnnxFile } from './onnx.js';

type Result<A> = E.Either<readonly Problem[], A>;

interface Opened {
  readonly name: string;
  readonly graph: Graph;
  readonly store: TensorStore;
  readonly document?: ModelDocument;
}

const openAny = async (path: string): Promise<Result<Opened>> => {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() === true) {
    const folder = openModelFolder(path);
    return E.isLeft(folder) ? folder : E.right({ ...folder.right, name: folder.right.document.name });
  }
  if (path.endsWith('.onnx')) return openOnnxFile(path);
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
export const loadModel = async (path: string, options: PrepareOptions = {}): Promise<Result<Model>> => {
  const opened = await openAny(path);
  if (E.isLeft(opened)) return opened;
  const { name, graph, store, document } = opened.right;
  const nan = findNonFinite(store);
  if (nan.length > 0) {
    const folder = document === undefined ? dirname(path) : path;
    return E.left(
      nan.map(({ at, message }) => problem(at === '' ? path : join(folder, at), explainSays.brokenWeight(message))),
    );
  }
  const model = prepareModel(name, graph, store, document, options);
  if (E.isRight(model)) return model;
  // An option that is wrong is wrong for every model.
  return model.left.some(({ at }) => at === 'without-rewrite') ? model : E.left(within(path, model.left));
};

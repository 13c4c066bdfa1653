import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findNonFinite, type Graph, type TensorStore } from '@kirchhoff/graph';
import { explainSays, problem, within, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelDocument } from '../model-document.js';
import { prepareModel, type Model, type PrepareOptions } from '../model.js';
import { sizesOf, symbolsOf } from '../sizes.js';
import { openGraphFile, openModelFolder } from './folder.js';
import type { InputFile } from './inputs.js';
import { openOnnxFile } from './onnx.js';
import { shapesOfFiles } from './shapes.js';

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

export interface LoadOptions extends PrepareOptions {
  /** Files that will be given to the model: their sizes are taken where the graph has no types with its sizes open. */
  readonly files?: readonly InputFile[];
}

/** Places of options: one that is wrong is wrong for every model. */
const ofOptions: readonly string[] = ['without-rewrite', 'batch-axis', 'size'];

/** Opens the graph with its sizes open; where that fails, with those of the files that will be given to it. */
const prepareOpened = (
  { name, graph, store, document }: Opened,
  { files = [], ...options }: LoadOptions,
): Result<Model> => {
  const model = prepareModel(name, graph, store, document, options);
  const open = symbolsOf(graph.inputs).filter((symbol) => options.sizes?.has(symbol) !== true);
  if (E.isRight(model) || open.length === 0 || model.left.some(({ at }) => ofOptions.includes(at))) return model;
  const found = sizesOf(graph.inputs, shapesOfFiles(graph.inputs, files, document));
  if (found === undefined || found.size === 0)
    return E.left([...model.left, problem('size', explainSays.openSizes(open))]);
  return prepareModel(name, graph, store, document, {
    ...options,
    sizes: new Map([...found, ...(options.sizes ?? [])]),
  });
};

/** The model of a graph whose weights hold no NaN. */
const prepareChecked = (path: string, opened: Opened, options: LoadOptions): Result<Model> => {
  const { store, document } = opened;
  const nan = findNonFinite(store);
  if (nan.length > 0) {
    const folder = document === undefined ? dirname(path) : path;
    return E.left(
      nan.map(({ at, message }) => problem(at === '' ? path : join(folder, at), explainSays.brokenWeight(message))),
    );
  }
  const model = prepareOpened(opened, options);
  if (E.isRight(model)) return model;
  return E.left(model.left.flatMap((one) => (ofOptions.includes(one.at) ? [one] : within(path, [one]))));
};

/**
 * Opens a model: a folder with model.json, a graph document (.json) or an ONNX file. Its weights are checked for NaN, its
 * graph is inferred and canonized. An ONNX file that cannot be read with its sizes open is read with those stated. Problems name
 * the file and the place in it.
 */
export const loadModel = async (path: string, options: LoadOptions = {}): Promise<Result<Model>> => {
  const opened = await openAny(path);
  if (E.isRight(opened)) return prepareChecked(path, opened.right, options);
  const fixed = path.endsWith('.onnx') && options.sizes?.size ? await openOnnxFile(path, options.sizes) : opened;
  if (E.isLeft(fixed)) return opened;
  const open = symbolsOf(fixed.right.graph.inputs);
  const sizes = new Map([...(options.sizes ?? [])].filter(([symbol]) => open.includes(symbol)));
  return prepareChecked(path, fixed.right, { ...options, sizes });
};

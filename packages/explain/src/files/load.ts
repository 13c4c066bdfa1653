import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findNonFinite, type Graph, type TensorStore } from '@kirchhoff/graph';
import { explainSays, problem, within, type Result } from '@kirchhoff/message';
import type { DeclaredInput } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';
import type { ModelDocument } from '../model-document.js';
import { prepareModel, type Model, type PrepareOptions } from '../model.js';
import { sizesOf, symbolsOf, type Sizes } from '../sizes.js';
import { openGraphFile, openModelFolder } from './folder.js';
import type { InputFile } from './inputs.js';
import { openOnnxFile } from './onnx.js';
import { shapesOfFiles } from './shapes.js';

interface Opened {
  readonly name: string;
  readonly graph: Graph;
  readonly store: TensorStore;
  readonly document?: ModelDocument;
  /** The inputs as the model declares them, where sizes had to be taken to read it. */
  readonly declared?: readonly DeclaredInput[];
  /** Axes of the inputs whose sizes decided what the graph is. */
  readonly deciding?: Model['deciding'];
}

/** What is known of sizes before a model is open: those stated, else those of the files that will be given to it. */
const offered =
  ({ files = [], sizes = new Map() }: LoadOptions, document?: ModelDocument) =>
  (inputs: readonly DeclaredInput[]): Sizes =>
    new Map([...(sizesOf(inputs, shapesOfFiles(inputs, files, document)) ?? []), ...sizes]);

const openAny = async (path: string, options: LoadOptions): Promise<Result<Opened>> => {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() === true) {
    const folder = openModelFolder(path);
    return E.isLeft(folder) ? folder : E.right({ ...folder.right, name: folder.right.document.name });
  }
  if (path.endsWith('.onnx')) return openOnnxFile(path, offered(options));
  if (path.endsWith('.json')) {
    const opened = openGraphFile(dirname(path), basename(path));
    return E.map(({ graph, store }: Omit<Opened, 'name'>) => ({ name: graph.name, graph, store }))(opened);
  }
  return E.left([problem(path, status === undefined ? explainSays.noModelAt() : explainSays.noModelFile())]);
};

export interface LoadOptions extends PrepareOptions {
  /** Files that will be given to the model: their sizes are taken where the graph has no types with its sizes open. */
  readonly files?: readonly InputFile[] | undefined;
}

/** Places of options: one that is wrong is wrong for every model. */
const ofOptions: readonly string[] = ['without-rewrite', 'batch-axis', 'size'];

/** Opens the graph with its sizes open; where that fails, with those of the files that will be given to it. */
const prepareOpened = (
  { name, graph, store, document, deciding = [], declared = graph.inputs }: Opened,
  asked: LoadOptions,
): Result<Model> => {
  const { files = [], ...given } = asked;
  const options = { ...given, declared, deciding };
  const model = prepareModel(name, graph, store, document, options);
  const open = symbolsOf(graph.inputs).filter((symbol) => options.sizes?.has(symbol) !== true);
  if (E.isRight(model) || open.length === 0 || model.left.some(({ at }) => ofOptions.includes(at))) return model;
  const found = sizesOf(graph.inputs, shapesOfFiles(graph.inputs, files, document));
  return found === undefined || found.size === 0
    ? E.left([...model.left, problem('size', explainSays.openSizes(open))])
    : prepareModel(name, graph, store, document, { ...options, found });
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
 * graph is inferred and canonized. An ONNX file that cannot be read with its sizes open is read with those stated, or those of
 * the files that will be given to it. Problems name the file and the place in it.
 */
export const loadModel = async (path: string, options: LoadOptions = {}): Promise<Result<Model>> => {
  const opened = await openAny(path, options);
  return E.isLeft(opened) ? opened : prepareChecked(path, opened.right, options);
};

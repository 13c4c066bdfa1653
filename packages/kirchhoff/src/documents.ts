import { chooseOutput, decodeModelDocument, prepareModel, readNpy, type Model as Opened } from '@kirchhoff/explain';
import {
  byteSource,
  decodeGraph,
  openSafetensors,
  resolveTensors,
  type Graph,
  type StatedAxes,
  type TensorStore,
} from '@kirchhoff/graph';
import { explainSays, within, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { guarded, refused } from './error.js';
import type { Explanation } from './explanation.js';
import type { Surroundings } from './input.js';
import { makeModel, type Model } from './model.js';
import { withGiven, type GivenComposite, type GivenRule } from './rules.js';

/** A model in memory: an ONNX file's bytes, or a graph document; and the files that they name, by their names. */
export type Documents = (
  | { readonly onnx: Uint8Array }
  | {
      /** A `kirchhoff-graph/1` document. */
      readonly graph: unknown;
    }
) & {
  /** A `kirchhoff-model/1` document: how pictures and texts become inputs, and the names of the classes. */
  readonly document?: unknown;
  /** Bytes of the files that the documents name, such as `weights.safetensors`. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
};

/** How a model is opened. */
export interface OpenOptions {
  /** Further rules, which replace those of the same name. */
  readonly rules?: readonly GivenRule[];
  /** Further composites, which replace those of the same name. */
  readonly composites?: readonly GivenComposite[];
  /** What the model is called where no document says it. */
  readonly name?: string;
  /** The output that is explained; default the first of real numbers. */
  readonly output?: string;
  /** Numbers for sizes that the model leaves open. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** By input: the axis along which its samples lie, or that it has none. */
  readonly batchAxes?: StatedAxes;
  /** Rewrites that are left out. */
  readonly withoutRewrites?: readonly string[];
}

/** The options as the rooms take them. */
export const prepareOptions = ({ output, sizes = {}, batchAxes = {}, withoutRewrites = [] }: OpenOptions) => ({
  without: withoutRewrites,
  batchAxes,
  sizes: new Map(Object.entries(sizes)),
  ...(output !== undefined && { output }),
});

interface Read {
  readonly graph: Graph;
  readonly store: TensorStore;
}

const filesIn =
  ({ files = {} }: Documents) =>
  (name: string): Uint8Array | undefined =>
    Object.hasOwn(files, name) ? files[name] : undefined;

const readGraph = (documents: Documents & { readonly graph: unknown }): Result<Read> => {
  const graph = decodeGraph(documents.graph);
  if (E.isLeft(graph)) return E.left(within('graph', graph.left));
  const file = filesIn(documents);
  const store = resolveTensors(graph.right, (name) => {
    const bytes = file(name);
    return bytes === undefined
      ? refused(name, explainSays.noFileGiven(name))
      : openSafetensors(name, byteSource(bytes));
  });
  return E.map((tensors: TensorStore): Read => ({ graph: graph.right, store: tensors }))(store);
};

const readModel = async (documents: Documents, name: string): Promise<Result<Read>> => {
  if ('graph' in documents) return readGraph(documents);
  const { readOnnxBytes } = await import('./onnx-bytes.js');
  return readOnnxBytes(documents.onnx, name, filesIn(documents));
};

const surroundings = (documents: Documents): Surroundings => ({
  readFile: async (_, input, name) => {
    const bytes = filesIn(documents)(name);
    return bytes !== undefined && name.endsWith('.npy')
      ? readNpy(bytes, name)
      : refused(input.name, explainSays.noFileHere(input.name, name));
  },
  openReader: async (_, spec) => {
    const { openReaderOf } = await import('./text-bytes.js');
    return openReaderOf(spec, filesIn(documents));
  },
});

const prepared = async (documents: Documents, options: OpenOptions): Promise<Result<Opened>> => {
  const document = documents.document === undefined ? E.right(undefined) : decodeModelDocument(documents.document);
  if (E.isLeft(document)) return E.left(within('document', document.left));
  const name = options.name ?? document.right?.name ?? 'model';
  const read = await readModel(documents, name);
  if (E.isLeft(read)) return read;
  const { graph, store } = read.right;
  return E.chain((model: Opened) => chooseOutput(model, options.output))(
    prepareModel(name, graph, store, document.right, prepareOptions(options)),
  );
};

/**
 * Opens a model from documents and bytes in memory, with the rules and composites that are given; there are no others. Runs
 * anywhere; in a browser on onnxruntime-web.
 * @throws KirchhoffError with every problem of the documents, each at its place
 */
export const openModel = (documents: Documents, options: OpenOptions = {}): Promise<Model> =>
  guarded(async () => {
    const { rules = [], composites = [] } = options;
    const book = withGiven({ rules: new Map(), composites: new Map() }, rules, composites);
    if (E.isLeft(book)) return book;
    return E.map((model: Opened) =>
      makeModel<Explanation>({
        model,
        book: book.right,
        around: surroundings(documents),
        dress: (explanation) => explanation,
      }),
    )(await prepared(documents, options));
  });

import { fromBinary } from '@bufbuild/protobuf';
import { decodeGraph, graphFormat, type Graph, type TensorStore } from '@kirchhoff/graph';
import { onnxSays, problem, within, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { ModelProtoSchema, type ModelProto } from './generated/onnx_pb.js';
import { foldConstants, type Evaluate, type Folded } from './constants/fold.js';
import { withKnownSizes } from './constants/sizes.js';
import { newestOpset, oldestOpset } from './opset.js';
import { readGraph, type ReadGraph } from './read-graph.js';
import type { OpenExternal } from './read-tensor.js';

export interface ReadOptions {
  /** What the person who gave the file calls it; problems begin with it, and tensors of the graph refer to it. */
  readonly place: string;
  /** Opens tensors that lie in files beside the model. */
  readonly external?: OpenExternal;
  /** Sizes that open dimensions are given, by the symbol that they have in the graph. */
  readonly sizes?: ReadonlyMap<string, number>;
}

export interface OnnxModel {
  readonly graph: Graph;
  readonly store: TensorStore;
  /** One line for each node of an older spelling: the upgrade's name and the node. */
  readonly upgrades: readonly string[];
}

const refuse = (place: string, message: string): E.Either<readonly Problem[], never> =>
  E.left([problem(place, message)]);

const parse = (bytes: Uint8Array, place: string): E.Either<readonly Problem[], ModelProto> => {
  if (bytes.length === 0) return refuse(place, onnxSays.noModel('the file is empty'));
  try {
    const model = fromBinary(ModelProtoSchema, bytes);
    if (model.graph === undefined) return refuse(place, onnxSays.noModel('it holds no graph'));
    if (model.graph.output.length === 0) return refuse(place, onnxSays.noModel('its graph has no outputs'));
    return E.right(model);
  } catch {
    return refuse(place, onnxSays.noModel('its bytes do not follow the format, or the file is cut off'));
  }
};

const opsetOf = (model: ModelProto, place: string): E.Either<readonly Problem[], number> => {
  const imported = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (imported === undefined) return refuse(place, onnxSays.noOpset());
  const opset = Number(imported.version);
  return opset >= oldestOpset && opset <= newestOpset
    ? E.right(opset)
    : refuse(place, onnxSays.unreadableOpset(opset, oldestOpset, newestOpset));
};

const readModel = (
  model: ModelProto,
  opset: number,
  options: ReadOptions,
  uncomputed?: ReadonlyMap<string, string>,
): ReadGraph => {
  const { place, external, sizes } = options;
  return readGraph(model.graph!, { place, opset, external, sizes, uncomputed });
};

const checked = (
  { document, store, upgrades, problems }: ReadGraph,
  place: string,
): E.Either<readonly Problem[], OnnxModel> => {
  if (problems.length > 0) return E.left(problems);
  const graph = decodeGraph({ format: graphFormat, ...document });
  return E.isLeft(graph) ? E.left(within(place, graph.left)) : E.right({ graph: graph.right, store, upgrades });
};

/**
 * Reads an ONNX model (opset 1 to 25) as a graph and its tensors. Every node bears the name of its first output;
 * Constant nodes and initializers become tensors (up to 64 elements inside the graph, larger ones in the store, where
 * the graph names them by `{ file: place, key }`); dimension names become identifiers, open dimensions fresh symbols and
 * the first dimension of an input `N` where it has no name. All problems are reported together.
 */
export const decodeOnnx = (bytes: Uint8Array, options: ReadOptions): E.Either<readonly Problem[], OnnxModel> => {
  const { place } = options;
  const parsed = parse(bytes, place);
  if (E.isLeft(parsed)) return parsed;
  const opset = opsetOf(parsed.right, place);
  return E.isLeft(opset) ? opset : checked(readModel(parsed.right, opset.right, options), place);
};

/**
 * Reads an ONNX model as `decodeOnnx` does, with `evaluate` at hand: what depends on no input, or on sizes alone that are
 * known, is computed first, whatever its operators.
 */
export const readOnnx = async (
  bytes: Uint8Array,
  options: ReadOptions & { readonly evaluate: Evaluate },
): Promise<E.Either<readonly Problem[], OnnxModel>> => {
  const { place, evaluate, external } = options;
  const parsed = parse(bytes, place);
  if (E.isLeft(parsed)) return parsed;
  const opset = opsetOf(parsed.right, place);
  if (E.isLeft(opset)) return opset;
  let model: ModelProto | undefined = parsed.right;
  let counted = 0;
  const operators = new Set<string>();
  for (;;) {
    const folded: Folded = await foldConstants(model, evaluate, { place, external });
    counted += folded.count;
    folded.operators.forEach((op) => operators.add(op));
    const read = readModel(folded.model, opset.right, options, folded.uncomputed);
    model = withKnownSizes(folded.model, read.prefix);
    if (model !== undefined) continue;
    const log = counted === 0 ? [] : [onnxSays.computedConstants(counted, [...operators])];
    return checked({ ...read, upgrades: [...log, ...read.upgrades] }, place);
  }
};

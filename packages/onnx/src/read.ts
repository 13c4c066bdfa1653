import { fromBinary } from '@bufbuild/protobuf';
import { decodeGraph, graphFormat, type Graph, type TensorStore } from '@kirchhoff/graph';
import { onnxSays, problem, within, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { ModelProtoSchema, type ModelProto } from './generated/onnx_pb.js';
import { newestOpset, oldestOpset } from './opset.js';
import { readGraph } from './read-graph.js';
import type { OpenExternal } from './read-tensor.js';

export interface ReadOptions {
  /** What the person who gave the file calls it; problems begin with it, and tensors of the graph refer to it. */
  readonly place: string;
  /** Opens tensors that lie in files beside the model. */
  readonly external?: OpenExternal;
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
  if (E.isLeft(opset)) return opset;
  const read = readGraph(parsed.right.graph!, { place, opset: opset.right, external: options.external });
  if (E.isLeft(read)) return read;
  const { document, store, upgrades } = read.right;
  const graph = decodeGraph({ format: graphFormat, ...document });
  return E.isLeft(graph) ? E.left(within(place, graph.left)) : E.right({ graph: graph.right, store, upgrades });
};

import { fromBinary } from '@bufbuild/protobuf';
import {
  bindDim,
  decodeGraph,
  graphFormat,
  symbolsOfDim,
  unifySizes,
  type Deciding,
  type Dim,
  type Graph,
  type TensorStore,
} from '@kirchhoff/graph';
import { onnxSays, problem, within, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { ModelProtoSchema, type ModelProto } from './generated/onnx_pb.js';
import { foldConstants, type Evaluate, type Folded } from './constants/fold.js';
import { withKnownSizes } from './constants/sizes.js';
import { newestOpset, oldestOpset } from './opset.js';
import { readGraph, type Decided, type ReadGraph } from './read-graph.js';
import type { OpenExternal } from './read-tensor.js';

export interface ReadOptions {
  /** What the person who gave the file calls it; problems begin with it, and tensors of the graph refer to it. */
  readonly place: string;
  /** Opens tensors that lie in files beside the model. */
  readonly external?: OpenExternal | undefined;
  /** Sizes that open dimensions are given, by the symbol that they have in the graph. */
  readonly sizes?: Sizes | undefined;
  /**
   * Sizes of what the model will be given, by its inputs: those on which a condition depends are taken, and where the model
   * cannot be read even so, all of them.
   */
  readonly offer?: ((inputs: readonly DeclaredInput[]) => Sizes) | undefined;
}

type Sizes = ReadonlyMap<string, number>;

/** An input of the model, with symbols where its sizes are open. */
export interface DeclaredInput {
  readonly name: string;
  readonly shape: readonly Dim[];
}

export interface OnnxModel {
  readonly graph: Graph;
  readonly store: TensorStore;
  /** One line for each node of an older spelling: the upgrade's name and the node. */
  readonly upgrades: readonly string[];
  /** The inputs as the model declares them. */
  readonly declared: readonly DeclaredInput[];
  /** What was taken for open sizes, so that the model could be read. */
  readonly taken: ReadonlyMap<string, Dim>;
  /** Axes of the inputs whose sizes decided which nodes it has. */
  readonly deciding: readonly Deciding[];
}

const refuse = (place: string, message: string): Result<never> => E.left([problem(place, message)]);

const parse = (bytes: Uint8Array, place: string): Result<ModelProto> => {
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

const opsetOf = (model: ModelProto, place: string): Result<number> => {
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
  { place, external }: ReadOptions,
  sizes: Bound,
  uncomputed?: ReadonlyMap<string, string>,
): ReadGraph => readGraph(model.graph!, { place, opset, external, sizes, uncomputed });

/** The inputs that a graph as it was read has, as far as they are whole. */
const inputsOf = ({ document }: Pick<ReadGraph, 'document'>): readonly DeclaredInput[] =>
  document.inputs.filter((one): one is DeclaredInput => {
    const { name, shape } = (one ?? {}) as Partial<DeclaredInput>;
    return typeof name === 'string' && Array.isArray(shape);
  });

/** What open dimensions are taken to be. */
type Bound = ReadonlyMap<string, Dim>;

/** The sizes that the part of a graph that could be read says are one, as far as conditions depend on them. */
const equationsFor = ({ document, store, decisive }: ReadGraph): Bound => {
  const made = new Set([...inputsOf({ document }).map(({ name }) => name), ...Object.keys(document.tensors)]);
  const nodes = document.nodes.filter(({ name, inputs, outputs = [] }) => {
    const isWhole = inputs.every((one) => one === '' || made.has(one));
    if (isWhole) for (const one of [name, ...outputs]) made.add(one);
    return isWhole;
  });
  const last = nodes.at(-1);
  if (last === undefined) return new Map();
  const part = decodeGraph({ format: graphFormat, ...document, nodes, outputs: [last.name] });
  const equations = E.isLeft(part) ? [] : unifySizes(part.right, store).equations;
  return new Map(
    equations.filter(([symbol, value]) => [symbol, ...symbolsOfDim(value)].some((one) => decisive.has(one))),
  );
};

/** More of what open dimensions are, so that more can be read: sizes that are offered, or equations; undefined where there is none. */
const moreBound = (read: ReadGraph, bound: Bound, offered: Sizes): Bound | undefined => {
  if (read.problems.length === 0) return undefined;
  const free = [...offered].filter(([symbol]) => !bound.has(symbol));
  const decisive = free.filter(([symbol]) => read.decisive.has(symbol));
  const equal = decisive.length > 0 ? [] : [...equationsFor(read)].filter(([symbol]) => !bound.has(symbol));
  const more: readonly (readonly [string, Dim])[] = decisive.length > 0 ? decisive : equal.length > 0 ? equal : free;
  if (more.length === 0) return undefined;
  const added = new Map(more);
  return new Map([...[...bound].map(([symbol, dim]) => [symbol, bindDim(dim, added)] as const), ...added]);
};

/** The axes of the inputs on which these symbols stand. */
const decidingOf = (inputs: readonly DeclaredInput[], decisive: ReadonlyMap<string, Decided>): readonly Deciding[] =>
  inputs.flatMap(({ name, shape }) =>
    shape.flatMap((dim, axis) => {
      const found = symbolsOfDim(dim).find((symbol) => decisive.has(symbol));
      return found === undefined ? [] : [{ input: name, axis, ...decisive.get(found)! }];
    }),
  );

const checked = (
  { document, store, upgrades, problems }: ReadGraph,
  place: string,
  declared: readonly DeclaredInput[],
  taken: Bound,
  deciding: readonly Deciding[] = [],
): Result<OnnxModel> => {
  if (problems.length > 0) return E.left(problems);
  const graph = decodeGraph({ format: graphFormat, ...document });
  return E.isLeft(graph)
    ? E.left(within(place, graph.left))
    : E.right({ graph: graph.right, store, upgrades, declared, taken, deciding });
};

/**
 * Reads an ONNX model (opset 1 to 25) as a graph and its tensors. Every node bears the name of its first output;
 * Constant nodes and initializers become tensors (up to 64 elements inside the graph, larger ones in the store, where
 * the graph names them by `{ file: place, key }`); dimension names become identifiers, open dimensions fresh symbols and
 * the first dimension of an input `N` where it has no name. All problems are reported together.
 */
export const decodeOnnx = (bytes: Uint8Array, options: ReadOptions): Result<OnnxModel> => {
  const { place } = options;
  const parsed = parse(bytes, place);
  if (E.isLeft(parsed)) return parsed;
  const opset = opsetOf(parsed.right, place);
  if (E.isLeft(opset)) return opset;
  const read = readModel(parsed.right, opset.right, options, options.sizes ?? new Map());
  return checked(read, place, inputsOf(read), new Map());
};

/**
 * Reads an ONNX model as `decodeOnnx` does, with `evaluate` at hand: what depends on no input, or on sizes alone that are
 * known, is computed first, whatever its operators.
 */
export const readOnnx = async (
  bytes: Uint8Array,
  options: ReadOptions & { readonly evaluate: Evaluate },
): Promise<Result<OnnxModel>> => {
  const { place, evaluate, external, sizes = new Map<string, number>(), offer } = options;
  const parsed = parse(bytes, place);
  if (E.isLeft(parsed)) return parsed;
  const opset = opsetOf(parsed.right, place);
  if (E.isLeft(opset)) return opset;
  let model: ModelProto = parsed.right;
  let bound: Bound = sizes;
  let first: ReadGraph | undefined;
  let counted = 0;
  const decisive = new Map<string, Decided>();
  const operators = new Set<string>();
  for (;;) {
    const folded: Folded = await foldConstants(model, evaluate, { place, external });
    counted += folded.count;
    folded.operators.forEach((op) => operators.add(op));
    const read = readModel(folded.model, opset.right, options, bound, folded.uncomputed);
    const settled = withKnownSizes(folded.model, read.prefix);
    model = settled ?? folded.model;
    if (settled !== undefined) continue;
    first ??= read;
    for (const [symbol, node] of read.decisive) decisive.set(symbol, node);
    const declared = inputsOf(first);
    const more = moreBound(read, bound, offer?.(declared) ?? new Map());
    if (more !== undefined) {
      bound = more;
      continue;
    }
    const log = counted === 0 ? [] : [onnxSays.computedConstants(counted, [...operators])];
    const taken = new Map([...bound].filter(([symbol]) => !sizes.has(symbol)));
    const told = read.problems.length > 0 && read.decisive.size === first.decisive.size ? first : read;
    return checked(
      { ...told, upgrades: [...log, ...told.upgrades] },
      place,
      declared,
      taken,
      decidingOf(declared, decisive),
    );
  }
};

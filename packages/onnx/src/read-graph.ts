import { sizeOf, type StoredTensor, type TensorStore, type ValueType } from '@kirchhoff/graph';
import { onnxSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { codeName, elementTypeOf } from './element.js';
import type { GraphProto, NodeProto, TensorProto, ValueInfoProto } from './generated/onnx_pb.js';
import { inlineDocument } from './read-attribute.js';
import { readNode, type NodeDocument } from './read-node.js';
import { readTensor, type TensorContext } from './read-tensor.js';
import { freshNames, symbolTable, type Fresh, type Symbols } from './symbol.js';

/** Tensors up to this many elements are written inside the graph. */
const inlineLimit = 64;

/** A graph as a document, before it is checked. */
export interface GraphDocument {
  readonly name: string;
  readonly inputs: readonly unknown[];
  readonly nodes: readonly NodeDocument[];
  readonly outputs: readonly string[];
  readonly tensors: Readonly<Record<string, unknown>>;
}

/** What reading one model shares between its graph and the nested ones. */
export interface Reading extends TensorContext {
  readonly opset: number;
  readonly problems: Problem[];
  readonly store: Map<string, StoredTensor>;
  /** A line for each older spelling that was upgraded. */
  readonly upgrades: string[];
  /** Operators that are not known, with the nodes that use them. */
  readonly unsupported: Map<string, string[]>;
  /** Free names for values. */
  readonly fresh: Fresh;
  readonly symbols: Symbols;
}

const nestedGraphs = (node: NodeProto): readonly GraphProto[] =>
  node.attribute.flatMap(({ g }) => (g === undefined ? [] : [g]));

const graphsWithin = (graph: GraphProto): readonly GraphProto[] => [
  graph,
  ...graph.node.flatMap(nestedGraphs).flatMap(graphsWithin),
];

const dimsOf = (info: ValueInfoProto) =>
  info.type?.value.case === 'tensorType' ? info.type.value.value.shape?.dim : undefined;

const dimensionNames = (graphs: readonly GraphProto[]): readonly string[] =>
  graphs.flatMap(({ input }) =>
    input.flatMap((info) =>
      (dimsOf(info) ?? []).flatMap(({ value }) =>
        value.case === 'dimParam' && value.value !== '' ? [value.value] : [],
      ),
    ),
  );

const valueNames = (graphs: readonly GraphProto[]): readonly string[] =>
  graphs.flatMap(({ input, initializer, node }) => [
    ...input.map(({ name }) => name),
    ...initializer.map(({ name }) => name),
    ...node.flatMap(({ output }) => output),
  ]);

/** The declared shape of an input; undefined where the model does not even say its rank. */
const shapeOf = (reading: Reading, info: ValueInfoProto, name: string): readonly (number | string)[] | undefined =>
  dimsOf(info)?.map(({ value }, axis) => {
    if (value.case === 'dimValue' && value.value > 0n) return Number(value.value);
    if (value.case === 'dimParam' && value.value !== '') return reading.symbols.of(value.value);
    return axis === 0 ? reading.symbols.batch : reading.symbols.open(name, axis);
  });

/** One input of a graph; what a nested graph leaves out is taken from what flows into it. */
const readInput = (reading: Reading, info: ValueInfoProto, name: string, flowing: ValueType | undefined): unknown => {
  const kind = info.type?.value;
  if (kind?.case !== undefined && kind.case !== 'tensorType') {
    reading.problems.push(problem(reading.place, onnxSays.inputIsNoTensor(name)));
    return undefined;
  }
  const code = kind?.value?.elemType;
  const type = code === undefined || code === 0 ? flowing?.type : elementTypeOf(code);
  const shape = shapeOf(reading, info, name) ?? flowing?.shape;
  if (type === undefined && code !== undefined && code !== 0)
    reading.problems.push(problem(reading.place, onnxSays.unsupportedInputType(name, codeName(code))));
  else if (type === undefined || shape === undefined)
    reading.problems.push(problem(reading.place, onnxSays.untypedInput(name)));
  return { name, type, shape };
};

const addTensor = (reading: Reading, tensors: Map<string, unknown>, name: string, stored: StoredTensor): void => {
  reading.store.set(name, stored);
  tensors.set(name, sizeOf(stored.shape) <= inlineLimit ? inlineDocument(stored) : { file: reading.place, key: name });
};

const readInitializer = (
  reading: Reading,
  tensors: Map<string, unknown>,
  proto: TensorProto,
  rename: (name: string) => string,
): void => {
  const stored = readTensor(proto, reading);
  if (tensors.has(rename(proto.name)))
    reading.problems.push(problem(reading.place, onnxSays.duplicateInitializer(proto.name)));
  else if (E.isLeft(stored)) reading.problems.push(...stored.left);
  else addTensor(reading, tensors, rename(proto.name), stored.right);
};

/**
 * One graph of the model. The values of a nested graph are renamed `scan/value` (`prefix` is the node that holds it), since
 * all values of a document have names of their own; `outer` renames what it takes from around it.
 */
const readParts = (
  reading: Reading,
  proto: GraphProto,
  prefix: string,
  outer: (name: string) => string,
  flowing: readonly (ValueType | undefined)[],
): GraphDocument => {
  const own = new Set(valueNames([proto]));
  const rename = (name: string): string =>
    name === '' || !own.has(name)
      ? outer(name)
      : prefix === '' || name.startsWith(`${prefix}/`)
        ? name
        : `${prefix}/${name}`;
  const tensors = new Map<string, unknown>();
  for (const initializer of proto.initializer) readInitializer(reading, tensors, initializer, rename);
  if (proto.sparseInitializer.length > 0) reading.problems.push(problem(reading.place, onnxSays.sparseTensors()));
  const initialized = new Set(proto.initializer.map(({ name }) => name));
  const inputs = proto.input
    .filter(({ name }) => !initialized.has(name))
    .map((info, i) => readInput(reading, info, rename(info.name), flowing[i]));
  const nodes: NodeDocument[] = [];
  for (const node of proto.node) {
    const part = readNode(reading, node, rename, {
      before: () => ({ name: proto.name, inputs, nodes: [...nodes], tensors: Object.fromEntries(tensors) }),
      body: (graph, holder, types) => readParts(reading, graph, holder, rename, types),
    });
    for (const [name, stored] of part.tensors) addTensor(reading, tensors, name, stored);
    nodes.push(...part.nodes);
  }
  return {
    name: proto.name === '' ? 'graph' : proto.name,
    inputs,
    nodes,
    outputs: proto.output.map(({ name }) => rename(name)),
    tensors: Object.fromEntries(tensors),
  };
};

export interface ReadGraph {
  readonly document: GraphDocument;
  readonly store: TensorStore;
  readonly upgrades: readonly string[];
}

/** A model's graph as a document, its tensors, and what was spelled anew. */
export const readGraph = (
  proto: GraphProto,
  context: TensorContext & { readonly opset: number },
): E.Either<readonly Problem[], ReadGraph> => {
  const graphs = graphsWithin(proto);
  const reading: Reading = {
    ...context,
    problems: [],
    store: new Map(),
    upgrades: [],
    unsupported: new Map(),
    fresh: freshNames(valueNames(graphs)),
    symbols: symbolTable(dimensionNames(graphs)),
  };
  const document = readParts(reading, proto, '', (name) => name, []);
  const problems = [
    ...[...reading.unsupported].map(([operator, nodes]) =>
      problem(context.place, onnxSays.unsupportedOperator(operator, nodes)),
    ),
    ...reading.problems,
  ];
  return problems.length > 0
    ? E.left(problems)
    : E.right({ document, store: reading.store, upgrades: reading.upgrades });
};

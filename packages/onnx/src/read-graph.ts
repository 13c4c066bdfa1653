import {
  freshNames,
  sizeOf,
  type Dim,
  type Fresh,
  type StoredTensor,
  type TensorStore,
  type ValueType,
} from '@kirchhoff/graph';
import { addProblems, onnxSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { codeName, elementTypeOf } from './element.js';
import type { GraphProto, NodeProto, TensorProto, ValueInfoProto } from './generated/onnx_pb.js';
import { inlineDocument } from './read-attribute.js';
import { prefixOf, type Prefix } from './prefix.js';
import { takenBranch } from './read-branch.js';
import { knownSteps, stepBegin } from './read-loop.js';
import { realNumbers } from './quantized.js';
import { readNode, type NodeDocument } from './read-node.js';
import { readTensor, type TensorContext } from './read-tensor.js';
import { symbolTable, type Symbols } from './symbol.js';

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

/** A node that is read by a size. */
export interface Decided {
  readonly node: string;
  readonly op: string;
}

/** What reading one model shares between its graph and the nested ones. */
export interface Reading extends TensorContext {
  readonly opset: number;
  /** What open dimensions are, by symbol. */
  readonly sizes: ReadonlyMap<string, Dim>;
  /** Symbols on which conditions depend that are not known, each with a node that has such a condition. */
  readonly decisive: Map<string, Decided>;
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
    const named = value.case === 'dimParam' && value.value !== '' ? reading.symbols.of(value.value) : undefined;
    const symbol = named ?? (axis === 0 ? reading.symbols.leading : reading.symbols.open(name, axis));
    return reading.sizes.get(symbol) ?? symbol;
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
  else if (E.isLeft(stored)) addProblems(reading.problems, stored.left);
  else addTensor(reading, tensors, rename(proto.name), stored.right);
};

type Rename = (name: string) => string;

/** Names of a nested graph's own values, with those of `holder` before them. */
const renaming = (proto: GraphProto, holder: string, outer: Rename): Rename => {
  const own = new Set(valueNames([proto]));
  return (name) =>
    name === '' || !own.has(name)
      ? outer(name)
      : holder === '' || name.startsWith(`${holder}/`)
        ? name
        : `${holder}/${name}`;
};

/** The graph around a nested one. */
interface Around {
  readonly holder: string;
  readonly rename: Rename;
  readonly flowing: readonly (ValueType | undefined)[];
  readonly prefix: Prefix | undefined;
}

const outermost: Around = { holder: '', rename: (name) => name, flowing: [], prefix: undefined };

interface Parts {
  readonly document: GraphDocument;
  readonly prefix: Prefix;
}

/**
 * One graph of the model. The values of a nested graph are renamed `scan/value` (the node that holds it before them), since
 * all values of a document have names of their own. A branch whose condition is known takes the place of its `If`.
 */
const readParts = (reading: Reading, proto: GraphProto, around: Around): Parts => {
  const own = renaming(proto, around.holder, around.rename);
  const tensors = new Map<string, unknown>();
  const initialized = new Set(proto.initializer.map(({ name }) => name));
  const inputs = proto.input
    .filter(({ name }) => !initialized.has(name))
    .map((info, i) => readInput(reading, info, own(info.name), around.flowing[i]));
  const nodes: NodeDocument[] = [];
  const prefix = prefixOf({ inputs, nodes, tensors }, reading.store, around.prefix);
  const take = (graph: GraphProto, rename: Rename): void => {
    for (const initializer of graph.initializer) readInitializer(reading, tensors, initializer, rename);
    if (graph.sparseInitializer.length > 0) reading.problems.push(problem(reading.place, onnxSays.sparseTensors()));
    for (const node of graph.node) {
      if (node.opType === 'If' && node.domain === '') {
        const branch = takenBranch(reading, node, rename, prefix, nodes);
        if (branch === undefined) continue;
        const [holder = ''] = node.output;
        const inside = renaming(branch, rename(holder), rename);
        take(branch, inside);
        const ends = branch.output.map(({ name }) => inside(name));
        nodes.push(
          ...node.output.flatMap((name, i) =>
            name === '' ? [] : [{ name: rename(name), op: 'Identity', inputs: [ends[i] ?? ''] }],
          ),
        );
        continue;
      }
      if (node.opType === 'Loop' && node.domain === '') {
        takeSteps(node, rename);
        continue;
      }
      const part = readNode(reading, node, rename, {
        prefix,
        body: (body, holder, flowing) => readParts(reading, body, { holder, rename, flowing, prefix }).document,
      });
      for (const [name, stored] of part.tensors) addTensor(reading, tensors, name, stored);
      for (const one of part.nodes) nodes.push(one);
    }
  };
  /** The steps of a Loop one after the other: its states go through them, what each gives out is stacked. */
  const takeSteps = (node: NodeProto, rename: Rename): void => {
    const steps = knownSteps(reading, node, rename, prefix, nodes);
    if (steps === undefined) return;
    const { body, count } = steps;
    const holder = rename(node.output.find((name) => name !== '') ?? '');
    let states: readonly string[] = node.input.slice(2).map(rename);
    const stacked: string[][] = body.output.slice(1 + states.length).map(() => []);
    const axis = reading.fresh(`${holder}/axis`);
    addTensor(reading, tensors, axis, { type: 'int64', shape: [1], read: () => BigInt64Array.of(0n) });
    for (let step = 0; step < count; step++) {
      const inside = renaming(body, `${holder}/${step}`, rename);
      const begin = stepBegin(body, step, { inside, states });
      for (const [name, stored] of begin.tensors) addTensor(reading, tensors, name, stored);
      nodes.push(...begin.nodes);
      take(body, inside);
      const ends = body.output.slice(1).map(({ name }) => inside(name));
      ends.slice(states.length).forEach((name, i) => {
        const row = reading.fresh(`${holder}/row.${step}`);
        nodes.push({ name: row, op: 'Unsqueeze', inputs: [name, axis] });
        stacked[i]?.push(row);
      });
      states = ends.slice(0, states.length);
    }
    reading.upgrades.push(onnxSays.wroteSteps(holder, count));
    node.output.forEach((name, i) => {
      if (name === '') return;
      const rows = stacked[i - states.length];
      const end = { name: rename(name), op: 'Identity', inputs: [states[i] ?? ''] };
      nodes.push(rows === undefined ? end : { ...end, op: 'Concat', inputs: rows, attrs: { axis: 0 } });
    });
  };
  take(proto, own);
  const document = {
    name: proto.name === '' ? 'graph' : proto.name,
    inputs,
    nodes,
    outputs: proto.output.map(({ name }) => own(name)),
    tensors: Object.fromEntries(tensors),
  };
  return { document, prefix };
};

export interface ReadGraph {
  readonly document: GraphDocument;
  readonly store: TensorStore;
  readonly upgrades: readonly string[];
  readonly problems: readonly Problem[];
  /** What can be told of the values of the model's own graph. */
  readonly prefix: Prefix;
  /** Symbols on which conditions depend that are not known, each with a node that has such a condition. */
  readonly decisive: ReadonlyMap<string, Decided>;
}

export interface GraphContext extends TensorContext {
  readonly opset: number;
  readonly sizes?: ReadonlyMap<string, Dim> | undefined;
  /** Why values that depend on no input could not be computed, by name. */
  readonly uncomputed?: ReadonlyMap<string, string> | undefined;
}

/** A model's graph as a document, its tensors, what was spelled anew, and everything that is wrong. */
export const readGraph = (given: GraphProto, context: GraphContext): ReadGraph => {
  const { graph: proto, lines, problems: unreal } = realNumbers(given, context.opset, context);
  const graphs = graphsWithin(proto);
  const reading: Reading = {
    ...context,
    sizes: context.sizes ?? new Map(),
    decisive: new Map(),
    problems: [],
    store: new Map(),
    upgrades: [],
    unsupported: new Map(),
    fresh: freshNames(new Set(valueNames(graphs)), '_'),
    symbols: symbolTable(dimensionNames(graphs)),
  };
  const { document, prefix } = readParts(reading, proto, outermost);
  const unsupported = [...reading.unsupported].map(([operator, nodes]) => {
    const [node = ''] = nodes;
    const why = context.uncomputed?.get(node);
    return problem(
      context.place,
      why === undefined
        ? onnxSays.unsupportedOperator(operator, nodes)
        : onnxSays.uncomputedConstant(operator, node, why),
    );
  });
  return {
    document,
    store: reading.store,
    upgrades: [...lines, ...reading.upgrades],
    problems: unreal.length > 0 ? unreal : [...unsupported, ...reading.problems],
    prefix,
    decisive: reading.decisive,
  };
};

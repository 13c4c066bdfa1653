import {
  decodeGraph,
  graphFormat,
  startInference,
  type Inference,
  type Input,
  type KnownTensor,
  type TensorEntry,
  type TensorStore,
  type TypedGraph,
  type ValueType,
} from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import type { NodeDocument } from './read-node.js';

/** A graph that is still being read. Its lists grow. */
export interface Growing {
  readonly inputs: readonly unknown[];
  readonly nodes: readonly NodeDocument[];
  readonly tensors: ReadonlyMap<string, unknown>;
}

/** What can be told of the values read so far. Each node is looked at once, when something after it asks. */
export interface Prefix {
  readonly type: (name: string) => ValueType | undefined;
  readonly known: (name: string) => KnownTensor | undefined;
  readonly typed: () => TypedGraph;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Names that a document reads anywhere, those in its bodies included. */
const namesIn = (json: unknown): readonly string[] => {
  if (!isObject(json)) return [];
  const inputs = json['inputs'];
  const own = Array.isArray(inputs) ? inputs.filter((name) => typeof name === 'string') : [];
  const outputs = json['outputs'];
  const given = 'nodes' in json && Array.isArray(outputs) ? outputs.filter((name) => typeof name === 'string') : [];
  const nodes = Array.isArray(json['nodes']) ? json['nodes'].flatMap(namesIn) : [];
  const attrs = isObject(json['attrs']) ? Object.values(json['attrs']).flatMap(namesIn) : [];
  return [...own, ...given, ...nodes, ...attrs];
};

const isInput = (json: unknown): json is Input =>
  isObject(json) && typeof json['type'] === 'string' && Array.isArray(json['shape']);

/** A node document alone, as the graph language decodes it; undefined where it is wrong. */
const decodeAlone = (node: NodeDocument) => {
  const made = new Set([node.name, ...(node.outputs ?? [])]);
  const around = [...new Set(namesIn(node))].filter((name) => name !== '' && !made.has(name));
  const decoded = decodeGraph({
    format: graphFormat,
    name: 'node',
    inputs: around.map((name) => ({ name, type: 'float32', shape: [] })),
    nodes: [node],
    outputs: [node.name],
    tensors: {},
  });
  return E.isRight(decoded) ? decoded.right.nodes[0] : undefined;
};

/** Looks at a graph that is being read, inside of another or by itself. */
export const prefixOf = (growing: Growing, store: TensorStore, outer?: Prefix): Prefix => {
  const tensors: Record<string, TensorEntry> = {};
  const start = (): Inference =>
    startInference({ name: '', inputs: [], nodes: [], outputs: [], tensors }, store, outer?.typed());
  let inference: Inference | undefined;
  const [inputs, named, nodes] = [growing.inputs.values(), growing.tensors.keys(), growing.nodes.values()];
  const seen = { inputs: 0, tensors: 0, nodes: 0 };
  const catchUp = (): TypedGraph => {
    const { typed, addInput, addTensor, addNode } = (inference ??= start());
    for (; seen.inputs < growing.inputs.length; seen.inputs++) {
      const input = inputs.next().value;
      if (isInput(input)) addInput(input, input.name);
    }
    for (; seen.tensors < growing.tensors.size; seen.tensors++) {
      const name = named.next().value!;
      tensors[name] = { file: name };
      addTensor(name);
    }
    for (; seen.nodes < growing.nodes.length; seen.nodes++) {
      const node = decodeAlone(nodes.next().value!);
      if (node !== undefined) addNode(node, '');
    }
    return typed;
  };
  return {
    type: (name) => catchUp().types.get(name),
    known: (name) => catchUp().known.get(name),
    typed: catchUp,
  };
};

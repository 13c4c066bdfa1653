import {
  decodeGraph,
  fromNumbers,
  graphFormat,
  infer,
  isOpName,
  operators,
  type AttributeSpec,
  type OpName,
  type StoredTensor,
  type ValueType,
} from '@kirchhoff/graph';
import { onnxSays, problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { adapted, formerAttributes, readableSince } from './adapt.js';
import { AttributeProto_AttributeType as Kind, type GraphProto, type NodeProto } from './generated/onnx_pb.js';
import { readAttribute, saturated, shortest } from './read-attribute.js';
import type { GraphDocument, Reading } from './read-graph.js';
import { readTensor } from './read-tensor.js';

/** A node as a document writes it. */
export interface NodeDocument {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** What one ONNX node becomes: a node, or tensors alone (Constant), or both (attributes that are inputs now). */
export interface NodePart {
  readonly node?: NodeDocument;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The graph around a node. */
export interface Surroundings {
  /** The document so far, without outputs. */
  readonly before: () => Omit<GraphDocument, 'outputs'>;
  readonly body: (graph: GraphProto, holder: string, types: readonly (ValueType | undefined)[]) => GraphDocument;
}

const nothing: NodePart = { tensors: new Map() };

const vector = (type: 'int64' | 'float32', values: readonly number[], shape = [values.length]): StoredTensor => ({
  type,
  shape,
  read: () => fromNumbers(type, values),
});

/** The value of a Constant node. */
const constantOf = (reading: Reading, node: NodeProto, name: string): StoredTensor | undefined => {
  const [attribute] = node.attribute;
  switch (attribute?.name) {
    case 'value': {
      if (attribute.t === undefined) break;
      const stored = readTensor(attribute.t, reading);
      if (E.isRight(stored)) return stored.right;
      reading.problems.push(...stored.left);
      return undefined;
    }
    case 'value_float':
      return vector('float32', [shortest(attribute.f)], []);
    case 'value_floats':
      return vector('float32', attribute.floats.map(shortest));
    case 'value_int':
      return vector('int64', [saturated(attribute.i)], []);
    case 'value_ints':
      return vector('int64', attribute.ints.map(saturated));
  }
  reading.problems.push(problem(`${reading.place} ${name}`, onnxSays.unsupportedConstant(attribute?.name ?? '')));
  return undefined;
};

/** Attributes of the node as a document writes them; `former` ones were attributes only in older opsets. */
const readAttributes = (
  reading: Reading,
  node: NodeProto,
  name: string,
  op: OpName,
  body: (graph: GraphProto) => unknown,
): Readonly<Record<string, unknown>> => {
  const specs: Readonly<Record<string, AttributeSpec>> = operators[op].attrs;
  const former = formerAttributes(op, reading.opset);
  const attrs: Record<string, unknown> = {};
  for (const proto of node.attribute) {
    const spec = specs[proto.name] ?? (former.includes(proto.name) ? ({ type: 'ints' } as const) : undefined);
    if (spec === undefined) {
      // Left for the document's decoder, which names the nearest word; the value does not matter there.
      attrs[proto.name] = Kind[proto.type];
      continue;
    }
    const value = readAttribute(name, proto, spec, { ...reading, body });
    if (E.isLeft(value)) reading.problems.push(...value.left);
    else attrs[proto.name] = value.right;
  }
  return attrs;
};

/** Types of what flows into the body of a Scan, as far as the graph before it tells. */
const flowingInto = (
  reading: Reading,
  node: NodeProto,
  inputs: readonly string[],
  before: Omit<GraphDocument, 'outputs'>,
): readonly (ValueType | undefined)[] => {
  const graph = decodeGraph({ format: graphFormat, ...before, outputs: inputs });
  const typed = E.isRight(graph) ? infer(graph.right, reading.store) : graph;
  if (E.isLeft(typed)) return [];
  const ints = (name: string): readonly number[] =>
    node.attribute.find((attribute) => attribute.name === name)?.ints.map(Number) ?? [];
  const scanned = Number(node.attribute.find(({ name }) => name === 'num_scan_inputs')?.i ?? 0);
  return inputs.map((name, i) => {
    const type = typed.right.types.get(name);
    const k = i - (inputs.length - scanned);
    if (type === undefined || k < 0) return type;
    return { type: type.type, shape: type.shape.toSpliced(ints('scan_input_axes')[k] ?? 0, 1) };
  });
};

const noteUnsupported = (reading: Reading, operator: string, node: string): NodePart => {
  reading.unsupported.set(operator, [...(reading.unsupported.get(operator) ?? []), node]);
  return nothing;
};

/** One node: renamed after its first output, in the spelling of opset 21. */
export const readNode = (
  reading: Reading,
  proto: NodeProto,
  rename: (name: string) => string,
  around: Surroundings,
): NodePart => {
  const { opType, domain } = proto;
  const inputs = proto.input.map(rename);
  const lastUsed = proto.output.findLastIndex((output) => output !== '');
  const [first = '', ...further] = proto.output.slice(0, lastUsed + 1).map(rename);
  const name = first === '' ? reading.fresh(proto.name === '' ? opType : proto.name) : first;
  const label = proto.name === '' ? name : proto.name;
  if (domain !== '' && domain !== 'ai.onnx') return noteUnsupported(reading, `${domain}.${opType}`, label);
  if (!isOpName(opType)) return noteUnsupported(reading, opType, label);
  if (readableSince(opType) > reading.opset)
    return noteUnsupported(reading, `${opType} (in opset ${reading.opset})`, label);
  if (opType === 'Constant') {
    const stored = constantOf(reading, proto, name);
    return stored === undefined ? nothing : { tensors: new Map([[name, stored]]) };
  }
  const body = (graph: GraphProto): unknown => {
    const open = graph.input.some(
      ({ type }) => type?.value.case !== 'tensorType' || type.value.value.shape === undefined,
    );
    return around.body(graph, name, open ? flowingInto(reading, proto, inputs, around.before()) : []);
  };
  const { attrs, lists } = adapted(
    opType,
    reading.opset,
    readAttributes(reading, proto, name, opType, body),
    inputs.length,
    proto.output.length,
  );
  const tensors = new Map(lists.map((list) => [reading.fresh(`${name}/${list.name}`), vector('int64', list.values)]));
  return {
    tensors,
    node: {
      name,
      op: opType,
      inputs: [...inputs.slice(0, inputs.findLastIndex((input) => input !== '') + 1), ...tensors.keys()],
      ...(further.length > 0 && { outputs: further }),
      ...(Object.keys(attrs).length > 0 && { attrs }),
    },
  };
};

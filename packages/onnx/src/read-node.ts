import {
  isOpName,
  operators,
  sizeOf,
  toNumbers,
  type AttributeSpec,
  type OpName,
  type StoredTensor,
  type ValueType,
} from '@kirchhoff/graph';
import { addProblems, onnxSays, problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { widened } from './element.js';
import { AttributeProto_AttributeType as Kind, type GraphProto, type NodeProto } from './generated/onnx_pb.js';
import type { Prefix } from './prefix.js';
import { readAttribute, saturated, shortest } from './read-attribute.js';
import type { GraphDocument, Reading } from './read-graph.js';
import { spelledSince } from './opset.js';
import { readTensor } from './read-tensor.js';
import { respelled, vector } from './respelled.js';
import { upgradeLine, upgradeOf, type OldNode, type Upgrade, type Workshop } from './upgrade.js';

/** A node as a document writes it. */
export interface NodeDocument {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

/** What one ONNX node becomes: a node, several and tensors (an older spelling), or a tensor alone (Constant). */
export interface NodePart {
  readonly nodes: readonly NodeDocument[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The graph around a node. */
export interface Surroundings {
  readonly prefix: Prefix;
  readonly body: (graph: GraphProto, holder: string, types: readonly (ValueType | undefined)[]) => GraphDocument;
}

const nothing: NodePart = { nodes: [], tensors: new Map() };

/** The value of a Constant node. */
const constantOf = (reading: Reading, node: NodeProto, name: string): StoredTensor | undefined => {
  const [attribute] = node.attribute;
  switch (attribute?.name) {
    case 'value': {
      if (attribute.t === undefined) break;
      const stored = readTensor(attribute.t, reading);
      if (E.isRight(stored)) return stored.right;
      addProblems(reading.problems, stored.left);
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

/** Attributes that name an element type: half-precision floats are read as float32, so casting to one casts to that. */
const typeAttributes: { readonly [Op in OpName]?: string } = { Cast: 'to', EyeLike: 'dtype' };

const withoutHalf = (op: OpName, attrs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const name = typeAttributes[op];
  const code = name === undefined ? undefined : attrs[name];
  return name !== undefined && typeof code === 'number' ? { ...attrs, [name]: widened(code) } : attrs;
};

/** Attributes that say nothing of values: hints for memory of the first opsets, rounding to types that are not held. */
const isIdle = (op: string, attribute: string, opset: number): boolean =>
  (attribute === 'consumed_inputs' && opset < 6) || (attribute === 'round_mode' && op === 'Cast');

/** Attributes of the node as a document writes them, by what the operator has in opset 21 or `former` had before. */
const readAttributes = (
  reading: Reading,
  node: NodeProto,
  name: string,
  former: Readonly<Record<string, AttributeSpec>>,
  body: (graph: GraphProto) => unknown,
): Readonly<Record<string, unknown>> => {
  const { opType } = node;
  const specs = { ...(isOpName(opType) && operators[opType].attrs), ...former };
  const attrs = new Map<string, unknown>();
  for (const proto of node.attribute) {
    if (isIdle(opType, proto.name, reading.opset)) continue;
    const spec = Object.hasOwn(specs, proto.name) ? specs[proto.name] : undefined;
    if (spec === undefined) {
      // Left for the document's decoder, which names the nearest word; the value does not matter there.
      attrs.set(proto.name, Kind[proto.type]);
      continue;
    }
    const value = readAttribute(name, proto, spec, { ...reading, body });
    if (E.isLeft(value)) addProblems(reading.problems, value.left);
    else attrs.set(proto.name, value.right);
  }
  const read = Object.fromEntries(attrs);
  return isOpName(opType) ? withoutHalf(opType, read) : read;
};

/** Types of what flows into the body of a Scan, as far as the graph before it tells. */
const flowingInto = (
  node: NodeProto,
  inputs: readonly string[],
  prefix: Prefix,
): readonly (ValueType | undefined)[] => {
  const types = inputs.map(prefix.type);
  const ints = (name: string): readonly number[] =>
    node.attribute.find((attribute) => attribute.name === name)?.ints.map(Number) ?? [];
  const scanned = Number(node.attribute.find(({ name }) => name === 'num_scan_inputs')?.i ?? 0);
  return types.map((type, i) => {
    const k = i - (inputs.length - scanned);
    if (type === undefined || k < 0) return type;
    return { type: type.type, shape: type.shape.toSpliced(ints('scan_input_axes')[k] ?? 0, 1) };
  });
};

const noteUnsupported = (reading: Reading, operator: string, node: string): NodePart => {
  reading.unsupported.set(operator, [...(reading.unsupported.get(operator) ?? []), node]);
  return nothing;
};

/** The value of a short constant. */
export const constantValues = (reading: Reading, name: string): readonly number[] | undefined => {
  const stored = reading.store.get(name);
  return stored === undefined || sizeOf(stored.shape) > 64 ? undefined : [...toNumbers(stored.read())];
};

/** A node of an older spelling, in that of opset 21. */
const upgradedPart = (reading: Reading, upgrade: Upgrade, node: OldNode, around: Surroundings): NodePart => {
  const { name, op } = node;
  const tensors = new Map<string, StoredTensor>();
  const shop: Workshop = {
    opset: reading.opset,
    fresh: (part) => reading.fresh(`${name}/${part}`),
    tensor: (part, stored) => {
      const made = reading.fresh(`${name}/${part}`);
      tensors.set(made, stored);
      return made;
    },
    isConstant: (input) => reading.store.has(input),
    constant: (input) => constantValues(reading, input),
    stored: (input) => reading.store.get(input),
    type: around.prefix.type,
    refuse: (message) => {
      reading.problems.push(problem(`${reading.place} ${name} (${op})`, message));
      return [];
    },
  };
  const nodes = upgrade.apply(node, shop);
  reading.upgrades.push(upgradeLine(upgrade, node));
  return { nodes, tensors };
};

/** One node: renamed after its first output, in the spelling of opset 21. */
export const readNode = (
  reading: Reading,
  proto: NodeProto,
  rename: (name: string) => string,
  around: Surroundings,
): NodePart => {
  const { opType, domain } = proto;
  const { opset } = reading;
  const inputs = proto.input.map(rename);
  const lastUsed = proto.output.findLastIndex((output) => output !== '');
  const [first = '', ...outputs] = proto.output.slice(0, lastUsed + 1).map(rename);
  const name = first === '' ? reading.fresh(proto.name === '' ? opType : proto.name) : first;
  const label = proto.name === '' ? name : proto.name;
  const isStandard = domain === '' || domain === 'ai.onnx';
  const op = isStandard ? opType : `${domain}.${opType}`;
  const upgrade = upgradeOf(op, opset);
  if (upgrade === undefined) {
    if (!isStandard) return noteUnsupported(reading, op, label);
    if (!isOpName(opType)) return noteUnsupported(reading, opType, label);
    if (spelledSince[opType] > opset) return noteUnsupported(reading, `${opType} (in opset ${opset})`, label);
  }
  if (opType === 'Constant') {
    const stored = constantOf(reading, proto, name);
    return stored === undefined ? nothing : { nodes: [], tensors: new Map([[name, stored]]) };
  }
  const body = (graph: GraphProto): unknown => {
    const open = graph.input.some(
      ({ type }) => type?.value.case !== 'tensorType' || type.value.value.shape === undefined,
    );
    return around.body(graph, name, open ? flowingInto(proto, inputs, around.prefix) : []);
  };
  const attrs = readAttributes(reading, proto, name, upgrade?.attrs ?? {}, body);
  const node: OldNode = { name, op, inputs, outputs, attrs };
  return upgrade === undefined
    ? { nodes: [respelled(node, inputs, attrs)], tensors: new Map() }
    : upgradedPart(reading, upgrade, node, around);
};

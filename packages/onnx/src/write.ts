import { create, toBinary } from '@bufbuild/protobuf';
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import {
  bytesPerElement,
  elementTypeCodes,
  fromNumbers,
  graphsWithin,
  isInline,
  operators,
  outputsOf,
  rawBytes,
  sizeOf,
  toNumbers,
  type AttributeSpec,
  type AttributeValue,
  type Dim,
  type ElementType,
  type Graph,
  type InlineTensor,
  type Node,
  type OpName,
  type StoredTensor,
  type TensorStore,
  type TypedArray,
  type ValueType,
} from '@kirchhoff/graph';
import { onnxSays, problem, refuse, Refusal } from '@kirchhoff/message';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './generated/onnx_pb.js';
import { formerReductions, irVersionOf, newestWritten, oldestWritten, spelledSince, writableSince } from './opset.js';

export interface WriteOptions {
  /** Opset of the default domain, 13 to 21; default 21. */
  readonly opset?: number;
  /** Names the file and place of tensors that lie in a file (and are larger than 1 KiB) in place of copying them. */
  readonly external?: boolean;
  /**
   * Types of values. Those of outputs are declared; those of all other nodes' outputs are noted, so that a runtime knows
   * which buffers are of one size where its own inference loses a symbol.
   */
  readonly types?: ReadonlyMap<string, ValueType>;
  /** A sentence for each input and output. */
  readonly docs?: ReadonlyMap<string, string>;
  /** What the model says of itself, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Context {
  readonly store: TensorStore;
  readonly opset: number;
  readonly external: boolean;
  readonly types: ReadonlyMap<string, ValueType>;
  readonly docs: ReadonlyMap<string, string>;
  /** Every tensor written inside the graph or a body of it. */
  readonly inline: ReadonlyMap<string, InlineTensor>;
}

/** Tensors up to this many bytes are written into the model even where their file could be named. */
const smallTensor = 1024;

const { encodeUtf8 } = getTextEncoding();

const tensorProto = (name: string, type: ElementType, shape: readonly number[], data: TypedArray): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dataType: elementTypeCodes[type],
    dims: shape.map(BigInt),
    rawData: rawBytes(data),
  });

const inlineProto = (name: string, { type, shape, data }: InlineTensor): TensorProto =>
  tensorProto(name, type, shape, fromNumbers(type, data));

const storedProto = (name: string, tensor: StoredTensor, external: boolean): TensorProto => {
  const { type, shape, file } = tensor;
  const bytes = sizeOf(shape) * bytesPerElement[type];
  // A file that holds the tensor in another form (half-precision floats) has another length, and must be converted.
  if (!external || file === undefined || bytes <= smallTensor || file.length !== bytes)
    return tensorProto(name, type, shape, tensor.read());
  return create(TensorProtoSchema, {
    name,
    dataType: elementTypeCodes[type],
    dims: shape.map(BigInt),
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: 'location', value: file.name },
      { key: 'offset', value: String(file.offset) },
      { key: 'length', value: String(file.length) },
    ],
  });
};

const dimension = (dim: Dim) =>
  typeof dim === 'number'
    ? { value: { case: 'dimValue' as const, value: BigInt(dim) } }
    : { value: { case: 'dimParam' as const, value: dim } };

const valueInfo = (name: string, type: ValueType | undefined, docString = ''): ValueInfoProto =>
  create(ValueInfoProtoSchema, {
    name,
    ...(docString !== '' && { docString }),
    ...(type === undefined
      ? {}
      : {
          type: {
            value: {
              case: 'tensorType',
              value: { elemType: elementTypeCodes[type.type], shape: { dim: type.shape.map(dimension) } },
            },
          },
        }),
  });

const isList = (value: AttributeValue): value is readonly number[] | readonly string[] => Array.isArray(value);

const attributeProto = (context: Context, name: string, spec: AttributeSpec, value: AttributeValue): AttributeProto => {
  const list = isList(value) ? value : [];
  switch (spec.type) {
    case 'int':
      return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(Number(value)) });
    case 'float':
      return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: Number(value) });
    case 'string':
      return create(AttributeProtoSchema, { name, type: Kind.STRING, s: encodeUtf8(String(value)) });
    case 'ints':
      return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: list.map((item) => BigInt(item)) });
    case 'floats':
      return create(AttributeProtoSchema, { name, type: Kind.FLOATS, floats: list.map(Number) });
    case 'strings':
      return create(AttributeProtoSchema, {
        name,
        type: Kind.STRINGS,
        strings: list.map((item) => encodeUtf8(String(item))),
      });
    case 'tensor':
      return create(AttributeProtoSchema, { name, type: Kind.TENSOR, t: inlineProto('', value as InlineTensor) });
    case 'graph':
      return create(AttributeProtoSchema, { name, type: Kind.GRAPH, g: graphProto(context, value as Graph) });
  }
};

/** The constant axes of a reduction that the opset has as an attribute; undefined where they are no constant. */
const formerAxes = (
  node: Node,
  { inline, store }: Pick<Context, 'inline' | 'store'>,
): readonly number[] | undefined => {
  const name = node.inputs[1];
  if (name === undefined || name === '') return [];
  const stored = store.get(name);
  return inline.get(name)?.data ?? (stored === undefined ? undefined : [...toNumbers(stored.read())]);
};

const isFormer = ({ op }: Node, opset: number): boolean => opset < spelledSince[op] && formerReductions.includes(op);

const formerReduction = (context: Context, node: Node): NodeProto => {
  const axes = formerAxes(node, context) ?? [];
  const spec = { type: 'ints', optional: true } as const;
  const proto = nodeProto(context, { ...node, inputs: node.inputs.slice(0, 1) });
  if (axes.length > 0) proto.attribute.push(attributeProto(context, 'axes', spec, axes));
  return proto;
};

/** Operators of which ONNX wants every output named, read or not. */
const wholeOutputs: readonly OpName[] = ['TopK'];

const writtenOutputs = (node: Node): readonly string[] => {
  const given = outputsOf(node);
  if (!wholeOutputs.includes(node.op)) return given;
  return operators[node.op].outputs.map((label, i) => given[i] || `${node.name}/${label.toLowerCase()}`);
};

const nodeProto = (context: Context, node: Node): NodeProto => {
  const specs: Readonly<Record<string, AttributeSpec>> = operators[node.op].attrs;
  const attribute = Object.entries(node.attrs ?? {}).map(([name, value]) => {
    const spec = specs[name] ?? refuse(node.name, onnxSays.unknownAttribute(node.op, name, Object.keys(specs)));
    return attributeProto(context, name, spec, value);
  });
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.op,
    input: [...node.inputs],
    output: [...writtenOutputs(node)],
    attribute,
  });
};

/** The types of what the nodes compute, but for the outputs, which are declared elsewhere. */
const notedTypes = ({ types }: Context, { nodes, outputs }: Graph): ValueInfoProto[] => {
  const declared = new Set(outputs);
  return nodes.flatMap(outputsOf).flatMap((name) => {
    const type = declared.has(name) ? undefined : types.get(name);
    return type === undefined ? [] : [valueInfo(name, type)];
  });
};

const graphProto = (context: Context, graph: Graph): GraphProto => {
  const inputTypes = new Map<string, ValueType>(graph.inputs.map((input) => [input.name, input]));
  const initializer = Object.entries(graph.tensors).map(([name, entry]) => {
    const stored = context.store.get(name);
    if (stored !== undefined) return storedProto(name, stored, context.external);
    return isInline(entry) ? inlineProto(name, entry) : refuse(name, onnxSays.missingTensor(name, entry.file));
  });
  return create(GraphProtoSchema, {
    name: graph.name === '' ? 'graph' : graph.name,
    node: graph.nodes.map((node) =>
      isFormer(node, context.opset) ? formerReduction(context, node) : nodeProto(context, node),
    ),
    initializer,
    input: graph.inputs.map((input) => valueInfo(input.name, input, context.docs.get(input.name))),
    valueInfo: notedTypes(context, graph),
    output: graph.outputs.map((name) =>
      valueInfo(name, inputTypes.get(name) ?? context.types.get(name), context.docs.get(name)),
    ),
  });
};

const inlineWithin = (graph: Graph): readonly (readonly [string, InlineTensor])[] =>
  [...graphsWithin(graph)].flatMap(({ tensors }) =>
    Object.entries(tensors).flatMap(([name, entry]) => (isInline(entry) ? [[name, entry] as const] : [])),
  );

const checkOpset = (graph: Graph, context: Context): void => {
  const { opset } = context;
  if (opset < oldestWritten || opset > newestWritten)
    refuse('', onnxSays.unwritableOpset(opset, oldestWritten, newestWritten));
  const tooNew = [...graphsWithin(graph)]
    .flatMap(({ nodes }) => nodes)
    .filter((node) => !(isFormer(node, opset) && formerAxes(node, context) !== undefined))
    .map((node) => ({ node, since: writableSince(node) }))
    .filter(({ since }) => since > opset);
  if (tooNew.length > 0)
    throw new Refusal(tooNew.map(({ node, since }) => problem(node.name, onnxSays.needsOpset(node.op, opset, since))));
};

/**
 * A graph as an ONNX model (a serialized ModelProto). Node and value names are kept.
 * @throws Refusal where a tensor is not loaded or the opset is too old for an operator.
 */
export const encodeOnnx = (graph: Graph, store: TensorStore, options: WriteOptions = {}): Uint8Array => {
  const opset = options.opset ?? newestWritten;
  const context: Context = {
    store,
    opset,
    external: options.external ?? false,
    types: options.types ?? new Map(),
    docs: options.docs ?? new Map(),
    inline: new Map(inlineWithin(graph)),
  };
  checkOpset(graph, context);
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(irVersionOf(opset)),
    producerName: 'kirchhoff',
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    graph: graphProto(context, graph),
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
  });
  return toBinary(ModelProtoSchema, model);
};

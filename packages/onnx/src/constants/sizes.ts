import { create } from '@bufbuild/protobuf';
import { elementTypeCodes, fromNumbers, isOpName, operators, type KnownTensor, type ValueType } from '@kirchhoff/graph';
import {
  TensorProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../generated/onnx_pb.js';
import type { Prefix } from '../prefix.js';
import { altered } from './altered.js';
import { namesRead, regionOf } from './free.js';

const asksSizes: readonly string[] = ['Shape', 'Size'];

/** Whether shape inference itself computes what the operator makes of known values. */
const isFollowed = (op: string): boolean => isOpName(op) && operators[op].evaluate !== undefined;

/** Values that depend on nothing but sizes, and the nodes that make of them what shape inference does not follow. */
const sizeNodes = (
  graph: GraphProto,
): { readonly values: ReadonlySet<string>; readonly asking: readonly NodeProto[] } => {
  const { isConstant } = regionOf(graph);
  const values = new Set<string>();
  const asking: NodeProto[] = [];
  for (const node of graph.node) {
    const read = namesRead(node);
    const bySizes =
      asksSizes.includes(node.opType) ||
      (read.some((name) => values.has(name)) && read.every((name) => values.has(name) || isConstant(name)));
    if (!bySizes || node.output.length > 1) continue;
    node.output.forEach((name) => values.add(name));
    if (!asksSizes.includes(node.opType) && !isFollowed(node.opType)) asking.push(node);
  }
  return { values, asking };
};

const tensorOf = (name: string, type: ValueType, { shape, values }: KnownTensor): TensorProto => {
  const data = fromNumbers(type.type, values.map(Number));
  return create(TensorProtoSchema, {
    name,
    dataType: elementTypeCodes[type.type],
    dims: shape.map(BigInt),
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  });
};

/**
 * The model with sizes that are known as tensors, where something is made of them that only an engine computes; undefined
 * where there is nothing of the kind.
 */
export const withKnownSizes = (model: ModelProto, prefix: Prefix): ModelProto | undefined => {
  const graph = model.graph!;
  const { values, asking } = sizeNodes(graph);
  if (asking.length === 0) return undefined;
  const { types, known } = prefix.typed();
  const numbersOf = (name: string): KnownTensor | undefined => {
    const value = known.get(name);
    return value?.values.every((one) => typeof one === 'number') === true && types.has(name) ? value : undefined;
  };
  const ready = asking.filter((node) => namesRead(node).every((name) => !values.has(name) || numbersOf(name)));
  const names = new Set(ready.flatMap(namesRead).filter((name) => values.has(name)));
  if (names.size === 0) return undefined;
  return altered(model, {
    graph: altered(graph, {
      node: graph.node.filter(({ output }) => !names.has(output[0] ?? '')),
      initializer: [
        ...graph.initializer,
        ...[...names].map((name) => tensorOf(name, types.get(name)!, numbersOf(name)!)),
      ],
    }),
  });
};

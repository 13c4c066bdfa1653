import type { NodeProto, TensorProto } from '../generated/onnx_pb.js';
import { namesRead, type Region } from './free.js';

/** What only lays a tensor out anew. Of a large one it stays a node, so that its bytes stay in their file. */
const layouts: readonly string[] = ['Flatten', 'Identity', 'Reshape', 'Squeeze', 'Transpose', 'Unsqueeze'];

/** Numbers of a tensor that is large. */
const large = 2 ** 18;

const sizeOf = ({ dims }: TensorProto): number => dims.reduce((size, dim) => size * Number(dim), 1);

const isLarge = (region: Region, name: string): boolean => {
  const tensor = region.tensors.get(name);
  if (tensor !== undefined) return sizeOf(tensor) > large;
  const node = region.free.get(name);
  return node !== undefined && layouts.includes(node.opType) && isLarge(region, node.input[0] ?? '');
};

/** Free nodes of a region that stay, and the values that are to be computed in place of the others. */
export interface Demand {
  readonly kept: ReadonlySet<NodeProto>;
  readonly wanted: readonly string[];
}

/**
 * What of a region's free nodes is read by `nodes`, which stay, and by the outputs. `refused` are nodes that could not be
 * computed.
 */
export const demandOf = (region: Region, nodes: readonly NodeProto[], refused: ReadonlySet<NodeProto>): Demand => {
  const { graph, free } = region;
  const stays = (node: NodeProto): boolean =>
    node.opType === 'Constant' ||
    refused.has(node) ||
    (layouts.includes(node.opType) && isLarge(region, node.input[0] ?? ''));
  const kept = new Set<NodeProto>();
  const wanted = new Set<string>();
  const ask = (name: string): void => {
    const node = free.get(name);
    if (node === undefined || kept.has(node)) return;
    if (!stays(node)) {
      wanted.add(name);
      return;
    }
    kept.add(node);
    namesRead(node).forEach(ask);
  };
  nodes.flatMap(namesRead).forEach(ask);
  graph.output.forEach(({ name }) => ask(name));
  return { kept, wanted: [...wanted] };
};

import {
  attributesOf,
  freshNames,
  ints,
  makerOf,
  namesIn,
  transposedWindowOf,
  windowOf,
  type Graph,
  type Maker,
  type Node,
  type TensorEntry,
  type ValueType,
} from '@kirchhoff/graph';

type Types = ReadonlyMap<string, ValueType>;

/** The spatial sizes of a value, where all are numbers. */
const spatialOf = (types: Types, name: string): readonly number[] | undefined => {
  const dims = types.get(name)?.shape.slice(2);
  return dims?.every((dim) => typeof dim === 'number') ? dims : undefined;
};

/**
 * A pool of which ceil_mode counts a window that would begin in the padding after the input. Opset 22 leaves it out, as
 * engines do; shape inference of older opsets counts it. Written with the pads that give the right number of windows.
 */
const settledPool = (node: Node, types: Types, { nodes, make, tensor }: Maker): readonly Node[] => {
  const [x = ''] = node.inputs;
  const attrs = attributesOf(node);
  const [sizes, kernel] = [spatialOf(types, x), ints(attrs, 'kernel_shape')];
  const { ceil_mode: _, ...written } = attrs;
  const output = spatialOf(types, node.name);
  if (sizes === undefined || output === undefined) return [node];
  const { strides, dilations, pads } = windowOf(attrs, sizes, kernel);
  if (pads === undefined) return [node];
  const rank = sizes.length;
  const room = sizes.map((size, i) => size + pads[i]! + pads[i + rank]! - dilations[i]! * (kernel[i]! - 1) - 1);
  const low = output.every((count, i) => count === Math.floor(room[i]! / strides[i]!) + 1);
  const high = output.every((count, i) => count === Math.ceil(room[i]! / strides[i]!) + 1);
  if (low) return [{ ...node, attrs: written }];
  if (high) return [node];
  const over = output.map((count, i) => {
    const end = (count - 1) * strides[i]! + dilations[i]! * (kernel[i]! - 1) + 1;
    return Math.max(0, end - sizes[i]! - pads[i]!);
  });
  if (node.op === 'MaxPool' || attrs['count_include_pad'] === 0)
    return [{ ...node, attrs: { ...written, pads: [...pads.slice(0, rank), ...over] } }];
  const all = [0, 0, ...pads.slice(0, rank), 0, 0, ...pads.slice(rank)];
  const beyond = over.map((more, i) => Math.max(0, more - pads[i + rank]!));
  const padded = make('padded', 'Pad', [x, tensor('pads', { type: 'int64', shape: [all.length], data: all })]);
  const kept = { ...written, count_include_pad: 0, pads: [...beyond.map(() => 0), ...beyond] };
  return [...nodes, { ...node, inputs: [padded], attrs: kept }];
};

/** Pads of a ConvTranspose that follow from its output's size and from output_padding: engines do not agree on them. */
const settledTranspose = (node: Node, types: Types): Node => {
  const [x = '', weight = ''] = node.inputs;
  const attrs = attributesOf(node);
  const [sizes, kernel] = [spatialOf(types, x), spatialOf(types, weight)];
  if (sizes === undefined || kernel === undefined) return node;
  const { pads } = transposedWindowOf(attrs, sizes, kernel);
  if (pads === undefined) return node;
  const { auto_pad: _auto, output_shape: _asked, ...kept } = attrs;
  return { ...node, attrs: { ...kept, pads } };
};

const needsPads = ({ op, attrs = {} }: Node): boolean =>
  op === 'ConvTranspose' &&
  ints(attrs, 'output_padding', []).some((extra) => extra !== 0) &&
  (String(attrs['auto_pad']).startsWith('SAME') || attrs['output_shape'] !== undefined);

const needsCount = ({ op, attrs = {} }: Node): boolean =>
  (op === 'MaxPool' || op === 'AveragePool') && attrs['ceil_mode'] === 1;

/** The graph with windows that every engine reads alike: pads in place of what shape inference and engines disagree on. */
export const settleWindows = (graph: Graph, typesOf: () => Types): Graph => {
  if (!graph.nodes.some((node) => needsCount(node) || needsPads(node))) return graph;
  const types = typesOf();
  const tensors: Record<string, TensorEntry> = { ...graph.tensors };
  const fresh = freshNames(namesIn(graph), '_');
  const nodes = graph.nodes.flatMap((node) =>
    needsCount(node)
      ? settledPool(node, types, makerOf(fresh, `${node.name}/`, { tensors }))
      : [needsPads(node) ? settledTranspose(node, types) : node],
  );
  return { ...graph, nodes, tensors };
};

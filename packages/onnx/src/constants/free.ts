import type { GraphProto, NodeProto, TensorProto } from '../generated/onnx_pb.js';

/** Operators whose value is drawn, or kept, elsewhere than in their inputs. */
const drawn: readonly string[] = [
  'Bernoulli',
  'Multinomial',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
];

export const bodiesOf = (node: NodeProto): readonly GraphProto[] =>
  node.attribute.flatMap(({ g }) => (g === undefined ? [] : [g]));

/** Names that a graph takes from around it. */
export const capturedBy = (graph: GraphProto): readonly string[] => {
  const own = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const read = [...graph.node.flatMap(namesRead), ...graph.output.map(({ name }) => name)];
  return read.filter((name) => !own.has(name));
};

/** Every value that a node reads, those that its bodies capture included. */
export const namesRead = (node: NodeProto): readonly string[] => [
  ...node.input.filter((name) => name !== ''),
  ...bodiesOf(node).flatMap(capturedBy),
];

/** A graph, and which of its nodes depend on no input. */
export interface Region {
  /** Tells the values of nested graphs apart; empty for the model's own. */
  readonly prefix: string;
  readonly graph: GraphProto;
  readonly tensors: ReadonlyMap<string, TensorProto>;
  /** Free nodes by each name that they give out. */
  readonly free: ReadonlyMap<string, NodeProto>;
  readonly isConstant: (name: string) => boolean;
  /** The graph around it. */
  readonly outer: Region | undefined;
}

/**
 * What an engine is not to compute: what is drawn (Dropout with its third input is that of training), and optional values,
 * which onnxruntime cannot give out.
 */
const isDrawn = (node: NodeProto): boolean =>
  drawn.includes(node.opType) ||
  node.opType.startsWith('Optional') ||
  (node.opType === 'Dropout' && (node.input[2] ?? '') !== '') ||
  bodiesOf(node).some((body) => body.node.some(isDrawn));

/** Which nodes depend on nothing but tensors of the model. Inside a body, only nodes without bodies of their own. */
export const regionOf = (graph: GraphProto, prefix = '', outer?: Region): Region => {
  const own = new Set([...graph.input.map(({ name }) => name), ...graph.node.flatMap(({ output }) => output)]);
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const free = new Map<string, NodeProto>();
  const isConstant = (name: string): boolean =>
    tensors.has(name) || free.has(name) || (!own.has(name) && outer?.isConstant(name) === true);
  for (const node of graph.node) {
    if (isDrawn(node) || (outer !== undefined && bodiesOf(node).length > 0)) continue;
    if (!namesRead(node).every(isConstant)) continue;
    for (const name of node.output) if (name !== '') free.set(name, node);
  }
  return { prefix, graph, tensors, free, isConstant, outer };
};

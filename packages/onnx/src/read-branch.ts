import { symbolsOfDim } from '@kirchhoff/graph';
import { onnxSays, problem } from '@kirchhoff/message';
import type { GraphProto, NodeProto } from './generated/onnx_pb.js';
import type { Prefix } from './prefix.js';
import type { Reading } from './read-graph.js';
import { constantValues, type NodeDocument } from './read-node.js';

/** Open dimensions that a condition depends on; undefined where it depends on data. */
export const openSizes = (
  name: string,
  nodes: readonly NodeDocument[],
  prefix: Prefix,
): readonly string[] | undefined => {
  const { types, graph, store, known } = prefix.typed();
  const made = new Map(
    nodes.flatMap((node) => [node.name, ...(node.outputs ?? [])].map((one) => [one, node] as const)),
  );
  const sizes = new Set<string>();
  const seen = new Set<string>();
  const follow = (value: string): boolean => {
    if (value === '' || seen.has(value) || store.has(value) || Object.hasOwn(graph.tensors, value)) return true;
    seen.add(value);
    const values = known.get(value)?.values;
    if (values !== undefined) {
      for (const dim of values) if (typeof dim === 'string') sizes.add(dim);
      return true;
    }
    const node = made.get(value);
    if (node === undefined) return false;
    if (node.op !== 'Shape' && node.op !== 'Size') return node.inputs.every(follow);
    for (const dim of types.get(node.inputs[0] ?? '')?.shape ?? []) if (typeof dim === 'string') sizes.add(dim);
    return true;
  };
  return follow(name) ? [...sizes] : undefined;
};

const graphNamed = (node: NodeProto, name: string): GraphProto | undefined =>
  node.attribute.find((attribute) => attribute.name === name)?.g;

/**
 * The branch of an If whose condition is a constant or follows from sizes. Where it does neither, that is a problem of the
 * reading, and the node stands for nothing (the branch that is undefined).
 */
export const takenBranch = (
  reading: Reading,
  node: NodeProto,
  rename: (name: string) => string,
  prefix: Prefix,
  nodes: readonly NodeDocument[],
): GraphProto | undefined => {
  const condition = rename(node.input[0] ?? '');
  const [holds] = constantValues(reading, condition) ?? prefix.known(condition)?.values ?? [];
  if (typeof holds === 'number') {
    const taken = holds === 0 ? 'else_branch' : 'then_branch';
    reading.upgrades.push(onnxSays.tookBranch(rename(node.output[0] ?? ''), taken));
    return graphNamed(node, taken);
  }
  const label = node.name === '' ? rename(node.output[0] ?? '') : node.name;
  const depends = openSizes(condition, nodes, prefix);
  for (const dim of depends ?? [])
    for (const symbol of symbolsOfDim(dim)) reading.decisive.set(symbol, { node: label, op: 'If' });
  reading.problems.push(problem(reading.place, onnxSays.openCondition(label, depends)));
  return undefined;
};

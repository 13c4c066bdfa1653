import { toNumbers, type Graph, type Node, type OpName, type Tensor } from '@kirchhoff/graph';
import { floats, rowSize } from './rows.js';

const maxima: readonly OpName[] = ['MaxPool', 'GlobalMaxPool'];

/** Whether a node takes the maximum of each of its windows. */
export const isMaximum = ({ op }: Node): boolean => maxima.includes(op);

const indicesOf = ({ name, outputs = [] }: Node): string => outputs[0] || `${name}/indices`;

/** The graph whose max-pools also say where they found their maxima, and the names of those values. */
export const withIndices = (graph: Graph): { readonly graph: Graph; readonly indices: readonly string[] } => {
  const pools = graph.nodes.filter(({ op }) => op === 'MaxPool');
  const telling = (node: Node): Node =>
    pools.includes(node) ? { ...node, outputs: [indicesOf(node)], attrs: { ...node.attrs, storage_order: 0 } } : node;
  return { graph: { ...graph, nodes: graph.nodes.map(telling) }, indices: pools.map(indicesOf) };
};

/** Of each row of `size` numbers, the place of the first largest, counted from the start of its sample. */
const firstLargest = (values: Float32Array, size: number, sample: number): Int32Array =>
  Int32Array.from({ length: values.length / size }, (_, row) => {
    const start = row * size;
    let best = start;
    for (let i = start + 1; i < start + size; i++) if (values[i]! > values[best]!) best = i;
    return best % sample;
  });

/**
 * Where each window's maximum lies in the node's input, counted from the start of its sample; the first of equal ones.
 * @param values of the graph that `withIndices` made
 */
export const winnersOf = (node: Node, values: Readonly<Record<string, Tensor>>): Int32Array => {
  const x = values[node.inputs[0]!]!;
  const sample = rowSize(x);
  if (node.op === 'MaxPool') return Int32Array.from(toNumbers(values[indicesOf(node)]!.data), (at) => at % sample);
  const rows = values[node.name]!.data.length;
  return firstLargest(floats(x), x.data.length / rows, sample);
};

/** Elements of a batch by their places in their samples, as many places for each sample. */
export const elementsAt = (x: Tensor, places: Int32Array): Float32Array => {
  const [values, size] = [floats(x), rowSize(x)];
  const each = places.length / x.shape[0]!;
  return Float32Array.from(places, (at, i) => values[Math.floor(i / each) * size + at]!);
};

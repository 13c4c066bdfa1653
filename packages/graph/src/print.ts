import { isGraphValue } from './body.js';
import {
  isInline,
  outputsOf,
  type AttributeValue,
  type Dim,
  type Graph,
  type Input,
  type Node,
  type Range,
  type TensorEntry,
} from './graph.js';
import type { ValueType } from './operators/row.js';
import type { TensorStore } from './tensor.js';

/** What is known of the graph's values beside the document; whatever is missing is left out of the text. */
export interface Known {
  readonly types?: ReadonlyMap<string, ValueType>;
  readonly store?: TensorStore;
  readonly bodies?: ReadonlyMap<string, Known>;
}

const printType = ({ type, shape }: { readonly type: string; readonly shape: readonly Dim[] }): string =>
  `${type}[${shape.join(',')}]`;

const printBound = (bound: number | readonly number[]): string =>
  typeof bound === 'number' ? String(bound) : `[${bound.join(', ')}]`;
const printRange = ({ low, high }: Range): string => ` in ${printBound(low)} … ${printBound(high)}`;

const shown = 8;
const printNumbers = (values: readonly (number | string)[]): string =>
  values.length > shown ? `${values.slice(0, shown).join(',')},… (${values.length})` : values.join(',');

/** An attribute on the node's line; a body has lines of its own. */
const printArgument = (value: AttributeValue): string | undefined => {
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  if (isGraphValue(value)) return undefined;
  if ('data' in value) return `${printType(value)}{${printNumbers(value.data)}}`;
  return `[${printNumbers(value)}]`;
};

const printInput = (input: Input): string =>
  `input ${input.name}: ${printType(input)}${input.range ? printRange(input.range) : ''}`;

const printTensor = (name: string, entry: TensorEntry, { store, types }: Known): string => {
  if (isInline(entry)) return `tensor ${name}: ${printType(entry)} = ${printNumbers(entry.data)}`;
  const type = store?.get(name) ?? types?.get(name);
  const key = entry.key === undefined || entry.key === name ? '' : ` ${entry.key}`;
  return `tensor ${name}${type === undefined ? '' : `: ${printType(type)}`} = ${entry.file}${key}`;
};

const printNode = (node: Node, known: Known, indent: string): readonly string[] => {
  const labels = outputsOf(node).map((name) => {
    const type = known.types?.get(name);
    return `${name === '' ? '_' : name}${type === undefined ? '' : `: ${printType(type)}`}`;
  });
  const bodies: string[] = [];
  const words = [`${node.op}(${node.inputs.map((name) => (name === '' ? '_' : name)).join(', ')})`];
  for (const [key, value] of Object.entries(node.attrs ?? {})) {
    const text = printArgument(value);
    if (text !== undefined) words.push(`${key}=${text}`);
    if (isGraphValue(value)) {
      bodies.push(`${indent}  ${key}:`, ...printLines(value, known.bodies?.get(node.name) ?? {}, `${indent}    `));
    }
  }
  if (node.preamble) words.push('preamble');
  for (const [role, port] of Object.entries(node.roles ?? {})) words.push(`${role}=${port}`);
  return [`${indent}${labels.join(', ')} = ${words.join(' ')}`, ...bodies];
};

const printLines = (graph: Graph, known: Known, indent: string): readonly string[] => [
  ...graph.inputs.map((input) => indent + printInput(input)),
  ...Object.entries(graph.tensors).map(([name, entry]) => indent + printTensor(name, entry, known)),
  ...graph.nodes.flatMap((node) => printNode(node, known, indent)),
  `${indent}output ${graph.outputs.join(', ')}`,
];

/**
 * The graph as a text to read, compare and keep in snapshots: a line for each input, tensor, node and for the outputs,
 * bodies indented below their node. A `TypedGraph` serves as `known` and gives each value its type and shape.
 */
export const printGraph = (graph: Graph, known: Known = {}): string =>
  [`graph ${graph.name}`.trimEnd(), ...printLines(graph, known, '  ')].join('\n');

import { encodeAttributes } from './argument.js';
import { graphFormat } from './codec.js';
import { isInline, type Graph, type Input, type Node, type TensorEntry } from './graph.js';
import { encodeInline, writeNumber } from './literal.js';
import { operators } from './operators/index.js';

const encodeBound = (bound: number | readonly number[]): unknown =>
  typeof bound === 'number' ? writeNumber(bound) : bound.map(writeNumber);

const encodeInput = ({ name, type, shape, range }: Input): object => ({
  name,
  type,
  shape,
  ...(range && { range: [encodeBound(range.low), encodeBound(range.high)] }),
});

const encodeNode = ({ name, op, inputs, outputs = [], attrs = {}, roles, preamble }: Node): object => {
  const written = encodeAttributes(operators[op], attrs, encodeBody);
  return {
    name,
    op,
    inputs,
    ...(outputs.length > 0 && { outputs }),
    ...(Object.keys(written).length > 0 && { attrs: written }),
    ...(roles && { roles }),
    ...(preamble && { preamble }),
  };
};

const encodeTensor = (entry: TensorEntry): object =>
  isInline(entry) ? encodeInline(entry) : { file: entry.file, ...(entry.key !== undefined && { key: entry.key }) };

const encodeParts = ({ inputs, nodes, outputs, tensors }: Graph): object => {
  const entries = Object.entries(tensors).map(([name, entry]) => [name, encodeTensor(entry)] as const);
  return {
    inputs: inputs.map(encodeInput),
    nodes: nodes.map(encodeNode),
    outputs,
    ...(entries.length > 0 && { tensors: Object.fromEntries(entries) }),
  };
};

const encodeBody = (body: Graph): object => ({ ...(body.name !== '' && { name: body.name }), ...encodeParts(body) });

/** The graph as a `kirchhoff-graph/1` document: a fixed order of keys, nothing empty, no attribute at its default. */
export const encodeGraph = (graph: Graph): object => ({ format: graphFormat, name: graph.name, ...encodeParts(graph) });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const hasBody = (value: unknown): boolean =>
  isObject(value) && ('nodes' in value || Object.values(value).some(hasBody));

const onOneLine = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (!isObject(value)) return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  const fields = Object.entries(value).map(([key, v]) => `${JSON.stringify(key)}: ${onOneLine(v)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
};

const block = (open: string, lines: readonly string[], close: string, indent: string): string =>
  lines.length === 0
    ? open + close
    : `${open}\n${lines.map((line) => `${indent}  ${line}`).join(',\n')}\n${indent}${close}`;

/** One line for each input, node and tensor; a graph (the document itself, and a body) spreads over lines. */
const format = (value: unknown, indent: string): string => {
  if (!isObject(value) || !hasBody(value)) return onOneLine(value);
  const isGraph = 'nodes' in value;
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(([key, part]) => {
    const label = `${JSON.stringify(key)}: `;
    if (!isGraph) return label + format(part, inner);
    if ((key === 'inputs' || key === 'nodes') && Array.isArray(part)) {
      return (
        label +
        block(
          '[',
          part.map((element) => format(element, `${inner}  `)),
          ']',
          inner,
        )
      );
    }
    if (key !== 'tensors' || !isObject(part)) return label + onOneLine(part);
    const entries = Object.entries(part).map(([name, entry]) => `${JSON.stringify(name)}: ${onOneLine(entry)}`);
    return label + block('{', entries, '}', inner);
  });
  return block('{', lines, '}', indent);
};

/** The document as a text made for reading and for diffs: one line for each input, node and tensor. */
export const formatGraph = (graph: Graph): string => `${format(encodeGraph(graph), '')}\n`;

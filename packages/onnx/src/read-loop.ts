import { symbolsOfDim, type StoredTensor } from '@kirchhoff/graph';
import { onnxSays, problem } from '@kirchhoff/message';
import type { GraphProto, NodeProto } from './generated/onnx_pb.js';
import type { Prefix } from './prefix.js';
import { openSizes } from './read-branch.js';
import type { Reading } from './read-graph.js';
import { constantValues, type NodeDocument } from './read-node.js';

/** More nodes than this are not made of one Loop. */
const mostNodes = 20_000;

/** A Loop whose number of steps is known, and that no condition ends before. */
export interface Steps {
  readonly count: number;
  readonly body: GraphProto;
}

/** Where the values of one step lie. */
export interface StepNames {
  /** Of the body's own values. */
  readonly inside: (name: string) => string;
  /** Of the states before the step. */
  readonly states: readonly string[];
}

const bodyOf = ({ attribute }: NodeProto): GraphProto | undefined => attribute.find(({ name }) => name === 'body')?.g;

/** Whether the body hands on the condition that it is given, or says that it holds. */
const isEndless = (body: GraphProto, holds: (name: string) => boolean): boolean => {
  const makers = new Map(body.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const follow = (name: string): boolean => {
    const node = makers.get(name);
    if (node?.opType === 'Identity' || node?.opType === 'Cast') return follow(node.input[0] ?? '');
    const constant =
      node?.opType === 'Constant'
        ? node.attribute.find((one) => one.name === 'value')?.t
        : body.initializer.find((one) => one.name === name);
    if (constant !== undefined) return constant.rawData.some((byte) => byte !== 0) || constant.int32Data.some(Boolean);
    return name === body.input[1]?.name || (node === undefined && holds(name));
  };
  return follow(body.output[0]?.name ?? '');
};

/** The steps of a Loop; where they are not known beforehand, that is a problem of the reading. */
export const knownSteps = (
  reading: Reading,
  node: NodeProto,
  rename: (name: string) => string,
  prefix: Prefix,
  nodes: readonly NodeDocument[],
): Steps | undefined => {
  const body = bodyOf(node);
  const label = node.name === '' ? rename(node.output.find((name) => name !== '') ?? '') : node.name;
  const refused = (message: string): undefined => {
    reading.problems.push(problem(reading.place, message));
    return undefined;
  };
  const valueOf = (name: string): unknown => constantValues(reading, name)?.[0] ?? prefix.known(name)?.values[0];
  const [most = '', goes = ''] = node.input.map(rename);
  const begins = goes === '' ? 1 : valueOf(goes);
  if (body === undefined || body.input.length !== node.input.length || body.output.length !== node.output.length + 1)
    return refused(onnxSays.malformedLoop(label));
  if (most === '' || !isEndless(body, (name) => valueOf(rename(name)) === 1) || (begins !== 1 && begins !== 0))
    return refused(onnxSays.openLoop(label, undefined));
  const count = begins === 0 ? 0 : valueOf(most);
  if (typeof count !== 'number') {
    const depends = openSizes(most, nodes, prefix);
    for (const dim of depends ?? [])
      for (const symbol of symbolsOfDim(dim)) reading.decisive.set(symbol, { node: label, op: 'Loop' });
    return refused(onnxSays.openLoop(label, depends ?? []));
  }
  if (count <= 0 && node.output.length > node.input.length - 2) return refused(onnxSays.emptyLoop(label));
  const all = count * Math.max(1, body.node.length);
  return all > mostNodes ? refused(onnxSays.longLoop(label, count, mostNodes)) : { count: Math.max(0, count), body };
};

/** What each step begins with: its number, the condition, the states. */
export const stepBegin = (
  body: GraphProto,
  step: number,
  { inside, states }: StepNames,
): { readonly nodes: readonly NodeDocument[]; readonly tensors: readonly (readonly [string, StoredTensor])[] } => {
  const [number, condition, ...own] = body.input.map(({ name }) => inside(name));
  return {
    nodes: own.map((name, i) => ({ name, op: 'Identity', inputs: [states[i] ?? ''] })),
    tensors: [
      [number ?? '', { type: 'int64', shape: [], read: () => BigInt64Array.of(BigInt(step)) }],
      [condition ?? '', { type: 'bool', shape: [], read: () => Uint8Array.of(1) }],
    ],
  };
};

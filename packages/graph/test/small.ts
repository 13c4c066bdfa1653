import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import {
  facts,
  infer,
  outputsOf,
  type Attributes,
  type Dim,
  type ElementType,
  type Graph,
  type InlineTensor,
  type Input,
  type Node,
  type OpName,
  type Range,
  type TensorEntry,
  type TypedGraph,
} from '@kirchhoff/graph';

/** One argument of a node: a computed value, a constant, or (null) an omitted input. */
export type Argument =
  { readonly type: ElementType; readonly shape: readonly Dim[]; readonly range?: Range } | InlineTensor | null;

export const f = (...shape: readonly Dim[]): Argument => ({ type: 'float32', shape });
export const ranged = (low: number, high: number, ...shape: readonly Dim[]): Argument => ({
  type: 'float32',
  shape,
  range: { low, high },
});
export const typed = (type: ElementType, ...shape: readonly Dim[]): Argument => ({ type, shape });
/** A constant int64 vector. */
export const ints = (...data: readonly number[]): InlineTensor => ({ type: 'int64', shape: [data.length], data });
export const int = (value: number): InlineTensor => ({ type: 'int64', shape: [], data: [value] });
export const floats = (...data: readonly number[]): InlineTensor => ({ type: 'float32', shape: [data.length], data });
export const scalar = (value: number): InlineTensor => ({ type: 'float32', shape: [], data: [value] });

export const node = (
  name: string,
  op: OpName,
  inputs: readonly string[],
  attrs?: Attributes,
  outputs?: readonly string[],
): Node => ({
  name,
  op,
  inputs,
  ...(attrs === undefined ? {} : { attrs }),
  ...(outputs === undefined ? {} : { outputs }),
});

export const graphOf = (
  inputs: readonly Input[],
  nodes: readonly Node[],
  tensors: Readonly<Record<string, TensorEntry>> = {},
): Graph => ({ name: 'test', inputs, nodes, outputs: nodes.slice(-1).map((n) => n.name), tensors });

/** A graph of a single node `y`. Computed arguments are the inputs x0, x1, …; constants the tensors c0, c1, …. */
export const single = (
  op: OpName,
  args: readonly Argument[],
  attrs?: Attributes,
  further: readonly string[] = [],
): Graph => {
  const inputs: Input[] = [];
  const tensors: Record<string, TensorEntry> = {};
  const names = args.map((arg, i) => {
    if (arg === null) return '';
    if ('data' in arg) tensors[`c${i}`] = arg;
    else inputs.push({ name: `x${i}`, ...arg });
    return 'data' in arg ? `c${i}` : `x${i}`;
  });
  return graphOf(inputs, [node('y', op, names, attrs, further.length > 0 ? further : undefined)], tensors);
};

export const inferred = (graph: Graph): TypedGraph => {
  const result = infer(graph, new Map());
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return result.right;
};

export const problemsOf = (graph: Graph): string => {
  const result = infer(graph, new Map());
  return E.isLeft(result) ? printProblems(result.left) : 'no problem';
};

/** `float32[N, 3]` for a value of a graph. */
export const typeText = ({ types }: TypedGraph, name: string): string => {
  const found = types.get(name);
  return found === undefined ? 'unknown' : `${found.type}[${found.shape.join(', ')}]`;
};

/** The types of all outputs of a single node, or its problems. */
export const outputTypes = (
  op: OpName,
  args: readonly Argument[],
  attrs?: Attributes,
  further: readonly string[] = [],
): string => {
  const graph = single(op, args, attrs, further);
  const result = infer(graph, new Map());
  if (E.isLeft(result)) return printProblems(result.left);
  return graph.nodes.flatMap((n) => outputsOf(n).map((name) => typeText(result.right, name))).join(' ');
};

/** `[low, high]` of a single node's first output. */
export const boundsText = (op: OpName, args: readonly Argument[], attrs?: Attributes): string => {
  const fact = facts(inferred(single(op, args, attrs))).get('y');
  const round = (v: number): number => Math.round(v * 1e6) / 1e6;
  return fact === undefined ? 'unknown' : `[${round(fact.low)}, ${round(fact.high)}]`;
};

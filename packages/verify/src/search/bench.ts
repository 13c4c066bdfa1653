import type { Attributes, Dim, Graph, InlineTensor, Input, Node, OpName, Range, Tensor } from '@kirchhoff/graph';
import { sizeOf } from '@kirchhoff/graph';
import type { Draw } from './drawing.js';
import { floats, inline, input, integers, node } from './single.js';
import type { Wiring } from './wiring.js';

/** A computed operand of the node under test: what it holds, and its declared or proven bounds, element by element. */
export interface Operand {
  readonly name: string;
  readonly shape: readonly number[];
  readonly x: readonly number[];
  readonly low: readonly number[] | undefined;
  readonly high: readonly number[] | undefined;
}

/** One affine node `y` with its data and, written out independently, its connections. */
export interface AffineNode {
  readonly op: OpName;
  readonly weighted: boolean;
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** By port; undefined at constant ports. */
  readonly operands: readonly (Operand | undefined)[];
  readonly wiring: Wiring;
  /** Whether samples lie along the first axis of the output. */
  readonly batched: boolean;
}

/** Collects what a case needs while its node is being drawn. */
export interface Bench {
  readonly draw: Draw;
  readonly numbers: (count: number, low?: number, high?: number) => number[];
  /** A computed operand; `batch` frees its first axis. Returns its name and registers it at `port`. */
  readonly computed: (port: number, shape: readonly number[], batch: boolean) => Operand;
  readonly constant: (name: string, shape: readonly number[], data: readonly number[]) => InlineTensor;
  readonly weights: (name: string, shape: readonly number[]) => InlineTensor;
  readonly integers: (name: string, values: readonly number[]) => string;
  readonly finish: (
    op: OpName,
    weighted: boolean,
    names: readonly string[],
    wiring: Wiring,
    attrs?: Attributes,
    batched?: boolean,
  ) => AffineNode;
}

export const benchOf = (draw: Draw, exact: boolean): Bench => {
  const inputs: Input[] = [];
  const values: Record<string, Tensor> = {};
  const nodes: Node[] = [];
  const tensors: Record<string, InlineTensor> = {};
  const operands: (Operand | undefined)[] = [];
  const numbers = exact ? draw.coarse : draw.fine;

  const computed: Bench['computed'] = (port, shape, batch) => {
    const channels = shape.length > 1 ? shape[1]! : 1;
    const perChannel = shape.length > 1 && draw.integer(0, 3) === 0;
    const floor = draw.pick([-2, 0, -1]);
    const ceiling = floor + draw.pick([2, 3]);
    const channelOf = (i: number): number => Math.floor(i / sizeOf(shape.slice(2))) % channels;
    const lows = Array.from({ length: channels }, (_, c) => (perChannel ? floor + (c % 2) / 2 : floor));
    const highs = Array.from({ length: channels }, (_, c) => (perChannel ? ceiling - (c % 3) / 4 : ceiling));
    const range: Range | undefined =
      draw.integer(0, 4) === 0 ? undefined : { low: perChannel ? lows : floor, high: perChannel ? highs : ceiling };
    const declared: readonly Dim[] = batch ? ['N', ...shape.slice(1)] : shape;
    const raw = numbers(sizeOf(shape), floor, ceiling).map((v, i) =>
      Math.min(Math.max(v, lows[channelOf(i)]!), highs[channelOf(i)]!),
    );
    inputs.push(input(`x${port}`, declared, range));
    values[`x${port}`] = floats(shape, raw);
    const rectified = draw.integer(0, 2) === 0;
    const low = rectified ? Math.max(0, Math.min(...lows)) : undefined;
    const high = rectified ? Math.max(0, Math.max(...highs)) : undefined;
    if (rectified) nodes.push(node(`r${port}`, 'Relu', [`x${port}`]));
    operands[port] = {
      name: rectified ? `r${port}` : `x${port}`,
      shape,
      x: rectified ? raw.map((v) => Math.max(v, 0)) : raw,
      low: range && raw.map((_, i) => low ?? lows[channelOf(i)]!),
      high: range && raw.map((_, i) => high ?? highs[channelOf(i)]!),
    };
    return operands[port];
  };

  const constant: Bench['constant'] = (name, shape, data) => (tensors[name] = inline(shape, data));

  return {
    draw,
    numbers,
    computed,
    constant,
    weights: (name, shape) => constant(name, shape, numbers(sizeOf(shape), draw.integer(0, 4) === 0 ? 0 : -2, 2)),
    integers: (name, list) => {
      tensors[name] = integers(...list);
      return name;
    },
    finish: (op, weighted, names, wiring, attrs, batched = inputs.some(({ shape }) => shape[0] === 'N')) => ({
      op,
      weighted,
      graph: { name: 'single', inputs, nodes: [...nodes, node('y', op, names, attrs)], outputs: ['y'], tensors },
      inputs: values,
      operands,
      wiring,
      batched,
    }),
  };
};

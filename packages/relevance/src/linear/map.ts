import type { Expr } from '@kirchhoff/formula';
import type { Node } from '@kirchhoff/graph';
import type { Builder } from '../builder.js';
import { emitExpr } from '../expression.js';
import { asTensor, expandLike, type Value } from '../value.js';

/** What is known of the weights of a map. */
export interface WeightBound {
  readonly low: number;
  readonly high: number;
}

/**
 * The linear operator of an affine node, with its weights `w` open: `connection` is any function of `w`.
 * For Conv and its kin `w` is a tensor, for sums and means a number, for padded pools it differs by output.
 */
export interface LinearMap {
  /** The ports whose operands are sources. */
  readonly ports: readonly number[];
  /** A constant that is added to the total, broadcastable to the output. */
  readonly bias: string | undefined;
  readonly weight: WeightBound;
  /** Σ over all sources of source(x)·connection(w), for each output. */
  readonly total: (source: (port: number) => Value, connection: Expr, hint: string) => Value;
  /** Σ over all outputs of connection(w)·d, for each source of `port`, in the shape of that operand. */
  readonly adjoint: (d: string, connection: Expr, port: number, hint: string) => string;
}

export interface LinearContext {
  readonly b: Builder;
  readonly node: Node;
  readonly constant: (name: string) => boolean;
  readonly boundOf: (name: string) => WeightBound;
  /** The name of the batch dimension, where there is one. */
  readonly batch: string | undefined;
}

export type LinearFactory = (context: LinearContext) => LinearMap;

export const anyWeight: WeightBound = { low: -Infinity, high: Infinity };

export const inputAt = (node: Node, port: number): string => node.inputs[port] ?? '';

export const isGiven = (node: Node, port: number): boolean => inputAt(node, port) !== '';

/** `connection(w)` for a weight tensor, always in the shape of the weight. */
export const weightTensor = (b: Builder, connection: Expr, weight: string, hint: string): string => {
  const value = emitExpr(b, connection, { w: { tensor: weight } }, `${hint}.weight`);
  if (typeof value !== 'number') return asTensor(b, value, `${hint}.weight`);
  return expandLike(b, b.scalar(value), weight, `${hint}.weight`);
};

/** `connection(w)` for a weight that is a plain number. */
export const weightNumber = (b: Builder, connection: Expr, weight: number, hint: string): number => {
  const value = emitExpr(b, connection, { w: weight }, hint);
  if (typeof value !== 'number') throw new Error(`connection at ${hint} is not a number`);
  return value;
};

/**
 * A source factor in the full shape of the operand `x`, for operators that do not broadcast; the batch axis may stay 1,
 * so that what does not depend on the input is computed once.
 */
export const sourceTensor = ({ b, batch }: LinearContext, value: Value, x: string, hint: string): string => {
  const tensor = asTensor(b, value, hint);
  const full = b.dims(x);
  const dims = b.dims(tensor);
  if (dims.length === full.length && dims.every((dim, i) => dim === full[i] || (full[i] === batch && dim === 1))) {
    return tensor;
  }
  const shape = full.map((dim) => (dim === batch ? 1 : dim));
  const known = shape.every((dim) => typeof dim === 'number');
  return b.emit(hint, 'Expand', [tensor, known ? b.ints(shape) : b.emit(`${x}.shape`, 'Shape', [x])]);
};

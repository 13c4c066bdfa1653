import {
  attributesOf,
  optionalFloat,
  optionalInt,
  type Attributes,
  type Dim,
  type ElementType,
  type Node,
} from '@kirchhoff/graph';
import type { View } from '../rewrite.js';
import { activationsOf, type Activation } from './activation.js';
import type { Cell } from './cell.js';
import { gru, gruLinearBeforeReset } from './gru.js';
import { lstm } from './lstm.js';
import { rnn } from './rnn.js';

/** One direction of a layer: what its nodes are called, and which way it reads the sequence. */
export interface Direction {
  readonly prefix: string;
  readonly scan: string;
  readonly backward: boolean;
  readonly activations: readonly Activation[];
}

/** A recurrent node as read: everything that its rewrite depends on. */
export interface Layer {
  readonly node: Node;
  readonly cell: Cell;
  readonly directions: readonly Direction[];
  readonly type: ElementType;
  readonly steps: Dim;
  readonly batch: Dim;
  readonly input: number;
  readonly hidden: number;
  readonly batchFirst: boolean;
  /** `clip` of the node, and `input_forget`. */
  readonly clip: number | undefined;
  readonly coupled: boolean;
}

const cellOf = ({ op }: Node, attrs: Attributes): Cell | undefined => {
  switch (op) {
    case 'LSTM':
      return lstm;
    case 'GRU':
      return attrs['linear_before_reset'] === 0 ? gru : gruLinearBeforeReset;
    case 'RNN':
      return rnn;
    default:
      return undefined;
  }
};

/** Reads a node; undefined where it is no recurrent one, or its sizes are open. */
export const layerOf = (node: Node, view: View): Layer | undefined => {
  const attrs = attributesOf(node);
  const cell = cellOf(node, attrs);
  if (cell === undefined) return undefined;
  const { type, shape } = view.type(node.inputs[0]!)!;
  const input = view.type(node.inputs[1]!)!.shape[2];
  const hidden = optionalInt(attrs, 'hidden_size') ?? view.type(node.inputs[2]!)!.shape[2];
  const order = attrs['direction'];
  const both = order === 'bidirectional';
  const activations = activationsOf(node, cell.activations, both ? 2 : 1);
  if (activations === undefined || typeof input !== 'number' || typeof hidden !== 'number') return undefined;
  const batchFirst = attrs['layout'] === 1;
  const [steps, batch] = batchFirst ? [shape[1]!, shape[0]!] : [shape[0]!, shape[1]!];
  const { name } = node;
  const clip = optionalFloat(attrs, 'clip');
  const coupled = attrs['input_forget'] === 1;
  const one = { prefix: name, scan: `${name}/scan`, backward: order === 'reverse', activations };
  const half = cell.activations.length;
  const two = ['forward', 'backward'].map((way, i): Direction => ({
    prefix: `${name}/${way}`,
    scan: `${name}/${way}`,
    backward: i === 1,
    activations: activations.slice(i * half, (i + 1) * half),
  }));
  return { node, cell, directions: both ? two : [one], type, steps, batch, input, hidden, batchFirst, clip, coupled };
};

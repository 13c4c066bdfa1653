import type { Attributes, Node, OpName, TensorEntry } from '@kirchhoff/graph';
import { sizeOf } from '@kirchhoff/graph';
import type { Draw } from './drawing.js';
import { inline, node, type Example } from './single.js';

/** A random graph with inputs, and what its kind of graph allows to be done with them. */
export interface Network extends Example {
  /** The axis of each input along which samples lie. */
  readonly batchAxis: (name: string) => number;
  /** The same network with the channels of this input in reverse, and the weights that read them. */
  readonly reversed: Example & { readonly input: string; readonly axis: number };
}

/** A graph being drawn. */
export interface Sketch {
  readonly draw: Draw;
  readonly nodes: Node[];
  readonly tensors: Record<string, TensorEntry>;
  /** Adds a node and returns its name. */
  readonly add: (op: OpName, inputs: readonly string[], attrs?: Attributes) => string;
  /** Adds a tensor of drawn numbers and returns its name. */
  readonly weights: (shape: readonly number[], spread: number) => string;
  /** Adds a tensor and returns its name. */
  readonly constant: (entry: TensorEntry) => string;
}

export const sketch = (draw: Draw): Sketch => {
  const nodes: Node[] = [];
  const tensors: Record<string, TensorEntry> = {};
  const constant = (entry: TensorEntry): string => {
    const name = `w${Object.keys(tensors).length}`;
    tensors[name] = entry;
    return name;
  };
  return {
    draw,
    nodes,
    tensors,
    constant,
    add: (op, inputs, attrs) => {
      const name = `${op.toLowerCase()}${nodes.length}`;
      nodes.push(node(name, op, inputs, attrs));
      return name;
    },
    weights: (shape, spread) => constant(inline(shape, draw.fine(sizeOf(shape), -spread, spread))),
  };
};

/** Row-major data with one axis in reverse. */
export const reverseAxis = (shape: readonly number[], data: ArrayLike<number>, axis: number): number[] => {
  const inner = sizeOf(shape.slice(axis + 1));
  const count = shape[axis]!;
  return Array.from({ length: data.length }, (_, i) => {
    const at = Math.floor(i / inner) % count;
    return data[i + (count - 1 - 2 * at) * inner]!;
  });
};

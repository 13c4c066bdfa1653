import type { Attributes, Graph, Node } from '@kirchhoff/graph';
import type { Value } from './value.js';

/** One node about to run: its attributes with all defaults filled in, and the values of its inputs. */
export interface Call {
  readonly node: Node;
  readonly attrs: Attributes;
  /** undefined where an optional input is omitted. */
  readonly inputs: readonly (Value | undefined)[];
  /** How many outputs the node lists, the first included. */
  readonly outputCount: number;
  /** Runs a nested graph, which sees the values around the node. */
  readonly runBody: (body: Graph, inputs: readonly Value[]) => readonly Value[];
}

/** The meaning of an operator, element by element: values of its outputs from those of its inputs. */
export type Kernel = (call: Call) => readonly Value[];

/** An input that the operator requires; decoding has made sure that it is there. */
export const given = (call: Call, port: number): Value => {
  const value = call.inputs[port];
  if (value === undefined) throw new TypeError(`${call.node.name} (${call.node.op}) lacks input ${port}`);
  return value;
};

/** All inputs of a variadic operator. */
export const allGiven = (call: Call): readonly Value[] => call.inputs.map((_, port) => given(call, port));

/** The elements of an optional list of integers (axes, shapes, pads). */
export const listAt = (call: Call, port: number): readonly number[] | undefined => {
  const value = call.inputs[port];
  return value === undefined ? undefined : Array.from(value.data);
};

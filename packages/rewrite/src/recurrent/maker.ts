import type { Attributes, ElementType, Node, OpName, Roles } from '@kirchhoff/graph';
import type { View } from '../rewrite.js';

interface Extras {
  readonly attrs?: Attributes;
  readonly roles?: Roles;
}

/** Writes nodes under one prefix, each with a name that nothing else in the document bears. */
export interface Maker {
  readonly nodes: readonly Node[];
  /** A name `prefix/part` that nothing bears yet. */
  readonly named: (part: string) => string;
  /** Writes a node with one output; returns its name. */
  readonly make: (part: string, op: OpName, inputs: readonly string[], extras?: Extras) => string;
  /** Writes a node with several outputs; returns their names. */
  readonly makeAll: (
    parts: readonly string[],
    op: OpName,
    inputs: readonly string[],
    attrs?: Attributes,
  ) => readonly string[];
}

/** A maker that appends to `nodes`. */
export const makerOf = (nodes: Node[], prefix: string, fresh: View['fresh']): Maker => {
  const named = (part: string): string => fresh(`${prefix}/${part}`);
  return {
    nodes,
    named,
    make: (part, op, inputs, { attrs, roles } = {}) => {
      const name = named(part);
      nodes.push({ name, op, inputs, ...(attrs && { attrs }), ...(roles && { roles }) });
      return name;
    },
    makeAll: (parts, op, inputs, attrs) => {
      const names = parts.map(named);
      nodes.push({ name: names[0]!, op, inputs, outputs: names.slice(1), ...(attrs && { attrs }) });
      return names;
    },
  };
};

/** Constants around the bodies, each written once. */
export interface Constants {
  /** A vector of integers (int64). */
  readonly ints: (...values: readonly number[]) => string;
  readonly scalar: (type: ElementType, value: number) => string;
}

export const constantsOf = (maker: Maker): Constants => {
  const written = new Map<string, string>();
  const once = (part: string, attrs: Attributes): string => {
    const name = written.get(part) ?? maker.make(part, 'Constant', [], { attrs });
    written.set(part, name);
    return name;
  };
  return {
    ints: (...values) => once(`ints_${values.join('_')}`, { value_ints: values }),
    scalar: (type, value) => once(`${type}_${value}`, { value: { type, shape: [], data: [value] } }),
  };
};

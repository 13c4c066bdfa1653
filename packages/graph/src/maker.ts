import type { Attributes, Graph, Node, Roles, TensorEntry } from './graph.js';
import type { Fresh } from './names.js';
import type { OpName } from './operators/index.js';

/** Writes nodes and constants one after the other, under names of one beginning. */
export interface Maker {
  /** The nodes so far, in the order in which they were made. */
  readonly nodes: readonly Node[];
  /** The tensors so far. */
  readonly tensors: Graph['tensors'];
  /** A name for `part` that nothing bears yet. */
  readonly named: (part: string) => string;
  /** Makes a node with one output; returns its name. */
  readonly make: (part: string, op: OpName, inputs: readonly string[], attrs?: Attributes, roles?: Roles) => string;
  /** Makes a node with several outputs; returns their names. */
  readonly makeAll: (
    parts: readonly string[],
    op: OpName,
    inputs: readonly string[],
    attrs?: Attributes,
  ) => readonly string[];
  /** Makes a Constant node of integers (int64), [n]. */
  readonly ints: (part: string, values: readonly number[]) => string;
  /** Makes a tensor of the document. */
  readonly tensor: (part: string, entry: TensorEntry) => string;
  /** The nodes, the last of which bears this name in place of its own. */
  readonly ending: (name: string) => readonly Node[];
}

/** Where a maker puts what it makes. */
export interface Made {
  readonly nodes: Node[];
  readonly tensors: Record<string, TensorEntry>;
}

/**
 * A maker of nodes called `prefix` and what each is a part for.
 *
 * @param made lists that the nodes and tensors are added to: those of a graph, or of other makers
 */
export const makerOf = (fresh: Fresh, prefix: string, { nodes = [], tensors = {} }: Partial<Made> = {}): Maker => {
  const named = (part: string): string => fresh(prefix + part);
  const makeAll: Maker['makeAll'] = (parts, op, inputs, attrs = {}) => {
    const [name = '', ...outputs] = parts.map(named);
    const some = Object.keys(attrs).length > 0;
    nodes.push({ name, op, inputs, ...(outputs.length > 0 && { outputs }), ...(some && { attrs }) });
    return [name, ...outputs];
  };
  const make: Maker['make'] = (part, op, inputs, attrs, roles) => {
    const [name = ''] = makeAll([part], op, inputs, attrs);
    if (roles !== undefined) nodes.push({ ...nodes.pop()!, roles });
    return name;
  };
  return {
    nodes,
    tensors,
    named,
    make,
    makeAll,
    ints: (part, values) => make(part, 'Constant', [], { value_ints: values }),
    tensor: (part, entry) => {
      const name = named(part);
      tensors[name] = entry;
      return name;
    },
    ending: (name) => {
      const last = nodes.at(-1);
      return last === undefined ? [] : [...nodes.slice(0, -1), { ...last, name }];
    },
  };
};

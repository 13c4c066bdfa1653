import {
  attributesOf,
  freshNames,
  namesIn,
  operators,
  outputsOf,
  prune,
  type Attributes,
  type Dim,
  type ElementType,
  type Fresh,
  type InferContext,
  type KnownTensor,
  type Node,
  type OpName,
  type TensorEntry,
  type TypedGraph,
  type ValueType,
} from '@kirchhoff/graph';
import type { Grown } from './shares.js';

/**
 * Grows a graph: the forward nodes it starts from, and whatever is emitted after them. Equal nodes are made once.
 * Every value has its type from the moment it is emitted.
 */
export interface Builder {
  /** Adds a node (or finds its equal) and returns its first output. */
  readonly emit: (hint: string, op: OpName, inputs: readonly string[], attrs?: Attributes) => string;
  /** A small tensor in line. */
  readonly constant: (type: ElementType, shape: readonly number[], data: readonly number[]) => string;
  readonly float: 'float32' | 'float64';
  readonly scalar: (value: number) => string;
  readonly ints: (values: readonly number[]) => string;
  readonly input: (name: string, type: ElementType, shape: readonly Dim[]) => string;
  readonly has: (name: string) => boolean;
  /** The node of this name, as it is by now. */
  readonly node: (name: string) => Node | undefined;
  readonly type: (name: string) => ValueType;
  readonly dims: (name: string) => readonly Dim[];
  readonly known: (name: string) => KnownTensor | undefined;
  /** A further output of a forward node, listed if it is not yet. */
  readonly furtherOutput: (node: string, index: number) => string;
  /** Whether forward nodes may be redefined here. */
  readonly redefinable: boolean;
  /** Lets a forward node stand for an equal value made another way. */
  readonly redefine: (node: string, value: string) => void;
  /** Gives a value a name of its own, for an output. */
  readonly alias: (name: string, value: string) => string;
  /** A name that nothing bears yet, in this graph or around it. */
  readonly fresh: Fresh;
  /** Adds a node, or replaces the one of its name, with the types of all its outputs. */
  readonly define: (node: Node, types: readonly ValueType[]) => void;
  /** A builder for the inside of a Scan: what depends on nothing inside is emitted here, outside. */
  readonly inside: (body: TypedGraph) => Inside;
  /** The graph that gives out `outputs`, and the types of its values. */
  readonly finish: (name: string, outputs: readonly string[]) => Grown;
}

/** A builder of a body, and what was made with it. */
export interface Inside extends Builder {
  /** The body's own nodes, some of them with further outputs by now. */
  readonly original: () => readonly Node[];
  readonly emitted: () => readonly Node[];
}

/** What a builder of a body is inside of. */
interface Outside {
  readonly builder: Builder;
  readonly fresh: Fresh;
}

const unusable = /[^A-Za-z0-9_./-]/g;

/** @param float the element type of relevance and of numbers in formulas */
export const makeBuilder = (typed: TypedGraph, float: 'float32' | 'float64'): Builder => build(typed, float, undefined);

/** A text that differs wherever nodes do, but for their names. */
const keyOf = (op: OpName, inputs: readonly string[], attrs: Attributes | undefined): string => {
  let key: string = op;
  for (const name of inputs) key += ` ${name.length} ${name}`;
  return attrs === undefined ? key : `${key} ${JSON.stringify(attrs)}`;
};

const build = (typed: TypedGraph, float: 'float32' | 'float64', outside: Outside | undefined): Inside => {
  const inputs = [...typed.graph.inputs];
  const nodes = new Map<string, Node>(typed.graph.nodes.map((node) => [node.name, node]));
  const tensors = new Map<string, TensorEntry>(Object.entries(typed.graph.tensors));
  const types = new Map(typed.types);
  const known = new Map(typed.known);
  const made = new Map<string, string>();
  const own = namesIn(typed.graph);
  const inner = new Set(outside ? own : []);
  const free = outside?.fresh ?? freshNames(own);
  const fresh: Fresh = (hint) => {
    const name = free(hint.replace(unusable, '_'));
    inner.add(name);
    return name;
  };

  const type = (name: string): ValueType => {
    const found = types.get(name) ?? outside?.builder.type(name);
    if (found === undefined) throw new Error(`no type for ${name}`);
    return found;
  };

  const knownOf = (name: string): KnownTensor | undefined => known.get(name) ?? outside?.builder.known(name);

  const inferInto = (node: Node): void => {
    const context: InferContext = {
      name: node.name,
      attrs: attributesOf(node),
      inputs: node.inputs.map((input) => (input === '' ? undefined : type(input))),
      outputCount: outputsOf(node).length,
      known: (port) => knownOf(node.inputs[port] ?? ''),
      inferBody: () => [],
    };
    const row = operators[node.op];
    const found = row.infer(context);
    outputsOf(node).forEach((output, i) => {
      const one = found[i];
      if (output !== '' && one !== undefined) types.set(output, one);
    });
    const value = row.evaluate?.(context);
    if (value !== undefined) known.set(node.name, value);
  };

  const emit: Builder['emit'] = (hint, op, from, attrs) => {
    if (outside && !from.some((name) => inner.has(name))) return outside.builder.emit(hint, op, from, attrs);
    const key = keyOf(op, from, attrs);
    const before = made.get(key);
    if (before !== undefined) return before;
    const node: Node = {
      name: fresh(hint),
      op,
      inputs: from,
      ...(attrs && Object.keys(attrs).length > 0 && { attrs }),
    };
    inferInto(node);
    nodes.set(node.name, node);
    made.set(key, node.name);
    return node.name;
  };

  const constant: Builder['constant'] = (elementType, shape, data) => {
    if (outside) return outside.builder.constant(elementType, shape, data);
    const key = JSON.stringify([elementType, shape, data.map(String)]);
    const before = made.get(key);
    if (before !== undefined) return before;
    const label = data.length === 1 ? String(data[0]) : `${elementType}.${data.slice(0, 4).join('_')}`;
    const name = fresh(`const.${label}`);
    tensors.set(name, { type: elementType, shape, data });
    types.set(name, { type: elementType, shape });
    if (data.length <= 64) known.set(name, { shape, values: data });
    made.set(key, name);
    return name;
  };

  const originals = new Set(nodes.keys());
  const builder: Inside = {
    emit,
    constant,
    float,
    scalar: (value) => constant(float, [], [value]),
    ints: (values) => constant('int64', [values.length], values),
    input: (hint, elementType, shape) => {
      const name = fresh(hint);
      inputs.push({ name, type: elementType, shape });
      types.set(name, { type: elementType, shape });
      return name;
    },
    node: (name) => nodes.get(name) ?? outside?.builder.node(name),
    has: (name) => types.has(name) || (outside?.builder.has(name) ?? false),
    type,
    dims: (name) => type(name).shape,
    known: knownOf,
    furtherOutput: (name, index) => {
      const node = nodes.get(name);
      if (node === undefined) return outside!.builder.furtherOutput(name, index);
      const outputs = [...(node.outputs ?? [])];
      while (outputs.length < index) outputs.push('');
      if (outputs[index - 1] === '') {
        outputs[index - 1] = fresh(`${name}.${(operators[node.op].outputs[index] ?? String(index)).toLowerCase()}`);
        const grown = { ...node, outputs };
        nodes.set(name, grown);
        inferInto(grown);
      }
      return outputs[index - 1]!;
    },
    redefine: (name, value) => {
      nodes.set(name, { name, op: 'Identity', inputs: [value] });
    },
    alias: (name, value) => emit(name, 'Identity', [value]),
    finish: (name, outputs) => ({
      graph: prune({ name, inputs, nodes: [...nodes.values()], outputs, tensors: Object.fromEntries(tensors) }),
      types,
    }),
    fresh,
    define: (node, found) => {
      if (!nodes.has(node.name) && outside?.builder.node(node.name) !== undefined) {
        outside.builder.define(node, found);
        return;
      }
      nodes.set(node.name, node);
      outputsOf(node).forEach((output, i) => {
        if (output !== '') types.set(output, found[i]!);
        inner.add(output);
      });
    },
    inside: (body) => build(body, float, { builder, fresh }),
    original: () => [...nodes.values()].filter(({ name }) => originals.has(name)),
    emitted: () => [...nodes.values()].filter(({ name }) => !originals.has(name)),
    redefinable: outside === undefined,
  };
  return builder;
};

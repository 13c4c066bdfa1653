import { samplesSays } from '@kirchhoff/message';
import { isInline, type Dim, type Graph, type InlineTensor, type Node } from '../graph.js';
import type { TypedGraph } from '../infer.js';
import { sizeOf, toNumbers } from '../tensor.js';
import type { InputAxes } from './candidate.js';
import { samplesOf } from './interpret.js';
import { apart, type Apart, type Samples } from './samples.js';

/** A graph in which no number of samples is written any more, and what was changed, in words. */
export interface Freed {
  readonly graph: Graph;
  readonly changes: readonly string[];
  /** The samples of the values, as far as a fixed number lets them be followed. */
  readonly samples: ReadonlyMap<string, Samples>;
}

interface Edit {
  readonly node: string;
  readonly port: number;
  readonly axis: number;
}

/** Operators that repeat an operand of size 1 by themselves. */
const exact: readonly string[] = [
  'Concat',
  'GatherElements',
  'ScatterElements',
  'GatherND',
  'ScatterND',
  'LSTM',
  'GRU',
  'RNN',
  'Scan',
];

const equalSlices = (shape: readonly number[], axis: number, values: ArrayLike<number>): boolean => {
  const inner = sizeOf(shape.slice(axis + 1));
  const step = shape[axis]! * inner;
  for (let i = 0; i < values.length; i++) {
    const first = i - (Math.floor(i / inner) % shape[axis]!) * inner;
    if (!Object.is(values[i], values[first])) return false;
  }
  return step > 0;
};

/** Whether a value that depends on no sample is equal along an axis: by its numbers, or by how it is made. */
const isEqualAlong = ({ graph, store, types, known }: TypedGraph, name: string, axis: number): boolean => {
  const dims = types.get(name)?.shape ?? [];
  if (dims[axis] === 1) return true;
  const shape = dims.filter((dim) => typeof dim === 'number');
  const entry = graph.tensors[name];
  if (entry !== undefined && shape.length === dims.length) {
    if (isInline(entry)) return equalSlices(shape, axis, entry.data);
    const stored = store.get(name);
    return stored !== undefined && equalSlices(shape, axis, toNumbers(stored.read()));
  }
  const values = known.get(name)?.values.filter((value) => typeof value === 'number');
  if (values !== undefined && values.length > 0 && values.length === sizeOf(shape))
    return equalSlices(shape, axis, values);
  const maker = graph.nodes.find((node) => node.name === name);
  if (maker?.op === 'ConstantOfShape') return true;
  if (maker?.op !== 'Expand') return false;
  const source = types.get(maker.inputs[0]!)?.shape ?? [];
  const at = axis - (dims.length - source.length);
  return at < 0 || source[at] === 1;
};

const ints = (values: readonly number[]): InlineTensor => ({ type: 'int64', shape: [values.length], data: values });

/** Adds nodes and constants under free names before a node. */
const growing = (graph: Graph) => {
  const taken = new Set([
    ...graph.inputs.map(({ name }) => name),
    ...Object.keys(graph.tensors),
    ...graph.nodes.flatMap(({ name, outputs = [] }) => [name, ...outputs]),
  ]);
  const tensors: Record<string, InlineTensor> = {};
  const before = new Map<string, Node[]>();
  const fresh = (hint: string): string => {
    let name = hint;
    for (let i = 2; taken.has(name); i++) name = `${hint}.${i}`;
    taken.add(name);
    return name;
  };
  const constant = (hint: string, values: readonly number[]): string => {
    const name = fresh(hint);
    tensors[name] = ints(values);
    return name;
  };
  const node = (at: string, made: Omit<Node, 'name'>, hint: string): string => {
    const name = fresh(hint);
    before.set(at, [...(before.get(at) ?? []), { ...made, name }]);
    return name;
  };
  return { tensors, before, constant, node };
};

type Growing = ReturnType<typeof growing>;

/** The number of samples, read from an input. */
interface Counted {
  readonly input: string;
  readonly axis: number;
}

/** An operand cut to one place along an axis, and repeated for every sample where the operator would not. */
const opened = (to: Growing, typed: TypedGraph, node: Node, { port, axis }: Edit, counted: Counted): string => {
  const name = node.inputs[port]!;
  const dims = typed.types.get(name)!.shape;
  const hint = `${node.name}/${name}`;
  const one =
    dims[axis] === 1
      ? name
      : to.node(
          node.name,
          {
            op: 'Slice',
            inputs: [
              name,
              to.constant(`${hint}.start`, [0]),
              to.constant(`${hint}.end`, [1]),
              to.constant(`${hint}.axis`, [axis]),
            ],
          },
          `${hint}.one`,
        );
  if (!exact.includes(node.op)) return one;
  const sizes = dims.map((dim, i): string => {
    if (i !== axis && typeof dim === 'number') return to.constant(`${hint}.size`, [dim]);
    const [of, at] = i === axis ? [counted.input, counted.axis] : [name, i];
    return to.node(node.name, { op: 'Shape', inputs: [of], attrs: { start: at, end: at + 1 } }, `${hint}.size`);
  });
  const shape = to.node(node.name, { op: 'Concat', inputs: sizes, attrs: { axis: 0 } }, `${hint}.shape`);
  return to.node(node.name, { op: 'Expand', inputs: [one, shape] }, `${hint}.each`);
};

/** The shape of a Reshape or Expand with the samples' entry open; undefined where it is open, or nothing else can say it. */
const openShape = (
  { types, known }: TypedGraph,
  node: Node,
  from: Samples | undefined,
  to: Apart,
): readonly number[] | undefined => {
  const asked = known.get(node.inputs[1]!)?.values;
  const written = asked?.[to.axis];
  if (asked === undefined || typeof written !== 'number' || written <= 0) return undefined;
  if (node.op === 'Expand') {
    const numbers = asked.map((dim, i) => (i === to.axis ? 1 : dim));
    return numbers.every((dim) => typeof dim === 'number') ? numbers : undefined;
  }
  const result = types.get(node.name)!.shape;
  const others = asked.map((dim, i): Dim => (dim === -1 ? result[i]! : dim));
  const numbers = others.map((dim, i) => (i === to.axis ? -1 : dim));
  if (numbers.every((dim) => typeof dim === 'number')) return numbers;
  const copies =
    from?.kind === 'apart' && from.axis === to.axis && to.outer === 1 && to.inner === 1 && from.inner === 1;
  const copied = asked.map((dim, i) => (i === to.axis ? 0 : dim));
  return copies && copied.every((dim) => typeof dim === 'number') ? copied : undefined;
};

/**
 * Opens what is written for a fixed number of samples, `size` at these axes: shapes of Reshape and Expand, and constants
 * that are equal for all samples. For that many samples every value stays what it was.
 */
export const freed = (typed: TypedGraph, axes: InputAxes, size: number): Freed => {
  const { graph } = typed;
  const edits = new Map<string, Edit>();
  const inputs = new Map([...axes].map(([name, axis]) => [name, apart(axis)] as const));
  const samples = samplesOf(typed, size, inputs, (node, port, axis) => {
    const dim = typed.types.get(node.inputs[port]!)?.shape[axis];
    if ((dim !== size && dim !== 1) || !isEqualAlong(typed, node.inputs[port]!, axis)) return false;
    edits.set(`${node.name}:${port}`, { node: node.name, port, axis });
    return true;
  });
  const to = growing(graph);
  const [[input, axis] = ['', 0]] = axes;
  const changes: string[] = [];
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const inputs = [...node.inputs];
    const after = samples.get(node.name);
    if ((node.op === 'Reshape' || node.op === 'Expand') && after?.kind === 'apart') {
      const shape = openShape(typed, node, samples.get(node.inputs[0]!), after);
      if (shape !== undefined) {
        inputs[1] = to.constant(`${node.name}.open`, shape);
        changes.push(samplesSays.openedShape(node.name, typed.known.get(node.inputs[1]!)!.values, shape));
      }
    }
    node.inputs.forEach((name, port) => {
      const edit = edits.get(`${node.name}:${port}`);
      if (edit === undefined) return;
      inputs[port] = opened(to, typed, node, edit, { input, axis });
      changes.push(samplesSays.openedConstant(node.name, name, edit.axis));
    });
    return [...(to.before.get(node.name) ?? []), { ...node, inputs }];
  });
  return { graph: { ...graph, nodes, tensors: { ...graph.tensors, ...to.tensors } }, changes, samples };
};

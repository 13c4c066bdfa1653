import { samplesSays } from '@kirchhoff/message';
import type { Dim, Graph, Node } from '../graph.js';
import type { TypedGraph } from '../infer.js';
import type { InputAxes } from './candidate.js';
import { homeIn, isEqualAlong, isPeriodic } from './equal-along.js';
import { countedTimes, growing, regrown, type Counted, type Growing } from './growing.js';
import { samplesOf } from './interpret.js';
import { apart, type Apart, type Samples } from './samples.js';
import { valuesOf, type Values } from './values.js';
import { multiplesOf, openedEntries, openedVector } from './vectors.js';

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
  /** What is merged before the samples, and behind them. */
  readonly outer: number;
  readonly inner: number;
  /** Where indices lead each sample to itself: the step from one to the next. */
  readonly stride?: number;
}

/** Operators that do not repeat an operand of size 1 by themselves. */
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

/** An operand cut to one place along an axis. */
const oneOf = (to: Growing, at: string, name: string, axis: number, hint: string): string =>
  to.node(
    at,
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

/** An operand cut to one place along an axis, and repeated for every sample where the operator would not. */
const opened = (to: Growing, values: Values, node: Node, { port, axis }: Edit, counted: Counted): string => {
  const name = node.inputs[port]!;
  const dims = values.typeOf(name)!.shape;
  const hint = `${node.name}/${name}`;
  const one = dims[axis] === 1 ? name : oneOf(to, node.name, name, axis, hint);
  if (!exact.includes(node.op)) return one;
  const sizes = dims.map((dim, i): string => {
    if (i === axis) return countedTimes(to, counted, 1, hint);
    if (typeof dim === 'number') return to.constant(`${hint}.size`, [dim]);
    return to.node(node.name, { op: 'Shape', inputs: [name], attrs: { start: i, end: i + 1 } }, `${hint}.size`);
  });
  const shape = to.node(node.name, { op: 'Concat', inputs: sizes, attrs: { axis: 0 } }, `${hint}.shape`);
  return to.node(node.name, { op: 'Expand', inputs: [one, shape] }, `${hint}.each`);
};

/** The samples' numbers times a stride, with axes of one behind them. */
const strides = (to: Growing, stride: number, behind: number, counted: Counted, hint: string): string => {
  const { at } = counted;
  const scalar = (value: number): string =>
    to.node(at, { op: 'Squeeze', inputs: [to.constant(`${hint}.number`, [value])] }, `${hint}.scalar`);
  const end = to.node(at, { op: 'Squeeze', inputs: [countedTimes(to, counted, 1, hint)] }, `${hint}.end`);
  const all = to.node(at, { op: 'Range', inputs: [scalar(0), end, scalar(1)] }, `${hint}.numbers`);
  const scaled =
    stride === 1
      ? all
      : to.node(at, { op: 'Mul', inputs: [all, to.constant(`${hint}.stride`, [stride])] }, `${hint}.scaled`);
  const shape = to.constant(`${hint}.column`, [-1, ...Array.from({ length: behind }, () => 1)]);
  return to.node(at, { op: 'Reshape', inputs: [scaled, shape] }, `${hint}.strides`);
};

/** A constant that repeats along [outer, samples, inner] of an axis, repeated once for each sample. */
const repeated = (to: Growing, values: Values, node: Node, edit: Edit, size: number, counted: Counted): string => {
  const { port, axis, outer, inner } = edit;
  const name = node.inputs[port]!;
  const dims = values.typeOf(name)!.shape.map(Number);
  const hint = `${node.name}/${name}`;
  const [before, behind] = [dims.slice(0, axis), dims.slice(axis + 1)];
  const apartShape = to.constant(`${hint}.apart`, [...before, outer, size, inner, ...behind]);
  const taken = to.node(node.name, { op: 'Reshape', inputs: [name, apartShape] }, `${hint}.taken`);
  const one = oneOf(to, node.name, taken, axis + 1, hint);
  const each = to.node(
    node.name,
    {
      op: 'Concat',
      inputs: [
        to.constant(`${hint}.before`, [...before, outer]),
        countedTimes(to, counted, 1, hint),
        to.constant(`${hint}.behind`, [inner, ...behind]),
      ],
      attrs: { axis: 0 },
    },
    `${hint}.sizes`,
  );
  const same = to.node(node.name, { op: 'Expand', inputs: [one, each] }, `${hint}.spread`);
  const spread =
    edit.stride === undefined
      ? same
      : to.node(
          node.name,
          {
            op: 'Add',
            inputs: [same, strides(to, edit.stride, [...dims.slice(axis + 1), inner].length, counted, hint)],
          },
          `${hint}.own`,
        );
  const back = to.constant(`${hint}.back`, [...before, -1, ...behind]);
  return to.node(node.name, { op: 'Reshape', inputs: [spread, back] }, `${hint}.each`);
};

/** The shape of a Reshape or Expand with the samples' entry open; undefined where it is open, or nothing else can say it. */
const openShape = (values: Values, node: Node, from: Samples | undefined, to: Apart): readonly number[] | undefined => {
  const asked = values.known(node.inputs[1]!)?.values;
  const written = asked?.[to.axis];
  if (asked === undefined || typeof written !== 'number' || written <= 0) return undefined;
  if (node.op === 'Expand') {
    const numbers = asked.map((dim, i) => (i === to.axis ? 1 : dim));
    return numbers.every((dim) => typeof dim === 'number') ? numbers : undefined;
  }
  const result = values.typeOf(node.name)!.shape;
  const others = asked.map((dim, i): Dim => (dim === -1 ? result[i]! : dim));
  const numbers = others.map((dim, i) => (i === to.axis ? -1 : dim));
  if (numbers.every((dim) => typeof dim === 'number')) return numbers;
  const copies =
    from?.kind === 'apart' && from.axis === to.axis && to.outer === 1 && to.inner === 1 && from.inner === 1;
  const copied = asked.map((dim, i) => (i === to.axis ? 0 : dim));
  return copies && copied.every((dim) => typeof dim === 'number') ? copied : undefined;
};

/**
 * Opens what is written for a fixed number of samples, `size` at these axes: shapes of Reshape and Expand, sizes of Resize and
 * Split, places of Slice, and constants that are equal for all samples; in the bodies of Scans, too. For that many samples every
 * value stays what it was.
 */
export const freed = (typed: TypedGraph, axes: InputAxes, size: number): Freed => {
  const values = valuesOf(typed);
  const edits = new Map<string, Edit>();
  const inputs = new Map([...axes].map(([name, axis]) => [name, apart(axis)] as const));
  const samples = samplesOf(
    typed,
    size,
    inputs,
    (node, port, axis, along) => {
      const name = node.inputs[port]!;
      const dim = values.typeOf(name)?.shape[axis];
      const [outer, inner] = [Number(along?.outer ?? 1), Number(along?.inner ?? 1)];
      const fits =
        outer * inner === 1
          ? (dim === size || dim === 1) && isEqualAlong(values, name, axis)
          : isPeriodic(values, name, axis, [outer, size, inner]);
      if (fits) edits.set(`${node.name}:${port}`, { node: node.name, port, axis, outer, inner });
      return fits;
    },
    (node, port, stride) => {
      const found = typeof stride === 'number' ? homeIn(values, node.inputs[port]!, size, stride) : undefined;
      if (found === undefined) return undefined;
      const [outer, inner] = [Number(found.outer), Number(found.inner)];
      edits.set(`${node.name}:${port}`, {
        node: node.name,
        port,
        axis: found.axis,
        outer,
        inner,
        stride: Number(stride),
      });
      return found;
    },
  );
  const to = growing(typed);
  const [[input, axis] = ['', 0]] = axes;
  const changes: string[] = [];
  const graph = regrown(to, typed, (node, at) => {
    const counted = { input, axis, at };
    const read = [...node.inputs];
    const [from, after] = [samples.get(node.inputs[0]!), samples.get(node.name)];
    const relaid = (node.op === 'Reshape' || node.op === 'Expand') && after?.kind === 'apart';
    const shape = relaid ? openShape(values, node, from, after) : undefined;
    if (shape !== undefined) {
      read[1] = to.constant(`${node.name}.open`, shape);
      changes.push(samplesSays.openedShape(node.name, values.known(node.inputs[1]!)!.values, shape));
    }
    for (const multiples of shape === undefined ? multiplesOf(values, node, [from, after], size) : []) {
      read[multiples.port] = openedVector(to, values, node, multiples, counted);
      const [asked = [], now = []] = openedEntries(values, node, multiples);
      changes.push(samplesSays.openedSizes(node.name, asked, now));
    }
    node.inputs.forEach((name, port) => {
      const edit = edits.get(`${node.name}:${port}`);
      if (edit === undefined) return;
      read[port] =
        edit.outer * edit.inner === 1 && edit.stride === undefined
          ? opened(to, values, node, edit, counted)
          : repeated(to, values, node, edit, size, counted);
      changes.push(
        edit.stride === undefined
          ? samplesSays.openedConstant(node.name, name, edit.axis)
          : samplesSays.openedIndices(node.name, name),
      );
    });
    return { ...node, inputs: read };
  });
  return { graph: { ...graph, tensors: { ...graph.tensors, ...to.tensors } }, changes, samples };
};

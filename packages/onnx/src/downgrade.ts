import {
  makerOf,
  freshNames,
  fromFront,
  infer,
  intAttribute,
  namesIn,
  outputsOf,
  textAttribute,
  type Attributes,
  type Fresh,
  type Graph,
  type Maker,
  type Node,
  type OpName,
  type TensorEntry,
  type TensorStore,
  type TypedGraph,
} from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { writableSince } from './opset.js';

/** What a downgrade may ask for and make. */
interface Bench extends Maker {
  readonly float: 'float32' | 'float64';
  readonly typed: TypedGraph;
}

type Downgrade = (node: Node, bench: Bench) => readonly Node[] | undefined;

/** Equal parts, with their sizes written out. */
const splitSizes: Downgrade = (node, bench) => {
  const { num_outputs: parts, ...attrs } = { ...node.attrs };
  if (typeof parts !== 'number') return [node];
  const axis = intAttribute(node, 'axis');
  const sizes = outputsOf(node).map((name) => bench.typed.types.get(name)?.shape.at(axis));
  if (!sizes.every((size) => typeof size === 'number')) return undefined;
  const split = bench.tensor('split', { type: 'int64', shape: [sizes.length], data: sizes });
  return [{ ...node, inputs: [node.inputs[0] ?? '', split], attrs: attrs as Attributes }];
};

/** Pads of some axes as pads of all. */
const padAllAxes: Downgrade = (node, bench) => {
  const [x = '', pads = '', value = '', axes = ''] = node.inputs;
  const given = bench.typed.known.get(pads)?.values;
  const named = bench.typed.known.get(axes)?.values.map(Number);
  const rank = bench.typed.types.get(x)?.shape.length;
  if (rank === undefined || named === undefined || !given?.every((pad) => typeof pad === 'number')) return undefined;
  const at = named.map((axis) => fromFront(axis, rank));
  const side = (first: number): readonly number[] =>
    Array.from({ length: rank }, (_, axis) => (at.includes(axis) ? given[first + at.indexOf(axis)]! : 0));
  const data = [...side(0), ...side(at.length)];
  const all = bench.tensor('pads', { type: 'int64', shape: [2 * rank], data });
  return [{ ...node, inputs: [x, all, ...(value === '' ? [] : [value])] }];
};

const gelu: Downgrade = (node, { float, make, tensor, ending }) => {
  const [x = ''] = node.inputs;
  const number = (value: number): string => tensor(String(value), { type: float, shape: [], data: [value] });
  if (textAttribute(node, 'approximate') === 'tanh') {
    const cube = make('cube', 'Mul', [make('square', 'Mul', [x, x]), x]);
    const inner = make('inner', 'Add', [x, make('scaled', 'Mul', [cube, number(0.044715)])]);
    const tanh = make('tanh', 'Tanh', [make('argument', 'Mul', [inner, number(Math.sqrt(2 / Math.PI))])]);
    make('out', 'Mul', [make('half', 'Mul', [x, number(0.5)]), make('one', 'Add', [tanh, number(1)])]);
  } else {
    const erf = make('erf', 'Erf', [make('argument', 'Div', [x, number(Math.SQRT2)])]);
    make('out', 'Mul', [make('product', 'Mul', [x, make('one', 'Add', [erf, number(1)])]), number(0.5)]);
  }
  return ending(node.name);
};

const mish: Downgrade = (node, { make, ending }) => {
  const [x = ''] = node.inputs;
  make('out', 'Mul', [x, make('tanh', 'Tanh', [make('softplus', 'Softplus', [x])])]);
  return ending(node.name);
};

const downgrades: { readonly [Op in OpName]?: Downgrade } = {
  Gelu: gelu,
  Mish: mish,
  Pad: padAllAxes,
  Split: splitSizes,
};

const lower = (typed: TypedGraph, opset: number, fresh: Fresh): Graph => {
  const { graph, bodies, types } = typed;
  const tensors: Record<string, TensorEntry> = { ...graph.tensors };
  const nodes = graph.nodes.flatMap((node): readonly Node[] => {
    const body = bodies.get(node.name);
    if (body !== undefined) {
      return [{ ...node, attrs: { ...node.attrs, body: lower(body, opset, fresh) } }];
    }
    const downgrade = opset < writableSince(node) ? downgrades[node.op] : undefined;
    if (downgrade === undefined) return [node];
    const float = types.get(node.inputs[0] ?? '')?.type === 'float64' ? 'float64' : 'float32';
    const bench: Bench = { ...makerOf(fresh, `${node.name}/`, { tensors }), typed, float };
    return downgrade(node, bench) ?? [node];
  });
  return { ...graph, nodes, tensors };
};

/**
 * The graph without operators that came after `opset`, as far as older ones can say the same (Gelu, Mish, equal Splits, Pads of some axes).
 * What is left over is refused when the graph is written.
 */
export const downgrade = (graph: Graph, store: TensorStore, opset: number): Result<Graph> => {
  if (opset >= 20) return E.right(graph);
  const typed = infer(graph, store);
  return E.isLeft(typed) ? typed : E.right(lower(typed.right, opset, freshNames(namesIn(graph), '_')));
};

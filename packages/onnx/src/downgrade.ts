import {
  attributesOf,
  fromFront,
  graphsWithin,
  infer,
  outputsOf,
  type Attributes,
  type Graph,
  type Node,
  type OpName,
  type TensorEntry,
  type TensorStore,
  type TypedGraph,
} from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { writableSince } from './opset.js';
import { freshNames, type Fresh } from './symbol.js';

/** What a downgrade may ask for and make. */
interface Bench {
  readonly fresh: Fresh;
  readonly float: 'float32' | 'float64';
  readonly constant: (part: string, entry: TensorEntry) => string;
  readonly typed: TypedGraph;
}

type Downgrade = (node: Node, bench: Bench) => readonly Node[] | undefined;

/** Equal parts, with their sizes written out. */
const splitSizes: Downgrade = (node, bench) => {
  const { num_outputs: parts, ...attrs } = { ...node.attrs };
  if (typeof parts !== 'number') return [node];
  const axis = Number(attributesOf(node)['axis']);
  const sizes = outputsOf(node).map((name) => bench.typed.types.get(name)?.shape.at(axis));
  if (!sizes.every((size) => typeof size === 'number')) return undefined;
  const split = bench.constant(`${node.name}/split`, { type: 'int64', shape: [sizes.length], data: sizes });
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
  const all = bench.constant(`${node.name}/pads`, { type: 'int64', shape: [2 * rank], data });
  return [{ ...node, inputs: [x, all, ...(value === '' ? [] : [value])] }];
};

/** A formula written out node by node; the last one bears the name. */
const written = (node: Node, bench: Bench, build: (w: Writer) => string): readonly Node[] => {
  const nodes: Node[] = [];
  build({
    x: node.inputs[0] ?? '',
    number: (value) => bench.constant(`${node.name}/${value}`, { type: bench.float, shape: [], data: [value] }),
    step: (part, op, ...inputs) => {
      const name = bench.fresh(`${node.name}/${part}`);
      nodes.push({ name, op, inputs });
      return name;
    },
  });
  const last = nodes.pop()!;
  return [...nodes, { ...last, name: node.name }];
};

interface Writer {
  readonly x: string;
  readonly number: (value: number) => string;
  readonly step: (part: string, op: OpName, ...inputs: readonly string[]) => string;
}

const gelu: Downgrade = (node, bench) =>
  written(node, bench, ({ x, number, step }) => {
    if (attributesOf(node)['approximate'] === 'tanh') {
      const cube = step('cube', 'Mul', step('square', 'Mul', x, x), x);
      const inner = step('inner', 'Add', x, step('scaled', 'Mul', cube, number(0.044715)));
      const tanh = step('tanh', 'Tanh', step('argument', 'Mul', inner, number(Math.sqrt(2 / Math.PI))));
      return step('out', 'Mul', step('half', 'Mul', x, number(0.5)), step('one', 'Add', tanh, number(1)));
    }
    const erf = step('erf', 'Erf', step('argument', 'Div', x, number(Math.SQRT2)));
    return step('out', 'Mul', step('product', 'Mul', x, step('one', 'Add', erf, number(1))), number(0.5));
  });

const mish: Downgrade = (node, bench) =>
  written(node, bench, ({ x, step }) => step('out', 'Mul', x, step('tanh', 'Tanh', step('softplus', 'Softplus', x))));

const downgrades: { readonly [Op in OpName]?: Downgrade } = {
  Gelu: gelu,
  Mish: mish,
  Pad: padAllAxes,
  Split: splitSizes,
};

const namesIn = (graph: Graph): readonly string[] =>
  [...graphsWithin(graph)].flatMap(({ inputs, tensors, nodes }) => [
    ...inputs.map(({ name }) => name),
    ...Object.keys(tensors),
    ...nodes.flatMap(outputsOf),
  ]);

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
    const bench: Bench = {
      fresh,
      typed,
      float: types.get(node.inputs[0] ?? '')?.type === 'float64' ? 'float64' : 'float32',
      constant: (part, entry) => {
        const name = fresh(part);
        tensors[name] = entry;
        return name;
      },
    };
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
  return E.isLeft(typed) ? typed : E.right(lower(typed.right, opset, freshNames(namesIn(graph))));
};

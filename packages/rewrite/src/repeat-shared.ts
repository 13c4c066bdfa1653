import {
  constantAt,
  makerOf,
  ownAxis,
  type Dim,
  type Graph,
  type InlineTensor,
  type Maker,
  type Node,
  type OpName,
} from '@kirchhoff/graph';
import type { Draft } from 'immer';
import { draftNode, replaceNode, type Rewrite } from './rewrite.js';

/** Operators that lay operands upon one another, and the ports of those that relevance goes to. */
const laid: { readonly [Op in OpName]?: readonly number[] } = {
  Add: [0, 1],
  Sub: [0, 1],
  Mul: [0, 1],
  Div: [0, 1],
  Pow: [0, 1],
  PRelu: [0, 1],
  Where: [1, 2],
  Gemm: [2],
};

/** Operators of any number of operands. */
const several: readonly OpName[] = ['Min', 'Max', 'Sum', 'Mean'];

/** An operand that all samples share. */
interface Shared {
  readonly name: string;
  readonly dims: readonly Dim[];
}

/** Makes what is put before one node of a draft. */
interface Before extends Maker {
  readonly draft: Draft<Graph>;
}

const int64 = (data: readonly number[]): InlineTensor => ({ type: 'int64', shape: [data.length], data });

/** A value with axes of size 1 put in, at places among the axes that it then has. */
const widened = ({ make, tensor }: Maker, { name, dims }: Shared, axes: readonly number[]): Shared => {
  if (axes.length === 0) return { name, dims };
  const wide = [...dims];
  for (const axis of axes) wide.splice(axis, 0, 1);
  return { name: make('wide', 'Unsqueeze', [name, tensor('wide.axes', int64(axes))]), dims: wide };
};

/** The operand once for every sample, at the axis of samples of what it is laid upon; undefined where it has an axis of its own there. */
const repeated = (to: Before, operand: Shared, axis: number, rank: number): string | undefined => {
  const missing = Math.max(0, rank - axis - operand.dims.length);
  const { name, dims } = widened(
    to,
    operand,
    Array.from({ length: missing }, (_, i) => i),
  );
  const at = axis - (rank - dims.length);
  if (dims[at] !== 1) return undefined;
  const source = to.draft.inputs.find(({ shape }) => shape.includes(to.draft.batch!))!;
  const from = source.shape.indexOf(to.draft.batch!);
  const count = to.make('samples', 'Shape', [source.name], { start: from, end: from + 1 });
  const ones = (part: string, length: number): readonly string[] =>
    length === 0 ? [] : [to.tensor(part, int64(Array<number>(length).fill(1)))];
  const sizes = [...ones('before', at), count, ...ones('behind', dims.length - at - 1)];
  const shape = sizes.length === 1 ? count : to.make('each.shape', 'Concat', sizes, { axis: 0 });
  return to.make('each', 'Expand', [name, shape]);
};

/** A product of what has samples and of what they share, as one product for each sample. */
const multiplied = (
  to: Before,
  node: Node,
  operands: readonly [Shared, Shared],
  port: number,
  axis: number,
): readonly Node[] | undefined => {
  const other = operands[1 - port]!;
  const own = operands[port]!;
  const rank = other.dims.length;
  const inStack = axis < rank - 2;
  const vector = own.dims.length === 1;
  if (port === 0 ? !inStack || vector : axis > rank - 2) return undefined;
  const matrix = vector ? widened(to, own, [1]) : own;
  const stack = !inStack && matrix.dims.length > 2 ? widened(to, matrix, [matrix.dims.length - 2]) : matrix;
  const rows = inStack ? other : widened(to, other, [rank - 1]);
  const wide = Math.max(rows.dims.length, stack.dims.length);
  const each = repeated(to, stack, axis + wide - rows.dims.length, wide);
  if (each === undefined) return undefined;
  const inputs = port === 0 ? [each, rows.name] : [rows.name, each];
  const drop = [...(inStack ? [] : [-2]), ...(vector ? [-1] : [])];
  if (drop.length === 0) return [...to.nodes, { ...node, inputs }];
  const product = to.make('rows', 'MatMul', inputs);
  return [...to.nodes, { name: node.name, op: 'Squeeze', inputs: [product, to.tensor('rows.axes', int64(drop))] }];
};

/**
 * A real value that all samples share (an input without a batch axis, and what is computed from it) receives relevance from each of
 * them. Where it meets them it is repeated for every sample, so that what each of them sent can be told apart.
 */
export const repeatShared: Rewrite = {
  name: 'repeat-shared',
  edit: (draft, view) => {
    const { batch } = draft;
    if (typeof batch !== 'string' || draft.inputs.every(({ shape }) => shape.includes(batch))) return [];
    const facts = view.facts();
    const isShared = (node: Node) => {
      const constant = constantAt(node, (name) => facts.get(name)?.way ?? 'none');
      return (name: string): boolean => facts.get(name)?.samples.kind === 'same' && !constant(name);
    };
    const changes: string[] = [];
    for (const node of view.nodes) {
      const ports = several.includes(node.op) ? node.inputs.map((_, port) => port) : (laid[node.op] ?? [0, 1]);
      const shared = isShared(node);
      const own = ports.filter((port) => shared(node.inputs[port] ?? ''));
      if (own.length === 0 || (laid[node.op] === undefined && !several.includes(node.op) && node.op !== 'MatMul'))
        continue;
      const operand = (name: string): Shared => ({ name, dims: view.type(name)?.shape ?? [] });
      const inputs = [...draftNode(draft, node.name).inputs];
      for (const port of own) {
        const to = { ...makerOf(view.fresh, `${node.name}.`, { tensors: draft.tensors }), draft };
        const name = inputs[port]!;
        if (node.op === 'MatMul') {
          const axis = ownAxis(facts.get(inputs[1 - port]!)?.samples);
          const [a, b] = inputs;
          const operands = [operand(a!), operand(b!)] as const;
          const made = axis === undefined ? undefined : multiplied(to, node, operands, port, axis);
          if (made === undefined) continue;
          replaceNode(draft, node.name, made);
        } else {
          const axis = ownAxis(facts.get(node.name)?.samples);
          const rank = view.type(node.name)?.shape.length ?? 0;
          const each = axis === undefined ? undefined : repeated(to, operand(name), axis, rank);
          if (each === undefined) continue;
          inputs[port] = each;
          replaceNode(draft, node.name, [...to.nodes, { ...draftNode(draft, node.name), inputs: [...inputs] } as Node]);
        }
        changes.push(`${name} repeated for each sample of ${node.name} (${node.op})`);
      }
    }
    return changes;
  },
};

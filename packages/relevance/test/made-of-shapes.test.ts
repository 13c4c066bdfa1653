import { tensor, type InlineTensor, type Node } from '@kirchhoff/graph';
import { describe, expect, test } from 'vitest';
import {
  difference,
  drawer,
  explainRun,
  graphOf,
  greatest,
  inline,
  input,
  integers,
  node,
  planOf,
  typedOf,
} from './support.js';

const [batch, steps, width] = [2, 3, 4] as const;
const draw = drawer(11);
const values = (...shape: readonly number[]): InlineTensor =>
  inline(shape, draw.fine(shape.reduce((a, b) => a * b, 1)));

/** A constant in all but name: how shapes make it, and the tensor that repeats to the same values. */
interface Made {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly tensors: Readonly<Record<string, InlineTensor>>;
  readonly equal: InlineTensor;
}

const filter = values(1, width, 5);
const repeated = (data: readonly number[], times: number): readonly number[] =>
  Array.from({ length: times }, () => data).flat();
const shape = node('shape', 'Shape', ['x']);
const size = (name: string, axis: number): Node => node(name, 'Shape', ['x'], { start: axis, end: axis + 1 });

/** Weights [N, 4, 5] of a product over the last axis. */
const weights: readonly Made[] = [
  {
    name: 'Expand',
    nodes: [size('n', 0), node('to', 'Concat', ['n', 'rest'], { axis: 0 }), node('c', 'Expand', ['filter', 'to'])],
    tensors: { filter, rest: integers(width, 5) },
    equal: filter,
  },
  {
    name: 'Tile',
    nodes: [size('n', 0), node('to', 'Concat', ['n', 'ones'], { axis: 0 }), node('c', 'Tile', ['filter', 'to'])],
    tensors: { filter, ones: integers(1, 1) },
    equal: filter,
  },
  {
    name: 'ConstantOfShape',
    nodes: [
      size('n', 0),
      node('to', 'Concat', ['n', 'rest'], { axis: 0 }),
      node('c', 'ConstantOfShape', ['to'], { value: inline([1], [0.25]) }),
    ],
    tensors: { rest: integers(width, 5) },
    equal: inline([1, width, 5], repeated([0.25], width * 5)),
  },
];

const row = values(width);
const table = values(9, width);

/** Values that broadcast against [N, T, 4]. */
const rows: readonly Made[] = [
  {
    name: 'Expand',
    nodes: [shape, node('c', 'Expand', ['row', 'shape'])],
    tensors: { row },
    equal: inline([1, steps, width], repeated(row.data, steps)),
  },
  {
    name: 'rows of a table at a Range',
    nodes: [
      size('t', 1),
      node('count', 'Squeeze', ['t', 'first']),
      node('places', 'Range', ['zero', 'count', 'one']),
      node('c', 'Gather', ['table', 'places']),
    ],
    tensors: {
      table,
      first: integers(0),
      zero: { type: 'int64', shape: [], data: [0] },
      one: { type: 'int64', shape: [], data: [1] },
    },
    equal: inline([steps, width], table.data.slice(0, steps * width)),
  },
  {
    name: 'Where of constants by a comparison of places',
    nodes: [
      size('t', 1),
      node('count', 'Squeeze', ['t', 'first']),
      node('places', 'Range', ['zero', 'count', 'one']),
      node('column', 'Unsqueeze', ['places', 'last']),
      node('early', 'Less', ['column', 'one']),
      node('c', 'Where', ['early', 'row', 'half']),
    ],
    tensors: {
      row,
      half: inline([], [0.5]),
      first: integers(0),
      last: integers(1),
      zero: { type: 'int64', shape: [], data: [0] },
      one: { type: 'int64', shape: [], data: [1] },
    },
    equal: inline([steps, width], [...row.data, ...repeated([0.5], (steps - 1) * width)]),
  },
];

/** How the constant `c` is used on the way from x to y [N, …]. */
const uses: Readonly<Record<string, { readonly of: readonly Made[]; readonly nodes: readonly Node[] }>> = {
  'the weight of a MatMul': { of: weights, nodes: [node('y', 'MatMul', ['x', 'c'])] },
  'the left weight of a MatMul': {
    of: weights,
    nodes: [
      node('turned', 'Transpose', ['c'], { perm: [0, 2, 1] }),
      node('across', 'Transpose', ['x'], { perm: [0, 2, 1] }),
      node('y', 'MatMul', ['turned', 'across']),
    ],
  },
  'a factor': { of: rows, nodes: [node('y', 'Mul', ['c', 'x'])] },
  'a divisor': { of: rows, nodes: [node('shifted', 'Exp', ['c']), node('y', 'Div', ['x', 'shifted'])] },
  'a summand': { of: rows, nodes: [node('y', 'Add', ['x', 'c'])] },
  'what is subtracted from': { of: rows, nodes: [node('y', 'Sub', ['c', 'x'])] },
  'a floor': { of: rows, nodes: [node('y', 'Max', ['c', 'x'])] },
};

const lines = Object.entries(uses).flatMap(([use, { of, nodes }]) =>
  of.map((made) => [`${made.name} as ${use}`, made, nodes] as const),
);

describe('what shapes make is explained as the constant that it is', () => {
  test.each(lines)('%s', async (_, made, nodes) => {
    const x = tensor('float32', [batch, steps, width], draw.fine(batch * steps * width));
    const head = { head: values(15, 2), hidden: values(12, 2) };
    const explained = async (before: readonly Node[], tensors: Made['tensors'], composite: string) => {
      const all = [...before, ...nodes];
      const x0 = input('x', ['N', steps, width]);
      const flattened = node('flattened', 'Flatten', ['y']);
      const wide = typedOf(graphOf([x0], [...all, flattened], tensors)).types.get('flattened')!.shape[1];
      const score = node('score', 'Gemm', ['flattened', wide === 15 ? 'head' : 'hidden']);
      const typed = typedOf(graphOf([x0], [...all, flattened, score], { ...tensors, ...head }));
      const ran = await explainRun(typed, planOf(typed, composite), { x }, { target: { kind: 'argmax' } }, 'reference');
      const leaks = new Map<string, number>();
      for (const entry of ran.explanation.ledger)
        for (const [cause, name] of Object.entries(entry.leaks))
          leaks.set(cause, (leaks.get(cause) ?? 0) + ran.of(name).reduce((sum, value) => sum + value, 0));
      return { relevance: ran.at('x'), leaks };
    };
    for (const composite of ['epsilon-plus', 'epsilon-alpha2-beta1', 'gradient-times-input', 'attention']) {
      const found = await explained(made.nodes, made.tensors, composite);
      const wanted = await explained([], { c: made.equal }, composite);
      expect(greatest(wanted.relevance), composite).toBeGreaterThan(0.01);
      expect(difference(found.relevance, wanted.relevance, 1e-12), composite).toBeUndefined();
      expect([...found.leaks.keys()], composite).toEqual([...wanted.leaks.keys()]);
      expect(difference([...found.leaks.values()], [...wanted.leaks.values()], 1e-12), composite).toBeUndefined();
    }
  });
});

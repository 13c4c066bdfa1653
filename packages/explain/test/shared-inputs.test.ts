import { tensor, toNumbers, type Graph, type InlineTensor, type Node, type Tensor } from '@kirchhoff/graph';
import { explain, prepareModel, type Explained, type ExplainOptions } from '@kirchhoff/explain';
import { decodeComposite, findComposite, type Composite } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import { book, floats, inline, input, integers, node, right } from './support.js';

const exact: Composite = right(
  decodeComposite({
    composite: 'exact',
    summary: '',
    rules: [
      { match: { kind: 'affine' }, rule: 'epsilon', parameters: { epsilon: 0 } },
      { match: { kind: 'product' }, rule: 'uniform' },
      { match: { kind: 'contraction' }, rule: 'uniform' },
      { include: 'standard' },
    ],
  }),
);

const x = floats([2, 3], [1, 2, 3, -1, 0.5, 2]);
const h = floats([3], [1, -1, 2]);
const W = inline([3, 2], [1, 0, 0, 1, -1, 1]);

interface Case {
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, InlineTensor>>;
  readonly shared?: Tensor;
  readonly of?: Tensor;
  /** Where samples lie in x. */
  readonly axis?: number;
}

const explained = async (
  { nodes, tensors = {}, shared = h, of = x, axis = 0 }: Case,
  options: ExplainOptions = {},
  composite = exact,
): Promise<Explained> => {
  const graph: Graph = {
    name: 'shared',
    inputs: [input('x', of.shape.with(axis, 'N' as never)), input('h', shared.shape)],
    nodes,
    outputs: [nodes.at(-1)!.name],
    tensors: { W, ...tensors },
  };
  const model = right(prepareModel('shared', graph, new Map(), undefined, { batchAxes: { x: axis, h: 'none' } }));
  return right(
    await explain(model, composite, book, { x: of, h: shared }, { target: { kind: 'index', index: 1 }, ...options }),
  );
};

const rounded = (values: Iterable<number>): readonly number[] => [...values].map((v) => Math.round(v * 1e4) / 1e4 + 0);

const map = ({ relevance }: Explained, name: string): readonly number[] => rounded(toNumbers(relevance[name]!.data));

const totals = ({ report }: Explained): readonly number[] => rounded(report.samples.map(({ relevance }) => relevance));

const head = node('y', 'MatMul', ['m', 'W']);
const each = [
  node('count', 'Shape', ['x'], { start: 0, end: 1 }),
  node('shape', 'Concat', ['count', 'three'], { axis: 0 }),
  node('each', 'Expand', ['h', 'shape']),
];

const cases: Readonly<
  Record<string, Case & { readonly h: readonly number[]; readonly total: readonly number[]; readonly target?: number }>
> = {
  'a sum': { nodes: [node('m', 'Add', ['x', 'h']), head], h: [0, -2, 4], total: [6, 3.5] },
  'a difference': { nodes: [node('m', 'Sub', ['x', 'h']), head], h: [0, 2, -2], total: [4, 1.5] },
  'a product': { nodes: [node('m', 'Mul', ['x', 'h']), head], h: [0, -1.25, 5], total: [4, 3.5] },
  'a choice': {
    nodes: [node('p', 'Greater', ['x', 'zero']), node('m', 'Where', ['p', 'x', 'h']), head],
    tensors: { zero: inline([], [0]) },
    target: 0,
    h: [1, 0, 0],
    total: [-2, -1],
  },
  'parts side by side': {
    nodes: [...each, node('m', 'Concat', ['x', 'each'], { axis: 1 }), node('y', 'MatMul', ['m', 'W6'])],
    tensors: { three: integers(3), W6: inline([6, 2], [1, 0, 0, 1, -1, 1, 2, 1, 0, 1, 1, 1]) },
    h: [2, -2, 4],
    total: [7, 4.5],
  },
  'a bias': {
    nodes: [node('m', 'Gemm', ['x', 'W', 'h'])],
    shared: floats([2], [1, -1]),
    h: [0, -2],
    total: [4, 1.5],
  },
  'a matrix': {
    nodes: [node('m', 'MatMul', ['x', 'h'])],
    shared: floats([3, 2], [1, 0, 0, 1, -1, 1]),
    h: [0, 0, 0, 1.25, 0, 2.5],
    total: [5, 2.5],
  },
  'a matrix, the samples along the second axis': {
    nodes: [node('m', 'MatMul', ['x', 'h']), node('y', 'ReduceSum', ['m', 'first'], { keepdims: 0 })],
    of: floats([2, 2, 3], [1, 2, 3, -1, 0.5, 2, 0, 1, 1, 2, 2, 2]),
    axis: 1,
    tensors: { first: integers(0) },
    shared: floats([3, 2], [1, 0, 0, 1, -1, 1]),
    h: [0, 0, 0, 2.75, 0, 4],
    total: [7, 6.5],
  },
  'what layers make of it': {
    nodes: [
      node('g', 'MatMul', ['h', 'V']),
      node('a', 'Add', ['g', 'b']),
      node('r', 'Relu', ['a']),
      node('m', 'Add', ['x', 'r']),
      head,
    ],
    tensors: { V: inline([3, 3], [1, 2, 0, 0, 1, 1, -1, 0, 1]), b: inline([3], [0.5, 0.25, -1]) },
    h: [4, -2, 0],
    total: [6, 3.5],
  },
  'the greatest of its parts': {
    nodes: [
      node('g', 'MaxPool', ['h'], { kernel_shape: [2], strides: [2] }),
      node('f', 'Reshape', ['g', 'two']),
      node('m', 'Add', ['x', 'f']),
      node('y', 'MatMul', ['m', 'V']),
    ],
    of: floats([2, 2], [1, 2, 3, -1]),
    tensors: { two: integers(2), V: inline([2, 2], [1, 2, -1, 1]) },
    shared: floats([1, 1, 4], [1, 3, 2, -1]),
    h: [0, 12, 4, 0],
    total: [12, 13],
  },
};

describe.each(['reference', 'ort'] as const)('an input that all samples share, on %s', (backend) => {
  test.each(Object.entries(cases))('%s', async (_, one) => {
    const target = { kind: 'index', index: one.target ?? 1 } as const;
    for (const ledger of [true, false]) {
      const found = await explained(one, { backend, target, ledger });
      expect(map(found, 'h')).toEqual(one.h);
      expect(totals(found)).toEqual(one.total);
      expect(found.report.addsUp).toBe(true);
      const sum = [...map(found, 'x'), ...map(found, 'h')].reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(
        one.total.reduce((a, b) => a + b, 0),
        4,
      );
    }
  });
});

test('what leaks behind a shared input leaks from each sample', async () => {
  const found = await explained(cases['what layers make of it']!);
  expect(found.report.samples.map(({ ledger }) => ledger?.leaks['bias'])).toEqual([0.25, 0.25]);
  const more = await explained(cases['what layers make of it']!, { at: ['r'] });
  expect(rounded(toNumbers(more.at['r']!.data))).toEqual([0, 2.5, 0]);
});

test('a map is the sum of those of its samples alone, through recurrence too', async () => {
  const numbers = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => (((i * 7) % 11) - 5) / 5);
  const one: Case = {
    nodes: [
      node('l', 'LSTM', ['h', 'wx', 'wh', 'bias'], { hidden_size: 2 }, ['last']),
      node('f', 'Reshape', ['last', 'two']),
      node('m', 'Add', ['x', 'f']),
      node('y', 'MatMul', ['m', 'V']),
    ],
    of: floats([2, 2], [1, 2, 3, -1]),
    tensors: {
      wx: inline([1, 8, 2], numbers(16)),
      wh: inline([1, 8, 2], numbers(16)),
      bias: inline([1, 16], numbers(16)),
      two: integers(2),
      V: inline([2, 2], [1, 2, -1, 1]),
    },
    shared: floats([3, 1, 2], numbers(6)),
  };
  const composite = right(findComposite(book, 'epsilon-plus-flat'));
  const backend = 'reference' as const;
  const together = await explained(one, { backend }, composite);
  const alone = await Promise.all(
    [
      [1, 2],
      [3, -1],
    ].map((row) => explained({ ...one, of: floats([1, 2], row) }, { backend }, composite)),
  );
  const sum = map(alone[0]!, 'h').map((v, i) => v + map(alone[1]!, 'h')[i]!);
  map(together, 'h').forEach((v, i) => expect(v).toBeCloseTo(sum[i]!, 3));
  expect(totals(together)).toEqual(alone.flatMap(totals));
  expect(together.report.samples.map(({ ledger }) => ledger?.open)).toEqual([[], []]);
});

test('ids that samples share hold the components of the rows they chose', async () => {
  const ids = tensor('int64', [2], [1, 2]);
  const graph: Graph = {
    name: 'ids',
    inputs: [input('x', ['N', 2, 2]), { name: 'ids', type: 'int64', shape: [2] }],
    nodes: [
      node('e', 'Gather', ['E', 'ids']),
      node('m', 'Add', ['x', 'e']),
      node('z', 'MatMul', ['m', 'V']),
      node('y', 'Flatten', ['z']),
    ],
    outputs: ['y'],
    tensors: { E: inline([3, 2], [9, 9, -0.5, 1, 0.25, 0.5]), V: inline([2, 2], [1, 2, -1, 1]) },
  };
  const model = right(prepareModel('ids', graph, new Map()));
  const given = { x: floats([2, 2, 2], [1, 2, 3, -1, 1, 1, -2, 0]), ids };
  const found = right(await explain(model, exact, book, given, { target: { kind: 'index', index: 1 } }));
  expect(map(found, 'ids')).toEqual([-2, 2, 0, 0]);
  expect(totals(found)).toEqual([4, 3]);
});

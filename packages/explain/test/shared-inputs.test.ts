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
const numbers = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => (((i * 7) % 11) - 5) / 5);
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

/** Running sums over the elements of each sample, by a body of these nodes: state `s` and element `e`, both [N]. */
const running = (nodes: readonly Node[], more: readonly string[] = []): readonly Node[] => [
  node('nought', 'Mul', ['x', 'zero']),
  node('start', 'ReduceSum', ['nought', 'last'], { keepdims: 0 }),
  node('sum', 'Scan', ['start', 'x', ...more], {
    num_scan_inputs: 1 + more.length,
    scan_input_axes: [1, ...more.map(() => 0)],
    body: {
      name: 'body',
      inputs: [input('s', ['N']), input('e', ['N']), ...more.map(() => input('u', []))],
      nodes,
      outputs: [nodes.at(-1)!.name],
      tensors: {},
    },
  }),
];

const first = { kind: 'index', index: 0 } as const;
const inScan = { zero: inline([], [0]), last: integers(1) };

const tables = {
  of: floats([2, 3], [3, 1, 2, -1, 0.5, 3]),
  shared: floats([3, 3], [1, -1, 2, 0, 3, 1, 2, 1, -1]),
  tensors: { twice: inline([], [2]) },
};

const scaled = {
  nodes: running([node('p', 'Mul', ['e', 'h']), node('q', 'Add', ['s', 'p'])]),
  tensors: inScan,
  shared: floats([1], [2]),
  target: 0,
};

/** Values by hand: every product in halves, every sum in proportion. */
const several: typeof cases = {
  'a row of a computed table': {
    ...tables,
    nodes: [
      node('k', 'Mul', ['h', 'twice']),
      node('i', 'ArgMax', ['x'], { axis: 1, keepdims: 0 }),
      node('g', 'Gather', ['k', 'i']),
      node('m', 'Add', ['x', 'g']),
      head,
    ],
    h: [0, -2, 4, 0, 0, 0, 0, 2, -2],
    total: [5, 3.5],
  },
  'rows of a computed table, by two nodes': {
    ...tables,
    nodes: [
      node('k', 'Mul', ['h', 'twice']),
      node('i', 'ArgMax', ['x'], { axis: 1, keepdims: 0 }),
      node('j', 'ArgMin', ['x'], { axis: 1, keepdims: 1 }),
      node('g', 'Gather', ['k', 'i']),
      node('f', 'GatherND', ['k', 'j']),
      node('m', 'Sum', ['x', 'g', 'f']),
      head,
    ],
    h: [0, -4, 8, 0, 6, 2, 0, 2, -2],
    total: [13, 5.5],
  },
  'a matrix to the left': {
    nodes: [
      node('t', 'Transpose', ['x'], { perm: [1, 0] }),
      node('m', 'MatMul', ['h', 't']),
      node('y', 'Transpose', ['m'], { perm: [1, 0] }),
    ],
    shared: floats([2, 3], [1, 0, -1, 0, 1, 1]),
    h: [0, 0, 0, 0, 1.25, 2.5],
    total: [5, 2.5],
  },
  'a kernel of two convolutions': {
    nodes: [node('c', 'Conv', ['x', 'h']), node('d', 'Conv', ['c', 'h']), node('y', 'Flatten', ['d'])],
    of: floats([2, 1, 3], [1, 2, 3, -1, 0.5, 2]),
    shared: floats([1, 1, 2], [1, 2]),
    target: 0,
    h: [4, 18.5],
    total: [21, 9],
  },
  'a weight of two dense layers': {
    nodes: [node('g', 'Gemm', ['x', 'h']), node('y', 'Gemm', ['g', 'h'])],
    of: floats([2, 2], [1, 2, 3, -1]),
    shared: floats([2, 2], [1, 0, 1, 1]),
    target: 0,
    h: [3.5, 0, 0.75, 0.25],
    total: [5, 1],
  },
  'a factor inside a Scan and behind it': {
    ...scaled,
    nodes: [...scaled.nodes, node('y', 'Mul', ['sum', 'h'])],
    h: [22.5],
    total: [24, 6],
  },
  'a sequence that is scanned beside the samples': {
    nodes: [
      ...running([node('p', 'Mul', ['e', 'u']), node('q', 'Add', ['s', 'p'])], ['h']),
      node('y', 'Identity', ['sum']),
    ],
    tensors: inScan,
    target: 0,
    h: [0, -1.25, 5],
    total: [5, 2.5],
  },
};

describe.each(['reference', 'ort'] as const)('an input that all samples share, on %s', (backend) => {
  test.each(Object.entries({ ...cases, ...several }))('%s', async (_, one) => {
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
  const composite = named('epsilon-plus-flat');
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

/** Values that samples share, deep behind where they meet them. */
const deep: Readonly<Record<string, Case>> = {
  'a table whose rows are chosen for every element, samples merged with them': {
    nodes: [
      node('k', 'Tanh', ['h']),
      node('round', 'Cast', ['x'], { to: 7 }),
      node('ids', 'Clip', ['round', 'lowest', 'most']),
      node('row', 'Reshape', ['ids', 'all']),
      node('g', 'Gather', ['k', 'row']),
      node('f', 'Reshape', ['g', 'each']),
      node('m', 'MatMul', ['f', 'U']),
      node('s', 'Add', ['m', 'x']),
      node('y', 'MatMul', ['s', 'k']),
    ],
    tensors: {
      lowest: { type: 'int64', shape: [], data: [0] },
      most: { type: 'int64', shape: [], data: [2] },
      all: integers(-1),
      each: integers(-1, 9),
      U: inline([9, 3], numbers(27)),
    },
    shared: floats([3, 3], [1, -1, 2, 0.5, 3, 1, 2, 1, -1]),
  },
  'a state and a weight inside a Scan': {
    nodes: [
      node('k', 'Tanh', ['h']),
      node('w', 'Squeeze', ['h']),
      node('first', 'ReduceSum', ['k', 'last'], { keepdims: 0 }),
      node('nought', 'Mul', ['x', 'zero']),
      node('start', 'ReduceSum', ['nought', 'last'], { keepdims: 0 }),
      node(
        'sum',
        'Scan',
        ['start', 'first', 'x'],
        {
          num_scan_inputs: 1,
          scan_input_axes: [1],
          body: {
            name: 'body',
            inputs: [input('s', ['N']), input('v', [1]), input('e', ['N'])],
            nodes: [
              node('a', 'Mul', ['e', 'v']),
              node('r', 'Add', ['s', 'a']),
              node('mean', 'ReduceMean', ['w', 'lead'], { keepdims: 1 }),
              node('next', 'Mul', ['v', 'mean']),
            ],
            outputs: ['r', 'next'],
            tensors: {},
          },
        },
        ['end'],
      ),
      node('y', 'Mul', ['sum', 'end']),
    ],
    tensors: { ...inScan, lead: integers(0) },
    shared: floats([1, 3], [0.5, 1, 2]),
  },
};

const named = (name: string): Composite => right(findComposite(book, name));
const composites = [exact, named('gradient-times-input')];
const behind = composites.flatMap((rules) =>
  Object.entries(deep).map(([name, one]) => [name, rules.name, one, rules] as const),
);

test.each(behind)('%s, by %s: a batch is its samples alone', async (_, __, one, rules) => {
  const rows = [0, 3, 6, 9].map((from) => [1, 2, 3, -1, 0.5, 2, 0, 1.5, -2, 2, 2, 0.25].slice(from, from + 3));
  const alone = await Promise.all(
    rows.map((row) => explained({ ...one, of: floats([1, 3], row) }, { backend: 'reference', target: first }, rules)),
  );
  for (const backend of ['reference', 'ort'] as const) {
    const together = await explained({ ...one, of: floats([4, 3], rows.flat()) }, { backend, target: first }, rules);
    expect(together.report.addsUp).toBe(true);
    const sums = map(together, 'h').map((_, i) => alone.reduce((sum, found) => sum + map(found, 'h')[i]!, 0));
    map(together, 'h').forEach((value, i) => expect(value).toBeCloseTo(sums[i]!, 3));
    const rowsAlone = alone.flatMap((found) => map(found, 'x'));
    map(together, 'x').forEach((value, i) => expect(value).toBeCloseTo(rowsAlone[i]!, 3));
    totals(together).forEach((value, n) => expect(value).toBeCloseTo(totals(alone[n]!)[0]!, 3));
    together.report.samples.forEach(({ ledger }, n) => {
      const single = alone[n]!.report.samples[0]!.ledger!.leaks;
      for (const [cause, value] of Object.entries(ledger!.leaks)) expect(value).toBeCloseTo(single[cause] ?? 0, 3);
    });
  }
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

import {
  tensor,
  type Dim,
  type ElementType,
  type Input,
  type Node,
  type Tensor,
  type TensorEntry,
} from '@kirchhoff/graph';
import { describe, expect, test } from 'vitest';
import {
  difference,
  drawer,
  explainRun,
  graphOf,
  greatest,
  inline,
  integers,
  node,
  planOf,
  typedOf,
} from './support.js';

const samples = 2;
const features = 3;
const rows = 7;

const draw = drawer(7);
const table = inline([rows, features], draw.fine(rows * features));
const other = inline([rows, 2], draw.fine(rows * 2));
const scalars = inline([rows], draw.fine(rows));

const idsInput = (name: string, type: ElementType, ...shape: readonly Dim[]): Input => ({ name, type, shape });

/** Ids on their way to `last`, which is flattened before a dense layer; and what each of them adds to it. */
interface Way {
  readonly name: string;
  readonly input: Input;
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, TensorEntry>>;
  /** The number of ids of a sample. */
  readonly count: number;
  /** For the id at place `t` of a sample, its rows in the last node, flattened: where each begins, and its values. */
  readonly added: (id: number, t: number) => readonly (readonly [start: number, row: readonly number[]])[];
}

const row = (id: number): readonly number[] => table.data.slice(id * features, (id + 1) * features);
const otherRow = (id: number): readonly number[] => other.data.slice(id * 2, id * 2 + 2);
const looked = (from: string, name = 'last'): Node => node(name, 'Gather', ['table', from]);
const places =
  (count: number): Way['added'] =>
  (id, t) =>
    t < count ? [[t * features, row(id)]] : [];
const int32 = 6;
const int64 = 7;

const waysOfIds: readonly Way[] = [
  { name: 'as they are', input: idsInput('ids', 'int64', 'N', 4), nodes: [looked('ids')], count: 4, added: places(4) },
  {
    name: 'by Cast',
    input: idsInput('ids', 'int32', 'N', 4),
    nodes: [node('wide', 'Cast', ['ids'], { to: int64 }), looked('wide')],
    count: 4,
    added: places(4),
  },
  {
    name: 'given as floats',
    input: idsInput('ids', 'float32', 'N', 4),
    nodes: [node('wide', 'Cast', ['ids'], { to: int32 }), looked('wide')],
    count: 4,
    added: places(4),
  },
  {
    name: 'by Slice',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [node('cut', 'Slice', ['ids', 'one', 'three', 'one']), looked('cut')],
    count: 4,
    added: (id, t) => (t === 1 || t === 2 ? [[(t - 1) * features, row(id)]] : []),
  },
  {
    name: 'a column by Gather of one',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [node('column', 'Gather', ['ids', 'two'], { axis: 1 }), looked('column')],
    tensors: { two: { type: 'int64', shape: [], data: [2] } },
    count: 4,
    added: (id, t) => (t === 2 ? [[0, row(id)]] : []),
  },
  {
    name: 'by Reshape, Unsqueeze, Squeeze and Transpose',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      node('square', 'Reshape', ['ids', 'square.shape']),
      node('deep', 'Unsqueeze', ['square', 'one']),
      node('flat', 'Squeeze', ['deep', 'one']),
      node('turned', 'Transpose', ['flat'], { perm: [0, 2, 1] }),
      looked('turned'),
    ],
    tensors: { 'square.shape': integers(-1, 2, 2) },
    count: 4,
    added: (id, t) => [[[0, 2, 1, 3][t]! * features, row(id)]],
  },
  {
    name: 'after a constant id',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      node('size', 'Shape', ['ids'], { start: 0, end: 1 }),
      node('begin.shape', 'Concat', ['size', 'one'], { axis: 0 }),
      node('begin', 'Expand', ['begins', 'begin.shape']),
      node('whole', 'Concat', ['begin', 'ids'], { axis: 1 }),
      looked('whole'),
    ],
    tensors: { begins: { type: 'int64', shape: [1, 1], data: [5] } },
    count: 4,
    added: (id, t) => [[(t + 1) * features, row(id)]],
  },
  {
    name: 'where they are not padded',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [node('padded', 'Less', ['ids', 'three']), node('kept', 'Where', ['padded', 'one', 'ids']), looked('kept')],
    count: 4,
    added: (id, t) => (id < 3 ? [] : [[t * features, row(id)]]),
  },
  {
    name: 'to two tables',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      looked('ids', 'first'),
      node('second', 'Gather', ['other', 'ids']),
      node('last', 'Concat', ['first', 'second'], { axis: 2 }),
    ],
    count: 4,
    added: (id, t) => [
      [t * (features + 2), row(id)],
      [t * (features + 2) + features, otherRow(id)],
    ],
  },
  {
    name: 'to one table twice',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      looked('ids', 'first'),
      node('backwards', 'Slice', ['ids', 'last.place', 'before', 'one', 'minus']),
      looked('backwards', 'second'),
      node('last', 'Add', ['first', 'second']),
    ],
    tensors: { 'last.place': integers(-1), before: integers(-9), minus: integers(-1) },
    count: 4,
    added: (id, t) => [
      [t * features, row(id)],
      [(3 - t) * features, row(id)],
    ],
  },
  {
    name: 'in a table that lies across',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      node('across', 'Gather', ['turned', 'ids'], { axis: 1 }),
      node('last', 'Transpose', ['across'], { perm: [1, 2, 0] }),
    ],
    tensors: {
      turned: inline(
        [features, rows],
        Array.from({ length: features * rows }, (_, i) => table.data[(i % rows) * features + Math.floor(i / rows)]!),
      ),
    },
    count: 4,
    added: places(4),
  },
  {
    name: 'to numbers, not rows',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [node('last', 'Gather', ['scalars', 'ids'])],
    count: 4,
    added: (id, t) => [[t, [scalars.data[id]!]]],
  },
  {
    name: 'renumbered by a table of ids',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [node('new', 'Gather', ['numbers', 'ids']), looked('new')],
    tensors: { numbers: integers(3, 1, 6, 0, 2, 5, 4) },
    count: 4,
    added: (id, t) => [[t * features, row([3, 1, 6, 0, 2, 5, 4][id]!)]],
  },
  {
    name: 'held above a least one',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [node('held', 'Max', ['ids', 'three']), looked('held')],
    count: 4,
    added: (id, t) => [[t * features, row(Math.max(id, 3))]],
  },
  {
    name: 'shifted there and back, as another type',
    input: idsInput('ids', 'int32', 'N', 4),
    nodes: [
      node('wide', 'Cast', ['ids'], { to: int64 }),
      node('up', 'Add', ['three', 'wide']),
      node('down', 'Sub', ['up', 'one']),
      looked('down'),
    ],
    tensors: { table: inline([rows + 2, features], [...draw.fine(2 * features), ...table.data]) },
    count: 4,
    added: places(4),
  },
  {
    name: 'shifted by a place of their own for each field',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [node('wrapped', 'Mod', ['ids', 'three']), node('own', 'Add', ['wrapped', 'places']), looked('own')],
    tensors: { places: integers(0, 1, 2, 3) },
    count: 4,
    added: (id, t) => [[t * features, row((id % 3) + t)]],
  },
  {
    name: 'clipped, negated and made positive',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      node('clipped', 'Clip', ['ids', 'least', 'most']),
      node('negative', 'Neg', ['clipped']),
      node('positive', 'Abs', ['negative']),
      looked('positive'),
    ],
    tensors: { least: { type: 'int64', shape: [], data: [1] }, most: { type: 'int64', shape: [], data: [5] } },
    count: 4,
    added: (id, t) => [[t * features, row(Math.min(Math.max(id, 1), 5))]],
  },
  {
    name: 'times a mask that is made of them',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      node('known', 'Less', ['ids', 'three']),
      node('mask', 'Cast', ['known'], { to: int64 }),
      node('kept', 'Mul', ['ids', 'mask']),
      looked('kept'),
    ],
    count: 4,
    added: (id, t) => [[t * features, row(id < 3 ? id : 0)]],
  },
  {
    name: 'times a mask that two constants are chosen by',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      node('known', 'Less', ['ids', 'three']),
      node('mask', 'Where', ['known', 'one', 'none']),
      node('rest', 'Sub', ['one', 'mask']),
      node('kept', 'Mul', ['rest', 'ids']),
      looked('kept'),
    ],
    tensors: { none: integers(0) },
    count: 4,
    added: (id, t) => [[t * features, row(id < 3 ? 0 : id)]],
  },
  {
    name: 'the larger of two',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      node('first', 'Slice', ['ids', 'zero', 'two', 'one']),
      node('second', 'Slice', ['ids', 'two', 'four', 'one']),
      node('larger', 'Max', ['first', 'second']),
      looked('larger'),
    ],
    tensors: { zero: integers(0), two: integers(2), four: integers(4) },
    count: 4,
    // Of the samples 0 6 4 1 and 3 3 5 2.
    added: (id, t) => ([4, 6, 5].includes(id) || (id === 3 && t === 1) ? [[(t % 2) * features, row(id)]] : []),
  },
  {
    name: 'once for each of two shifts',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [
      node('wrapped', 'Mod', ['ids', 'three']),
      node('wide', 'Unsqueeze', ['wrapped', 'one']),
      node('both', 'Add', ['wide', 'shifts']),
      looked('both'),
    ],
    tensors: { shifts: { type: 'int64', shape: [2, 1], data: [0, 3] } },
    count: 4,
    added: (id, t) => [
      [t * features, row(id % 3)],
      [(4 + t) * features, row((id % 3) + 3)],
    ],
  },
  {
    name: 'as one-hot rows times a table',
    input: idsInput('ids', 'int64', 'N', 4),
    nodes: [node('rows', 'OneHot', ['ids', 'depth', 'off.on']), node('last', 'MatMul', ['rows', 'table'])],
    tensors: { depth: { type: 'int64', shape: [], data: [rows] }, 'off.on': inline([2], [0, 1]) },
    count: 4,
    added: places(4),
  },
];

const common = { table, other, scalars, one: integers(1), three: integers(3) };

describe('the relevance of an embedding goes to its ids, token by token', () => {
  const ids = [0, 6, 4, 1, 3, 3, 5, 2];

  const explained = async (way: Way, composite: string) => {
    const open = typedOf(graphOf([way.input], way.nodes, { ...common, ...way.tensors }));
    const width = open.types
      .get('last')!
      .shape.slice(1)
      .reduce<number>((size, dim) => size * Number(dim), 1);
    const head = drawer(3).fine(width);
    const graph = graphOf(
      [way.input],
      [...way.nodes, node('flattened', 'Flatten', ['last']), node('score', 'Gemm', ['flattened', 'head'])],
      { ...common, ...way.tensors, head: inline([width, 1], head) },
    );
    const typed = typedOf(graph);
    const given: Tensor = tensor(way.input.type, [samples, way.count], ids);
    const plan = planOf(typed, composite, composite === 'epsilon-plus' ? { set: { epsilon: 0 } } : {});
    const target = { kind: 'index', index: 0 } as const;
    const ran = await explainRun(typed, plan, { [way.input.name]: given }, { target }, 'reference');
    return { ran, head };
  };

  test.each(waysOfIds.map((way) => [way.name, way] as const))('%s', async (_, way) => {
    for (const composite of ['epsilon-plus', 'gradient-times-input']) {
      const { ran, head } = await explained(way, composite);
      const map = ran.values[ran.explanation.relevance[way.input.name]!]!;
      const size = map.data.length / (samples * way.count);
      const byToken = Array.from({ length: samples * way.count }, (_, i) =>
        ran
          .at(way.input.name)
          .slice(i * size, (i + 1) * size)
          .reduce((sum, value) => sum + value, 0),
      );
      const wanted = ids.map((id, i) =>
        way
          .added(id, i % way.count)
          .flatMap(([start, values]) => values.map((value, e) => value * head[start + e]!))
          .reduce((sum, value) => sum + value, 0),
      );
      expect(greatest(wanted)).toBeGreaterThan(0.1);
      expect(difference(byToken, wanted, 1e-6), composite).toBeUndefined();
    }
  });

  test('of one embedding that reads them as they are, feature by feature', async () => {
    const shapes = await Promise.all(
      waysOfIds.map(async (way) => {
        const { ran } = await explained(way, 'epsilon-plus');
        return `${way.name}: [${ran.values[ran.explanation.relevance['ids']!]!.shape.join(', ')}]`;
      }),
    );
    expect(shapes.join('\n')).toMatchInlineSnapshot(`
      "as they are: [2, 4, 3]
      by Cast: [2, 4, 3]
      given as floats: [2, 4]
      by Slice: [2, 4]
      a column by Gather of one: [2, 4]
      by Reshape, Unsqueeze, Squeeze and Transpose: [2, 4]
      after a constant id: [2, 4]
      where they are not padded: [2, 4]
      to two tables: [2, 4]
      to one table twice: [2, 4]
      in a table that lies across: [2, 4]
      to numbers, not rows: [2, 4]
      renumbered by a table of ids: [2, 4]
      held above a least one: [2, 4, 3]
      shifted there and back, as another type: [2, 4, 3]
      shifted by a place of their own for each field: [2, 4, 3]
      clipped, negated and made positive: [2, 4, 3]
      times a mask that is made of them: [2, 4, 3]
      times a mask that two constants are chosen by: [2, 4, 3]
      the larger of two: [2, 4]
      once for each of two shifts: [2, 4]
      as one-hot rows times a table: [2, 4]"
    `);
  });

  test('positions that are counted from a mask leak, whatever masks them', async () => {
    const graph = graphOf(
      [idsInput('mask', 'int64', 'N', 4)],
      [
        node('counted', 'CumSum', ['mask', 'along']),
        node('masked', 'Mul', ['counted', 'mask']),
        node('positions', 'Add', ['masked', 'one']),
        looked('positions'),
        node('flattened', 'Flatten', ['last']),
        node('score', 'Gemm', ['flattened', 'head']),
      ],
      { ...common, along: { type: 'int64', shape: [], data: [1] }, head: inline([12, 1], drawer(3).fine(12)) },
    );
    const typed = typedOf(graph);
    const given = tensor('int64', [samples, 4], [1, 1, 1, 0, 1, 1, 0, 0]);
    const target = { kind: 'index', index: 0 } as const;
    const { explanation } = await explainRun(
      typed,
      planOf(typed, 'epsilon-plus'),
      { mask: given },
      { target },
      'reference',
    );
    const leaks = explanation.ledger.flatMap(({ node: at, leaks }) =>
      Object.keys(leaks).map((cause) => `${at}: ${cause}`),
    );
    expect(leaks).toEqual(['positions: discrete', 'score: stabilizer']);
  });
});

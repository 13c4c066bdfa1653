import { toNumbers, type Dim, type InlineTensor, type Node } from '@kirchhoff/graph';
import { describe, expect, test } from 'vitest';
import {
  difference,
  draws,
  explainRun,
  floats,
  graphOf,
  greatest,
  inline,
  input,
  integers,
  node,
  planOf,
  run,
  sizeOf,
  typedOf,
} from './support.js';

interface Moved {
  readonly name: string;
  /** Shapes of the computed operands x0, x1, …, the batch first as "N". */
  readonly operands: readonly (readonly Dim[])[];
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, InlineTensor>>;
}

const y = (
  op: Node['op'],
  inputs: readonly string[],
  attrs?: Node['attrs'],
  outputs?: readonly string[],
): readonly Node[] => [node('y', op, inputs, attrs, outputs)];

const bools = (shape: readonly number[], data: readonly number[]): InlineTensor => ({ type: 'bool', shape, data });

const cases: readonly Moved[] = [
  { name: 'Identity', operands: [['N', 3]], nodes: y('Identity', ['x0']) },
  ...[0, 1].map((upper) => ({
    name: `Trilu, upper ${upper}`,
    operands: [['N', 2, 3, 4]],
    nodes: y('Trilu', ['x0', 'k'], { upper }),
    tensors: { k: { type: 'int64', shape: [], data: [upper === 1 ? 1 : -1] } as const },
  })),
  ...['reflect', 'edge', 'wrap'].flatMap((mode) => [
    {
      name: `Pad, ${mode}`,
      operands: [['N', 3, 4]],
      nodes: y('Pad', ['x0', 'p'], { mode }),
      tensors: { p: integers(0, 2, 1, 0, 1, 3) },
    },
    {
      name: `Pad, ${mode}, of an axis of unknown size, and cutting another`,
      operands: [['N', 'T', 4]],
      nodes: y('Pad', ['x0', 'p', '', 'a'], { mode }),
      tensors: { p: integers(1, -1, 1, 0), a: integers(1, -1) },
    },
  ]),
  {
    name: 'Pad with a computed value',
    operands: [[2, 3], []],
    nodes: y('Pad', ['x0', 'p', 'x1']),
    tensors: { p: integers(0, 1, 0, 2) },
  },
  ...['DCR', 'CRD'].map((mode) => ({
    name: `DepthToSpace, ${mode}`,
    operands: [['N', 8, 2, 3]],
    nodes: y('DepthToSpace', ['x0'], { blocksize: 2, mode }),
  })),
  { name: 'SpaceToDepth', operands: [['N', 2, 4, 6]], nodes: y('SpaceToDepth', ['x0'], { blocksize: 2 }) },
  {
    name: 'GatherND',
    operands: [['N', 3, 4]],
    nodes: y('GatherND', ['x0', 'i']),
    tensors: { i: { type: 'int64', shape: [3, 2], data: [0, 1, 1, 2, 0, 1] } },
  },
  {
    name: 'GatherND beside the batch',
    operands: [[2, 3, 4]],
    nodes: y('GatherND', ['x0', 'i'], { batch_dims: 1 }),
    tensors: { i: { type: 'int64', shape: [2, 2, 2], data: [0, 1, -1, 2, 2, 0, 2, 0] } },
  },
  ...['none', 'add'].flatMap((reduction) => [
    {
      name: `ScatterND, ${reduction}`,
      operands: [
        [4, 3],
        [2, 3],
      ],
      nodes: y('ScatterND', ['x0', 'i', 'x1'], { reduction }),
      tensors: { i: { type: 'int64', shape: [2, 1], data: [3, 1] } as const },
    },
    {
      name: `ScatterND into a constant, ${reduction}`,
      operands: [[2, 2]],
      nodes: y('ScatterND', ['z', 'i', 'x0'], { reduction }),
      tensors: {
        z: inline([4, 2], [1, -1, 2, 3, 0.5, 0.25, 4, -2]),
        i: { type: 'int64', shape: [2, 1], data: [3, 1] } as const,
      },
    },
    {
      name: `ScatterND of constants, ${reduction}`,
      operands: [[4, 2]],
      nodes: y('ScatterND', ['x0', 'i', 'u'], { reduction }),
      tensors: { u: inline([2], [5, -3]), i: { type: 'int64', shape: [2, 2], data: [3, 1, 0, 0] } as const },
    },
    {
      name: `ScatterElements, ${reduction}`,
      operands: [
        [2, 4],
        [2, 2],
      ],
      nodes: y('ScatterElements', ['x0', 'i', 'x1'], { axis: 1, reduction }),
      tensors: { i: { type: 'int64', shape: [2, 2], data: [3, 1, 0, -2] } as const },
    },
  ]),
  {
    name: 'ScatterND to one place more than once, added',
    operands: [
      [4, 3],
      [3, 3],
    ],
    nodes: y('ScatterND', ['x0', 'i', 'x1'], { reduction: 'add' }),
    tensors: { i: { type: 'int64', shape: [3, 1], data: [3, 1, 3] } },
  },
  {
    name: 'Compress',
    operands: [['N', 4]],
    nodes: y('Compress', ['x0', 'm'], { axis: 1 }),
    tensors: { m: bools([4], [1, 0, 0, 1]) },
  },
  {
    name: 'ReverseSequence',
    operands: [[2, 4, 3]],
    nodes: y('ReverseSequence', ['x0', 'n'], { batch_axis: 0, time_axis: 1 }),
    tensors: { n: integers(3, 4) },
  },
  ...[0, 1].flatMap((reverse) =>
    [0, 1].map((exclusive) => ({
      name: `CumSum, reverse ${reverse}, exclusive ${exclusive}`,
      operands: [['N', 3, 4]],
      nodes: y('CumSum', ['x0', 'a'], { reverse, exclusive }),
      tensors: { a: { type: 'int64', shape: [], data: [reverse - 2] } as const },
    })),
  ),
  { name: 'Dropout', operands: [['N', 3]], nodes: y('Dropout', ['x0']) },
  { name: 'Reshape', operands: [['N', 2, 6]], nodes: y('Reshape', ['x0', 's']), tensors: { s: integers(0, 3, -1) } },
  { name: 'Flatten', operands: [['N', 2, 3]], nodes: y('Flatten', ['x0']) },
  { name: 'Squeeze', operands: [['N', 1, 3, 1]], nodes: y('Squeeze', ['x0', 's']), tensors: { s: integers(1, -1) } },
  { name: 'Unsqueeze', operands: [['N', 3]], nodes: y('Unsqueeze', ['x0', 's']), tensors: { s: integers(1, 3) } },
  { name: 'Transpose', operands: [['N', 2, 3]], nodes: y('Transpose', ['x0'], { perm: [2, 0, 1] }) },
  { name: 'Transpose reversed', operands: [[2, 3, 4]], nodes: y('Transpose', ['x0']) },
  {
    name: 'Concat',
    operands: [
      ['N', 2, 2],
      ['N', 3, 2],
    ],
    nodes: y('Concat', ['x0', 'x1'], { axis: -2 }),
  },
  { name: 'Concat of one tensor twice', operands: [['N', 2]], nodes: y('Concat', ['x0', 'x0'], { axis: 1 }) },
  {
    name: 'Concat with a constant',
    operands: [[1, 2]],
    nodes: y('Concat', ['x0', 'c'], { axis: 1 }),
    tensors: { c: inline([1, 3], [1, -2, 3]) },
  },
  {
    name: 'Slice',
    operands: [['N', 5, 4]],
    nodes: y('Slice', ['x0', 'b', 'e', 'a']),
    tensors: { b: integers(1, -3), e: integers(4, 9), a: integers(1, 2) },
  },
  {
    name: 'Slice by steps',
    operands: [['N', 7]],
    nodes: y('Slice', ['x0', 'b', 'e', 'a', 's']),
    tensors: { b: integers(1), e: integers(7), a: integers(1), s: integers(3) },
  },
  {
    name: 'Slice backwards',
    operands: [['N', 6, 3]],
    nodes: y('Slice', ['x0', 'b', 'e', 'a', 's']),
    tensors: { b: integers(-1, 9), e: integers(-99, 0), a: integers(1, -1), s: integers(-2, -1) },
  },
  {
    name: 'Slice without axes',
    operands: [[4, 3]],
    nodes: y('Slice', ['x0', 'b', 'e']),
    tensors: { b: integers(1, 0), e: integers(3, 2) },
  },
  {
    name: 'Slice of an axis of unknown size, backwards',
    operands: [['N', 'T', 3]],
    nodes: y('Slice', ['x0', 'b', 'e', 'a', 's']),
    tensors: { b: integers(-1), e: integers(Number.MIN_SAFE_INTEGER), a: integers(1), s: integers(-1) },
  },
  {
    name: 'Slice of an axis of unknown size and of another',
    operands: [['N', 'T', 5]],
    nodes: y('Slice', ['x0', 'b', 'e', 'a', 's']),
    tensors: { b: integers(1, 3), e: integers(Number.MAX_SAFE_INTEGER, 0), a: integers(1, -1), s: integers(1, -2) },
  },
  { name: 'Pad', operands: [['N', 2, 3]], nodes: y('Pad', ['x0', 'p']), tensors: { p: integers(0, 1, 0, 0, 2, 1) } },
  {
    name: 'Pad with a value on named axes',
    operands: [['N', 2, 3]],
    nodes: y('Pad', ['x0', 'p', 'v', 'a']),
    tensors: { p: integers(1, 2), v: inline([], [5]), a: integers(-1) },
  },
  { name: 'Pad that cuts', operands: [['N', 4]], nodes: y('Pad', ['x0', 'p']), tensors: { p: integers(0, -1, 0, 2) } },
  {
    name: 'Where',
    operands: [
      ['N', 2, 3],
      ['N', 2, 3],
    ],
    nodes: y('Where', ['m', 'x0', 'x1']),
    tensors: { m: bools([2, 3], [1, 0, 0, 1, 1, 0]) },
  },
  {
    name: 'Where against a constant',
    operands: [['N', 2, 3]],
    nodes: y('Where', ['m', 'c', 'x0']),
    tensors: { m: bools([2, 3], [1, 0, 0, 1, 1, 0]), c: inline([], [4]) },
  },
  {
    name: 'Where that broadcasts',
    operands: [
      ['N', 1, 3],
      ['N', 2, 1],
    ],
    nodes: y('Where', ['m', 'x0', 'x1']),
    tensors: { m: bools([2, 3], [1, 0, 0, 1, 1, 0]) },
  },
  { name: 'Expand', operands: [['N', 1, 3]], nodes: y('Expand', ['x0', 's']), tensors: { s: integers(2, 1, 4, 3) } },
  { name: 'Tile', operands: [['N', 2, 3]], nodes: y('Tile', ['x0', 's']), tensors: { s: integers(1, 2, 3) } },
  { name: 'Tile along the batch', operands: [[2, 3]], nodes: y('Tile', ['x0', 's']), tensors: { s: integers(2, 1) } },
  {
    name: 'Gather',
    operands: [['N', 4, 2]],
    nodes: y('Gather', ['x0', 'i'], { axis: 1 }),
    tensors: { i: { type: 'int64', shape: [2, 2], data: [0, 3, 3, 1] } },
  },
  {
    name: 'Gather of one',
    operands: [['N', 4, 2]],
    nodes: y('Gather', ['x0', 'i'], { axis: -1 }),
    tensors: { i: { type: 'int64', shape: [], data: [-1] } },
  },
  { name: 'Gather of rows', operands: [[4, 2]], nodes: y('Gather', ['x0', 'i']), tensors: { i: integers(2, -1, 2) } },
  {
    name: 'GatherElements',
    operands: [[2, 3]],
    nodes: y('GatherElements', ['x0', 'i'], { axis: 1 }),
    tensors: { i: { type: 'int64', shape: [2, 2], data: [0, 0, 2, -2] } },
  },
  {
    name: 'Split',
    operands: [['N', 5]],
    nodes: [node('s', 'Split', ['x0', 'n'], { axis: 1 }, ['t', 'u']), node('y', 'Concat', ['u', 's'], { axis: 1 })],
    tensors: { n: integers(1, 2, 2) },
  },
  {
    name: 'Split evenly',
    operands: [['N', 4]],
    nodes: [node('s', 'Split', ['x0'], { axis: -1, num_outputs: 2 }, ['t']), node('y', 'Sub', ['t', 's'])],
  },
  {
    name: 'Resize to the nearest',
    operands: [['N', 2, 3, 2]],
    nodes: y('Resize', ['x0', '', 'scales'], { mode: 'nearest' }),
    tensors: { scales: { type: 'float32', shape: [4], data: [1, 1, 2, 2] } },
  },
  {
    name: 'Resize to the nearest, given sizes',
    operands: [[2, 1, 4, 3]],
    nodes: y('Resize', ['x0', '', '', 'sizes'], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    }),
    tensors: { sizes: integers(2, 1, 6, 5) },
  },
  ...['cubic', 'linear'].flatMap((mode) => [
    {
      name: `${mode} Resize of named axes`,
      operands: [['N', 1, 3, 4]],
      nodes: y('Resize', ['x0', '', 'scales'], { mode, axes: [-1, 2], exclude_outside: mode === 'cubic' ? 1 : 0 }),
      tensors: { scales: { type: 'float32', shape: [2], data: [1.5, 2] } as const },
    },
  ]),
  {
    name: 'linear Resize',
    operands: [['N', 1, 3, 4]],
    nodes: y('Resize', ['x0', '', 'scales'], { mode: 'linear' }),
    tensors: { scales: { type: 'float32', shape: [4], data: [1, 1, 2, 1.5] } },
  },
];

const same = (auto_pad: string): readonly Moved[] => [
  {
    name: `Conv ${auto_pad}`,
    operands: [['N', 2, 5, 4]],
    nodes: y('Conv', ['x0', 'w'], { auto_pad, strides: [2, 1] }),
    tensors: { w: inline([1, 2, 2, 3], [1, 2, -1, 0.5, 0.25, -2, 1, -1, 2, 1, 0.5, 3]) },
  },
  {
    name: `ConvTranspose ${auto_pad}`,
    operands: [['N', 1, 3, 2]],
    nodes: y('ConvTranspose', ['x0', 'w'], { auto_pad, strides: [2, 3] }),
    tensors: { w: inline([1, 1, 3, 4], [1, 2, -1, 0.5, 0.25, -2, 1, -1, 2, 1, 0.5, 3]) },
  },
  {
    name: `AveragePool ${auto_pad}`,
    operands: [['N', 2, 5, 4]],
    nodes: y('AveragePool', ['x0'], { auto_pad, strides: [2, 1], kernel_shape: [2, 3] }),
  },
];

const automatic: readonly Moved[] = [
  ...['SAME_UPPER', 'SAME_LOWER', 'VALID'].flatMap(same),
  {
    name: 'ConvTranspose to an output shape',
    operands: [['N', 1, 3, 2]],
    nodes: y('ConvTranspose', ['x0', 'w'], { output_shape: [6, 7], strides: [2, 3] }),
    tensors: { w: inline([1, 1, 3, 4], [1, 2, -1, 0.5, 0.25, -2, 1, -1, 2, 1, 0.5, 3]) },
  },
];

describe('what only moves values, and windows whose pads are automatic', () => {
  test.each([...cases, ...automatic])(
    '$name: ⟨A x − A 0, R⟩ = ⟨x, Aᵀ R⟩, and constants take the rest',
    async ({ operands, nodes, tensors }) => {
      const graph = graphOf(
        operands.map((shape, i) => input(`x${i}`, shape)),
        nodes,
        tensors,
      );
      const typed = typedOf(graph);
      const fix = (shape: readonly Dim[]): number[] => shape.map((dim) => (typeof dim === 'number' ? dim : 2));
      await draws(2, async (draw) => {
        for (const on of ['reference', 'ort'] as const) {
          const given = Object.fromEntries(
            operands.map((shape, i) => [`x${i}`, floats(fix(shape), draw.coarse(sizeOf(fix(shape))))]),
          );
          const nothing = Object.fromEntries(
            Object.entries(given).map(([name, { shape }]) => [
              name,
              floats(shape, Array<number>(sizeOf(shape)).fill(0)),
            ]),
          );
          const [image, origin] = [
            (await run(graph, typed.store, given, on))['y']!,
            (await run(graph, typed.store, nothing, on))['y']!,
          ];
          const R = draw.coarse(image.data.length);
          const target = floats(image.shape, R);
          const moved = await explainRun(
            typed,
            planOf(typed, 'gradient'),
            { ...given, target },
            { target: { kind: 'tensor' } },
            on,
          );
          const [full, base] = [toNumbers(image.data), toNumbers(origin.data)];
          const outside = R.reduce((sum, r, i) => sum + r * (full[i]! - base[i]!), 0);
          let inside = 0;
          for (const [name, { data }] of Object.entries(given))
            moved.at(name).forEach((r, i) => (inside += r * Number(data[i]!)));
          expect(difference([inside], [outside], 1e-5)).toBeUndefined();

          const kept = await explainRun(
            typed,
            planOf(typed, 'epsilon-plus'),
            { ...given, target },
            { target: { kind: 'tensor' } },
            on,
          );
          const { ledger } = kept.explanation;
          let open = R.reduce((sum, r) => sum + r, 0);
          const scale = greatest([1], ...Object.keys(given).map((name) => kept.at(name)));
          for (const name of Object.keys(given)) for (const r of kept.at(name)) open -= r;
          for (const { leaks } of ledger)
            for (const leak of Object.values(leaks)) for (const r of kept.of(leak)) open -= r;
          expect(difference([open], [0], 1e-5 * scale)).toBeUndefined();
          const causes = ledger.flatMap((entry) => Object.keys(entry.leaks));
          expect(causes.filter((cause) => !['constant', 'stabilizer', 'bias', 'dead'].includes(cause))).toEqual([]);
        }
      });
    },
  );

  test('what a constant receives is exactly what the inputs do not', async () => {
    const graph = graphOf([input('x0', ['N', 2])], y('Concat', ['x0', 'c'], { axis: 1 }), {
      c: inline([1, 3], [1, -2, 3]),
    });
    const typed = typedOf({ ...graph, inputs: [input('x0', [1, 2])] });
    const inputs = { x0: floats([1, 2], [5, 6]), target: floats([1, 5], [1, 2, 3, 4, 5]) };
    const { explanation, of, at } = await explainRun(
      typed,
      planOf(typed, 'standard'),
      inputs,
      { target: { kind: 'tensor' } },
      'reference',
    );
    expect([...at('x0')]).toEqual([1, 2]);
    expect([...of(explanation.ledger[0]!.leaks['constant']!)]).toEqual([12]);
  });
});

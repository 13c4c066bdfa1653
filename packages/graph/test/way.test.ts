import { waysOf, type Attributes, type Graph, type Input, type OpName } from '@kirchhoff/graph';
import { expect, test } from 'vitest';
import { floats, graphOf, inferred, int, ints, node, scalar } from './small.js';

const input = (name: string, type: Input['type'], ...shape: Input['shape']): Input => ({ name, type, shape });

type Line = readonly [
  name: string,
  op: OpName,
  inputs: readonly string[],
  attrs?: Attributes,
  outputs?: readonly string[],
];

/** The way of every value of a graph that is not a tensor, those inside bodies too, one a line. */
const ways = (inputs: readonly Input[], lines: readonly Line[], tensors: Graph['tensors'] = {}): string => {
  const found = waysOf(
    inferred(
      graphOf(
        inputs,
        lines.map((line) => node(...line)),
        tensors,
      ),
    ),
  );
  return [...found].map(([name, way]) => `${name}: ${way}`).join('\n');
};

const matrix = (rows: number, columns: number): Graph['tensors'][string] => ({
  type: 'float32',
  shape: [rows, columns],
  data: Array.from({ length: rows * columns }, (_, i) => i),
});

test('what shapes and constants make is a constant in all but name', () => {
  expect(
    ways(
      [input('x', 'float32', 'N', 3)],
      [
        ['shape', 'Shape', ['x']],
        ['expanded', 'Expand', ['row', 'shape']],
        ['zeros', 'ConstantOfShape', ['shape']],
        ['size', 'Gather', ['shape', 'zero']],
        ['places', 'Range', ['zero', 'size', 'one']],
        ['looked', 'Gather', ['table', 'places']],
        ['chosen', 'Where', ['choice', 'row', 'row']],
        ['eye', 'EyeLike', ['x']],
        ['y', 'Mul', ['x', 'expanded']],
      ],
      {
        row: floats(1, 2, 3),
        zero: int(0),
        one: int(1),
        table: matrix(9, 3),
        choice: { type: 'bool', shape: [3], data: [1, 0, 1] },
      },
    ),
  ).toMatchInlineSnapshot(`
    "x: real
    shape: none
    expanded: none
    zeros: none
    size: none
    places: none
    looked: none
    chosen: none
    eye: none
    y: real"
  `);
});

test('ids are counted, and what arithmetic makes of them; the rows of their embedding are real', () => {
  expect(
    ways(
      [input('ids', 'int64', 'N', 4)],
      [
        ['wide', 'Cast', ['ids'], { to: 7 }],
        ['cut', 'Slice', ['wide', 'starts', 'ends', 'axes']],
        ['vectors', 'Gather', ['table', 'cut']],
        ['pad', 'Equal', ['ids', 'zero']],
        ['kept', 'Not', ['pad']],
        ['mask', 'Cast', ['kept'], { to: 1 }],
        ['count', 'ReduceSum', ['mask', 'axes'], { keepdims: 0 }],
        ['least', 'Clip', ['count', 'little']],
        ['places', 'Mul', ['ids', 'zero']],
        ['positions', 'Gather', ['table', 'places']],
        ['numbers', 'Gather', ['starts', 'ids']],
        ['mean', 'Div', ['vectors', 'least']],
      ],
      { table: matrix(9, 1), starts: ints(0), ends: ints(1), axes: ints(1), zero: int(0), little: scalar(1e-9) },
    ),
  ).toMatchInlineSnapshot(`
    "ids: counted
    wide: counted
    cut: counted
    vectors: real
    pad: counted
    kept: counted
    mask: counted
    count: counted
    least: counted
    places: counted
    positions: real
    numbers: counted
    mean: real"
  `);
});

test('weights make features of counts; a choice among constants does not', () => {
  expect(
    ways(
      [input('counts', 'int32', 'N', 2), input('bytes', 'uint8', 'N', 2), input('mask', 'bool', 'N', 2)],
      [
        ['numbers', 'Cast', ['counts'], { to: 1 }],
        ['halved', 'Mul', ['numbers', 'half']],
        ['dense', 'Gemm', ['halved', 'weight']],
        ['both', 'Mul', ['dense', 'halved']],
        ['pixels', 'Cast', ['bytes'], { to: 1 }],
        ['level', 'Cast', ['pixels'], { to: 7 }],
        ['bias', 'Where', ['mask', 'half', 'half']],
        ['masked', 'Where', ['mask', 'pixels', 'half']],
        ['above', 'Greater', ['pixels', 'half']],
      ],
      { half: scalar(0.5), weight: matrix(2, 2) },
    ),
  ).toMatchInlineSnapshot(`
    "counts: counted
    bytes: real
    mask: counted
    numbers: counted
    halved: counted
    dense: weighed
    both: weighed
    pixels: real
    level: counted
    bias: counted
    masked: real
    above: counted"
  `);
});

test('a state has the way of its beginning and of its steps, however many', () => {
  const body: Graph = {
    name: 'body',
    inputs: ['a', 'b', 'clock', 'xt'].map((name) => input(name, 'float32', 'N')),
    nodes: [node('a1', 'Identity', ['b']), node('b1', 'Add', ['b', 'xt']), node('clock1', 'Add', ['clock', 'one'])],
    outputs: ['a1', 'b1', 'clock1'],
    tensors: {},
  };
  expect(
    ways(
      [input('x', 'float32', 'T', 'N')],
      [
        ['shape', 'Shape', ['x'], { start: 1 }],
        ['zeros', 'ConstantOfShape', ['shape']],
        ['last', 'Scan', ['zeros', 'zeros', 'zeros', 'x'], { body, num_scan_inputs: 1 }, ['b.last', 'time']],
      ],
      { one: scalar(1) },
    ),
  ).toMatchInlineSnapshot(`
    "x: real
    shape: none
    zeros: none
    a: real
    b: real
    clock: none
    xt: real
    a1: real
    b1: real
    clock1: none
    last: real
    b.last: real
    time: none"
  `);
});

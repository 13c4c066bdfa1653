import { infer, bindDim, type Dim, type Graph, type InlineTensor, type Node, type TypedGraph } from '@kirchhoff/graph';
import type { Backend } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import {
  difference,
  drawer,
  explainRun,
  floats,
  graphOf,
  greatest,
  inline,
  input,
  integers,
  node,
  planOf,
  right,
  sizeOf,
  typedOf,
} from './support.js';

/** A node whose operand has open sizes. */
interface Open {
  readonly name: string;
  readonly operands: readonly (readonly Dim[])[];
  readonly nodes: readonly Node[];
  readonly tensors?: Readonly<Record<string, InlineTensor>>;
  /** Sizes to try, by symbol. */
  readonly sizes: readonly Readonly<Record<string, number>>[];
  /** Where one of the backends lacks it. */
  readonly on?: readonly Backend['name'][];
}

const kernel = (...shape: readonly number[]): InlineTensor => inline(shape, drawer(7).fine(sizeOf(shape)));
const images: readonly Dim[] = ['N', 2, 'H', 'W'];
const squares = [
  { H: 7, W: 8 },
  { H: 8, W: 5 },
  { H: 9, W: 9 },
];
const lengths = [{ T: 5 }, { T: 6 }, { T: 7 }, { T: 8 }, { T: 9 }];
const y = (op: Node['op'], inputs: readonly string[], attrs?: Node['attrs']): readonly Node[] => [
  node('y', op, inputs, attrs),
];

const cases: readonly Open[] = [
  {
    name: 'Conv with strides',
    operands: [images],
    nodes: y('Conv', ['x0', 'w'], { strides: [2, 3], pads: [1, 0, 0, 2] }),
    tensors: { w: kernel(3, 2, 3, 3) },
    sizes: squares,
  },
  {
    name: 'Conv with strides, dilations and groups',
    operands: [['N', 4, 'T']],
    nodes: y('Conv', ['x0', 'w'], { strides: [3], dilations: [2], pads: [2, 1], group: 2 }),
    tensors: { w: kernel(4, 2, 2) },
    sizes: lengths,
  },
  {
    name: 'Conv with a stride beyond its kernel',
    operands: [['N', 2, 'T']],
    nodes: y('Conv', ['x0', 'w'], { strides: [4] }),
    tensors: { w: kernel(3, 2, 2) },
    sizes: lengths,
  },
  {
    name: 'Conv with strides along one axis of known size',
    operands: [['N', 2, 7, 'W']],
    nodes: y('Conv', ['x0', 'w'], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    tensors: { w: kernel(3, 2, 3, 3) },
    sizes: [{ W: 6 }, { W: 7 }],
  },
  {
    name: 'AveragePool, rounding up',
    operands: [images],
    nodes: y('AveragePool', ['x0'], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }),
    sizes: squares,
  },
  {
    name: 'AveragePool, rounding up, whose last window would start in the padding',
    operands: [['N', 2, 'T']],
    nodes: y('AveragePool', ['x0'], { kernel_shape: [2], strides: [2], pads: [1, 1], ceil_mode: 1 }),
    sizes: lengths,
    on: ['reference'],
  },
  {
    name: 'AveragePool over pads that count',
    operands: [['N', 2, 'T']],
    nodes: y('AveragePool', ['x0'], { kernel_shape: [3], strides: [2], pads: [1, 1], count_include_pad: 1 }),
    sizes: lengths,
  },
  {
    name: 'MaxPool, rounding up',
    operands: [images],
    nodes: y('MaxPool', ['x0'], { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }),
    sizes: squares,
  },
  { name: 'GlobalMaxPool', operands: [['N', 3, 'T']], nodes: y('GlobalMaxPool', ['x0']), sizes: lengths },
  { name: 'GlobalMaxPool of images', operands: [images], nodes: y('GlobalMaxPool', ['x0']), sizes: squares },
  { name: 'GlobalAveragePool', operands: [images], nodes: y('GlobalAveragePool', ['x0']), sizes: squares },
  {
    name: 'ReduceMax over the first of two open axes',
    operands: [['N', 'T', 3, 'W']],
    nodes: y('ReduceMax', ['x0', 'a'], { keepdims: 0 }),
    tensors: { a: integers(1) },
    sizes: [{ T: 3, W: 4 }],
  },
  {
    name: 'Concat along an open axis',
    operands: [
      ['N', 'T', 2],
      ['N', 'W', 2],
      ['N', 2, 2],
    ],
    nodes: y('Concat', ['x0', 'x1', 'x2'], { axis: 1 }),
    sizes: [{ T: 3, W: 2 }],
  },
  {
    name: 'Slice of two open axes',
    operands: [['N', 'T', 'W']],
    nodes: y('Slice', ['x0', 'starts', 'ends', 'axes', 'steps']),
    tensors: { starts: integers(1, 0), ends: integers(-1, 2 ** 31 - 1), axes: integers(1, 2), steps: integers(1, 2) },
    sizes: [
      { T: 3, W: 4 },
      { T: 6, W: 5 },
    ],
  },
  {
    name: 'Slice up to a size that another tensor has',
    operands: [
      ['N', 8, 2],
      ['N', 'T'],
    ],
    nodes: [
      node('size', 'Shape', ['x1'], { start: 1, end: 2 }),
      node('cut', 'Slice', ['x0', 'zero', 'size', 'one']),
      node('wide', 'Unsqueeze', ['x1', 'two']),
      node('y', 'Add', ['cut', 'wide']),
    ],
    tensors: { zero: integers(0), one: integers(1), two: integers(2) },
    sizes: [{ T: 3 }, { T: 8 }],
  },
  {
    name: 'Gather of one place with two open axes left',
    operands: [[3, 'T', 'N', 2]],
    nodes: y('Gather', ['x0', 'place'], { axis: 0 }),
    tensors: { place: { type: 'int64', shape: [], data: [1] } },
    sizes: [{ T: 4 }],
  },
  {
    name: 'Gather of some places with two open axes beside',
    operands: [['N', 'T', 5, 'W']],
    nodes: y('Gather', ['x0', 'places'], { axis: 2 }),
    tensors: { places: { type: 'int64', shape: [2, 2], data: [0, 3, 3, -1] } },
    sizes: [{ T: 4, W: 2 }],
  },
  {
    name: 'Tile of two open axes',
    operands: [['N', 'T', 'W']],
    nodes: y('Tile', ['x0', 'repeats']),
    tensors: { repeats: integers(1, 3, 2) },
    sizes: [{ T: 2, W: 3 }],
  },
];

const bound = (graph: Graph, sizes: Readonly<Record<string, number>>): TypedGraph =>
  typedOf({
    ...graph,
    inputs: graph.inputs.map((one) => ({
      ...one,
      shape: one.shape.map((dim) => bindDim(dim, new Map(Object.entries(sizes)))),
    })),
  });

describe.each(cases)('$name of open size', ({ operands, nodes, tensors, sizes, on = ['reference', 'ort'] }) => {
  const graph = graphOf(
    operands.map((shape, i) => input(`x${i}`, shape)),
    nodes,
    tensors,
  );

  test.each(sizes)('is explained as with sizes %o', async (one) => {
    const fixed = bound(graph, one);
    const draw = drawer(11);
    const filled = (shape: readonly Dim[]) => {
      const numbers = shape.map((dim) => Number(bindDim(dim, new Map([...Object.entries(one), ['N', 2]]))));
      return floats(numbers, draw.fine(sizeOf(numbers)));
    };
    const given = {
      ...Object.fromEntries(fixed.graph.inputs.map(({ name, shape }) => [name, filled(shape)])),
      target: filled(right(infer(fixed.graph, fixed.store)).types.get('y')!.shape),
    };
    const open = typedOf(graph);
    for (const backend of on) {
      const explained = (typed: TypedGraph) =>
        explainRun(typed, planOf(typed, 'epsilon-plus'), given, { target: { kind: 'tensor' } }, backend);
      const [found, wanted] = [await explained(open), await explained(fixed)];
      for (const { name } of graph.inputs) {
        expect(greatest(wanted.at(name))).toBeGreaterThan(0);
        expect(difference(found.at(name), wanted.at(name), backend === 'ort' ? 1e-5 : 1e-12)).toBeUndefined();
      }
    }
  });
});

import { toNumbers, type Graph, type OpName, type Tensor } from '@kirchhoff/graph';
import { reference } from '@kirchhoff/runtime';
import { expect, it } from 'vitest';
import { floats } from './cases/build.js';

const [steps, batch, width, hidden] = [4, 3, 2, 3];

/** Axes 0 and 1 exchanged around `inner` elements. */
const exchanged = (numbers: ArrayLike<number>, rows: number, columns: number, inner: number): readonly number[] =>
  Array.from({ length: rows * columns * inner }, (_, i) => {
    const [column, row, k] = [Math.floor(i / (rows * inner)), Math.floor(i / inner) % rows, i % inner];
    return numbers[(row * columns + column) * inner + k]!;
  });

// onnxruntime does not run layout 1, so that it is held against layout 0 here.
it.each<readonly [OpName, number]>([
  ['RNN', 1],
  ['GRU', 3],
  ['LSTM', 4],
])('%s with the batch first gives what it gives with the time first', async (op, gates) => {
  const x = floats([steps, batch, width]);
  const h = floats([2, batch, hidden]);
  const w = floats([2, gates * hidden, width]);
  const r = floats([2, gates * hidden, hidden]);
  const run = async (layout: number, given: Tensor, state: Tensor) => {
    const inputs = { x: given, w, r, h: state };
    const graph: Graph = {
      name: op,
      inputs: Object.entries(inputs).map(([name, { type, shape }]) => ({ name, type, shape })),
      nodes: [
        {
          name: 'y',
          op,
          inputs: ['x', 'w', 'r', '', '', 'h'],
          outputs: ['last'],
          attrs: { hidden_size: hidden, direction: 'bidirectional', layout },
        },
      ],
      outputs: ['y', 'last'],
      tensors: {},
    };
    return (await reference.compile(graph, new Map())).run(inputs);
  };
  const timeFirst = await run(0, x, h);
  const batchFirst = await run(
    1,
    { ...x, shape: [batch, steps, width], data: Float32Array.from(exchanged(toNumbers(x.data), steps, batch, width)) },
    { ...h, shape: [batch, 2, hidden], data: Float32Array.from(exchanged(toNumbers(h.data), 2, batch, hidden)) },
  );
  expect(batchFirst['y']!.shape).toEqual([batch, steps, 2, hidden]);
  expect(batchFirst['last']!.shape).toEqual([batch, 2, hidden]);
  expect([...toNumbers(batchFirst['last']!.data)]).toEqual(
    exchanged(toNumbers(timeFirst['last']!.data), 2, batch, hidden),
  );
  const perStep = (n: number, t: number): readonly number[] =>
    Array.from({ length: 2 * hidden }, (_, k) => {
      const [d, j] = [Math.floor(k / hidden), k % hidden];
      return toNumbers(timeFirst['y']!.data)[((t * 2 + d) * batch + n) * hidden + j]!;
    });
  expect([...toNumbers(batchFirst['y']!.data)]).toEqual(
    Array.from({ length: batch * steps }, (_, i) => perStep(Math.floor(i / steps), i % steps)).flat(),
  );
});

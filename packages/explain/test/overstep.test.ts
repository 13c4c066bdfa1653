import { explain, openFitting, prepareModel, type Explained } from '@kirchhoff/explain';
import { toNumbers, type Graph, type Tensor } from '@kirchhoff/graph';
import { decodeComposite } from '@kirchhoff/rule';
import { expect, test } from 'vitest';
import { book, floats, inline, input, integers, node, right } from './support.js';

const exact = right(
  decodeComposite({
    composite: 'exact',
    summary: '',
    rules: [{ match: { kind: 'affine' }, rule: 'epsilon', parameters: { epsilon: 0 } }, { include: 'standard' }],
  }),
);

/** At most three steps are looked at, doubled, and summed up. */
const graph = (from: number, to: number): Graph => ({
  name: 'cut',
  inputs: [input('x', ['N', 'T', 2])],
  nodes: [
    node('cut', 'Slice', ['x', 'from', 'to', 'along']),
    node('flat', 'Reshape', ['cut', 'rows']),
    node('wide', 'MatMul', ['flat', 'W']),
    node('y', 'ReduceSum', ['wide', 'along'], { keepdims: 0 }),
  ],
  outputs: ['y'],
  tensors: {
    from: integers(from),
    to: integers(to),
    along: integers(1),
    rows: integers(0, -1, 2),
    W: inline([2, 1], [2, 1]),
  },
});

const x = (steps: number): Tensor =>
  floats(
    [1, steps, 2],
    Array.from({ length: 2 * steps }, (_, i) => i + 1),
  );

const told = ({ relevance, report }: Explained): unknown => ({
  x: [...toNumbers(relevance['x']!.data)].map(Math.round),
  open: report.samples.map(({ ledger }) => ledger?.open),
});

test.each([
  ['the first three of five', 0, 3, 5, [2, 2, 6, 4, 10, 6, 0, 0, 0, 0]],
  ['the first three of two', 0, 3, 2, [2, 2, 6, 4]],
  ['the last three of two', -3, 2 ** 31 - 1, 2, [2, 2, 6, 4]],
  ['the second and third of two', 1, 3, 2, [0, 0, 6, 4]],
] as const)('%s', async (_, from, to, steps, wanted) => {
  const model = right(prepareModel('cut', graph(from, to), new Map()));
  for (const backend of ['reference', 'ort'] as const) {
    expect(told(right(await explain(model, exact, book, { x: x(steps) }, { backend })))).toEqual({
      x: wanted,
      open: [[]],
    });
    const explainer = right(await openFitting(model, exact, book, { backend }));
    expect(told(right(await explainer.run({ x: x(steps) })))).toEqual({ x: wanted, open: [[]] });
    await explainer.close();
  }
});

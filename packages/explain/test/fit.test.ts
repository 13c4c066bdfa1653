import { option } from '@kirchhoff/message';
import { toNumbers, type Graph } from '@kirchhoff/graph';
import { openFitting, explain, fitModel, openSizes, prepare, prepareModel, type Model } from '@kirchhoff/explain';
import { describe, expect, test } from 'vitest';
import {
  book,
  difference,
  drawer,
  floats,
  graphOf,
  inline,
  input,
  integers,
  node,
  problemsOf,
  right,
} from './support.js';

const composite = book.composites.get('epsilon-plus')!;
const options = { backend: 'reference' } as const;
const drawn = (...shape: readonly number[]) => floats(shape, drawer(5).fine(shape.reduce((n, size) => n * size, 1)));
const modelOf = (graph: Graph, sizes: Readonly<Record<string, number>> = {}): Model =>
  right(prepareModel('m', graph, new Map(), undefined, { sizes: new Map(Object.entries(sizes)) }));

const weights = { w: inline([4, 3, 3], drawer(1).fine(36)), v: inline([4, 3], drawer(2).fine(12)) };

/** Its padding follows from the length, so that it cannot be explained while that is open. */
const padded = graphOf(
  [input('x', ['N', 3, 'T'])],
  [
    node('c', 'Conv', ['x', 'w'], { strides: [2], auto_pad: 'SAME_UPPER' }),
    node('p', 'GlobalAveragePool', ['c']),
    node('f', 'Flatten', ['p']),
    node('y', 'Gemm', ['f', 'v']),
  ],
  weights,
);

describe('sizes that must be known', () => {
  test('are refused while they are open, with the remedy', () => {
    expect(problemsOf(prepare(modelOf(padded), composite, book, options))).toBe(
      `c: automatic padding with strides depends on the size, and "T" is open; state it, as in ${option('size')} T=32`,
    );
  });

  test.each([7, 8])('are those of the input: %i', async (length) => {
    const x = drawn(2, 3, length);
    const found = right(await explain(modelOf(padded), composite, book, { x }, options));
    const stated = right(await explain(modelOf(padded, { T: length }), composite, book, { x }, options));
    const fixed = { ...padded, inputs: [input('x', ['N', 3, length])] };
    const wanted = right(await explain(modelOf(fixed), composite, book, { x }, options));
    for (const one of [found, stated])
      expect(
        difference(toNumbers(one.relevance['x']!.data), toNumbers(wanted.relevance['x']!.data), 0),
      ).toBeUndefined();
  });

  test('make one compiled graph each, for any number of samples', async () => {
    const explainer = right(await openFitting(modelOf(padded), composite, book, options));
    for (const [count, length] of [
      [1, 7],
      [2, 8],
      [3, 7],
      [1, 9],
    ] as const) {
      const x = drawn(count, 3, length);
      const found = right(await explainer.run({ x }));
      expect(found.relevance['x']!.shape).toEqual([count, 3, length]);
      expect(found.report.samples).toHaveLength(count);
    }
    await explainer.close();
  });

  test('are stated under names that the inputs have', () => {
    expect(problemsOf(prepareModel('m', padded, new Map(), undefined, { sizes: new Map([['S', 3]]) }))).toBe(
      'size: the model has no open size S (did you mean "N"?); it has N, T',
    );
  });

  test('leave the number of samples open where it is stated', () => {
    const model = modelOf(padded, { N: 4, T: 7 });
    expect(openSizes(model.typed.graph)).toEqual([]);
    expect(model.typed.graph.inputs[0]!.shape).toEqual(['N', 3, 7]);
  });
});

describe('sizes that equations make one', () => {
  const sum = graphOf(
    [input('x', ['N', 'S', 4]), input('z', ['N', 'T', 4])],
    [
      node('s', 'Add', ['x', 'z']),
      node('r', 'Relu', ['s']),
      node('m', 'ReduceMean', ['r', 'a'], { keepdims: 0 }),
      node('y', 'Gemm', ['m', 'v']),
    ],
    { v: weights.v, a: integers(1) },
  );

  test('are open as one', async () => {
    const model = modelOf(sum);
    expect(model.typed.graph.inputs.map(({ shape }) => shape)).toEqual([
      ['N', 'S', 4],
      ['N', 'S', 4],
    ]);
    const inputs = { x: drawn(2, 5, 4), z: drawn(2, 5, 4) };
    expect(right(await explain(model, composite, book, inputs, options)).report.samples).toHaveLength(2);
  });

  test('may still be 1 beside any other, which is repeated', async () => {
    const [x, z] = [drawn(2, 5, 4), drawn(2, 1, 4)];
    const found = right(await explain(modelOf(sum), composite, book, { x, z }, options));
    expect(found.relevance['z']!.shape).toEqual([2, 1, 4]);
    for (const { ledger } of found.report.samples) expect(ledger!.closure).toBeLessThan(1e-12);
  });

  test('are not repeated where they number samples', () => {
    const model = modelOf(
      graphOf(
        [input('x', ['A', 4]), input('z', ['B', 4])],
        [node('s', 'Add', ['x', 'z']), node('y', 'Gemm', ['s', 'v'])],
        {
          v: weights.v,
        },
      ),
    );
    expect(right(fitModel(model, { x: [3, 4], z: [1, 4] }))).toBe(model);
  });
});

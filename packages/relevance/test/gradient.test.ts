import { toNumbers, type Graph } from '@kirchhoff/graph';
import { expect, test } from 'vitest';
import { smooth } from './networks.js';
import {
  difference,
  draws,
  explainRun,
  floats,
  graphOf,
  inline,
  input,
  node,
  planOf,
  run,
  typedOf,
  type Draw,
} from './support.js';

const step = 2 ** -10;

test('the gradient composite gives what central differences give, on smooth random networks', async () => {
  await draws(12, async (draw) => {
    const typed = typedOf(smooth(draw));
    const { graph, store } = typed;
    const x = draw.coarse(16, -1, 1);
    const target = draw.coarse(2);
    const inputs = { x: floats([1, 1, 4, 4], x), target: floats([1, 2], target) };
    const plan = planOf(typed, 'gradient');
    const exact = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, 'reference');
    expect(exact.explanation.ledger).toEqual([]);

    const shifted = x.flatMap((_, i) => [step, -step].map((by) => x.map((v, k) => (k === i ? v + by : v))));
    const values = await run(graph, store, { x: floats([32, 1, 4, 4], shifted.flat()) }, 'reference');
    const scores = toNumbers(values[graph.outputs[0]!]!.data);
    const scoreOf = (n: number): number => target[0]! * scores[2 * n]! + target[1]! * scores[2 * n + 1]!;
    const differences = x.map((_, i) => (scoreOf(2 * i) - scoreOf(2 * i + 1)) / (2 * step));
    const scale = Math.max(1, ...differences.map(Math.abs));
    expect(difference(exact.at('x'), differences, 1e-4 * scale)).toBeUndefined();

    const fast = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, 'ort');
    expect(difference(fast.at('x'), exact.at('x'), 1e-4 * scale)).toBeUndefined();
  });
});

test('gradient times input leaves one remainder and is the gradient times the input', async () => {
  await draws(3, async (draw) => {
    const typed = typedOf(smooth(draw));
    const x = draw.coarse(16, -1, 1);
    const inputs = { x: floats([1, 1, 4, 4], x) };
    const index = { target: { kind: 'index', index: 1 } } as const;
    const gradient = await explainRun(typed, planOf(typed, 'gradient'), inputs, index, 'reference');
    const product = await explainRun(typed, planOf(typed, 'gradient-times-input'), inputs, index, 'reference');
    expect(product.explanation.quantity).toBe('relevance');
    expect(
      difference(
        product.at('x'),
        x.map((v, i) => v * gradient.at('x')[i]!),
        1e-12,
      ),
    ).toBeUndefined();
  });
});

/** A head of attention over three tokens of two numbers, and a Gram matrix of what it gives, as logarithms of shares. */
const head = (draw: Draw): Graph =>
  graphOf(
    [input('x', ['N', 3, 2])],
    [
      node('q', 'MatMul', ['x', 'wq']),
      node('k', 'MatMul', ['x', 'wk']),
      node('turned', 'Transpose', ['k'], { perm: [0, 2, 1] }),
      node('scores', 'MatMul', ['q', 'turned']),
      node('weights', 'Softmax', ['scores'], { axis: -1 }),
      node('mixed', 'MatMul', ['weights', 'x']),
      node('other', 'Transpose', ['mixed'], { perm: [0, 2, 1] }),
      node('gram', 'MatMul', ['mixed', 'other']),
      node('shares', 'LogSoftmax', ['gram'], { axis: 1 }),
      node('flat', 'Flatten', ['shares']),
      node('out', 'MatMul', ['flat', 'wo']),
    ],
    { wq: inline([2, 2], draw.fine(4)), wk: inline([2, 2], draw.fine(4)), wo: inline([9, 2], draw.fine(18)) },
  );

test('the gradient through attention is what central differences give, on both backends', async () => {
  await draws(8, async (draw) => {
    const typed = typedOf(head(draw));
    const x = draw.fine(6);
    const target = draw.fine(2);
    const inputs = { x: floats([1, 3, 2], x), target: floats([1, 2], target) };
    const plan = planOf(typed, 'gradient');
    const exact = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, 'reference');
    const shifted = x.flatMap((_, i) => [step, -step].map((by) => x.map((v, k) => (k === i ? v + by : v))));
    const values = await run(typed.graph, typed.store, { x: floats([12, 3, 2], shifted.flat()) }, 'reference');
    const scores = toNumbers(values['out']!.data);
    const scoreOf = (n: number): number => target[0]! * scores[2 * n]! + target[1]! * scores[2 * n + 1]!;
    const differences = x.map((_, i) => (scoreOf(2 * i) - scoreOf(2 * i + 1)) / (2 * step));
    const scale = Math.max(1, ...differences.map(Math.abs));
    expect(difference(exact.at('x'), differences, 1e-4 * scale)).toBeUndefined();
    const fast = await explainRun(typed, plan, inputs, { target: { kind: 'tensor' } }, 'ort');
    expect(difference(fast.at('x'), exact.at('x'), 1e-4 * scale)).toBeUndefined();
  });
});

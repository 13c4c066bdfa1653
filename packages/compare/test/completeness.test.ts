import { sizeOf, tensor, toNumbers, type Node, type Tensor } from '@kirchhoff/graph';
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Model } from '@kirchhoff/explain';
import { makeSubject, type Attribution, type Completeness } from '../src/index.js';
import { uniformFrom } from '@kirchhoff/explain';
import { inline, tiny } from '../../explain/test/small.js';
import { run } from './small.js';
import { book, right } from '../../relevance/test/support.js';

interface Drawn {
  readonly model: Model;
  readonly x: Tensor;
  readonly baseline: number;
}

const bends = ['Relu', 'LeakyRelu', 'Sigmoid', 'Tanh'] as const;

/** Two convolutions with a pool after each (of overlapping or padded windows, or over everything), and a linear head. */
const networks = fc
  .record({
    bend: fc.constantFrom(...bends),
    kernel: fc.integer({ min: 2, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    pad: fc.integer({ min: 0, max: 1 }),
    global: fc.boolean(),
    residual: fc.boolean(),
    scale: fc.constantFrom(0.5, 1, 30),
    baseline: fc.constantFrom(0, 0.25, -1),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ bend, kernel, stride, pad, global, residual, scale, baseline, seed }): Drawn => {
    const next = uniformFrom(seed);
    const draw = (shape: readonly number[], by = 1) =>
      Array.from({ length: sizeOf(shape) }, () => by * (2 * next() - 1));
    const width = 4;
    const nodes: Node[] = [
      { name: 'c', op: 'Conv', inputs: ['x', 'w', 'b'], attrs: { pads: [1, 1, 1, 1] } },
      { name: 'a', op: bend, inputs: ['c'] },
      {
        name: 'p',
        op: 'MaxPool',
        inputs: ['a'],
        attrs: { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad] },
      },
      { name: 'd', op: 'Conv', inputs: ['p', 'v'] },
      ...(residual ? [{ name: 'e', op: 'Add', inputs: ['d', 'p'] } as const] : []),
      ...(global ? [{ name: 'g', op: 'GlobalMaxPool', inputs: [residual ? 'e' : 'd'] } as const] : []),
    ];
    const side = Math.floor((6 + 2 * pad - kernel) / stride) + 1;
    const inside = width * (global ? 1 : side ** 2);
    nodes.push({ name: 'f', op: 'Flatten', inputs: [nodes.at(-1)!.name] });
    nodes.push({ name: 'y', op: 'Gemm', inputs: ['f', 'u'] });
    const tensors = {
      w: inline([width, 2, 3, 3], draw([width, 2, 3, 3], scale)),
      b: inline([width], draw([width], scale)),
      v: inline([width, width, 1, 1], draw([width, width])),
      u: inline([inside, 2], draw([inside, 2])),
    };
    const x = tensor('float32', [3, 2, 6, 6], draw([3, 2, 6, 6], 2));
    return { model: tiny([{ name: 'x', type: 'float32', shape: ['N', 2, 6, 6] }], nodes, tensors), x, baseline };
  });

const explained = (
  { model, x, baseline }: Drawn,
  name: string,
  settings: Readonly<Record<string, number>> = {},
): Promise<Attribution> => run(right(makeSubject(model, book, baseline)), { name, settings }, x, [0, 1, 0]);

const ledgersOf = async (...asked: Parameters<typeof explained>): Promise<readonly Completeness[]> =>
  (await explained(...asked)).ledgers.map((ledger) => ledger!);

/** The part of the difference that is missed, on average. */
const missed = (ledgers: readonly Completeness[]): number =>
  ledgers.reduce((sum, { explained: all, leaks }) => sum + Math.abs(leaks['remainder']! / all), 0) / ledgers.length;

describe('methods that claim to add up', () => {
  it('DeepLIFT adds up to the difference from the baseline, whatever wins a maximum', async () => {
    for (const drawn of fc.sample(networks, { numRuns: 12, seed: 11 })) {
      const { map, ledgers } = await explained(drawn, 'deeplift-rescale');
      const size = map.data.length / ledgers.length;
      ledgers.forEach((ledger, n) => {
        const values = toNumbers(map.data).subarray(n * size, (n + 1) * size);
        const moved = values.reduce((sum, value) => sum + Math.abs(value), Math.abs(ledger!.explained));
        expect(Math.abs(ledger!.leaks['remainder']!)).toBeLessThan(1e-5 * moved);
      });
    }
  });

  it('integrated gradients miss less where gradients are taken in the middle of each step than at its end', async () => {
    const [middle, end]: [Completeness[], Completeness[]] = [[], []];
    for (const drawn of fc.sample(networks, { numRuns: 6, seed: 3 })) {
      middle.push(...(await ledgersOf(drawn, 'integrated-gradients')));
      end.push(...(await ledgersOf(drawn, 'integrated-gradients', { place: 1 })));
    }
    expect(missed(middle)).toBeLessThan(missed(end));
  });

  test.each(['deep-taylor', 'excitation-backprop', 'epsilon-plus', 'epsilon-alpha2-beta1'])(
    '%s: the score is Σ of the map and what leaked',
    async (name) => {
      for (const drawn of fc.sample(networks, { numRuns: 3, seed: 5 })) {
        for (const { explained: score, input, leaks } of await ledgersOf(drawn, name)) {
          const all = Object.values(leaks);
          const moved = [score, input, ...all].reduce((sum, value) => sum + Math.abs(value), 0);
          expect(Math.abs(score - input - all.reduce((sum, value) => sum + value, 0))).toBeLessThan(1e-4 * moved);
        }
      }
    },
  );
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sizeOf, type Graph, type InlineTensor } from '@kirchhoff/graph';
import { relevance } from '@kirchhoff/relevance';
import { makePlan } from '@kirchhoff/rule';
import { backends, type Backend } from '@kirchhoff/runtime';
import { book, graphOf, inline, input, node, right, typedOf } from './support.js';
import { tensor } from '@kirchhoff/graph';

const [tokens, width] = [3, 4];

const weights = (shape: readonly number[]): fc.Arbitrary<InlineTensor> =>
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((data) => inline(shape, data));

/** A transformer's block: normalisation, one attention head, a residual sum and a gated unit. */
const block = (drawn: Readonly<Record<string, InlineTensor>>): Graph =>
  graphOf(
    [input('x', ['N', tokens, width])],
    [
      node('norm', 'LayerNormalization', ['x', 'scale', 'shift'], { axis: -1 }),
      node('q', 'MatMul', ['norm', 'wq']),
      node('k', 'MatMul', ['norm', 'wk']),
      node('v', 'MatMul', ['norm', 'wv']),
      node('kt', 'Transpose', ['k'], { perm: [0, 2, 1] }),
      node('scores', 'MatMul', ['q', 'kt']),
      node('weights', 'Softmax', ['scores'], { axis: -1 }),
      node('mixed', 'MatMul', ['weights', 'v']),
      node('sum', 'Add', ['x', 'mixed']),
      node('gate', 'Sigmoid', ['sum']),
      node('gated', 'Mul', ['gate', 'sum']),
      node('flat', 'Flatten', ['gated']),
      node('out', 'Gemm', ['flat', 'wo']),
    ],
    drawn,
  );

const drawnBlock = fc.record({
  scale: weights([width]),
  shift: weights([width]),
  wq: weights([width, width]),
  wk: weights([width, width]),
  wv: weights([width, width]),
  wo: weights([tokens * width, 2]),
});

const tolerances: { readonly [Name in Backend['name']]: number } = { reference: 1e-9, ort: 1e-4 };

describe.each(Object.values(backends))('attention on $name', (backend) => {
  test('the ledger closes through normalisation, contractions, softmax and gates', async () => {
    await fc.assert(
      fc.asyncProperty(drawnBlock, weights([2, tokens, width]), async (drawn, x) => {
        const typed = typedOf(block(drawn));
        const plan = right(
          makePlan(typed, book.composites.get('attention')!, book, { set: { stabilizer: 0.01, epsilon: 0.01 } }),
        );
        const explanation = right(relevance(typed, plan, { target: { kind: 'index', index: 0 } }));
        const session = await backend.compile(explanation.graph, typed.store);
        const outputs = await session.run({ x: tensor('float32', x.shape, x.data) });
        await session.close();
        const at = (name: string, n: number): number => Number(outputs[name]!.data[n]);
        for (const n of [0, 1]) {
          for (const entry of explanation.ledger) {
            const leaks = Object.values(entry.leaks).reduce((sum, name) => sum + at(name, n), 0);
            const open = at(entry.in, n) - (entry.out === undefined ? 0 : at(entry.out, n)) - leaks;
            const scale = Math.max(1, at(entry.magnitude, n), Math.abs(leaks));
            expect(Math.abs(open) / scale).toBeLessThanOrEqual(tolerances[backend.name]);
          }
        }
      }),
      { seed: 42, numRuns: 25 },
    );
  });
});

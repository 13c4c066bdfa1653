import { explain, prepareModel } from '@kirchhoff/explain';
import { resolveTensors } from '@kirchhoff/graph';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';
import { drawAttention, drawFrom, drawings, drawNetwork, drawRecurrent } from '../src/index.js';
import { granted } from '../src/search/run.js';
import { book } from './rulebook.js';

const sorts = [
  [
    'convolutional',
    drawNetwork,
    ['epsilon-plus-flat', 'epsilon-alpha2-beta1', 'epsilon-gamma-box', 'deep-taylor-bounded'],
  ],
  [
    'recurrent',
    drawRecurrent,
    ['lstm-signal-take-all', 'lstm-gate-absolute', 'lstm-gate-proportional', 'lstm-gate-half'],
  ],
  ['attention', drawAttention, ['attention', 'default']],
] as const;

/** Networks of each sort, by turns on both backends. */
const networks = 100;

test.each(sorts)(
  'rounding explains all that is undeclared in random %s networks',
  async (_, make, composites) => {
    let samples = 0;
    for (const [i, drawing] of fc.sample(drawings, { seed: 20, numRuns: networks }).entries()) {
      const { graph, inputs } = make(drawFrom(drawing));
      const store = granted(resolveTensors(graph, () => E.left([])));
      const model = granted(prepareModel('drawn', graph, store));
      const composite = book.composites.get(composites[i % composites.length]!)!;
      const backend = Math.floor(i / composites.length) % 2 === 0 ? 'ort' : 'reference';
      const target = { kind: 'index', index: 0 } as const;
      const { report } = granted(await explain(model, composite, book, inputs, { backend, target }));
      for (const { ledger } of report.samples) {
        expect(ledger!.open, JSON.stringify(graph)).toEqual([]);
        samples += 1;
      }
    }
    expect(samples).toBeGreaterThanOrEqual(networks);
  },
  240_000,
);

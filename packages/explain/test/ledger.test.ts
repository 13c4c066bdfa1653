import { option } from '@kirchhoff/message';
import { toNumbers } from '@kirchhoff/graph';
import { describe, expect, test } from 'vitest';
import { countSamples, explainPrepared, prepare, prepareModel, type Explained, type Prepared } from '../src/index.js';
import { cnn, pictures } from '../../relevance/test/networks.js';
import { book, difference, draws, floats, problemsOf, right, typedOf, type Draw } from './support.js';

const composites = ['epsilon-plus', 'epsilon-plus-flat', 'epsilon-alpha2-beta1', 'deep-taylor-bounded'] as const;
const largest = { reference: 1e-9, ort: 1e-4 } as const;
const pixels = 72;
const count = 3;

/** Every number of a ledger, against the relevance that passed through its node. */
const closes = ({ report }: Explained, tolerance: number): void => {
  for (const { ledger, score, relevance } of report.samples) {
    expect(ledger!.seed).toBe(score);
    expect(ledger!.input).toBe(relevance);
    expect(ledger!.closure).toBeLessThanOrEqual(tolerance);
    const scale = Math.max(
      1,
      ...ledger!.nodes.map(({ in: received, out }) => Math.max(Math.abs(received), Math.abs(out))),
    );
    for (const { undeclared } of ledger!.nodes)
      expect(Math.abs(undeclared)).toBeLessThanOrEqual(10 * tolerance * scale);
  }
};

const hold = async (draw: Draw, composite: string): Promise<void> => {
  const { graph, store } = typedOf(cnn(draw));
  const model = right(prepareModel('cnn', graph, store));
  const prepared: Prepared = right(prepare(model, book.composites.get(composite)!, book));
  const images = pictures(draw, count);
  const batch = { image: floats([count, 2, 6, 6], images) };
  expect(countSamples(model.typed.graph, batch)).toBe(count);
  for (const backend of ['reference', 'ort'] as const) {
    const explained = async (inputs: typeof batch): Promise<Explained> =>
      right(await explainPrepared(model, prepared, inputs, { backend, compile: { threads: 1 } }));
    const all = await explained(batch);
    const maps = toNumbers(all.relevance['image']!.data);
    expect(maps.every(Number.isFinite)).toBe(true);
    closes(all, largest[backend]);
    const scale = Math.max(1, ...maps.map(Math.abs));
    for (let n = 0; n < count; n++) {
      const [from, to] = [n * pixels, (n + 1) * pixels];
      const alone = await explained({ image: floats([1, 2, 6, 6], images.slice(from, to)) });
      expect(
        difference(toNumbers(alone.relevance['image']!.data), maps.subarray(from, to), largest[backend] * scale),
      ).toBeUndefined();
      expect(alone.report.samples[0]!.target).toBe(all.report.samples[n]!.target);
    }
  }
};

describe('on random networks the ledger closes, and a batch is its members one by one', () => {
  test.each(composites)('%s', (composite) => draws(5, (draw) => hold(draw, composite)));
});

test('bounds that a rule needs and an input does not declare are asked for by name', () => {
  return draws(1, async (draw) => {
    const graph = cnn(draw);
    const [{ range: _, ...image }] = graph.inputs as [(typeof graph.inputs)[0]];
    const { store } = typedOf(graph);
    const model = right(prepareModel('cnn', { ...graph, inputs: [image] }, store));
    expect(problemsOf(prepare(model, book.composites.get('deep-taylor-bounded')!, book))).toBe(
      `conv0: rule "z-box" speaks of low and high, but "image" declares no bounds; give the input a "range", or ${option('range')} LOW,HIGH`,
    );
  });
});

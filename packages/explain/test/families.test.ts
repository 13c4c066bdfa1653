import { encodeExported, explain, exportExplanation, prepareModel } from '@kirchhoff/explain';
import { tensor, toNumbers } from '@kirchhoff/graph';
import { findComposite } from '@kirchhoff/rule';
import { openBare } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import { families, seeded } from './families.js';
import { book, right } from './support.js';

const samples = 2;

describe.each(Object.keys(families))('%s', (name) => {
  const { graph, store } = families[name]!();
  const model = right(prepareModel(name, graph, store));
  const shape = [samples, ...graph.inputs[0]!.shape.slice(1).map(Number)];
  const next = seeded(99);
  const image = tensor('float32', shape, Array.from({ length: shape.reduce((n, d) => n * d, 1) }, next));

  test.each([
    { composite: 'epsilon-plus-flat', backend: 'ort', closes: 1e-4 },
    { composite: 'epsilon-alpha2-beta1', backend: 'ort', closes: 1e-4 },
    { composite: 'epsilon-plus-flat', backend: 'reference', closes: 1e-9 },
    { composite: 'epsilon-alpha2-beta1', backend: 'reference', closes: 1e-9 },
  ] as const)('$composite on $backend: the ledger closes', async ({ composite, backend, closes }) => {
    const explained = right(await explain(model, right(findComposite(book, composite)), book, { image }, { backend }));
    const map = toNumbers(explained.relevance['image']!.data);
    expect(map.every(Number.isFinite)).toBe(true);
    expect(map.some((value) => value !== 0)).toBe(true);
    expect(explained.report.samples).toHaveLength(samples);
    for (const { ledger } of explained.report.samples) {
      expect(ledger!.closure).toBeLessThanOrEqual(closes);
      expect(Math.max(...ledger!.nodes.map(({ undeclared }) => Math.abs(undeclared)))).toBeLessThanOrEqual(
        closes * Math.max(...ledger!.nodes.map(({ in: received }) => Math.abs(received)), 1),
      );
    }
  });

  test.each([21, 17])('exported as opset %i, a bare session gives the same', async (opset) => {
    const composite = right(findComposite(book, 'epsilon-plus-flat'));
    const bytes = right(encodeExported(right(exportExplanation(model, composite, book, { opset, ledger: true }))));
    const bare = await openBare(bytes, { threads: 1 });
    const found = await bare.run({ image }).finally(bare.close);
    const ours = right(await explain(model, composite, book, { image }, { compile: { threads: 1 } }));
    const wanted = ours.relevance['image']!.data;
    const given = found['relevance.image']!.data;
    if (opset === 21) expect(given).toEqual(wanted);
    const scale = Math.max(...toNumbers(wanted).map(Math.abs));
    const apart = toNumbers(given).map((value, i) => Math.abs(value - Number(wanted[i])) / scale);
    expect(Math.max(...apart)).toBeLessThan(1e-4);
  });
});

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explain, prepareModel } from '../src/index.js';
import { floats, graphOf, inline, input, node, right, rulebookIn, rulesFolder, typedOf } from './support.js';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kirchhoff-'));
  cpSync(rulesFolder, folder, { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Shares by the size of each contribution, whatever its sign; a fifth of everything is thrown away, and said so. */
const document = {
  rule: 'by-size',
  summary: 'Shares by the size of each contribution; a part is thrown away.',
  on: 'affine',
  parameters: { lost: { default: 0.2, minimum: 0, maximum: 1 } },
  let: { A: 'total(abs(x*w)) + abs(b)' },
  message: '(1 - lost) * ratio(abs(x*w), A) * R',
  leaks: { bias: '(1 - lost) * ratio(abs(b), A) * R', lost: 'lost * R', dead: '(1 - lost) * (A == 0) * R' },
};

test('adding a rule means adding one JSON file', async () => {
  writeFileSync(join(folder, 'by-size.json'), JSON.stringify(document));
  const book = rulebookIn(folder);
  const graph = graphOf([input('x', ['N', 3])], [node('y', 'Gemm', ['x', 'W', 'B'])], {
    W: inline([3, 1], [1, -2, 1]),
    B: inline([1], [-3]),
  });
  const { store } = typedOf(graph);
  const model = right(prepareModel('tiny', graph, store));
  const standard = book.composites.get('standard')!;
  const inputs = { x: floats([2, 3], [2, 1, 3, 0, 0, 0]) };
  for (const backend of ['reference', 'ort'] as const) {
    const rule = { name: 'by-size', parameters: {} };
    const { relevance, report } = right(await explain(model, standard, book, inputs, { rule, backend }));
    // y = 2 − 2 + 3 − 3 = 0 and −3: contributions of size 2, 2, 3 and 3 of 10, then only the bias.
    const found = [...(relevance['x']!.data as Float64Array)];
    found.forEach((value) => expect(value).toBeCloseTo(0, 6));
    const seeded = right(await explain(model, standard, book, inputs, { rule, backend, seed: 'one' }));
    const shares = [...(seeded.relevance['x']!.data as Float64Array)];
    [0.16, 0.16, 0.24, 0, 0, 0].forEach((wanted, i) => expect(shares[i]).toBeCloseTo(wanted, 6));
    const leaks = seeded.report.samples.map(({ ledger }) => ledger!.leaks);
    expect(leaks[0]!['lost']).toBeCloseTo(0.2, 6);
    expect(leaks[0]!['bias']).toBeCloseTo(0.24, 6);
    expect(leaks[1]!['bias']).toBeCloseTo(0.8, 6);
    for (const { ledger } of [...report.samples, ...seeded.report.samples]) expect(ledger!.closure).toBeLessThan(1e-6);
  }
  const none = right(
    await explain(model, standard, book, inputs, { rule: { name: 'by-size', parameters: { lost: 1 } }, seed: 'one' }),
  );
  expect([...none.relevance['x']!.data].every((value) => Math.abs(Number(value)) === 0)).toBe(true);
});

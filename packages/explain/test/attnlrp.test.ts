import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Tensor } from '@kirchhoff/graph';
import { makeRulebook } from '@kirchhoff/rule';
import type { Backend } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import { explain, fitModel, readNpy, shapesOf } from '../src/index.js';
import { loadModel } from '../src/node.js';
import { documentsIn, right, rulesFolder } from './support.js';

// Relevance at the output of the word embedding as LXT's explicit rules give it in float64, with ε = 1e-6 added to every
// total whatever its sign; networks of Hugging Face's modules as PyTorch's exporters write them.
const folder = fileURLToPath(new URL('../../../specs/golden/attnlrp', import.meta.url));
const npy = (path: string): Tensor => right(readNpy(readFileSync(`${folder}/${path}`), path));

/** The rules of this repository, and LXT's three that stabilise without a sign. */
const book = right(
  makeRulebook(
    [...documentsIn(rulesFolder), ...documentsIn(`${folder}/rules`)],
    [...documentsIn(`${rulesFolder}/composites`), ...documentsIn(`${folder}/rules/composites`)],
  ),
);

const files = {
  bert: ['eager-ts-fix', 'eager-dynamo-fix', 'sdpa-dynamo-dyn'],
  llama: ['eager-ts-fix', 'eager-dynamo-fix', 'sdpa-ts-fix'],
} as const;
type Network = keyof typeof files;

/** One sample of the inputs of a file: of one sample, or of two. */
const sampleOf = (network: Network, file: string, input: string, n: number): Tensor => {
  const { type, shape, data } = npy(`${network}/${file.endsWith('dyn') ? 'in' : 'in1'}_${input}.npy`);
  const tokens = shape.at(-1)!;
  return { type, shape: [1, tokens], data: data.slice(n * tokens, (n + 1) * tokens) };
};

/** The largest difference, as a part of the largest relevance. */
const apart = async (
  network: Network,
  file: string,
  n: number,
  composite: string,
  golden: string,
  backend: Backend['name'],
): Promise<number> => {
  const model = right(await loadModel(`${folder}/${network}/${file}.onnx`));
  const inputs = Object.fromEntries(
    model.typed.graph.inputs.map(({ name }) => [name, sampleOf(network, file, name, n)]),
  );
  const fitted = right(fitModel(model, shapesOf(inputs)));
  const name = fitted.typed.graph.nodes.find(
    ({ op, inputs: read }) => op === 'Gather' && read.includes('input_ids'),
  )!.name;
  const target = { kind: 'index', index: Number(npy(`${network}/target.npy`).data[n]) } as const;
  const explained = right(
    await explain(fitted, book.composites.get(composite)!, book, inputs, { target, at: [name], ledger: true, backend }),
  );
  expect(explained.report.samples[0]!.ledger!.open).toEqual([]);
  const found = explained.at[name]!;
  const all = npy(`${network}/relevance-${golden}.npy`).data as Float64Array;
  const wanted = all.subarray(n * found.data.length, (n + 1) * found.data.length);
  const most = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return wanted.reduce((largest, value, i) => Math.max(largest, Math.abs(value - Number(found.data[i]))), 0) / most;
};

const cases = Object.entries(files).flatMap(([network, names]) =>
  names.flatMap((file) => (file.endsWith('dyn') ? [0, 1] : [0]).map((n) => [network as Network, file, n] as const)),
);

describe.each(cases)('%s, %s, sample %i', (network, file, n) => {
  test('is LXT’s to the last digits, stabilised as there', async () => {
    expect(await apart(network, file, n, 'lxt', 'attnlrp', 'reference')).toBeLessThan(5e-5);
  });

  // A signed stabiliser differs from an unsigned one by 2ε of a negative total: 2e-3 where a total is a thousand ε.
  test('attnlrp differs by the sign of ε alone, on both backends', async () => {
    const found = await apart(network, file, n, 'attnlrp', 'attnlrp', 'reference');
    expect(found).toBeLessThan(2.5e-3);
    expect(Math.abs((await apart(network, file, n, 'attnlrp', 'attnlrp', 'ort')) - found)).toBeLessThan(2e-3);
  });
});

describe.each(cases.filter(([network]) => network === 'bert'))('%s, %s, sample %i', (network, file, n) => {
  test('cp-lrp differs by the sign of ε alone', async () => {
    expect(await apart(network, file, n, 'cp-lrp', 'cp-lrp', 'reference')).toBeLessThan(2.5e-3);
  });
});

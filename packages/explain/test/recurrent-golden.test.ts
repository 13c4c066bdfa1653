import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { infer, type Tensor, type TypedGraph } from '@kirchhoff/graph';
import { decodeOnnx } from '@kirchhoff/onnx';
import { relevance } from '@kirchhoff/relevance';
import { canonize } from '@kirchhoff/rewrite';
import { makePlan } from '@kirchhoff/rule';
import { backends, type Backend } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import { readNpy } from '../src/npy.js';
import { book, right } from './support.js';

const folder = fileURLToPath(new URL('../../../specs/golden/bilstm-small', import.meta.url));
const npy = (name: string): Tensor => right(readNpy(readFileSync(`${folder}/${name}.npy`), name));

const load = (): TypedGraph => {
  const { graph, store } = right(decodeOnnx(readFileSync(`${folder}/model.onnx`), { place: 'model.onnx' }));
  return right(canonize(right(infer(graph, store)))).typed;
};

const tolerances: { readonly [Name in Backend['name']]: number } = { reference: 1e-9, ort: 1e-5 };
const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** Token ids as the graph takes them: a batch of one. */
const batchOfOne = ({ type, shape, data }: Tensor, rank: number): Tensor => ({
  type,
  shape: rank === shape.length ? shape : [1, ...shape],
  data,
});

describe.each(Object.values(backends))('goldens of bilstm-small on $name', (backend) => {
  const typed = load();
  const [input] = typed.graph.inputs;

  test.each([
    ['relevance-epsilon-0.001-signal-take-all', 'lstm-signal-take-all', 'value'],
    ['gradient', 'gradient', 'one'],
  ] as const)('%s', async (file, composite, seed) => {
    const plan = right(makePlan(typed, book.composites.get(composite)!, book));
    const explanation = right(relevance(typed, plan, { target: { kind: 'argmax' }, seed }));
    const session = await backend.compile(explanation.graph, typed.store);
    for (const number of ['00', '01', '02', '03']) {
      const tokens = batchOfOne(npy(`${number}-tokens`), input!.shape.length);
      const outputs = await session.run({ [input!.name]: tokens });
      const found = outputs[explanation.relevance[input!.name]!]!;
      const wanted = npy(`${number}-${file}`).data as Float64Array;
      expect(found.data.length).toBe(wanted.length);
      const off = largest(Array.from(wanted, (value, i) => value - Number(found.data[i])));
      expect(off).toBeLessThanOrEqual(tolerances[backend.name] * largest(wanted));
    }
    await session.close();
  });
});

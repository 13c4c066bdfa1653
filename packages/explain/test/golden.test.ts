import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { infer, type Tensor, type TypedGraph } from '@kirchhoff/graph';
import { decodeOnnx } from '@kirchhoff/onnx';
import { relevance } from '@kirchhoff/relevance';
import { canonize } from '@kirchhoff/rewrite';
import { makePlan, type PlanOptions, type Seed } from '@kirchhoff/rule';
import { backends, type Backend } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import { readNpy } from '../src/npy.js';
import { book, right } from './support.js';

const folder = fileURLToPath(new URL('../../../specs/golden/cnn-small', import.meta.url));
const npy = (name: string): Tensor => right(readNpy(readFileSync(`${folder}/${name}.npy`), name));

const { low, high } = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')) as { low: number; high: number };

const load = (): TypedGraph => {
  const place = 'model.onnx';
  const { graph, store } = right(decodeOnnx(readFileSync(`${folder}/${place}`), { place }));
  const inputs = graph.inputs.map((input) => ({ ...input, range: { low, high } }));
  return right(canonize(right(infer({ ...graph, inputs }, store)))).typed;
};

interface Golden extends PlanOptions {
  readonly composite: string;
  readonly seed?: Seed;
}

const stabilizer = 1e-6;
const onWeighted = (name: string, parameters: Readonly<Record<string, number>> = { stabilizer }): Golden => ({
  composite: 'standard',
  rule: { name, parameters },
});

/** Each file of the golden set, and how its numbers are asked for here (conventions.md names the settings). */
const goldens: Readonly<Record<string, Golden>> = {
  epsilon: onWeighted('epsilon', { epsilon: 1e-6 }),
  'epsilon-0.25': onWeighted('epsilon', { epsilon: 0.25 }),
  'epsilon-seed-logit': { ...onWeighted('epsilon', { epsilon: 1e-6 }), seed: 'value' },
  'z-plus': onWeighted('z-plus'),
  'alpha2-beta1': onWeighted('alpha-beta', { alpha: 2, stabilizer }),
  'alpha1-beta0': onWeighted('alpha-beta', { alpha: 1, stabilizer }),
  flat: onWeighted('flat'),
  'composite-epsilon-plus': { composite: 'epsilon-plus', set: { stabilizer } },
  'composite-epsilon-plus-flat': { composite: 'epsilon-plus-flat', set: { stabilizer } },
  'composite-epsilon-alpha2-beta1': { composite: 'epsilon-alpha2-beta1', set: { stabilizer } },
  'generalized-gamma-0.25': onWeighted('generalized-gamma', { gamma: 0.25, stabilizer }),
  'w-square': onWeighted('w-square', { include_bias: 1, stabilizer }),
  'excitation-backprop': onWeighted('excitation', { include_bias: 1, stabilizer }),
  'composite-epsilon-alpha2-beta1-flat': { composite: 'epsilon-alpha2-beta1-flat', set: { stabilizer } },
  'composite-epsilon-gamma-box': { composite: 'epsilon-gamma-box', set: { gamma: 0.25, stabilizer } },
  gradient: { composite: 'gradient' },
  'guided-backprop': { composite: 'guided-backprop' },
  deconvnet: { composite: 'deconvnet' },
};

const tolerances: { readonly [Name in Backend['name']]: number } = { reference: 1e-6, ort: 1e-4 };

const largest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((most, v) => Math.max(most, Math.abs(v)), 0);

describe.each(Object.values(backends))('goldens of cnn-small on $name', (backend) => {
  const typed = load();
  const image = npy('input');

  test.each(Object.entries(goldens))('%s', async (name, { composite, seed = 'one', ...options }) => {
    const plan = right(makePlan(typed, book.composites.get(composite)!, book, options));
    const { graph, relevance: maps } = right(relevance(typed, plan, { target: { kind: 'argmax' }, seed }));
    const session = await backend.compile(graph, typed.store);
    const [input] = typed.graph.inputs;
    const outputs = await session.run({ [input!.name]: image });
    await session.close();
    const found = outputs[maps[input!.name]!]!;
    const expected = npy(`relevance-${name}`);
    expect(found.shape).toEqual(expected.shape);
    const wanted = expected.data as Float64Array;
    const off = largest(Array.from(wanted, (value, i) => value - Number(found.data[i])));
    expect(off).toBeLessThanOrEqual(tolerances[backend.name] * largest(wanted));
  });
});

import { opNames, toNumbers, type Tensor } from '@kirchhoff/graph';
import { ort, reference, type Backend } from '@kirchhoff/runtime';
import { describe, expect, it } from 'vitest';
import { ortOn } from '../src/ort/backend.js';
import { loadEngine } from '../src/ort/load.js';
import type { Case } from './cases/build.js';
import { cases } from './cases/table.js';

/** Largest difference of two tensors, relative to the largest element of the first (or 1). */
const distance = (a: Tensor, b: Tensor): number => {
  const [left, right] = [toNumbers(a.data), toNumbers(b.data)];
  const scale = left.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i]!)), 0) / scale;
};

/** onnxruntime as a browser runs it. */
const web = ortOn(() => loadEngine(async () => (await import('../src/ort/web.js')).openEngine));

const runOn = async (backend: Backend, { graph, inputs }: Case): Promise<Readonly<Record<string, Tensor>>> => {
  const session = await backend.compile(graph, new Map(), { threads: 1 });
  try {
    return await session.run(inputs);
  } finally {
    await session.close();
  }
};

describe.each(opNames)('%s', (op) => {
  const each = cases[op].flatMap((example) =>
    [ort, web].map((backend, i) => [example.title, i === 0 ? 'native' : 'web', backend, example] as const),
  );
  it.each(each)('%s, %s', async (_, __, backend, example) => {
    const [expected, found] = [await runOn(reference, example), await runOn(backend, example)];
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) {
      expect(found[name]!.shape).toEqual(value.shape);
      expect(found[name]!.data).toHaveLength(value.data.length);
      expect(distance(value, found[name]!)).toBeLessThan(1e-5);
    }
  });
});

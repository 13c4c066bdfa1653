import { opNames, toNumbers, type OpName, type Tensor } from '@kirchhoff/graph';
import { backends } from '@kirchhoff/runtime';
import { describe, expect, it } from 'vitest';
import type { Case } from './cases/build.js';
import { elementwiseCases } from './cases/elementwise.js';
import { recurrentCases } from './cases/recurrent.js';
import { structureCases } from './cases/structure.js';
import { movedCases } from './cases/moved.js';
import { trigonometryCases } from './cases/trigonometry.js';
import { windowCases } from './cases/window.js';

/** Cases for every operator of the language: one without a case does not compile. */
const cases: { readonly [Op in OpName]: readonly Case[] } = {
  ...elementwiseCases,
  ...windowCases,
  ...structureCases,
  ...recurrentCases,
  ...trigonometryCases,
  ...movedCases,
};

/** Largest difference of two tensors, relative to the largest element of the first (or 1). */
const distance = (a: Tensor, b: Tensor): number => {
  const [left, right] = [toNumbers(a.data), toNumbers(b.data)];
  const scale = left.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i]!)), 0) / scale;
};

const runOn = async (name: 'reference' | 'ort', { graph, inputs }: Case): Promise<Readonly<Record<string, Tensor>>> => {
  const session = await backends[name].compile(graph, new Map(), { threads: 1 });
  try {
    return await session.run(inputs);
  } finally {
    await session.close();
  }
};

describe.each(opNames)('%s', (op) => {
  it.each(cases[op].map((example) => [example.title, example] as const))('%s', async (_, example) => {
    const [expected, found] = [await runOn('reference', example), await runOn('ort', example)];
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) {
      expect(found[name]!.shape).toEqual(value.shape);
      expect(found[name]!.data).toHaveLength(value.data.length);
      expect(distance(value, found[name]!)).toBeLessThan(1e-5);
    }
  });
});

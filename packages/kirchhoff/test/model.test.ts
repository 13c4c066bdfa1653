import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourcePath } from '@kirchhoff/explain/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defineRule, KirchhoffError, openModel as openDocuments } from '../src/index.js';
import { openModel, type Drawn } from '../src/node.js';
import type { GivenComposite, GivenRule, Model } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'kirchhoff-library-'));
const sample = (name: string): string => resourcePath(`models/mnist-lenet/samples/${name}.png`);
const json = (path: string): unknown => JSON.parse(readFileSync(resourcePath(path), 'utf8'));

const sharp = defineRule({
  rule: 'sharp',
  summary: 'Shares by the square of what speaks for the total.',
  on: 'affine',
  let: { P: 'total(pos(x*w)^2)' },
  message: 'ratio(pos(x*w)^2, P) * R',
  leaks: { dead: '(P == 0) * R' },
});

/** What is thrown, as problems. */
const problemsOf = async (run: () => unknown): Promise<readonly (readonly [string, string])[]> => {
  try {
    await run();
  } catch (thrown) {
    if (thrown instanceof KirchhoffError) return thrown.problems.map(({ at, message }) => [at, message]);
    throw thrown;
  }
  return [];
};

let model: Model<Drawn>;

beforeAll(async () => {
  model = await openModel('mnist-lenet', { rules: [sharp] });
});

afterAll(async () => {
  await model.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a bundled model by its name', () => {
  it('is explained by a rule from code, and drawn', async () => {
    const { relevance, ledger, sheet, samples } = await model.explain(sample('3'), { rule: 'sharp', target: 3 });
    expect(relevance.shape).toEqual([1, 1, 28, 28]);
    expect(ledger.closure).toBeLessThan(1e-5);
    expect(ledger.addsUp).toBe(true);
    expect(samples[0]).toMatchObject({ target: 3, label: '3' });
    expect(relevance.npy().subarray(1, 6)).toEqual(new TextEncoder().encode('NUMPY'));
    for (const form of ['png', 'svg']) await sheet.save(join(folder, `three.${form}`));
    expect(readFileSync(join(folder, 'three.png')).subarray(1, 4).toString()).toBe('PNG');
    expect(readFileSync(join(folder, 'three.svg'), 'utf8')).toMatch(/^<svg/);
    expect(await problemsOf(() => sheet.save(join(folder, 'three.gif')))).toEqual([
      [join(folder, 'three.gif'), 'a sheet is saved as .png, .svg; the name must end in one of them'],
    ]);
  });

  it('takes files, numbers, tensors and batches of them, compiled once', async () => {
    const explainer = await model.explainer({ rule: 'epsilon', parameters: { epsilon: 0.25 } });
    const pixels = new Float32Array(784).fill(0.5);
    const shapes = [];
    for (const given of [
      sample('3'),
      pixels,
      [...pixels],
      { shape: [1, 28, 28], data: pixels },
      { shape: [2, 1, 28, 28], data: new Float32Array(2 * 784) },
      [sample('3'), pixels],
      { image: [pixels, pixels, pixels] },
    ])
      shapes.push((await explainer.run(given)).relevance.shape[0]);
    expect(shapes).toEqual([1, 1, 1, 1, 2, 2, 3]);
    expect(await problemsOf(() => explainer.run(new Float32Array(7)))).toEqual([
      [
        'image',
        '7 numbers do not make "image", which is [N, 1, 28, 28]; give them with their shape, as { shape, data }',
      ],
    ]);
    await explainer.close();
  });

  it('explains classes, names, contrasts, masks and weights in one run', async () => {
    const weights = { type: 'float32', shape: [10], data: new Float32Array(10).fill(0.1) } as const;
    const { views } = await model.explain(sample('3'), {
      target: [3, '7', { of: 3, against: 'rest' }, { mask: [3, 5] }, { weights, name: 'mean' }],
    });
    expect(views.map(({ asked }) => asked)).toEqual(['3', '7', '3-rest', '3+5', 'mean']);
    expect(views.every(({ ledger }) => ledger.closure < 1e-5)).toBe(true);
  });

  it('says rule, formula and cost of every node', () => {
    const { nodes, passes, composite } = model.inspect();
    expect(composite).toBe('epsilon-plus-flat');
    expect(nodes[0]).toMatchObject({ node: 'conv1', op: 'Conv', rule: 'flat' });
    expect(nodes[0]!.formula['message']).toContain('R');
    expect(passes).toBe(nodes.reduce((n, one) => n + one.passes.forward + one.passes.adjoint, 0));
  });

  it('compares methods on the same samples', async () => {
    const compared = await model.compare([sample('3'), sample('1-misread')], {
      methods: ['epsilon-plus-flat', 'random'],
    });
    expect(compared.targets).toEqual([3, 7]);
    expect(compared.methods.map(({ title, maps }) => [title, maps.length])).toEqual([
      ['epsilon-plus-flat', 2],
      ['random', 2],
    ]);
    expect(compared.methods[0]!.metrics['flipping-most-relevant']).toHaveLength(2);
    expect(compared.agreement).toHaveLength(2);
  });

  it('compares no method whose relevance goes missing, unless that is allowed', async () => {
    const leaky = defineRule({
      rule: 'leaky',
      summary: 'Keeps from its ledger what its stabiliser takes.',
      on: 'affine',
      let: { D: 'stab(total(x*w) + b, 0.1)' },
      message: 'ratio(x*w, D) * R',
      leaks: { bias: 'ratio(b, D) * R', dead: '(D == 0) * R' },
    });
    const everywhere = {
      composite: 'leaky-everywhere',
      summary: 'leaky on every sum.',
      rules: [{ match: { kind: 'affine' }, rule: 'leaky' }, { include: 'standard' }],
    };
    const open = await openModel('mnist-lenet', { rules: [leaky], composites: [everywhere] });
    const methods = ['leaky-everywhere', 'random'];
    const problems = await problemsOf(() => open.compare(sample('3'), { methods }));
    expect(problems.map(([, message]) => message).join()).toContain('does not add up');
    const allowed = await open.compare(sample('3'), { methods, allowOpenLedger: true });
    expect(allowed.methods).toHaveLength(2);
    await open.close();
  });

  it('is exported, and what is exported is opened from memory', async () => {
    const onnx = await model.export({ rule: 'epsilon', target: 3 });
    const again = await openDocuments({ onnx }, { rules: [], composites: [] });
    expect(again.inputs.map(({ name }) => name)).toEqual(['image']);
  });

  it('throws all problems at once, each with its place', async () => {
    const places = await problemsOf(() => model.explain(sample('3'), { composite: 'epsilon-plus', target: 'cat' }));
    expect(places.map(([at]) => at)).toEqual(['target']);
    const both = await problemsOf(() => model.explain(sample('3'), { composite: 'nope', target: 'cat' }));
    expect(both.map(([at]) => at)).toEqual(['composite', 'target']);
    expect(await problemsOf(() => model.explain('nope.png'))).toEqual([['nope.png', 'there is no such file']]);
    expect(
      await problemsOf(() => defineRule({ rule: 'x', summary: 'x', on: 'affine', message: 'pos(', leaks: {} })),
    ).toEqual([['/message column 5', 'cannot read the formula: Unexpected end of expression']]);
  });
});

describe('documents in memory', () => {
  const documents = {
    graph: json('models/mnist-lenet/graph.json'),
    document: json('models/mnist-lenet/model.json'),
    files: { 'weights.safetensors': readFileSync(resourcePath('models/mnist-lenet/weights.safetensors')) },
  };
  const rules = readdirSync(resourcePath('rules'))
    .filter((file) => file.endsWith('.json'))
    .map((file) => json(`rules/${file}`) as GivenRule);

  it('give the same numbers as files', async () => {
    const composites = ['epsilon-plus-flat', 'epsilon-plus', 'standard'].map(
      (name) => json(`rules/composites/${name}.json`) as GivenComposite,
    );
    const inMemory = await openDocuments(documents, {
      rules,
      composites,
    });
    const pixels = Float32Array.from({ length: 784 }, (_, i) => (i % 29) / 29);
    const [a, b] = [await inMemory.explain(pixels), await model.explain(pixels)];
    expect(a.relevance.data).toEqual(b.relevance.data);
    await inMemory.close();
    expect(await problemsOf(() => inMemory.explain(pixels))).toEqual([
      ['mnist-lenet', 'the model is closed; open it again'],
    ]);
  });

  it('name what is missing', async () => {
    const { files: _, ...without } = documents;
    expect(await problemsOf(() => openDocuments(without, { rules }))).toEqual([
      ['weights.safetensors', '"weights.safetensors" is named, and not given; add its bytes under "files"'],
    ]);
  });
});

describe('texts', () => {
  it('are explained by a model that reads them', async () => {
    const reviews = await openModel(resourcePath('models/nsmc-lstm'));
    const { texts, ledger, sheet } = await reviews.explain(['나쁘지 않다.', '좋지 않다.']);
    expect(texts!.map(({ text }) => text)).toEqual(['나쁘지 않다.', '좋지 않다.']);
    expect(texts![0]!.tokens.length).toBeGreaterThan(2);
    expect(ledger.samples).toHaveLength(2);
    await sheet.save(join(folder, 'texts.html'));
    expect(readFileSync(join(folder, 'texts.html'), 'utf8')).toContain('나쁘');
    await reviews.close();
  });
});

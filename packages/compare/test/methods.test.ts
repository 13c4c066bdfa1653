import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { printProblems } from '@kirchhoff/message';
import { decodeOnnx } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it, test } from 'vitest';
import { prepareModel, readNpy } from '@kirchhoff/explain';
import {
  cutEmbedding,
  enlarge,
  fitLocal,
  makeSubject,
  methodNames,
  methods,
  openForward,
  openMethod,
  regionSums,
  regionsOf,
  scoresOf,
  sharesOf,
  type MethodRequest,
  type Subject,
} from '../src/index.js';
import { loadModel } from '@kirchhoff/explain/node';
import { inline, tiny } from '../../explain/test/small.js';
import { far, run } from './small.js';
import { book, right } from '../../relevance/test/support.js';

const golden = fileURLToPath(new URL('../../../specs/golden/cnn-small', import.meta.url));
const modelFolder = (name: string): string => fileURLToPath(new URL(`../../../models/${name}`, import.meta.url));
const npy = (name: string): Tensor => right(readNpy(readFileSync(`${golden}/${name}.npy`), name));

const cnnSmall = (): Subject => {
  const { graph, store } = right(decodeOnnx(readFileSync(`${golden}/model.onnx`), { place: 'model.onnx' }));
  return right(makeSubject(right(prepareModel('cnn-small', graph, store)), book));
};

describe('methods on cnn-small', () => {
  test.each([
    ['gradient', 'gradient', {}],
    ['guided-backprop', 'guided-backprop', {}],
    ['deconvnet', 'deconvnet', {}],
    ['integrated-gradients', 'integrated-gradients-20', { place: 1 }],
  ])('%s is as the golden %s', async (name, file, settings) => {
    const { map } = await run(
      cnnSmall(),
      { name, settings },
      tensor('float32', npy('input').shape, toNumbers(npy('input').data)),
    );
    expect(far(toNumbers(map.data), toNumbers(npy(`relevance-${file}`).data))).toBeLessThan(1e-4);
  });

  it('excitation-backprop is as the golden, which counts positive biases, times the score', async () => {
    const x = tensor('float32', npy('input').shape, toNumbers(npy('input').data));
    const request = { name: 'excitation-backprop', settings: { include_bias: 1 } };
    const { map, ledgers } = await run(cnnSmall(), request, x);
    const size = map.data.length / ledgers.length;
    const unit = toNumbers(map.data).map((value, i) => value / ledgers[Math.floor(i / size)]!.explained);
    expect(far(unit, toNumbers(npy('relevance-excitation-backprop').data))).toBeLessThan(1e-4);
  });

  it('integrated gradients add up better the more steps they take', async () => {
    const x = tensor('float32', npy('input').shape, toNumbers(npy('input').data));
    const off = async (steps: number): Promise<number> => {
      const { ledgers } = await run(cnnSmall(), { name: 'integrated-gradients', settings: { steps } }, x);
      return Math.max(...ledgers.map((one) => Math.abs(one!.leaks['remainder']!) / Math.abs(one!.explained)));
    };
    const [few, many] = [await off(10), await off(200)];
    expect(many).toBeLessThan(few / 5);
    expect(many).toBeLessThan(0.01);
  });
});

describe('pins', () => {
  const line = tiny(
    [{ name: 'x', type: 'float32', shape: ['N', 3] }],
    [{ name: 'y', op: 'MatMul', inputs: ['x', 'w'] }],
    { w: inline([3, 2], [1, 0, -2, 0, 4, 1]) },
  );
  const x = tensor('float32', [1, 3], [3, 1, 0.5]);
  const hinge = tiny(
    [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    [
      { name: 'h', op: 'Gemm', inputs: ['x', 'w', 'b'] },
      { name: 'a', op: 'Relu', inputs: ['h'] },
      { name: 'y', op: 'MatMul', inputs: ['a', 'v'] },
    ],
    { w: inline([2, 1], [1, 1]), b: inline([1], [-1]), v: inline([1, 2], [1, -1]) },
  );

  test.each(['occlusion', 'lime', 'integrated-gradients', 'simple-taylor', 'deeplift-rescale', 'gradient-times-input'])(
    '%s of a linear model is weight × input',
    async (name) => {
      const settings = name === 'lime' ? { ridge: 0 } : {};
      const subject = right(makeSubject(line, book));
      const { map } = await run(subject, { name, settings }, x, [0]);
      expect(far(toNumbers(map.data), [3, -2, 2])).toBeLessThan(1e-5);
    },
  );

  test.each(['occlusion', 'lime', 'integrated-gradients', 'deeplift-rescale'])(
    '%s of a linear model is weight × (input − baseline)',
    async (name) => {
      const subject = right(makeSubject(line, book, 1));
      const { map } = await run(subject, { name, settings: name === 'lime' ? { ridge: 0 } : {} }, x, [0]);
      expect(far(toNumbers(map.data), [2, 0, -2])).toBeLessThan(1e-5);
    },
  );

  test.each([
    ['gradient', [1, -2, 4]],
    ['smoothgrad', [1, -2, 4]],
    ['sensitivity', [1, 4, 16]],
  ])('%s of a linear model is the weights, or their squares', async (name, expected) => {
    const { map } = await run(right(makeSubject(line, book)), { name }, x, [0]);
    expect(far(toNumbers(map.data), expected)).toBeLessThan(1e-5);
  });

  it('simple Taylor of x1 + x2 − 1 at (2, 1): the root on the segment from 0 is a third of the way, by hand', async () => {
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      [{ name: 'y', op: 'Gemm', inputs: ['x', 'w', 'b'] }],
      { w: inline([2, 1], [1, 1]), b: inline([1], [-1]) },
    );
    const at = tensor('float32', [1, 2], [2, 1]);
    const { map, ledgers } = await run(right(makeSubject(model, book)), { name: 'simple-taylor' }, at, [0]);
    expect(far(toNumbers(map.data), [4 / 3, 2 / 3])).toBeLessThan(1e-3);
    expect(Math.abs(ledgers[0]!.leaks['remainder']!)).toBeLessThan(1e-3);
  });

  it('deep Taylor of relu(x1 + 2·x2) at (1, 1): w² gives 1 : 4, the box [0, 2] 1 : 2; by hand', async () => {
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 2], range: { low: 0, high: 2 } }],
      [
        { name: 'h', op: 'Gemm', inputs: ['x', 'w'] },
        { name: 'a', op: 'Relu', inputs: ['h'] },
        { name: 'y', op: 'MatMul', inputs: ['a', 'v'] },
      ],
      { w: inline([2, 1], [1, 2]), v: inline([1, 2], [1, -1]) },
    );
    const subject = right(makeSubject(model, book));
    const at = tensor('float32', [1, 2], [1, 1]);
    const squares = await run(subject, { name: 'deep-taylor' }, at, [0]);
    expect(far(toNumbers(squares.map.data), [3 / 5, 12 / 5])).toBeLessThan(1e-4);
    const box = await run(subject, { name: 'deep-taylor-bounded' }, at, [0]);
    expect(far(toNumbers(box.map.data), [1, 2])).toBeLessThan(1e-4);
  });

  it('occlusion of a picture by squares: what falls, spread over the square, by hand', async () => {
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 1, 2, 4] }],
      [
        { name: 'flat', op: 'Flatten', inputs: ['x'] },
        { name: 'y', op: 'Gemm', inputs: ['flat', 'w'] },
      ],
      { w: inline([8, 1], [1, 0, 0, 2, 1, 0, 0, 0]) },
    );
    const at = tensor('float32', [1, 1, 2, 4], [1, 1, 1, 1, 3, 1, 1, 1]);
    const request = { name: 'occlusion', settings: { across: 2 } };
    const { map } = await run(right(makeSubject(model, book)), request, at, [0]);
    expect(far(toNumbers(map.data), [1, 1, 0.5, 0.5, 1, 1, 0.5, 0.5])).toBeLessThan(1e-6);
  });

  it('a local fit of what is not linear, by hand: the kernel weighs copies, the ridge shrinks', () => {
    const present = [
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
    ];
    const weights = [1, 2 * Math.exp(-((1 - Math.SQRT1_2) ** 2)), Math.exp(-1)] as const;
    const all = weights[0] + weights[1] + weights[2];
    const [meanOn, meanScore] = [(2 * weights[0] + weights[1]) / all, weights[0] / all];
    const covariance = 2 * weights[0] - all * meanOn * meanScore;
    const variance = 4 * weights[0] + weights[1] - all * meanOn ** 2;
    for (const ridge of [0, 0.3]) {
      const slope = covariance / (variance + 2 * ridge);
      for (const found of fitLocal(present, [1, 0, 0, 0], 1, ridge)) expect(found).toBeCloseTo(slope, 10);
    }
  });

  it('a local fit of two parts, by hand', () => {
    const present = [
      [1, 1],
      [1, 0],
      [0, 1],
      [0, 0],
    ];
    const found = fitLocal(present, [5, 3, 1, -1], 1, 0);
    expect(found[0]).toBeCloseTo(4, 10);
    expect(found[1]).toBeCloseTo(2, 10);
  });

  it('DeepLIFT of relu(x1 + x2 − 1): slope 2/3 from baseline 0', async () => {
    const { map, ledgers } = await run(
      right(makeSubject(hinge, book)),
      { name: 'deeplift-rescale' },
      tensor('float32', [1, 2], [1, 2]),
      [0],
    );
    expect(far(toNumbers(map.data), [2 / 3, 4 / 3])).toBeLessThan(1e-6);
    expect(ledgers[0]!.explained).toBeCloseTo(2, 6);
    expect(Math.abs(ledgers[0]!.leaks['remainder']!)).toBeLessThan(1e-6);
  });

  it('simple Taylor of relu(x1 + x2 − 1): the root on the way from 0 to (1, 2) is a third of it', async () => {
    const { map, ledgers } = await run(
      right(makeSubject(hinge, book)),
      { name: 'simple-taylor' },
      tensor('float32', [1, 2], [1, 2]),
      [0],
    );
    expect(far(toNumbers(map.data), [2 / 3, 4 / 3])).toBeLessThan(1e-4);
    expect(Math.abs(ledgers[0]!.leaks['remainder']!)).toBeLessThan(1e-4);
  });

  it('SmoothGrad on the edge of relu(x1 + x2 − 1) is about half the slope: half of all noise lies beyond it', async () => {
    const subject = right(makeSubject(hinge, book));
    const near = tensor('float32', [1, 2], [0.25, 0.75]);
    const smooth = async (noise: number): Promise<readonly number[]> => {
      const settings = { noise, samples: 400 };
      return [...toNumbers((await run(subject, { name: 'smoothgrad', settings }, near, [0])).map.data)];
    };
    expect(await smooth(0)).toEqual([0, 0]);
    const [first, second] = await smooth(0.5);
    expect(first).toBe(second);
    expect(first).toBeGreaterThan(0.4);
    expect(first).toBeLessThan(0.6);
  });

  it('sensitivity is the squared gradient', async () => {
    const { map } = await run(right(makeSubject(line, book)), { name: 'sensitivity' }, x, [0]);
    expect(far(toNumbers(map.data), [1, 4, 16])).toBeLessThan(1e-6);
  });

  it('Grad-CAM and CAM of a 1×1 convolution, by hand', async () => {
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 1, 2, 2] }],
      [
        { name: 'features', op: 'Conv', inputs: ['x', 'k'] },
        { name: 'pool', op: 'GlobalAveragePool', inputs: ['features'] },
        { name: 'flat', op: 'Flatten', inputs: ['pool'] },
        { name: 'y', op: 'Gemm', inputs: ['flat', 'w', 'b'] },
      ],
      { k: inline([2, 1, 1, 1], [1, -1]), w: inline([2, 2], [2, 0, 1, 0]), b: inline([2], [0.5, 0]) },
    );
    const subject = right(makeSubject(model, book));
    const picture = tensor('float32', [1, 1, 2, 2], [1, -2, 3, 4]);
    const { map } = await run(subject, { name: 'cam' }, picture, [0]);
    expect(far(toNumbers(map.data), [0.25, -0.5, 0.75, 1])).toBeLessThan(1e-6);
    const positive = await run(subject, { name: 'grad-cam' }, picture, [0]);
    expect(far(toNumbers(positive.map.data), [0.25, 0, 0.75, 1])).toBeLessThan(1e-6);
    const forward = await openForward(subject);
    const [score] = scoresOf(await forward.run(picture), [0]);
    await forward.close();
    expect(score).toBeCloseTo(0.25 - 0.5 + 0.75 + 1 + 0.5, 5);
  });

  it('DeepLIFT adds up on a residual network with batch normalisation, which has no maxima', async () => {
    const model = right(await loadModel(modelFolder('cifar-resnet')));
    const wave = Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i / 7) + Math.cos(i / 91));
    const picture = tensor('float32', [2, 3, 32, 32], wave);
    const { ledgers } = await run(right(makeSubject(model, book)), { name: 'deeplift-rescale' }, picture);
    for (const ledger of ledgers) {
      expect(Math.abs(ledger!.explained)).toBeGreaterThan(0.1);
      expect(Math.abs(ledger!.leaks['remainder']! / ledger!.explained)).toBeLessThan(1e-3);
    }
  });

  it('the share of one score that stands alone is its logistic function, of two their softmax', () => {
    expect(sharesOf(tensor('float32', [2, 1], [0, Math.log(3)]), [0, 0])[1]).toBeCloseTo(0.75, 6);
    expect(sharesOf(tensor('float32', [1, 2], [Math.log(3), 0]), [0])[0]).toBeCloseTo(0.75, 6);
  });

  it('a map is enlarged between the centres of pixels', () => {
    const out = new Float32Array(4);
    enlarge([0, 4], [1, 2], [1, 4], out);
    expect([...out]).toEqual([0, 1, 3, 4]);
  });

  it('regions of a picture hold all channels of a square', () => {
    const regions = regionsOf([2, 2, 4], 2);
    expect(regions.count).toBe(2);
    expect([
      ...regionSums(
        regions,
        Array.from({ length: 16 }, (_, i) => i),
      ),
    ]).toEqual([52, 68]);
  });

  it('sampled methods give the same numbers for the same seed, and others for another', async () => {
    const subject = right(makeSubject(line, book));
    for (const name of ['random', 'lime'] as const) {
      const settings = { seed: 3, ...(name === 'lime' && { samples: 6 }) };
      const [one, same] = [
        await run(subject, { name, settings }, x, [0]),
        await run(subject, { name, settings }, x, [0]),
      ];
      expect([...same.map.data]).toEqual([...one.map.data]);
    }
    const [first, second] = [
      await run(subject, { name: 'random', settings: { seed: 1 } }, x, [0]),
      await run(subject, { name: 'random', settings: { seed: 2 } }, x, [0]),
    ];
    expect([...first.map.data]).not.toEqual([...second.map.data]);
  });
});

describe('what does not apply is refused with the reason', async () => {
  const model = right(await loadModel(modelFolder('nsmc-lstm')));

  it('token ids as such', () => {
    const made = makeSubject(model, book);
    expect(E.isLeft(made) && printProblems(made.left)).toContain('one input of real numbers');
  });

  it('what is not the default is in the title, so that two settings of one method stay apart', async () => {
    const { model: cut } = right(cutEmbedding(model));
    const subject = right(makeSubject(cut, book));
    const titled = async (settings: MethodRequest['settings']): Promise<string> => {
      const method = right(await openMethod(subject, { name: 'lime', settings }));
      await method.close();
      return method.title;
    };
    expect(await titled({ samples: 50, seed: 1 })).toBe('lime:samples=50');
    expect(await titled({})).toBe('lime');
  });

  it('methods of pictures on texts, unknown names and parameters', async () => {
    const { model: cut } = right(cutEmbedding(model));
    const subject = right(makeSubject(cut, book));
    const said = async (request: MethodRequest): Promise<string> => {
      const opened = await openMethod(subject, request);
      if (E.isRight(opened)) await opened.right.close();
      return E.isLeft(opened) ? printProblems(opened.left) : 'opened';
    };
    expect(await said({ name: 'grad-cam', settings: {} })).toContain('needs a convolutional feature map');
    expect(await said({ name: 'deeplift-rescale', settings: {} })).toContain('no rescale rule for');
    expect(await said({ name: 'smothgrad', settings: {} })).toContain('did you mean "smoothgrad"');
    expect(await said({ name: 'lime', settings: { sample: 3 } })).toContain('has no parameter "sample"');
    expect(await said({ name: 'lime', settings: { samples: 0 } })).toContain('at least 2');
    expect(await said({ name: 'gradient', settings: {}, node: 'lstm' })).toContain('takes no node');
  });

  it('every method says what it does and, but for random, where it comes from', () => {
    for (const name of methodNames) {
      expect(methods[name].summary).toMatch(/\.$/);
      expect(methods[name].cite.length > 0).toBe(name !== 'random');
    }
  });
});

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tensor, toNumbers, type Graph, type InlineTensor, type Node, type Tensor } from '@kirchhoff/graph';
import { printProblems } from '@kirchhoff/message';
import { decodeOnnx } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it, test } from 'vitest';
import {
  cutEmbedding,
  enlarge,
  fitLocal,
  loadModel,
  makeSubject,
  methodNames,
  methods,
  openForward,
  openMethod,
  prepareModel,
  readNpy,
  regionSums,
  regionsOf,
  scoresOf,
  superpixelsOf,
  winnersOf,
  withData,
  type Attribution,
  type MethodRequest,
  type Model,
  type Subject,
} from '../src/index.js';
import { book, right } from './support.js';

const golden = fileURLToPath(new URL('../../../specs/golden/cnn-small', import.meta.url));
const modelFolder = (name: string): string => fileURLToPath(new URL(`../../../models/${name}`, import.meta.url));
const npy = (name: string): Tensor => right(readNpy(readFileSync(`${golden}/${name}.npy`), name));

const cnnSmall = (): Subject => {
  const { graph, store } = right(decodeOnnx(readFileSync(`${golden}/model.onnx`), { place: 'model.onnx' }));
  return right(makeSubject(right(prepareModel('cnn-small', graph, store)), book));
};

const run = async (
  subject: Subject,
  request: Partial<MethodRequest> & { readonly name: string },
  x: Tensor,
  targets?: readonly number[],
): Promise<Attribution> => {
  const forward = await openForward(subject);
  const chosen = targets ?? winnersOf(await forward.run(x));
  await forward.close();
  const method = right(await openMethod(subject, { settings: {}, ...request }));
  return method.run(x, chosen).finally(method.close);
};

const far = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const size = Math.max(...Array.from(b, Math.abs));
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!))) / size;
};

/** A model of inline tensors. */
const tiny = (
  inputs: Graph['inputs'],
  nodes: readonly Node[],
  tensors: Readonly<Record<string, InlineTensor>>,
): Model => {
  const graph: Graph = { name: 'tiny', inputs, nodes, outputs: [nodes.at(-1)!.name], tensors };
  const store = new Map(
    Object.entries(tensors).map(([name, { type, shape, data }]) => {
      const { data: values } = tensor(type, shape, data);
      return [name, { type, shape, read: () => values }];
    }),
  );
  return right(prepareModel('tiny', graph, store));
};

const inline = (shape: readonly number[], data: readonly number[]): InlineTensor => ({ type: 'float32', shape, data });

describe('methods on cnn-small', () => {
  test.each([
    ['gradient', 'gradient'],
    ['guided-backprop', 'guided-backprop'],
    ['deconvnet', 'deconvnet'],
    ['integrated-gradients', 'integrated-gradients-20'],
  ])('%s is as the golden %s', async (name, file) => {
    const { map } = await run(
      cnnSmall(),
      { name },
      tensor('float32', npy('input').shape, toNumbers(npy('input').data)),
    );
    expect(far(toNumbers(map.data), toNumbers(npy(`relevance-${file}`).data))).toBeLessThan(1e-4);
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

  test.each(['occlusion', 'lime', 'integrated-gradients', 'simple-taylor', 'deeplift-rescale', 'gradient-times-input'])(
    '%s of a linear model is weight × input',
    async (name) => {
      const settings = name === 'lime' ? { ridge: 0 } : {};
      const subject = right(makeSubject(line, book));
      const { map } = await run(subject, { name, settings }, x, [0]);
      expect(far(toNumbers(map.data), [3, -2, 2])).toBeLessThan(1e-5);
    },
  );

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
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      [
        { name: 'h', op: 'Gemm', inputs: ['x', 'w', 'b'] },
        { name: 'a', op: 'Relu', inputs: ['h'] },
        { name: 'y', op: 'MatMul', inputs: ['a', 'v'] },
      ],
      { w: inline([2, 1], [1, 1]), b: inline([1], [-1]), v: inline([1, 2], [1, -1]) },
    );
    const { map, ledgers } = await run(
      right(makeSubject(model, book)),
      { name: 'deeplift-rescale' },
      tensor('float32', [1, 2], [1, 2]),
      [0],
    );
    expect(far(toNumbers(map.data), [2 / 3, 4 / 3])).toBeLessThan(1e-6);
    expect(ledgers[0]!.explained).toBeCloseTo(2, 6);
    expect(Math.abs(ledgers[0]!.leaks['remainder']!)).toBeLessThan(1e-6);
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
    const model = right(loadModel(modelFolder('cifar-resnet')));
    const wave = Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i / 7) + Math.cos(i / 91));
    const picture = tensor('float32', [2, 3, 32, 32], wave);
    const { ledgers } = await run(right(makeSubject(model, book)), { name: 'deeplift-rescale' }, picture);
    for (const ledger of ledgers) {
      expect(Math.abs(ledger!.explained)).toBeGreaterThan(0.1);
      expect(Math.abs(ledger!.leaks['remainder']! / ledger!.explained)).toBeLessThan(1e-3);
    }
  });

  it('patterns: of x = s·(1, 0) + d·(1, 1) the weights (1, −1) see s, whose direction is (1, 0)', async () => {
    const data = tensor('float32', [4, 2], [2, 1, 0, -1, 0, 1, -2, -1]);
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      [{ name: 'y', op: 'Gemm', inputs: ['x', 'w'] }],
      { w: inline([2, 2], [1, 0, -1, 1]) },
    );
    const subject = { ...right(makeSubject(model, book)), data };
    const at = tensor('float32', [1, 2], [5, 2]);
    for (const name of ['patternnet', 'pattern-attribution']) {
      const { map } = await run(subject, { name }, at, [0]);
      expect(far(toNumbers(map.data), [3, 0])).toBeLessThan(1e-6);
    }
  });

  it('patterns behind a ReLU: means of x and xy where it is open, of y everywhere; by hand', async () => {
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      [
        { name: 'h', op: 'Gemm', inputs: ['x', 'w'] },
        { name: 'a', op: 'Relu', inputs: ['h'] },
        { name: 'y', op: 'Gemm', inputs: ['a', 'v'] },
      ],
      { w: inline([2, 1], [1, 0]), v: inline([1, 2], [1, 0]) },
    );
    const data = tensor('float32', [3, 2], [1, 0, 2, 2, -3, 5]);
    const subject = right(withData(right(makeSubject(model, book)), data));
    const at = tensor('float32', [1, 2], [2, 7]);
    const { map } = await run(subject, { name: 'patternnet' }, at, [0]);
    expect(far(toNumbers(map.data), [2, 2 * 0.8])).toBeLessThan(1e-6);
    const attributed = await run(subject, { name: 'pattern-attribution' }, at, [0]);
    expect(far(toNumbers(attributed.map.data), [2, 0])).toBeLessThan(1e-6);
    const two = await run(subject, { name: 'patternnet', settings: { most: 2 } }, at, [0]);
    expect(far(toNumbers(two.map.data), [2, 4])).toBeLessThan(1e-6);
  });

  it('data to learn from have the shape of the input and its values', () => {
    const subject = right(makeSubject(line, book));
    const refused = (data: Tensor): string => {
      const made = withData(subject, data);
      return E.isLeft(made) ? printProblems(made.left) : 'taken';
    };
    expect(refused(tensor('float32', [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]))).toContain('[2, 4]');
    expect(refused(tensor('float32', [3], [1, 2, 3]))).toContain('[N, 3]');
    expect(refused(tensor('float32', [0, 3], []))).toContain('[0, 3]');
    expect(refused(tensor('float32', [1, 3], [1, NaN, 3]))).toContain('NaN');
    expect(refused(tensor('float64', [1, 3], [1, 2, 3]))).toBe('taken');
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

  it('superpixels keep to an edge that no grid of theirs would have, and are about as many as asked', () => {
    const [height, width, edge] = [8, 12, 5];
    const halves = Array.from({ length: 2 * height * width }, (_, i) => (i % width < edge ? -1 : 3));
    const { of, count } = superpixelsOf(halves, [2, height, width], 4, 0.1);
    const partsWhere = (inside: (column: number) => boolean) => new Set(of.filter((_, i) => inside(i % width)));
    const [left, right] = [partsWhere((column) => column < edge), partsWhere((column) => column >= edge)];
    expect([...left].filter((part) => right.has(part))).toEqual([]);
    expect(left.size + right.size).toBe(count);
    expect(count).toBeGreaterThanOrEqual(2);
    expect(count).toBeLessThanOrEqual(6);
    expect([...of.subarray(height * width)]).toEqual([...of.subarray(0, height * width)]);
  });

  it('superpixels of a flat picture are its squares, and a speck belongs to what surrounds it', () => {
    const flat = superpixelsOf(new Float32Array(16), [1, 4, 4], 4, 0.1);
    expect([...flat.of]).toEqual([...regionsOf([1, 4, 4], 2).of]);
    const speck = new Float32Array(36).fill(1);
    speck[14] = 0;
    expect(superpixelsOf(speck, [1, 6, 6], 1, 0.1).count).toBe(1);
    expect(superpixelsOf(speck, [1, 6, 6], 4, 1e-3).count).toBeLessThanOrEqual(4);
  });

  it('LIME of a picture of two flat halves, one of which the score reads: by hand', async () => {
    const reads = Array.from({ length: 16 }, (_, i) => (i % 4 < 1 ? 0.5 : 0));
    const model = tiny(
      [{ name: 'x', type: 'float32', shape: ['N', 1, 4, 4] }],
      [
        { name: 'flat', op: 'Flatten', inputs: ['x'] },
        { name: 'y', op: 'Gemm', inputs: ['flat', 'w'] },
      ],
      {
        w: inline(
          [16, 2],
          reads.flatMap((weight) => [weight, 0]),
        ),
      },
    );
    const halves = tensor(
      'float32',
      [1, 1, 4, 4],
      Array.from({ length: 16 }, (_, i) => (i % 4 < 1 ? 3 : 1)),
    );
    const settings = { superpixels: 2, samples: 40, ridge: 0 };
    const { map } = await run(right(makeSubject(model, book)), { name: 'lime', settings }, halves, [0]);
    const expected = Array.from({ length: 16 }, (_, i) => (i % 4 < 1 ? 1.5 : 0));
    toNumbers(map.data).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
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

describe('what does not apply is refused with the reason', () => {
  const model = right(loadModel(modelFolder('nsmc-lstm')));

  it('token ids as such', () => {
    const made = makeSubject(model, book);
    expect(E.isLeft(made) && printProblems(made.left)).toContain('one input of real numbers');
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
  });

  it('every method says what it does and, but for random, where it comes from', () => {
    for (const name of methodNames) {
      expect(methods[name].summary).toMatch(/\.$/);
      expect(methods[name].cite.length > 0).toBe(name !== 'random');
    }
  });
});

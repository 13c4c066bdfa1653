import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rowOf } from '@kirchhoff/compare';
import { readNpy, writeNpy } from '@kirchhoff/explain';
import type { Tensor } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDesk, type Desk } from './terminal.js';

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => {
  desk.clear();
});

const V = { type: 'float32', shape: [2, 2], data: [1, -1, 0.5, 2] };
const W = { type: 'float32', shape: [2, 3], data: [1, -1, 0.5, 2, 1, -0.25] };
const ints = (...data: readonly number[]): object => ({ type: 'int64', shape: [data.length], data });

const model = (
  shape: readonly (string | number)[],
  nodes: readonly object[],
  tensors: Readonly<Record<string, object>>,
): void =>
  writeFileSync(
    join(desk.folder, 'm.json'),
    JSON.stringify({
      format: 'kirchhoff-graph/1',
      name: 'm',
      inputs: [{ name: 'x', type: 'float32', shape }],
      nodes,
      outputs: ['y'],
      tensors,
    }),
  );

const sample = (name: string, shape: readonly number[]): void => {
  const data = new Float32Array(shape.reduce((n, dim) => n * dim, 1)).map((_, i) =>
    Math.sin(1 + 3 * i + 7 * name.charCodeAt(0)),
  );
  writeFileSync(join(desk.folder, `${name}.npy`), writeNpy({ type: 'float32', shape, data }));
};

const read = (path: string): Tensor => {
  const found = readNpy(readFileSync(join(desk.folder, path)), path);
  if (E.isLeft(found)) throw new Error(found.left[0]?.message);
  return found.right;
};

const methods = ['epsilon-plus', 'gradient-times-input', 'deeplift-rescale', 'integrated-gradients', 'occlusion'];

const compare = (out: string, files: readonly string[], ...more: readonly string[]) =>
  desk.run(
    'compare',
    'DIR/m.json',
    ...files.flatMap((file) => ['--input', `DIR/${file}.npy`]),
    '--methods',
    methods.join(','),
    '--metrics',
    'gini,flipping-most-relevant,randomisation-independent',
    '--out',
    `DIR/${out}`,
    ...more,
  );

/** The maps of one method, sample by sample, whether they lie in one array or in one for each. */
const mapsOf = (out: string, method: string): readonly (readonly number[])[] =>
  readdirSync(join(desk.folder, out, 'm'))
    .filter((file) => file === `${method}.npy` || new RegExp(`^${method}@\\d+\\.npy$`).test(file))
    .toSorted()
    .flatMap((file) => {
      const map = read(`${out}/m/${file}`);
      return Array.from({ length: map.shape[0]! }, (_, n) => [...rowOf(map, n).data].map(Number));
    });

const likeAlone = async (files: readonly string[], ...more: readonly string[]): Promise<void> => {
  expect(await compare('all', files, ...more)).toMatchObject({ code: 0, err: '' });
  const last = files.at(-1)!;
  expect(await compare('alone', [last], ...more)).toMatchObject({ code: 0, err: '' });
  for (const method of methods) {
    const maps = mapsOf('all', method);
    expect(maps).toHaveLength(files.length);
    const [alone] = mapsOf('alone', method);
    maps.at(-1)!.forEach((value, i) => expect(value).toBeCloseTo(alone![i]!, 5));
  }
};

const patient = 120_000;

describe('samples along another axis than the first', { timeout: patient }, () => {
  const shared = [
    { name: 'h', op: 'MatMul', inputs: ['x', 'V'] },
    { name: 'r', op: 'Relu', inputs: ['h'] },
    { name: 's', op: 'ReduceSum', inputs: ['r', 'axes'], attrs: { keepdims: 0 } },
  ];
  const scores = { name: 'y', op: 'MatMul', inputs: ['s', 'W'] };

  it.each([
    ['scores [N, K]', [scores]],
    [
      'scores [K, N]',
      [
        { ...scores, name: 'z' },
        { name: 'y', op: 'Transpose', inputs: ['z'] },
      ],
    ],
    [
      'scores [1, N, K]',
      [
        { ...scores, name: 'z' },
        { name: 'y', op: 'Unsqueeze', inputs: ['z', 'axes'] },
      ],
    ],
  ])('are compared with %s as those of the same model with its samples first', async (_, last) => {
    const given = [sample('a', [3, 1, 2]), sample('b', [3, 1, 2])];
    expect(given).toHaveLength(2);
    model(['T', 'N', 2], [...shared, ...last], { V, W, axes: ints(0) });
    await likeAlone(['a', 'b'], '--batch-axis', 'x=1');
    const turned = mapsOf('all', 'epsilon-plus');
    expect(read('all/m/epsilon-plus.npy').shape).toEqual([2, 3, 2]);
    for (const name of ['a', 'b']) {
      const { data } = read(`${name}.npy`);
      writeFileSync(join(desk.folder, `${name}.npy`), writeNpy({ type: 'float32', shape: [1, 3, 2], data }));
    }
    model(['N', 'T', 2], [...shared, scores], { V, W, axes: ints(1) });
    expect((await compare('first', ['a', 'b'])).code).toBe(0);
    expect(mapsOf('first', 'epsilon-plus')).toEqual(turned);
  });

  it('says where they are not', async () => {
    sample('a', [3, 2]);
    model(
      [3, 2],
      [
        { name: 'm', op: 'Softmax', inputs: ['x'], attrs: { axis: 0 } },
        { ...scores, inputs: ['m', 'W'] },
      ],
      { W },
    );
    const { code, err } = await compare('out', ['a']);
    expect(code).toBe(1);
    expect(err).toMatchInlineSnapshot(`
      "m: methods are compared on samples that are proved to lie apart, and along no axis of "x", whose shape is [3, 2], they do (kirchhoff inspect says why); say where with --batch-axis NAME=K
      "
    `);
  });
});

describe('samples of many shapes', { timeout: patient }, () => {
  it('are compared with sizes open where that can be', async () => {
    for (const [name, length] of [
      ['a', 3],
      ['b', 5],
      ['c', 4],
    ] as const)
      sample(name, [length, 1, 2]);
    model(
      ['T', 'N', 2],
      [
        { name: 'h', op: 'MatMul', inputs: ['x', 'V'] },
        { name: 'r', op: 'Relu', inputs: ['h'] },
        { name: 's', op: 'ReduceSum', inputs: ['r', 'axes'], attrs: { keepdims: 0 } },
        { name: 'y', op: 'MatMul', inputs: ['s', 'W'] },
      ],
      { V, W, axes: ints(0) },
    );
    await likeAlone(['a', 'b', 'c']);
  });

  it('are bound sample by sample where an operator must know its sizes', async () => {
    for (const [name, length] of [
      ['a', 6],
      ['b', 9],
      ['c', 6],
      ['d', 7],
    ] as const)
      sample(name, [1, 2, length]);
    model(
      ['N', 2, 'T'],
      [
        { name: 'h', op: 'Conv', inputs: ['x', 'K'], attrs: { auto_pad: 'SAME_UPPER', strides: [2] } },
        { name: 'r', op: 'Relu', inputs: ['h'] },
        { name: 's', op: 'ReduceSum', inputs: ['r', 'axes'], attrs: { keepdims: 0 } },
        { name: 'y', op: 'MatMul', inputs: ['s', 'W'] },
      ],
      {
        W,
        axes: ints(2),
        K: { type: 'float32', shape: [2, 2, 3], data: [1, -1, 0.5, 2, 1, -0.5, 0.25, -2, 1, 0.5, 1, -1] },
      },
    );
    await likeAlone(['a', 'b', 'c', 'd']);
  });
});

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, writeNpy } from '@kirchhoff/explain';
import { rowOf } from '@kirchhoff/compare';
import type { Tensor } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDesk, root, type Desk } from './terminal.js';

let desk: Desk;

beforeEach(() => {
  desk = openDesk();
  mkdirSync(join(desk.folder, 'photos'));
});

afterEach(() => desk.clear());

const digit = (name: string, value: number): void =>
  copyFileSync(join(root, `models/mnist-lenet/samples/${value}.png`), join(desk.folder, 'photos', name));

const array = (path: string): Tensor => {
  const read = readNpy(readFileSync(join(desk.folder, path)), path);
  if (E.isLeft(read)) throw new Error(read.left[0]?.message);
  return read.right;
};

interface Line {
  readonly row: number | null;
  readonly name?: string;
  readonly file: string;
  readonly target?: number;
  readonly relevance?: number;
  readonly problem?: string;
}

const lines = (path: string): readonly Line[] =>
  readFileSync(join(desk.folder, path), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

const explain = (...more: readonly string[]) =>
  desk.run('explain', 'models/mnist-lenet', '--input', 'DIR/photos/*.png', '--out', 'DIR/out', ...more);

const inOut = (): readonly string[] => readdirSync(join(desk.folder, 'out')).toSorted();

/** Of several runs of the command, each with an engine of its own. */
const patient = 120_000;

describe('a folder of pictures', { timeout: patient }, () => {
  it('is explained batch by batch into one array and one index', async () => {
    for (let i = 1; i <= 11; i++) digit(`p${i}.png`, i % 10);
    const { code, out } = await explain('--batch-size', '4');
    expect(code).toBe(0);
    expect(out).toMatch(/^11 samples explained: /);
    expect(inOut()).toEqual(['explanation.json', 'heatmap.png', 'index.jsonl', 'output.npy', 'relevance.npy']);
    const index = lines('out/index.jsonl');
    expect(index.map(({ name, target }) => [name, target])).toEqual(
      Array.from({ length: 11 }, (_, i) => [`p${i + 1}`, (i + 1) % 10]),
    );
    const relevance = array('out/relevance.npy');
    expect(relevance.shape).toEqual([11, 1, 28, 28]);
    expect(array('out/output.npy').shape).toEqual([11, 10]);
    index.forEach((line, n) => {
      const { data } = rowOf(relevance, n);
      expect(Number((data as Float32Array).reduce((sum, value) => sum + value, 0))).toBeCloseTo(line.relevance!, 4);
    });
    const alone = await desk.run('explain', 'models/mnist-lenet', '--input', 'DIR/photos/p7.png', '--out', 'DIR/one');
    expect(alone.code).toBe(0);
    const [map, one] = [rowOf(relevance, 6).data, array('one/relevance.npy').data];
    map.forEach((value, i) => expect(Number(value)).toBeCloseTo(Number(one[i]), 5));
  });

  it('is not explained again by the same command, but is by another', async () => {
    digit('a.png', 1);
    digit('b.png', 2);
    expect((await explain()).out).toMatch(/^2 samples explained/);
    expect((await explain()).out).toMatch(/^all 2 samples were explained by an earlier run/);
    expect((await explain('--rule', 'epsilon')).out).toMatch(/^2 samples explained/);
    digit('c.png', 3);
    expect((await explain('--rule', 'epsilon')).out).toMatch(/^3 samples explained/);
  });

  it('goes on where it stopped, once the picture is mended', async () => {
    for (let i = 1; i <= 6; i++) digit(`p${i}.png`, i);
    truncateSync(join(desk.folder, 'photos/p5.png'), 60);
    const stopped = await explain('--batch-size', '2');
    expect(stopped.code).toBe(1);
    expect(stopped.err).toMatch(/^DIR\/photos\/p5\.png: /);
    expect(stopped.err).toContain('--input: 4 of 6 samples are explained and kept; mend what is wrong');
    expect(inOut()).toEqual([expect.stringMatching(/^\.kirchhoff-[\da-f-]{36}\.draft$/)]);
    const skipped = await explain('--batch-size', '2', '--skip-unreadable');
    expect(skipped.out).toMatch(/^5 samples explained/);
    expect(skipped.out).toContain('1 files could not be read; index.jsonl says why');
    expect(lines('out/index.jsonl').find(({ row }) => row === null)).toMatchObject({
      file: 'DIR/photos/p5.png'.replace('DIR', desk.folder),
    });
    expect(array('out/relevance.npy').shape[0]).toBe(5);
    expect(inOut()).toHaveLength(5);
  });

  it('whose first batch fails leaves nothing', async () => {
    writeFileSync(join(desk.folder, 'photos/a.png'), 'no picture');
    const { code, err } = await explain();
    expect(code).toBe(1);
    expect(err).toMatch(/^DIR\/photos\/a\.png: /);
    expect(existsSync(join(desk.folder, 'out'))).toBe(false);
  });

  it('may be one array', async () => {
    for (const name of ['a.png', 'b.png', 'c.png']) digit(name, name.charCodeAt(0) % 10);
    await explain('--batch-size', '2');
    const values = new Float32Array(5 * 784).map((_, i) => (i % 17) / 17);
    writeFileSync(join(desk.folder, 'many.npy'), writeNpy({ type: 'float32', shape: [5, 1, 28, 28], data: values }));
    const series = await desk.run(
      'explain',
      'models/mnist-lenet',
      '--input',
      'DIR/many.npy',
      '--batch-size',
      '2',
      '--target',
      '3,7',
      '--out',
      'DIR/many',
    );
    expect(series.code).toBe(0);
    expect(array('many/relevance.npy').shape).toEqual([5, 1, 28, 28]);
    expect(array('many/relevance-target-7.npy').shape).toEqual([5, 1, 28, 28]);
    expect(lines('many/index.jsonl').map(({ name }) => name)).toEqual([
      'many[0]',
      'many[1]',
      'many[2]',
      'many[3]',
      'many[4]',
    ]);
  });

  it.each([
    [['--input', 'DIR/photos/*.jpg'], /^DIR\/photos\/\*\.jpg: no file matches this pattern/],
    [['--input', 'DIR/photos/*', '--batch-size', '0'], /^--batch-size: "0" is no whole number above 0/],
    [['--input', 'DIR/photos/a.png', '--batch-size', '2', '--target', '12'], /^--target: /],
  ] as const)('refuses %j', async (args, said) => {
    digit('a.png', 1);
    const { code, err } = await desk.run('explain', 'models/mnist-lenet', ...args, '--out', 'DIR/out');
    expect(code).toBe(1);
    expect(err).toMatch(said);
  });
});

/** Arrays [3, 1, 2] for models whose samples lie along axis 1. */
const sequences = (count: number): readonly Float32Array[] =>
  Array.from({ length: count }, (_, n) => new Float32Array(6).map((_v, i) => Math.sin(1 + 7 * n + 3 * i)));

const timeMajor = (last: readonly object[]): string =>
  JSON.stringify({
    format: 'kirchhoff-graph/1',
    name: 'sequences',
    inputs: [{ name: 'x', type: 'float32', shape: ['T', 'N', 2] }],
    nodes: [
      { name: 'h', op: 'MatMul', inputs: ['x', 'V'] },
      { name: 'r', op: 'Relu', inputs: ['h'] },
      { name: 's', op: 'ReduceSum', inputs: ['r', 'axes'], attrs: { keepdims: 0 } },
      ...last,
    ],
    outputs: ['y'],
    tensors: {
      V: { type: 'float32', shape: [2, 2], data: [1, -1, 0.5, 2] },
      W: { type: 'float32', shape: [2, 3], data: [1, -1, 0.5, 2, 1, -0.25] },
      axes: { type: 'int64', shape: [1], data: [0] },
    },
  });

describe('samples at another axis than the first', { timeout: patient }, () => {
  it.each([
    ['with scores along the first', [{ name: 'y', op: 'MatMul', inputs: ['s', 'W'] }], [5, 3]],
    [
      'with scores along the last',
      [
        { name: 'z', op: 'MatMul', inputs: ['s', 'W'] },
        { name: 'y', op: 'Transpose', inputs: ['z'] },
      ],
      [5, 3],
    ],
    ['with a vector for each step', [{ name: 'y', op: 'Mul', inputs: ['r', 'r'] }], [5, 3, 2]],
  ])('%s: a row is what the sample alone gives', async (_, last, outputShape) => {
    writeFileSync(join(desk.folder, 'm.json'), timeMajor(last));
    const given = sequences(5);
    given.forEach((data, n) =>
      writeFileSync(join(desk.folder, `s${n}.npy`), writeNpy({ type: 'float32', shape: [3, 1, 2], data })),
    );
    const all = new Float32Array(30).map((_v, i) => given[Math.floor(i / 2) % 5]![2 * Math.floor(i / 10) + (i % 2)]!);
    writeFileSync(join(desk.folder, 'all.npy'), writeNpy({ type: 'float32', shape: [3, 5, 2], data: all }));
    const one = (file: string, out: string, ...more: readonly string[]) =>
      desk.run('explain', 'DIR/m.json', '--batch-axis', 'x=1', '--at', 'r', '--input', file, '--out', out, ...more);
    for (const [file, out] of [
      ['DIR/s*.npy', 'files'],
      ['DIR/all.npy', 'array'],
    ] as const) {
      expect(await one(file, `DIR/${out}`, '--batch-size', '2')).toMatchObject({ code: 0, err: '' });
      expect(array(`${out}/relevance.npy`).shape).toEqual([5, 3, 2]);
      expect(array(`${out}/output.npy`).shape).toEqual(outputShape);
      expect(lines(`${out}/index.jsonl`)).toHaveLength(5);
    }
    for (const n of [0, 3]) {
      expect((await one(`DIR/s${n}.npy`, `DIR/alone${n}`)).code).toBe(0);
      for (const map of ['relevance.npy', 'relevance-r.npy']) {
        const alone = array(`alone${n}/${map}`).data;
        expect([...rowOf(array(`files/${map}`), n).data]).toEqual([...alone]);
        expect([...rowOf(array(`array/${map}`), n).data]).toEqual([...alone]);
      }
    }
  });

  it('a model of one sample gives one row for each file', async () => {
    const model = timeMajor([
      { name: 'm', op: 'Softmax', inputs: ['s'], attrs: { axis: 0 } },
      { name: 'y', op: 'MatMul', inputs: ['m', 'W'] },
    ]).replace('["T","N",2]', '[3,1,2]');
    writeFileSync(join(desk.folder, 'm.json'), model);
    sequences(3).forEach((data, n) =>
      writeFileSync(join(desk.folder, `s${n}.npy`), writeNpy({ type: 'float32', shape: [3, 1, 2], data })),
    );
    const { code } = await desk.run('explain', 'DIR/m.json', '--input', 'DIR/s*.npy', '--out', 'DIR/out');
    expect(code).toBe(0);
    expect(array('out/relevance.npy').shape).toEqual([3, 3, 1, 2]);
    expect(array('out/output.npy').shape).toEqual([3, 3]);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, writeNpy, type Report } from '@kirchhoff/explain';
import { sizeOf, tensor, toNumbers } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDesk, type Desk } from './terminal.js';

const lenet = 'models/mnist-lenet';
const sample = (name: string): string => `${lenet}/samples/${name}.png`;

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => {
  desk.clear();
});

const out = (file: string): string => join(desk.folder, 'out', file);
const files = (): readonly string[] => readdirSync(join(desk.folder, 'out')).sort();

const report = (): Report => JSON.parse(readFileSync(out('explanation.json'), 'utf8')) as Report;

const array = (file: string): { readonly type: string; readonly shape: readonly number[]; readonly sum: number } => {
  const read = readNpy(readFileSync(out(file)), file);
  if (E.isLeft(read)) throw new Error(JSON.stringify(read.left));
  const { type, shape, data } = read.right;
  expect(data).toHaveLength(sizeOf(shape));
  return { type, shape, sum: toNumbers(data).reduce((sum, value) => sum + value, 0) };
};

/** Runs explain into DIR/out; it must succeed and say nothing on stderr. */
const explain = async (...args: readonly string[]): Promise<string> => {
  const { code, out: said, err } = await desk.run('explain', ...args, '--out', 'DIR/out');
  expect(err).toBe('');
  expect(code).toBe(0);
  return said;
};

describe.each([
  { backend: 'ort', closes: 1e-4 },
  { backend: 'reference', closes: 1e-9 },
])('explain on $backend', ({ backend, closes }) => {
  test('writes relevance, heatmap and a report whose ledger closes', async () => {
    const said = await explain(lenet, '--input', sample('1-misread'), '--backend', backend);
    expect(said).toContain('1-misread: 7, f = 4.3467');
    expect(said).toContain('wrote DIR/out/relevance.npy, DIR/out/heatmap.png, DIR/out/explanation.json');
    expect(files()).toEqual(['explanation.json', 'heatmap.png', 'relevance.npy']);

    const { format, model, samples, plan, passes, timings, ...rest } = report();
    expect({ format, model, backend: rest.backend }).toEqual({
      format: 'kirchhoff-explanation/1',
      model: 'mnist-lenet',
      backend,
    });
    expect(rest.composite).toBe('epsilon-plus-flat');
    expect(plan.find(({ node }) => node === 'conv1')).toMatchObject({ op: 'Conv', kind: 'weighted', rule: 'flat' });
    expect(passes.total).toBe(passes.nodes.reduce((n, { forward, adjoint }) => n + forward + adjoint, 0));
    for (const time of [timings.build, timings.compile, timings.run]) expect(time).toBeGreaterThan(0);

    const [one] = samples;
    expect(samples).toHaveLength(1);
    expect(one).toMatchObject({ target: 7, label: '7' });
    expect(one!.score).toBeCloseTo(4.3467, 4);
    const ledger = one!.ledger!;
    const leaked = Object.values(ledger.leaks).reduce((sum, leak) => sum + leak, 0);
    expect(ledger.closure).toBeLessThanOrEqual(closes);
    expect(Math.abs(ledger.seed - ledger.input - leaked)).toBeLessThanOrEqual(closes * Math.abs(ledger.seed));
    for (const { in: received, out: sent, leaks, undeclared } of ledger.nodes) {
      const own = Object.values(leaks).reduce((sum, leak) => sum + leak, 0);
      expect(received - sent - own).toBeCloseTo(undeclared, 12);
      expect(Math.abs(undeclared)).toBeLessThanOrEqual(closes * Math.abs(ledger.seed));
    }

    const map = array('relevance.npy');
    expect({ type: map.type, shape: map.shape }).toEqual({ type: 'float32', shape: [1, 1, 28, 28] });
    expect(map.sum).toBeCloseTo(one!.relevance, 4);
    const { width = 0, height = 0, format: kind } = await sharp(out('heatmap.png')).metadata();
    expect(kind).toBe('png');
    expect(Math.min(width, height)).toBeGreaterThan(200);
  });
});

describe('explain', () => {
  test('a batch, a tensor inside, and a rule with a parameter', async () => {
    const inputs = ['0', '1-misread', '9'].map(sample);
    await explain(lenet, '--input', ...inputs, '--at', 'pool1', '--rule', 'epsilon:epsilon=0.25');
    expect(files()).toEqual(['explanation.json', 'heatmap.png', 'relevance-pool1.npy', 'relevance.npy']);
    expect(array('relevance.npy').shape).toEqual([3, 1, 28, 28]);
    expect(array('relevance-pool1.npy').shape).toEqual([3, 12, 14, 14]);
    const { samples, plan, composite } = report();
    expect(samples.map(({ label }) => label)).toEqual(['0', '7', '9']);
    expect(composite).toBe('epsilon, else epsilon-plus-flat');
    const weighted = plan.filter(({ kind }) => kind === 'weighted');
    expect(weighted.map(({ rule, parameters }) => [rule, parameters])).toEqual(
      weighted.map(() => ['epsilon', { epsilon: 0.25 }]),
    );
    for (const { ledger } of samples) expect(ledger!.closure).toBeLessThanOrEqual(1e-4);
  });

  test('an ONNX file, fed an array as it is, with bounds per channel', async () => {
    const golden = 'specs/golden/cnn-small';
    const bounds = '--range=-9;-9;-9,9;9;8';
    await explain(`${golden}/model.onnx`, '--input', `${golden}/input.npy`, '--composite', 'epsilon-gamma-box', bounds);
    const { samples } = report();
    expect(array('relevance.npy').shape[0]).toBe(samples.length);
    expect(samples.map(({ target }) => target)).toEqual([3, 3, 3, 3]);
    for (const { ledger } of samples) expect(ledger!.closure).toBeLessThanOrEqual(1e-4);
  });

  test('several targets, and a unit as seed', async () => {
    await explain(lenet, '--input', sample('1-misread'), '--target', '7,1,7-1', '--seed', 'one');
    expect(files()).toContain('relevance-target-7-1.npy');
    const { samples, further, seed } = report();
    expect(seed).toBe('one');
    expect(samples[0]!.ledger!.seed).toBeCloseTo(1, 6);
    expect(further.map(({ asked }) => asked)).toEqual(['1', '7-1']);
  });

  test('--json prints explanation.json and nothing else', async () => {
    const said = await explain(lenet, '--input', sample('3'), '--json');
    expect(JSON.parse(said)).toEqual(report());
  });

  test('gradients keep no ledger', async () => {
    const said = await explain(lenet, '--input', sample('3'), '--composite', 'gradient');
    expect(said).toContain('no ledger: gradients');
    expect(report().samples[0]!.ledger).toBeNull();
  });
});

const weights = { type: 'float32', shape: [2, 2], data: [1, -1, 2, 0.5] };
const graph = (inputs: readonly unknown[], nodes: readonly unknown[], tensors: object = { W: weights }): string =>
  JSON.stringify({ format: 'kirchhoff-graph/1', name: 'tiny', inputs, nodes, outputs: ['y'], tensors });
const npy = (type: 'float32' | 'float64', shape: readonly number[], values: readonly number[]) => ({
  base64: Buffer.from(writeNpy(tensor(type, shape, values))).toString('base64'),
});
const dense = { name: 'y', op: 'Gemm', inputs: ['x', 'W'] };
const pair = npy('float32', [2, 2], [1, 2, 3, -4]);

describe('explain a graph of one’s own', () => {
  const put = (entries: Parameters<typeof openDesk>[0]): void => {
    desk.clear();
    desk = openDesk(entries);
  };

  test('with two inputs: a map of each', async () => {
    const inputs = ['x', 'z'].map((name) => ({ name, type: 'float32', shape: ['N', 2] }));
    const nodes = [
      { ...dense, name: 'h' },
      { name: 'y', op: 'Add', inputs: ['h', 'z'] },
    ];
    put({ 'graph.json': graph(inputs, nodes), 'x.npy': pair, 'z.npy': pair });
    await explain('DIR/graph.json', '--input', 'DIR/x.npy', '--input', 'z=DIR/z.npy');
    expect(files()).toEqual(['explanation.json', 'heatmap.png', 'relevance-z.npy', 'relevance.npy']);
    const { samples } = report();
    const arrived = array('relevance.npy').sum + array('relevance-z.npy').sum;
    expect(arrived).toBeCloseTo(
      samples.reduce((sum, { relevance }) => sum + relevance, 0),
      5,
    );
  });

  test('under names that exporters give (x:0, a/b, 0), of which one holds nothing', async () => {
    const dense = {
      format: 'kirchhoff-graph/1',
      name: 'named',
      inputs: [
        { name: 'x:0', type: 'float32', shape: ['N', 2] },
        { name: 'a/b', type: 'float32', shape: ['N', 'P', 2] },
        { name: '0', type: 'float32', shape: ['N', 2] },
      ],
      nodes: [
        { name: 'past', op: 'ReduceSum', inputs: ['a/b', 'axes'], attrs: { keepdims: 0 } },
        { name: 'y', op: 'Sum', inputs: ['x:0', 'past', '0'] },
      ],
      outputs: ['y'],
      tensors: { axes: { type: 'int64', shape: [1], data: [1] } },
    };
    const of = (shape: readonly number[], data: readonly number[]) => ({
      base64: Buffer.from(writeNpy(tensor('float32', shape, data))).toString('base64'),
    });
    desk.clear();
    desk = openDesk({
      'graph.json': JSON.stringify(dense),
      'x=1.npy': of([1, 2], [1, 2]),
      'none.npy': of([1, 0, 2], []),
    });
    const named = ['--input', 'x:0=DIR/x=1.npy', '--input', 'a/b=DIR/none.npy', '--input', '0=DIR/x=1.npy'];
    await explain('DIR/graph.json', ...named, '--composite', 'epsilon-plus');
    expect(report().samples[0]!.score).toBe(4);
    const without = ['--input', 'x:0=DIR/nowhere.npy', ...named.slice(2)];
    const missing = await desk.run('explain', 'DIR/graph.json', ...without, '--out', 'DIR/no');
    expect(missing.err).toBe('DIR/nowhere.npy: there is no such file\n');
  });

  test('without a batch axis', async () => {
    const inputs = [{ name: 'x', type: 'float32', shape: [2] }];
    put({ 'graph.json': graph(inputs, [{ ...dense, op: 'MatMul' }]), 'x.npy': npy('float64', [2], [1, 2]) });
    await explain('DIR/graph.json', '--input', 'DIR/x.npy');
    expect(array('relevance.npy').shape).toEqual([2]);
    expect(report().samples).toHaveLength(1);
  });

  test('whose batch is its second axis', async () => {
    const inputs = [{ name: 'x', type: 'float32', shape: ['T', 'N', 2] }];
    const axes = { type: 'int64', shape: [1], data: [0] };
    const nodes = [
      { name: 's', op: 'ReduceSum', inputs: ['x', 'axes'], attrs: { keepdims: 0 } },
      { ...dense, inputs: ['s', 'W'] },
    ];
    const first = npy('float32', [3, 1, 2], [1, 2, 3, 4, 5, 6]);
    const second = npy('float32', [3, 1, 2], [-1, 2, 3, -4, 5, 6]);
    put({ 'graph.json': graph(inputs, nodes, { W: weights, axes }), 'a.npy': first, 'b.npy': second });
    await explain('DIR/graph.json', '--input', 'DIR/a.npy', 'DIR/b.npy');
    expect(array('relevance.npy').shape).toEqual([3, 2, 2]);
    const { samples } = report();
    expect(samples.map(({ score }) => score)).toEqual([33, 15]);
    for (const { ledger } of samples) expect(ledger!.closure).toBeLessThanOrEqual(1e-4);
  });

  test('with a rule of one’s own that does not separate: message by message on the reference backend', async () => {
    const rule = {
      rule: 'mine',
      summary: 'Contributions, squashed.',
      on: 'affine',
      message: 'ratio(tanh(x*w), total(tanh(x*w))) * R',
      leaks: { dead: '(total(tanh(x*w)) == 0) * R' },
    };
    const inputs = [{ name: 'x', type: 'float32', shape: ['N', 2] }];
    put({ 'graph.json': graph(inputs, [dense]), 'x.npy': pair, 'rules/mine.json': JSON.stringify(rule) });
    const own = ['--rules', 'DIR/rules', '--rule', 'mine', '--backend', 'reference'];
    await explain('DIR/graph.json', '--input', 'DIR/x.npy', ...own);
    for (const { ledger } of report().samples) expect(ledger!.closure).toBeLessThanOrEqual(1e-9);
  });
});

import { readNpy, writeNpy } from '@kirchhoff/explain';
import { tensor, toNumbers } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDesk, root, type Desk } from './terminal.js';

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => {
  desk.clear();
});

const file = (path: string): string => join(desk.folder, 'out', path);
const shapes = ['compare', 'models/shapes-cnn', '--limit', '2', '--out', 'DIR/out'];

interface Results {
  readonly command: string;
  readonly models: readonly {
    readonly model: string;
    readonly methods: readonly {
      readonly name: string;
      readonly metrics: Readonly<Record<string, { readonly value: { readonly count: number } | null }>>;
    }[];
    readonly skipped: readonly { readonly method: string; readonly reason: string }[];
  }[];
}

describe('compare', () => {
  it('writes a page that needs nothing else, results.json and every map', async () => {
    const methods = 'epsilon-plus-flat,gradient,random';
    const metrics = 'flipping-most-relevant,mass-accuracy,gini';
    const { code, err } = await desk.run(...shapes, '--methods', methods, '--metrics', metrics);
    expect(err).toBe('');
    expect(code).toBe(0);
    const page = readFileSync(file('compare.html'), 'utf8');
    expect(page).not.toMatch(/(?:src|href)="(?!data:|#)/);
    expect(page).not.toContain('<script');
    expect(page.match(/<img class="shared"/g)).toHaveLength(6);
    expect(page).toContain('mass accuracy');
    expect(page).toContain(`--methods ${methods}`);
    const { models } = JSON.parse(readFileSync(file('results.json'), 'utf8')) as Results;
    expect(models[0]!.methods.map(({ name }) => name)).toEqual(methods.split(','));
    for (const { metrics: found } of models[0]!.methods) expect(found['gini']!.value!.count).toBe(2);
    for (const name of methods.split(',')) expect(existsSync(file(`shapes-cnn/${name}.npy`))).toBe(true);
  });

  it('takes up what an earlier run finished, and does again what was broken off', async () => {
    const once = [...shapes, '--methods', 'gradient,random', '--metrics', 'gini'];
    expect((await desk.run(...once)).code).toBe(0);
    const written = (name: string): number => statSync(file(`shapes-cnn/${name}.json`)).mtimeMs;
    const before = written('gradient');
    writeFileSync(file('shapes-cnn/random.json'), '{ "key": ');
    const broken = written('random');
    expect((await desk.run(...once)).code).toBe(0);
    expect(written('gradient')).toBe(before);
    expect(written('random')).not.toBe(broken);
    expect((await desk.run(...once.slice(0, -1), 'entropy')).code).toBe(0);
    expect(written('gradient')).not.toBe(before);
  });

  it('killed half-way, leaves what is finished whole, and goes on from there', async () => {
    const methods = ['--methods', 'gradient,smoothgrad:samples=80,random', '--metrics', 'gini'];
    const child = spawn(process.execPath, [
      join(root, 'packages/cli/dist/main.js'),
      ...shapes.map((arg) => arg.replace('DIR', desk.folder).replace('models/', `${root}models/`)),
      ...methods,
    ]);
    const ended = new Promise<NodeJS.Signals | null>((done) => child.on('exit', (_, signal) => done(signal)));
    while (child.exitCode === null && !existsSync(file('shapes-cnn/gradient.json')))
      await new Promise((done) => setTimeout(done, 5));
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(existsSync(file('results.json'))).toBe(false);
    expect(existsSync(file('shapes-cnn/smoothgrad_samples_80.json'))).toBe(false);
    const map = readNpy(readFileSync(file('shapes-cnn/gradient.npy')), 'gradient.npy');
    expect(E.isRight(map) && map.right.shape).toEqual([2, 3, 64, 64]);
    const before = statSync(file('shapes-cnn/gradient.json')).mtimeMs;
    expect((await desk.run(...shapes, ...methods)).code).toBe(0);
    expect(statSync(file('shapes-cnn/gradient.json')).mtimeMs).toBe(before);
    const [model] = (JSON.parse(readFileSync(file('results.json'), 'utf8')) as Results).models;
    expect(model!.methods.map(({ name }) => name)).toEqual(['gradient', 'smoothgrad:samples=80', 'random']);
  });

  it('a method that fails half-way costs none that is finished', async () => {
    const once = [...shapes, '--methods', 'gradient,random', '--metrics', 'gini'];
    mkdirSync(file('shapes-cnn/random.json'), { recursive: true });
    const { code, err } = await desk.run(...once);
    expect(code).toBe(1);
    expect(err).toContain('shapes-cnn/random.json');
    const before = statSync(file('shapes-cnn/gradient.json')).mtimeMs;
    rmdirSync(file('shapes-cnn/random.json'));
    expect((await desk.run(...once)).code).toBe(0);
    expect(statSync(file('shapes-cnn/gradient.json')).mtimeMs).toBe(before);
  });

  it('a map that is infinite is told with its model and method, and costs none that is finished', async () => {
    const graph = {
      format: 'kirchhoff-graph/1',
      name: 'steep',
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      nodes: [
        { name: 'h', op: 'Mul', inputs: ['x', 'k'] },
        { name: 'y', op: 'Mul', inputs: ['h', 'k'] },
      ],
      outputs: ['y'],
      tensors: { k: { type: 'float32', shape: [], data: [1e30] } },
    };
    writeFileSync(join(desk.folder, 'graph.json'), JSON.stringify(graph));
    writeFileSync(join(desk.folder, 'x.npy'), writeNpy(tensor('float32', [1, 2], [0, 0])));
    const asked = ['--input', 'DIR/x.npy', '--methods', 'random,gradient', '--metrics', 'gini', '--out', 'DIR/out'];
    const { code, err } = await desk.run('compare', 'DIR/graph.json', ...asked);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^steep gradient: .*; what was finished before is kept in DIR\/out\/steep, and the next run takes it up\n$/,
    );
    expect(existsSync(file('steep/random.json'))).toBe(true);
    expect(existsSync(file('steep/gradient.json'))).toBe(false);
  });

  it('gives texts to the models that read texts, and files and masks to the others', async () => {
    const corner = new Float32Array(64 * 64);
    corner[0] = 1;
    writeFileSync(join(desk.folder, 'mask.npy'), writeNpy(tensor('float32', [1, 64, 64], corner)));
    const picture = Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => Math.sin(i / 7) / 2);
    writeFileSync(join(desk.folder, 'x.npy'), writeNpy(tensor('float32', [1, 3, 64, 64], picture)));
    const given = ['--text', '좋지 않다.', '--input', 'DIR/x.npy', '--mask', 'DIR/mask.npy'];
    const asked = ['--methods', 'random', '--metrics', 'mass-accuracy', '--out', 'DIR/out', '--json'];
    const { code, out, err } = await desk.run('compare', 'models/shapes-cnn', 'models/nsmc-lstm', ...given, ...asked);
    expect([err, code]).toEqual(['', 0]);
    const { models } = JSON.parse(out) as Results;
    const counts = models.map(({ methods }) => methods[0]!.metrics['mass-accuracy']?.value?.count ?? 0);
    expect(counts).toEqual([1, 0]);
  });

  it('masks given take the place of those that the model brings, as many as there are pictures', async () => {
    const write = (count: number): void =>
      writeFileSync(
        join(desk.folder, 'mask.npy'),
        writeNpy(tensor('float32', [count, 64, 64], new Float32Array(count * 64 * 64).fill(1))),
      );
    const asked = [...shapes, '--mask', 'DIR/mask.npy', '--methods', 'random', '--metrics', 'mass-accuracy', '--json'];
    write(2);
    const { code, out } = await desk.run(...asked);
    expect(code).toBe(0);
    const [model] = (JSON.parse(out) as Results).models;
    expect(model!.methods[0]!.metrics['mass-accuracy']!.value).toMatchObject({ count: 2, mean: 1 });
    write(1);
    expect((await desk.run(...asked)).err).toContain('the masks are [1, 64, 64] and the pictures [96, 64, 64]');
  });

  it('learns patterns from --data: says so in the command line, and learns anew from other data', async () => {
    const graph = {
      format: 'kirchhoff-graph/1',
      name: 'tiny',
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      nodes: [{ name: 'y', op: 'Gemm', inputs: ['x', 'W'] }],
      outputs: ['y'],
      tensors: { W: { type: 'float32', shape: [2, 2], data: [1, 0, -1, 1] } },
    };
    const place = (name: string, shape: readonly number[], data: readonly number[]): void =>
      writeFileSync(join(desk.folder, name), writeNpy(tensor('float32', shape, data)));
    writeFileSync(join(desk.folder, 'graph.json'), JSON.stringify(graph));
    place('x.npy', [1, 2], [5, 2]);
    place('data.npy', [4, 2], [2, 1, 0, -1, 0, 1, -2, -1]);
    place('other.npy', [3, 2], [1, 0, 2, 0.5, 3, 1]);
    const asked = ['compare', 'DIR/graph.json', '--input', 'DIR/x.npy', '--methods', 'patternnet,gradient'];
    const learn = async (data: string): Promise<readonly number[]> => {
      const { code, out } = await desk.run(...asked, '--metrics', 'gini', '--data', data, '--out', 'DIR/out', '--json');
      expect(code).toBe(0);
      expect((JSON.parse(out) as Results).command).toContain(`--data ${data}`);
      const map = readNpy(readFileSync(file('tiny/patternnet.npy')), 'patternnet.npy');
      return E.isRight(map) ? [...toNumbers(map.right.data)] : [];
    };
    const [first = NaN, second = NaN] = await learn('DIR/data.npy');
    expect(first).toBeCloseTo(3, 5);
    expect(second).toBeCloseTo(0, 5);
    const written = (name: string): number => statSync(file(`tiny/${name}.json`)).mtimeMs;
    const [patterns, gradient] = [written('patternnet'), written('gradient')];
    const [other = NaN] = await learn('DIR/other.npy');
    expect(other).toBeCloseTo(6, 5);
    expect(written('patternnet')).not.toBe(patterns);
    expect(written('gradient')).toBe(gradient);
  });

  it('does again what rests on a rule whose formula changed, and nothing else', async () => {
    const rules = join(desk.folder, 'rules');
    mkdirSync(join(rules, 'composites'), { recursive: true });
    const write = (message: string): void =>
      writeFileSync(
        join(rules, 'mine.json'),
        JSON.stringify({ rule: 'mine', summary: 'Mine.', cite: [], on: 'affine', message, leaks: {} }),
      );
    const rows = [{ match: { kind: 'affine' }, rule: 'mine' }, { include: 'standard' }];
    writeFileSync(
      join(rules, 'composites/all-mine.json'),
      JSON.stringify({ composite: 'all-mine', summary: 'Mine everywhere.', cite: [], rules: rows }),
    );
    const asked = [
      '--methods',
      'all-mine,gradient',
      '--metrics',
      'gini',
      '--rules',
      'DIR/rules',
      '--allow-open-ledger',
    ];
    write('ratio(x*w, total(x*w)) * R');
    expect((await desk.run(...shapes, ...asked)).err).toBe('');
    const written = (name: string): number => statSync(file(`shapes-cnn/${name}.json`)).mtimeMs;
    const [mine, gradient] = [written('all-mine'), written('gradient')];
    write('ratio(x*w, total(x*w)) * R / 2');
    expect((await desk.run(...shapes, ...asked)).err).toBe('');
    expect(written('all-mine')).not.toBe(mine);
    expect(written('gradient')).toBe(gradient);
  });

  it('compares methods on texts, and leaves out what does not apply where asked to', async () => {
    const texts = ['--text', '나쁘지 않다.', '--text', '좋지 않다.'];
    const asked = ['--methods', 'lstm-signal-take-all,grad-cam,occlusion', '--metrics', 'gini', '--skip-inapplicable'];
    const where = ['--baseline', '0.1', '--out', 'DIR/out', '--json'];
    const { code, out, err } = await desk.run('compare', 'models/nsmc-lstm', ...texts, ...asked, ...where);
    expect(err).toBe('');
    expect(code).toBe(0);
    const { command, models } = JSON.parse(out) as Results;
    expect(command).toContain('--baseline 0.1 ');
    const [model] = models;
    expect(model!.methods.map(({ name }) => name)).toEqual(['lstm-signal-take-all', 'occlusion']);
    expect(model!.skipped[0]).toMatchObject({ method: 'grad-cam' });
    expect(model!.skipped[0]!.reason).toContain('feature map');
    expect(readFileSync(file('compare.html'), 'utf8')).toContain('Left out');
  });

  it.each([
    [
      ['--methods', 'grad-cam,gradient', 'models/nsmc-lstm'],
      ['feature map', '--skip-inapplicable'],
    ],
    [
      ['--methods', 'gradiant', 'models/nsmc-lstm'],
      ['--methods', 'did you mean "gradient"'],
    ],
    [
      ['--metrics', 'ginni', 'models/nsmc-lstm'],
      ['--metrics', 'did you mean "gini"'],
    ],
    [['--methods', 'lime:samples', 'models/nsmc-lstm'], ['lime:samples=500']],
    [['--methods', 'lime:sample=5', 'models/nsmc-lstm'], ['has no parameter "sample"']],
    [['--methods', 'guided-backprop', 'models/nsmc-lstm'], ['no Relu']],
    [
      ['--limit', '0', 'models/nsmc-lstm'],
      ['--limit', 'no whole number'],
    ],
    [
      ['--methods', 'grad-cam@head', 'models/shapes-cnn'],
      ['"head" is none', 'relu5'],
    ],
    [
      ['--baseline', 'grey', 'models/shapes-cnn'],
      ['--baseline', 'no number'],
    ],
    [['--text', '좋다', 'models/shapes-cnn'], ['shapes-cnn reads pictures']],
    [
      ['--methods', 'grad-cam@relu55', '--skip-inapplicable', 'models/shapes-cnn'],
      ['--methods', 'did you mean "relu5"'],
    ],
    [
      ['--methods', 'gradient,lime:sample=5', '--skip-inapplicable', 'models/shapes-cnn'],
      ['has no parameter "sample"'],
    ],
    [
      ['--methods', 'gradient@conv1', 'models/shapes-cnn'],
      ['takes no node', 'grad-cam, cam'],
    ],
  ])('%j is refused before anything runs', async (args, said) => {
    const { code, err } = await desk.run('compare', ...args, '--out', 'DIR/out');
    expect(code).toBe(1);
    for (const part of said) expect(err).toContain(part);
    expect(existsSync(file(''))).toBe(false);
  });
});

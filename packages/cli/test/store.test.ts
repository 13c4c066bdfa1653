import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeNpy } from '@kirchhoff/explain';
import { acquireLock, openRulebook } from '@kirchhoff/explain/node';
import { tensor } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libraryVersion, rulesKey } from '@kirchhoff/explain/node';
import { openDesk, root, type Desk } from './terminal.js';

let desk: Desk;
beforeEach(() => {
  desk = openDesk();
});
afterEach(() => desk.clear());

const inDesk = (path: string): string => join(desk.folder, path);
const main = join(root, 'packages/cli/dist/main.js');
/** Of several runs of the command, each with an engine of its own. */
const patient = 240_000;

describe('a lock', () => {
  const lockIn = (folder: string): string =>
    join(
      folder,
      readdirSync(folder).find((name) => name.endsWith('.lock'))!,
    );
  const owner = (): Record<string, unknown> =>
    JSON.parse(readFileSync(lockIn(desk.folder), 'utf8')) as Record<string, unknown>;
  const change = (to: Record<string, unknown>): void =>
    writeFileSync(lockIn(desk.folder), JSON.stringify({ ...owner(), ...to }));

  it('is held by one run, which the other names', () => {
    const first = acquireLock(desk.folder);
    expect(acquireLock(desk.folder)).toMatchObject({
      left: [{ message: expect.stringContaining(`another run writes here (process ${process.pid} on `) as string }],
    });
    if (E.isRight(first)) first.right.release();
    expect(readdirSync(desk.folder)).toEqual([]);
  });

  it.each<readonly [what: string, to: Record<string, unknown>, taken: boolean]>([
    ['a process that is gone', { pid: 2 ** 22 + 1 }, true],
    ['a process whose number another has now', { start: '1' }, true],
    ['a run of the machine before it was started anew', { boot: 'before' }, true],
    ['a process on another machine', { host: 'elsewhere', pid: 2 ** 22 + 1 }, false],
    ['a process behind another wall', { space: 'pid:[1]', pid: 2 ** 22 + 1 }, false],
  ])('of %s is taken over or not', (_, to, taken) => {
    acquireLock(desk.folder);
    change(to);
    expect(acquireLock(desk.folder)._tag).toBe(taken ? 'Right' : 'Left');
    expect(readdirSync(desk.folder)).toHaveLength(1);
  });

  it('that was killed before it had a name is taken over', () => {
    writeFileSync(inDesk('.kirchhoff-1.lock'), '');
    expect(acquireLock(desk.folder)._tag).toBe('Right');
    expect(readdirSync(desk.folder)).toEqual(['.kirchhoff-2.lock']);
  });
});

describe('a key', () => {
  const write = (path: string, document: object): void => {
    mkdirSync(inDesk('rules/composites'), { recursive: true });
    writeFileSync(inDesk(path), JSON.stringify(document));
  };
  const rule = {
    rule: 'mine',
    summary: 'Mine.',
    cite: [],
    on: 'affine',
    message: 'ratio(x*w, total(x*w)) * R',
    leaks: {},
  };
  const inner = { composite: 'inner', summary: 'Inner.', cite: [], rules: [{ match: { name: 'a*' }, rule: 'mine' }] };
  const outer = { composite: 'outer', summary: 'Outer.', cite: [], rules: [{ include: 'inner' }] };
  const key = (): string => {
    const book = openRulebook([inDesk('rules')]);
    if (E.isLeft(book)) throw new Error(book.left[0]?.message);
    return rulesKey(book.right, book.right.composites.get('outer'), []);
  };

  it.each<readonly [what: string, edit: () => void, other: boolean]>([
    [
      'a pattern of an included composite',
      () => write('rules/composites/inner.json', { ...inner, rules: [{ match: { name: 'b*' }, rule: 'mine' }] }),
      true,
    ],
    [
      'an included composite’s rule',
      () => write('rules/composites/inner.json', { ...inner, rules: [{ match: { name: 'a*' }, rule: 'epsilon' }] }),
      true,
    ],
    ['a rule', () => write('rules/mine.json', { ...rule, message: 'ratio(x*w, total(x*w)) * R / 2' }), true],
    ['a rule that nothing names', () => write('rules/other.json', { ...rule, rule: 'other' }), false],
    ['nothing', () => undefined, false],
  ])('is another one where %s changed, if it is of any matter', (_, edit, other) => {
    write('rules/mine.json', rule);
    write('rules/composites/inner.json', inner);
    write('rules/composites/outer.json', outer);
    const before = key();
    edit();
    expect(key() !== before).toBe(other);
  });
});

describe('the version of the library', () => {
  it.each<readonly [what: string, file: string, other: boolean]>([
    ['what it stands on', 'pnpm-lock.yaml', true],
    ['a part of the program', 'packages/rule/dist/deep/plan.js', true],
    ['a part that was not there', 'packages/rule/dist/more.js', true],
    ['a type', 'packages/rule/dist/deep/plan.d.ts', false],
    ['a source that is not built', 'packages/rule/src/plan.ts', false],
  ])('is another one where %s changed, if it is run', (_, file, other) => {
    const place = (path: string, text: string): void => {
      mkdirSync(dirname(inDesk(path)), { recursive: true });
      writeFileSync(inDesk(path), text);
    };
    for (const path of ['pnpm-lock.yaml', 'packages/rule/dist/deep/plan.js', 'packages/rule/dist/deep/plan.d.ts'])
      place(path, 'before');
    mkdirSync(inDesk('packages/docs'));
    const before = libraryVersion(desk.folder);
    place(file, 'after');
    expect(libraryVersion(desk.folder) !== before).toBe(other);
  });
});

describe('a series', { timeout: patient }, () => {
  beforeEach(() => {
    mkdirSync(inDesk('photos'));
    for (let i = 0; i < 6; i++)
      copyFileSync(join(root, `models/mnist-lenet/samples/${i}.png`), inDesk(`photos/${i}.png`));
  });
  const args = [
    'explain',
    'models/mnist-lenet',
    '--input',
    'DIR/photos/*.png',
    '--batch-size',
    '1',
    '--out',
    'DIR/out',
  ];
  const command = (): readonly string[] =>
    args.map((arg) => arg.replace('DIR', desk.folder).replace('models/', `${root}models/`));
  const bytes = (file: string): Buffer => readFileSync(inDesk(`out/${file}`));

  it('that may write no more says so, and is whole once it may', async () => {
    const limited = spawnSync('sh', ['-c', 'ulimit -f 24; exec "$@"', 'sh', process.execPath, main, ...command()], {
      encoding: 'utf8',
    });
    expect(limited.stderr).toContain('the file would be larger than is allowed here; raise the limit (ulimit -f)');
    expect(limited.status).toBe(1);
    const { code, out } = await desk.run(...args);
    expect(code).toBe(0);
    expect(out).toMatch(/^6 samples explained, [1-5] of them by an earlier run/);
    expect((await desk.run(...args.slice(0, -1), 'DIR/again')).code).toBe(0);
    for (const file of ['relevance.npy', 'output.npy', 'index.jsonl', 'heatmap.png'])
      expect(bytes(file)).toEqual(readFileSync(inDesk(`again/${file}`)));
  });

  it('that is told to stop finishes its batch, says how to go on, and lets go of the folder', async () => {
    const child = spawn(process.execPath, [main, ...command()]);
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    const ended = new Promise<number | null>((done) => child.on('exit', done));
    const drafted = (): boolean =>
      (readdirSync(desk.folder).includes('out') ? readdirSync(inDesk('out')) : []).some((name) =>
        name.endsWith('.draft'),
      );
    while (child.exitCode === null && !drafted()) await new Promise((done) => setTimeout(done, 2));
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
    expect(said).toMatch(
      /^\S+\/out: stopped by SIGTERM: \d of 6 samples are explained and kept; give the same command again to go on\n$/,
    );
    expect(readdirSync(inDesk('out')).filter((name) => name.endsWith('.lock'))).toEqual([]);
    expect((await desk.run(...args)).out).toMatch(/^6 samples explained/);
  });

  it('whose files were cut or deleted afterwards makes them again, and draws its picture again', async () => {
    expect((await desk.run(...args)).code).toBe(0);
    const [whole, picture] = [bytes('relevance.npy'), bytes('heatmap.png')];
    truncateSync(inDesk('out/relevance.npy'), 2000);
    expect((await desk.run(...args)).out).toMatch(
      /^relevance\.npy was gone or not as written, and is made again\n6 samples/,
    );
    expect(bytes('relevance.npy')).toEqual(whole);
    rmSync(inDesk('out/heatmap.png'));
    expect((await desk.run(...args)).out).toMatch(/^all 6 samples were explained by an earlier run/);
    expect(bytes('heatmap.png')).toEqual(picture);
  });

  it('is made anew where the weights in a folder below changed', async () => {
    const place = (weight: number): void => {
      mkdirSync(inDesk('model/deep'), { recursive: true });
      const header = JSON.stringify({ W: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] } });
      const size = Buffer.alloc(8);
      size.writeBigUInt64LE(BigInt(header.length));
      writeFileSync(
        inDesk('model/deep/w.safetensors'),
        Buffer.concat([size, Buffer.from(header), Buffer.from(Float32Array.of(weight, 1).buffer)]),
      );
    };
    const graph = {
      format: 'kirchhoff-graph/1',
      name: 'deep',
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      nodes: [{ name: 'y', op: 'Gemm', inputs: ['x', 'W'] }],
      outputs: ['y'],
      tensors: { W: { file: 'deep/w.safetensors' } },
    };
    place(2);
    writeFileSync(inDesk('model/graph.json'), JSON.stringify(graph));
    writeFileSync(inDesk('x.npy'), writeNpy(tensor('float32', [2, 2], [1, 1, 2, 3])));
    const run = () =>
      desk.run(
        'explain',
        'DIR/model/graph.json',
        '--input',
        'DIR/x.npy',
        '--rule',
        'epsilon',
        '--batch-size',
        '1',
        '--out',
        'DIR/out',
      );
    expect((await run()).out).toMatch(/^2 samples explained/);
    expect((await run()).out).toMatch(/^all 2 samples were explained/);
    place(5);
    expect((await run()).out).toMatch(/^2 samples explained/);
  });
});

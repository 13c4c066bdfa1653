import { openFitting, writeNpy } from '@kirchhoff/explain';
import { tensor } from '@kirchhoff/graph';
import { option, printProblems, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type * as Fs from 'node:fs';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { methodList } from '@kirchhoff/compare';
import { compareModels } from '@kirchhoff/compare/node';
import {
  explainSeries,
  openRequest,
  openRulebook,
  type Asked,
  type EngineSetup,
  type Request,
} from '@kirchhoff/explain/node';
import { contents } from './contents.js';
import type * as Disk from './disk.js';
import { openDesk, type Desk } from './terminal.js';

const disk = vi.hoisted(() => ({ left: Infinity, how: 'killed' as 'killed' | 'full', part: 0, calls: 0 }));

vi.mock('node:fs', async (original) => {
  const { failingDisk } = await vi.importActual<typeof Disk>('./disk.js');
  return failingDisk(await original<typeof Fs>(), disk);
});
vi.mock('../../explain/src/files/series/engine.js', () => ({
  openEngine: async ({ request, options }: EngineSetup) => {
    const asked = await openRequest(request);
    if (E.isLeft(asked)) return asked;
    const { model, composite, book, plan } = asked.right;
    return openFitting(model, composite, book, { ...plan, ...options });
  },
}));

const graph = {
  format: 'kirchhoff-graph/1',
  name: 'tiny',
  inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
  nodes: [{ name: 'y', op: 'Gemm', inputs: ['x', 'W'] }],
  outputs: ['y'],
  tensors: { W: { type: 'float32', shape: [2, 2], data: [1, 0.5, -1, 1] } },
};
let desk: Desk;
let request: Request;
let asked: Asked;

const right = <A>(read: E.Either<readonly { readonly at: string; readonly message: string }[], A>): A => {
  if (E.isLeft(read)) throw new Error(printProblems(read.left));
  return read.right;
};

const inDesk = (path: string): string => join(desk.folder, path);

beforeEach(async () => {
  Object.assign(disk, { left: Infinity, how: 'killed', part: 0, calls: 0 });
  desk = openDesk();
  writeFileSync(inDesk('graph.json'), JSON.stringify(graph));
  writeFileSync(inDesk('x.npy'), writeNpy(tensor('float32', [5, 2], [5, 2, 1, 1, 0, 3, -1, 4, 2, 2])));
  request = {
    path: inDesk('graph.json'),
    load: { files: [{ name: undefined, file: inDesk('x.npy') }] },
    rules: [],
    plan: { rule: { name: 'epsilon', parameters: {} } },
  };
  asked = right(await openRequest(request));
});
afterEach(() => {
  disk.left = Infinity;
  desk.clear();
});

const series = (out: string) =>
  explainSeries({
    asked,
    request,
    options: { backend: 'reference' },
    batchSize: 2,
    skip: false,
    out: inDesk(out),
    allowOpen: true,
    draw: () => Promise.resolve(Buffer.from('picture')),
    progress: () => undefined,
    spell: (text) => text,
    listen: () => ({ signal: new AbortController().signal, release: () => undefined }),
  });

const compare = (out: string) => {
  const book = right(openRulebook());
  return compareModels({
    paths: [inDesk('graph.json')],
    book,
    files: [{ name: undefined, file: inDesk('x.npy') }],
    methods: right(methodList('random,occlusion', book)),
    metrics: ['gini'],
    limit: 3,
    out: inDesk(out),
    allowOpen: true,
    command: 'compare',
    page: inDesk(`${out}/compare.html`),
  });
};

/** Locks of a run that was killed belong to a process that is gone. */
const bury = (folder: string): void => {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.lock'))) {
    const text = readFileSync(join(folder, name), 'utf8');
    writeFileSync(join(folder, name), text.replace(/"start":"[^"]*"/, '"start":"gone"'));
  }
};

const isHidden = (file: string): boolean => file.split('/').some((name) => name.startsWith('.'));

describe.each([
  ['a small series', series],
  ['a small comparison', compare],
] as const)('%s', (_, run: (out: string) => Promise<Result<unknown>>) => {
  it('killed at any of its writes shows nothing but whole files, and is then made to the same bytes', async () => {
    right(await run('whole'));
    const calls = disk.calls;
    const whole = contents(inDesk('whole'));
    expect(calls).toBeGreaterThan(10);
    for (let k = 0; k < calls; k++) {
      const out = 'killed';
      Object.assign(disk, { left: k, how: 'killed', part: 7 });
      await run(out).catch(() => undefined);
      disk.left = Infinity;
      mkdirSync(inDesk(out), { recursive: true });
      const seen = Object.entries(contents(inDesk(out))).filter(([file]) => !isHidden(file));
      expect([k, seen.filter(([file, content]) => content !== whole[file])]).toEqual([k, []]);
      bury(inDesk(out));
      right(await run(out));
      expect([k, contents(inDesk(out))]).toEqual([k, whole]);
      rmSync(inDesk(out), { recursive: true });
    }
  }, 300_000);

  it('on a disk that is full at any of its writes says so, and is made to the same bytes once there is room', async () => {
    disk.how = 'full';
    right(await run('whole'));
    const calls = disk.calls;
    const whole = contents(inDesk('whole'));
    for (let k = 0; k < calls; k++) {
      Object.assign(disk, { left: k, how: 'full', part: 7 });
      const stopped = await run('full');
      disk.left = Infinity;
      expect([k, E.isLeft(stopped) && stopped.left[0]!.message]).toEqual([
        k,
        expect.stringContaining(`the disk is full; make room, or choose another place with ${option('out')}`),
      ]);
      right(await run('full'));
      expect([k, contents(inDesk('full'))]).toEqual([k, whole]);
      rmSync(inDesk('full'), { recursive: true });
    }
  }, 300_000);
});

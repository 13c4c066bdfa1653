import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contents } from './contents.js';
import { below } from './readers/mutate.js';
import { root } from './terminal.js';

/** How often each command is killed; more by hand: `KILLS=50 npx vitest run packages/cli/test/processes.test.ts`. */
const kills = Number(process.env['KILLS'] ?? 2);
const patient = 120_000 + kills * 30_000;

const model = join(root, 'models/mnist-lenet');
let desk: string;
const at = (...path: readonly string[]): string => join(desk, ...path);

beforeEach(() => {
  desk = mkdtempSync(join(tmpdir(), 'kirchhoff-run-'));
  mkdirSync(at('photos'));
  for (let i = 0; i < 8; i++) copyFileSync(join(model, `samples/${i}.png`), at(`photos/${i}.png`));
});
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(desk, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

const start = (args: readonly string[], out: string): Run => {
  const child = spawn(process.execPath, [join(root, 'packages/cli/dist/main.js'), ...args, '--out', out], {
    cwd: desk,
  });
  children.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (said += part.toString()));
  return { child, said: () => said, ended: new Promise((done) => child.on('close', done)) };
};

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

const namesBelow = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
};

/** Waits until a run has made a file below its folder, or has ended. */
const until = async ({ child }: Run, out: string, made: (name: string) => boolean): Promise<void> => {
  while (child.exitCode === null && !namesBelow(out).some(made)) await pause(2);
};

const isLock = (name: string): boolean => name.endsWith('.lock');
const series = ['explain', model, '--input', 'photos/*.png', '--batch-size', '1'];
const comparison = ['compare', model, '--limit', '4', '--methods', 'epsilon-plus,gradient,random,epsilon-plus-flat'];

describe.each([
  [
    'a series',
    series,
    (name: string) => name.endsWith('.draft'),
    /stopped by SIGTERM: \d of 8 samples are explained and kept; give the same command again to go on\n$/,
  ],
  [
    'a comparison',
    comparison,
    (name: string) => name.endsWith('/epsilon-plus.json'),
    /: stopped by SIGTERM; what was finished before is kept in out\/mnist-lenet, and the next run takes it up\n$/,
  ],
] as const)('%s', { timeout: patient }, (_, args, isPart, stopped) => {
  const whole = async (): Promise<Readonly<Record<string, string>>> => {
    const run = start(args, 'out');
    expect([await run.ended, run.said()]).toEqual([0, expect.any(String)]);
    const made = contents(at('out'));
    rmSync(at('out'), { recursive: true });
    return made;
  };

  it('that is told to stop says how to go on, lets go of the folder, and is then made to the same bytes', async () => {
    const wanted = await whole();
    const run = start(args, 'out');
    await until(run, at('out'), isPart);
    run.child.kill('SIGTERM');
    expect([await run.ended, run.said()]).toEqual([1, expect.stringMatching(stopped)]);
    expect(namesBelow(at('out')).filter(isLock)).toEqual([]);
    expect(await start(args, 'out').ended).toBe(0);
    expect(contents(at('out'))).toEqual(wanted);
  });

  it('keeps another out of its folder, by name, and is not disturbed', async () => {
    const wanted = await whole();
    const first = start(args, 'out');
    await until(first, at('out'), isLock);
    first.child.kill('SIGSTOP');
    const second = start(args, 'out');
    expect(await second.ended).toBe(1);
    first.child.kill('SIGCONT');
    expect(second.said()).toMatch(
      new RegExp(`^out: another run writes here \\(process ${first.child.pid} on [^\\n]*\\n$`),
    );
    expect(await first.ended).toBe(0);
    expect(contents(at('out'))).toEqual(wanted);
  });

  it('started twice at once is made by one of the two', async () => {
    const wanted = await whole();
    const both = [start(args, 'out'), start(args, 'out')];
    const codes = await Promise.all(both.map(({ ended }) => ended));
    expect(codes.toSorted()).toEqual([0, 1]);
    expect(both[codes.indexOf(1)]!.said()).toContain('another run writes here (process ');
    expect(contents(at('out'))).toEqual(wanted);
  });

  it(`killed at ${kills} moments of its work is then made to the same bytes`, async () => {
    const wanted = await whole();
    const measured = start(args, 'out');
    await until(measured, at('out'), isLock);
    const began = performance.now();
    await measured.ended;
    const lasts = performance.now() - began;
    const next = below(kills);
    const counts = { killed: 0, 'with a part kept': 0, 'with final names': 0, 'at its end': 0 };
    for (let k = 0; k < kills; k++) {
      rmSync(at('out'), { recursive: true });
      const run = start(args, 'out');
      await until(run, at('out'), isLock);
      await pause((next(1000) / 1000) * lasts);
      run.child.kill('SIGKILL');
      const code = await run.ended;
      const left = namesBelow(at('out'));
      if (code === null) counts.killed++;
      else counts['at its end']++;
      if (left.some(isPart)) counts['with a part kept']++;
      if (left.some((name) => /^(?:explanation|results)\.json$/.test(name))) counts['with final names']++;
      const again = start(args, 'out');
      expect([k, await again.ended, again.said()]).toEqual([k, 0, expect.any(String)]);
      expect([k, contents(at('out'))]).toEqual([k, wanted]);
    }
    if (kills > 10) console.log(JSON.stringify(counts));
    expect(counts.killed + counts['at its end']).toBe(kills);
  });
});

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { strace } from '../../../tests/tools.mjs';
import { root } from './terminal.js';

let desk: string;
const at = (...path: readonly string[]): string => join(desk, ...path);

beforeEach(() => {
  desk = mkdtempSync(join(tmpdir(), 'kirchhoff-start-'));
  for (const folder of ['home', 'tmp', 'photos']) mkdirSync(at(folder));
});
afterEach(() => {
  rmSync(desk, { recursive: true, force: true });
});

/** A user's own environment, in folders that hold nothing yet: without CI, in which onnxruntime keeps still by itself. */
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: at('home'),
  XDG_CACHE_HOME: at('home', '.cache'),
  TMPDIR: at('tmp'),
});

const main = join(root, 'packages/cli/dist/main.js');
const digit = join(root, 'models/mnist-lenet/samples/3.png');

/** Lines of system calls that ask for a host, know the machine, or write anywhere but into `out`. */
const strangers = (trace: string, out: string): readonly string[] =>
  trace.split('\n').filter((line) => {
    const [, path = ''] = /"([^"]*)"/.exec(line) ?? [];
    if (/\b(?:connect|sendto)\(/.test(line)) return /AF_INET/.test(line);
    if (/\b(?:machine-id|resolv\.conf|nsswitch\.conf)$/.test(path)) return true;
    const writes = /O_CREAT|O_WRONLY|O_RDWR|\bmkdir/.test(line);
    return writes && !path.startsWith(out) && !path.startsWith('/dev/') && !path.startsWith('/proc/');
  });

test.each([
  ['one picture', [digit], []],
  ['a series, whose engine has a thread of its own', [digit, digit, digit], ['--batch-size', '2']],
])(
  '%s: no host is looked up, nothing is written outside of --out',
  (_, pictures, more) => {
    const out = at('out');
    const inputs = pictures.flatMap((picture) => ['--input', picture]);
    const command = [
      process.execPath,
      main,
      'explain',
      join(root, 'models/mnist-lenet'),
      ...inputs,
      ...more,
      '--out',
      out,
    ];
    const { status, stderr } = spawnSync(
      strace()!,
      [
        '-f',
        '-qq',
        '-s',
        '400',
        '-e',
        'trace=open,openat,creat,mkdir,mkdirat,connect,sendto',
        '-o',
        at('trace'),
        ...command,
      ],
      { env: environment(), encoding: 'utf8' },
    );
    expect(stderr).not.toContain('Error');
    expect(status).toBe(0);
    const trace = readFileSync(at('trace'), 'utf8');
    expect(trace).toContain('libonnxruntime.so');
    expect(trace).toContain(`"${out}/`);
    expect(readdirSync(out)).toContain('relevance.npy');
    expect(strangers(trace, out)).toEqual([]);
    expect([...readdirSync(at('home')), ...readdirSync(at('tmp'))]).toEqual([]);
  },
  120_000,
);

test('a command line of 600 files, more than once fitted on one', () => {
  const files = Array.from({ length: 600 }, (_, n) => at('photos', `digit-number-${String(n).padStart(5, '0')}.png`));
  for (const file of files) copyFileSync(digit, file);
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      main,
      'explain',
      join(root, 'models/mnist-lenet'),
      ...files.flatMap((file) => ['--input', file]),
      '--batch-size',
      '200',
      '--no-ledger',
      '--out',
      at('out'),
    ],
    { env: environment(), encoding: 'utf8' },
  );
  expect(status).toBe(0);
  expect(stdout).toContain('600 samples');
}, 120_000);

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDesk, root, type FileSpec } from './terminal.js';

interface Spec {
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, FileSpec>>;
  readonly stderr: string;
  readonly stdoutEmpty: boolean;
}

const folder = join(root, 'specs/invalid/cli');
const specs = readdirSync(folder).map((file): readonly [string, Spec] => [
  file,
  JSON.parse(readFileSync(join(folder, file), 'utf8')) as Spec,
]);

/** Every path below a folder. */
const below = (path: string): readonly string[] => readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();

describe('bad input is told in one clear message, and nothing is written', () => {
  test.each(specs)('%s', async (_, { args, files, stderr, stdoutEmpty }) => {
    const desk = openDesk(files);
    try {
      const before = below(desk.folder);
      const { code, out, err } = await desk.run(...args);
      expect(err).toBe(stderr);
      expect(code).toBe(1);
      expect(out === '').toBe(stdoutEmpty);
      expect(new Set(err.split('\n')).size).toBe(err.split('\n').length);
      expect(below(desk.folder)).toEqual(before);
    } finally {
      desk.clear();
    }
  });
});

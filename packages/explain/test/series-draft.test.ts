import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNpy } from '../src/index.js';
import { openDraft, recoverDrafts, type Draft } from '../src/node.js';

describe('a draft', () => {
  let home: string;
  let folder: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'kirchhoff-'));
    folder = join(home, 'draft');
    mkdirSync(folder);
  });
  afterEach(() => rmSync(home, { recursive: true }));
  const array = (file: string): Tensor => {
    const read = readNpy(readFileSync(join(folder, file)), file);
    if (E.isLeft(read)) throw new Error(read.left[0]?.message);
    return read.right;
  };
  const rows = (value: number, count = 2): Tensor => ({
    type: 'float32',
    shape: [count, 3],
    data: new Float32Array(count * 3).fill(value),
  });
  const opened = (key: string): Draft => {
    const draft = openDraft(folder, key, 4);
    if (E.isLeft(draft)) throw new Error(draft.left[0]?.message);
    return draft.right;
  };
  const append = (draft: Draft, value: number): void => {
    expect(draft.append({ arrays: [['a.npy', rows(value)]], lines: [{ value }] })._tag).toBe('Right');
  };
  const part = (file: string): string => join(folder, readdirSync(folder)[0]!, file);
  const left = (...values: readonly number[]): void => {
    const draft = opened('key');
    for (const value of values) append(draft, value);
    draft.close();
  };

  it('that was left is gone on with, without the line that was cut off', () => {
    left(1, 2);
    truncateSync(part('journal'), readFileSync(part('journal')).length - 5);
    const draft = opened('key');
    expect([draft.batches(), draft.rows()]).toEqual([1, 2]);
    append(draft, 3);
    expect(draft.finish(() => [['b.txt', 'b']])).toEqual(E.right(['a.npy', 'index.jsonl', 'b.txt']));
    draft.close();
    expect([...array('a.npy').data]).toEqual([1, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3]);
    expect(readFileSync(join(folder, 'index.jsonl'), 'utf8')).toBe('{"value":1}\n{"value":3}\n');
    expect(readdirSync(folder).toSorted()).toEqual(['a.npy', 'b.txt', 'index.jsonl']);
  });

  const sized = (file: string, bytes: number): void => truncateSync(part(file), bytes);
  const written = (file: string, text: string): void => writeFileSync(part(file), text, { flag: 'a' });
  it.each<readonly [what: string, kept: number, hurt: () => void]>([
    ['its array is cut', 1, () => sized('a.npy', 128 + 40)],
    ['its array is cut to nothing', 0, () => sized('a.npy', 0)],
    ['its array is gone', 0, () => rmSync(part('a.npy'))],
    ['zeros stand in its array', 1, () => (sized('a.npy', 128 + 24), sized('a.npy', 128 + 48))],
    ['a link stands in place of its array', 0, () => (rmSync(part('a.npy')), symlinkSync('/etc/hosts', part('a.npy')))],
    ['a line of its journal is null', 2, () => written('journal', 'null\n')],
    ['its journal ends in letters', 2, () => written('journal', 'x'.repeat(70))],
    ['its journal is empty', 0, () => sized('journal', 0)],
    [
      'a number in its journal was changed',
      0,
      () => writeFileSync(part('journal'), readFileSync(part('journal'), 'utf8').replace('"value":1', '"value":7')),
    ],
  ])('goes on from what is as it was written where %s', (_, kept, hurt) => {
    left(1, 2);
    hurt();
    const draft = opened('key');
    expect(draft.batches()).toBe(kept);
    for (const value of [1, 2].slice(kept)) append(draft, value);
    expect(draft.finish(() => [])).toEqual(E.right(['a.npy', 'index.jsonl']));
    expect([...array('a.npy').data]).toEqual([1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    expect(readdirSync(folder).toSorted()).toEqual(['a.npy', 'index.jsonl']);
  });

  it('of another key is begun anew, and the one before stays until the new one is whole', () => {
    left(1);
    const draft = opened('other');
    expect(draft.rows()).toBe(0);
    append(draft, 2);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(draft.finish(() => [])._tag).toBe('Right');
    expect(readdirSync(folder).toSorted()).toEqual(['a.npy', 'index.jsonl']);
  });

  it('without a batch leaves nothing, and what only looks like one is left alone', () => {
    opened('key').close();
    expect(readdirSync(folder)).toEqual([]);
    const name = `.kirchhoff-${randomUUID()}.draft`;
    const elsewhere = join(home, 'elsewhere');
    mkdirSync(join(elsewhere, 'photos'), { recursive: true });
    symlinkSync(elsewhere, join(folder, name));
    expect(recoverDrafts(folder)._tag).toBe('Right');
    expect(readdirSync(folder)).toEqual([name]);
    expect(existsSync(join(elsewhere, 'photos'))).toBe(true);
  });

  it('takes rows of one shape', () => {
    const draft = opened('key');
    append(draft, 1);
    const odd = draft.append({ arrays: [['a.npy', { ...rows(1), shape: [1, 6] }]], lines: [] });
    expect(odd).toMatchObject({ left: [{ message: expect.stringContaining('samples of one shape') as string }] });
    draft.close();
  });
});

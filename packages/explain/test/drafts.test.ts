import { existsSync, mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, safetensorsParts, writeSafetensors, type StoredTensor, type Tensor } from '@kirchhoff/graph';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { draftWeights, openDrafts } from '@kirchhoff/explain/node';
import { right } from './support.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'kirchhoff-drafts-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const stored = (numbers: readonly number[]): StoredTensor => ({
  type: 'float32',
  shape: [numbers.length],
  read: () => Float32Array.from(numbers),
});

describe('drafts', () => {
  test('take their names together, and hold parts one after the other', () => {
    const drafts = openDrafts(join(home, 'new', 'folder'));
    const path = right(drafts.write('parts.bin', [Uint8Array.of(1, 2), Uint8Array.of(3)]));
    right(drafts.write('words.txt', 'one'));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(readdirSync(join(home, 'new', 'folder')).every((name) => name.endsWith('.part'))).toBe(true);
    right(drafts.publish());
    expect(readdirSync(join(home, 'new', 'folder')).toSorted()).toEqual(['parts.bin', 'words.txt']);
  });

  test('leave nothing when they are dropped, not even the folder that was made for them', () => {
    const drafts = openDrafts(join(home, 'folder'));
    right(drafts.write('a', 'a'));
    drafts.drop();
    expect(existsSync(join(home, 'folder'))).toBe(false);
    const beside = openDrafts(home);
    right(beside.write('b', 'b'));
    beside.drop();
    expect(readdirSync(home)).toEqual([]);
  });

  test('that cannot take their name are removed', () => {
    const drafts = openDrafts(home);
    right(drafts.write('a', 'a'));
    mkdirSync(join(home, 'a', 'full'), { recursive: true });
    expect(drafts.publish()).toMatchObject({ _tag: 'Left', left: [{ at: join(home, 'a') }] });
    expect(readdirSync(home)).toEqual(['a']);
  });

  test('of weights say where each tensor lies', () => {
    const tensors = new Map([
      ['w', stored([1, 2, 3])],
      ['b', stored([4])],
    ]);
    const drafts = openDrafts(home);
    const mapped = right(draftWeights(drafts, tensors));
    const [name] = readdirSync(home);
    for (const [key, { read }] of tensors) {
      const { file, read: again } = mapped.get(key)!;
      expect(again()).toEqual(read());
      const bytes = readFileSync(join(home, name!)).subarray(file!.offset, file!.offset + file!.length);
      expect([...new Float32Array(new Uint8Array(bytes).buffer)]).toEqual([...read()]);
    }
    drafts.drop();
  });

  test('parts of a safetensors file are the whole of it', () => {
    const tensors: ReadonlyMap<string, Tensor> = new Map([
      ['narrow', { type: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
      ['wide', { type: 'int64', shape: [2], data: BigInt64Array.of(5n, 6n) }],
    ]);
    const whole = writeSafetensors(tensors);
    const parts = safetensorsParts(right(openSafetensors('whole', whole)));
    expect(Buffer.concat([...parts])).toEqual(Buffer.from(whole));
  });
});

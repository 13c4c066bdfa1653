import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** How a file is when it is whole. */
export interface Whole {
  readonly bytes: number;
  /** In hexadecimal digits, as sha256sum prints it. */
  readonly sha256: string;
}

const chunk = 2 ** 22;

/** Takes bytes of an open file into a checksum. @returns whether all of them are there */
export const hashPart = (hash: ReturnType<typeof createHash>, handle: number, from: number, to: number): boolean => {
  const buffer = new Uint8Array(Math.min(chunk, to - from));
  for (let at = from; at < to;) {
    const count = readSync(handle, buffer, 0, Math.min(buffer.length, to - at), at);
    if (count === 0) return false;
    hash.update(buffer.subarray(0, count));
    at += count;
  }
  return true;
};

/** How a file of these bytes is. */
export const wholeOf = (bytes: Uint8Array): Whole => ({
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

const isWhole = (path: string, { bytes, sha256 }: Whole): boolean => {
  try {
    const status = statSync(path);
    if (!status.isFile() || status.size !== bytes) return false;
    const handle = openSync(path, 'r');
    try {
      const hash = createHash('sha256');
      return hashPart(hash, handle, 0, bytes) && hash.digest('hex') === sha256;
    } finally {
      closeSync(handle);
    }
  } catch {
    return false;
  }
};

/** Files that are gone, or not as they were when they were whole. */
export const damagedFiles = (folder: string, files: Readonly<Record<string, Whole>>): readonly string[] =>
  Object.entries(files)
    .filter(([name, whole]) => !isWhole(join(folder, name), whole))
    .map(([name]) => name);

import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { randomUUID } from 'node:crypto';
import { dirname, join, resolve } from 'node:path';
import { storeSays } from '@kirchhoff/message';
import { codeOf, namesIn } from './failure.js';

/** What one call writes at most: the system takes no more than 2 GB at once. */
const longestWrite = 2 ** 30;

/** Writes all of the bytes at a place of a file, however many calls that takes; throws where the disk takes no more. */
export const writeBytes = (handle: number, bytes: Uint8Array, place: number): void => {
  for (let at = 0; at < bytes.length;) {
    const count = writeSync(handle, bytes, at, Math.min(bytes.length - at, longestWrite), place + at);
    if (count === 0) throw Object.assign(new Error(storeSays.nothingTaken), { code: 'ENOSPC' });
    at += count;
  }
};

/** Where a system has no such flag (Windows), it makes no such links either. */
const noLinks = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;

/** A new file, for writing and reading; throws where anything stands there, a link, too. */
export const createFile = (path: string): number =>
  openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | noLinks, 0o666);

/** A file that is there, for writing and reading; throws where it is a link or no file. */
export const reopenFile = (path: string): number => {
  const handle = openSync(path, constants.O_RDWR | noLinks);
  if (fstatSync(handle).isFile()) return handle;
  closeSync(handle);
  throw Object.assign(new Error(path), { code: 'ELOOP' });
};

/** What a file holds: bytes, text, or bytes in parts that are made as they are written. */
export type Content = Uint8Array | string | Iterable<Uint8Array>;

const partsOf = (content: Content): Iterable<Uint8Array> => {
  if (typeof content === 'string') return [new TextEncoder().encode(content)];
  return content instanceof Uint8Array ? [content] : content;
};

/** Writes a new file, to the disk. */
export const writeNewFile = (path: string, content: Content): void => {
  const handle = createFile(path);
  try {
    let place = 0;
    for (const part of partsOf(content)) {
      writeBytes(handle, part, place);
      place += part.length;
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
};

/**
 * Makes a folder and those that it lies in, where they are missing. One by one: a system folder that takes none (/proc) is then
 * a failure, and no endless attempt. Throws as `mkdirSync` does, and where something else stands there.
 */
export const makeFolder = (folder: string): void => {
  const missing: string[] = [];
  for (let at = resolve(folder); lstatSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
    missing.push(at);
  for (const one of missing.reverse()) {
    try {
      mkdirSync(one);
    } catch (thrown) {
      if (statSync(one, { throwIfNoEntry: false })?.isDirectory() !== true) throw thrown;
    }
  }
  if (!statSync(folder).isDirectory()) throw Object.assign(new Error(folder), { code: 'ENOTDIR' });
};

/** Removes a folder if there is nothing in it. */
export const removeEmptyFolder = (folder: string): void => {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
};

const draftName = /^\.kirchhoff-(\d+)-[\da-f-]{36}\.part$/;

/** The name of a file while it is written: nobody can guess it, and it tells whose it is. */
export const draftFile = (folder: string): string => join(folder, `.kirchhoff-${process.pid}-${randomUUID()}.part`);

/** Whether a process of this machine runs. */
export const runs = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM';
  }
};

/** Removes files, as far as they can be removed. */
export const removeFiles = (paths: readonly string[]): void => {
  for (const path of paths) {
    try {
      rmSync(path, { force: true, recursive: true });
    } catch {
      continue;
    }
  }
};

/** Removes what writers that are gone left half-written. @param all what others left, too, where no other may write here */
export const sweep = (folder: string, all = false): void =>
  removeFiles(
    namesIn(folder).flatMap((name) => {
      const pid = draftName.exec(name)?.[1];
      return pid !== undefined && (all || !runs(Number(pid))) ? [join(folder, name)] : [];
    }),
  );

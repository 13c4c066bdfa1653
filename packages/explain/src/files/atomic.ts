import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { fileSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describeWriteFailure } from './failure.js';

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/**
 * Makes a folder and those that it lies in, where they are missing. One by one: a system folder that takes none (/proc) is then
 * a failure, and no endless attempt. Throws as `mkdirSync` does.
 */
const makeFolder = (folder: string): void => {
  const missing: string[] = [];
  for (let at = resolve(folder); lstatSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
    missing.push(at);
  for (const one of missing.reverse()) {
    try {
      mkdirSync(one);
    } catch (thrown) {
      if (!isFolder(one)) throw thrown;
    }
  }
};

const writeFailure = (path: string, thrown: unknown): E.Either<readonly Problem[], never> =>
  E.left([problem(path, describeWriteFailure(path, thrown))]);

/** What one call writes at most: the system takes no more than 2 GB at once. */
const longestWrite = 2 ** 30;

const writeWhole = (path: string, content: Uint8Array | string): void => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const file = openSync(path, 'w');
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, Math.min(bytes.length - at, longestWrite));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/**
 * Writes files of one folder so that whoever looks sees the old ones or the new ones, never a part: all are written beside
 * and only then renamed. Missing folders are made. Nothing is left behind where writing fails.
 * @param files content by name
 */
export const writeAllAtomically = (
  folder: string,
  files: readonly (readonly [name: string, content: Uint8Array | string])[],
): E.Either<readonly Problem[], void> => {
  const inTheWay = files.map(([name]) => join(folder, name)).filter(isFolder);
  if (inTheWay.length > 0) return E.left(inTheWay.map((path) => problem(path, fileSays.notWritableOver())));
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) return E.left([problem(folder, fileSays.fileInTheWay())]);
  } catch (thrown) {
    return writeFailure(folder, thrown);
  }
  const id = randomUUID();
  const draft = (name: string): string => join(folder, `.${name}.${id}`);
  let at = folder;
  try {
    for (const [name, content] of files) {
      at = join(folder, name);
      writeWhole(draft(name), content);
    }
    for (const [name] of files) {
      at = join(folder, name);
      renameSync(draft(name), at);
    }
    return E.right(undefined);
  } catch (thrown) {
    for (const [name] of files) rmSync(draft(name), { force: true });
    return writeFailure(at, thrown);
  }
};

/** Writes one file as `writeAllAtomically` does. */
export const writeAtomically = (path: string, content: Uint8Array | string): E.Either<readonly Problem[], void> =>
  writeAllAtomically(dirname(path), [[basename(path), content]]);

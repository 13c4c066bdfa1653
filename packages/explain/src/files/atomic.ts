import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { explainSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describeFailure } from './file.js';

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/** Folders are made where they are missing, so what is in the way is a file. */
const describeWriteFailure = (path: string, thrown: unknown): string => {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'ENOTDIR' || code === 'EEXIST' ? explainSays.fileInTheWay() : describeFailure(path, thrown);
};

/**
 * Writes a file so that whoever looks sees the old one or the new one, never a part: it is written beside and renamed.
 * Missing folders are made. Nothing is left behind where writing fails.
 */
export const writeAtomically = (path: string, content: Uint8Array | string): E.Either<readonly Problem[], void> => {
  if (isFolder(path)) return E.left([problem(path, explainSays.notWritableOver())]);
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.${randomUUID()}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(draft, content, { flush: true });
    renameSync(draft, path);
    return E.right(undefined);
  } catch (thrown) {
    if (isFolder(folder)) rmSync(draft, { force: true });
    return E.left([problem(path, describeWriteFailure(path, thrown))]);
  }
};

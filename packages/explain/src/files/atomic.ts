import { renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describeWriteFailure } from './failure.js';
import { draftFile, makeFolder, removeFiles, sweep, writeNewFile } from './writing.js';

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/** Names at which a folder stands, so that no file can take them. */
export const foldersInTheWay = (folder: string, names: readonly string[]): readonly Problem[] =>
  names
    .map((name) => join(folder, name))
    .filter(isFolder)
    .map((path) => problem(path, fileSays.notWritableOver()));

/**
 * Writes files of one folder so that whoever looks sees the old ones or the new ones, never a part: all are written beside
 * and only then renamed. Missing folders are made. Nothing is left behind where writing fails; what a writer left that was
 * killed is removed by the next.
 * @param files content by name
 */
export const writeAllAtomically = (
  folder: string,
  files: readonly (readonly [name: string, content: Uint8Array | string])[],
): E.Either<readonly Problem[], void> => {
  const inTheWay = foldersInTheWay(
    folder,
    files.map(([name]) => name),
  );
  if (inTheWay.length > 0) return E.left(inTheWay);
  const drafts: string[] = [];
  let at = folder;
  try {
    makeFolder(folder);
    sweep(folder);
    for (const [name, content] of files) {
      at = join(folder, name);
      const draft = draftFile(folder);
      drafts.push(draft);
      writeNewFile(draft, content);
    }
    for (const [i, [name]] of files.entries()) {
      at = join(folder, name);
      renameSync(drafts[i]!, at);
    }
    return E.right(undefined);
  } catch (thrown) {
    removeFiles(drafts);
    return E.left([problem(at, describeWriteFailure(at, thrown))]);
  }
};

/** Writes one file as `writeAllAtomically` does. */
export const writeAtomically = (path: string, content: Uint8Array | string): E.Either<readonly Problem[], void> =>
  writeAllAtomically(dirname(path), [[basename(path), content]]);

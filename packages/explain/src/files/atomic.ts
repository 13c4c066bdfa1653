import { renameSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileSays, problem, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describeWriteFailure } from './failure.js';
import { draftFile, makeFolder, removeEmptyFolder, removeFiles, sweep, writeNewFile, type Content } from './writing.js';

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

/** Files of one folder that are written beside their names, which they take together. */
export interface Drafts {
  /** Writes one, and gives the path that it has until it is named. */
  readonly write: (name: string, content: Content) => Result<string>;
  /** Gives all of them their names. */
  readonly publish: () => Result<void>;
  /** Removes what has no name yet. */
  readonly drop: () => void;
}

/** Begins to write files of a folder, which is made where it is missing. Where something fails, nothing is left behind. */
export const openDrafts = (folder: string): Drafts => {
  const drafts: { readonly draft: string; readonly path: string }[] = [];
  const made = !isFolder(folder);
  const drop = (): void => {
    removeFiles(drafts.splice(0).map(({ draft }) => draft));
    if (made) removeEmptyFolder(folder);
  };
  const attempt = <A>(path: string, act: () => A): Result<A> => {
    try {
      return E.right(act());
    } catch (thrown) {
      drop();
      return E.left([problem(path, describeWriteFailure(path, thrown))]);
    }
  };
  return {
    write: (name, content) => {
      const ready = attempt(folder, () => {
        makeFolder(folder);
        sweep(folder);
      });
      const path = join(folder, name);
      return E.isLeft(ready)
        ? ready
        : attempt(path, () => {
            const draft = draftFile(folder);
            drafts.push({ draft, path });
            writeNewFile(draft, content);
            return draft;
          });
    },
    publish: () => {
      for (const { draft, path } of drafts) {
        const named = attempt(path, () => renameSync(draft, path));
        if (E.isLeft(named)) return named;
      }
      drafts.length = 0;
      return E.right(undefined);
    },
    drop,
  };
};

/**
 * Writes files of one folder so that whoever looks sees the old ones or the new ones, never a part: all are written beside
 * and only then renamed. Missing folders are made. Nothing is left behind where writing fails; what a writer left that was
 * killed is removed by the next.
 * @param files content by name
 */
export const writeAllAtomically = (
  folder: string,
  files: readonly (readonly [name: string, content: Content])[],
): Result<void> => {
  const inTheWay = foldersInTheWay(
    folder,
    files.map(([name]) => name),
  );
  if (inTheWay.length > 0) return E.left(inTheWay);
  const drafts = openDrafts(folder);
  for (const [name, content] of files) {
    const written = drafts.write(name, content);
    if (E.isLeft(written)) return written;
  }
  return drafts.publish();
};

/** Writes one file as `writeAllAtomically` does. */
export const writeAtomically = (path: string, content: Content): Result<void> =>
  writeAllAtomically(dirname(path), [[basename(path), content]]);

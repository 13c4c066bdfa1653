import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ByteSource } from '@kirchhoff/graph';
import { explainSays, problem, refuse, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';

type Result<A> = E.Either<readonly Problem[], A>;

/** What a folder holds, in order; nothing where it cannot be read. */
export const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
};

const namesBeside = (path: string): readonly string[] => namesIn(dirname(path));

/** What went wrong with a file or folder, in words of one who has to mend it. */
export const describeFailure = (path: string, thrown: unknown): string => {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return explainSays.missingFile(basename(path), namesBeside(path));
  if (code === 'EISDIR') return explainSays.isFolder();
  if (code === 'EACCES' || code === 'EPERM') return explainSays.notPermitted();
  return explainSays.notReadable(thrown instanceof Error ? thrown.message : String(thrown));
};

/** Problems of what a file holds, with the file in front: `graph.json /nodes/3/op`. */
export const inFile = (path: string, problems: readonly Problem[]): readonly Problem[] =>
  problems.map(({ at, message }) => problem(at === '' ? path : `${path} ${at}`, message));

const attempt = <A>(path: string, act: () => A): Result<A> =>
  E.tryCatch(act, (thrown) => [problem(path, describeFailure(path, thrown))]);

/** All bytes of a file. Problems name the path as it was given. */
export const readBytes = (path: string): Result<Uint8Array> => attempt(path, () => readFileSync(path));

/** A file as UTF-8 text. */
export const readText = (path: string): Result<string> => attempt(path, () => readFileSync(path, 'utf8'));

const readPart = (path: string, offset: number, length: number): Uint8Array => {
  const file = openSync(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const count = readSync(file, bytes, filled, Math.min(length - filled, 2 ** 30), offset + filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
};

/** A file that is read in parts; it is open only while it is read. `read` throws `Refusal` where the file is gone. */
export const openBytes = (path: string): Result<ByteSource> => {
  const status = attempt(path, () => statSync(path));
  if (E.isLeft(status)) return status;
  if (status.right.isDirectory()) return E.left([problem(path, explainSays.isFolder())]);
  return E.right({
    size: status.right.size,
    read: (offset, length) => {
      const part = attempt(path, () => readPart(path, offset, length));
      return E.isRight(part) ? part.right : refuse(path, part.left[0]?.message ?? explainSays.notReadable(path));
    },
  });
};

/** Whether a path is that of a folder; a problem where there is nothing, or a file (`isFile` says what is wanted instead). */
export const checkFolder = (path: string, isFile: () => string): Result<string> => {
  const status = attempt(path, () => statSync(path));
  if (E.isLeft(status)) return E.left([problem(path, explainSays.missingFolder(basename(path), namesBeside(path)))]);
  return status.right.isDirectory() ? E.right(path) : E.left([problem(path, isFile())]);
};

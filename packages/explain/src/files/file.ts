import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ByteSource } from '@kirchhoff/graph';
import { fileSays, problem, refuse, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describeFailure, namesIn } from './failure.js';

/** The most bytes that are read of a file at once, and of one that holds a text or a document. */
export const largestFile = 2 ** 31 - 1;
export const largestText = 2 ** 28;

/** Problems of what a file holds, with the file in front: `graph.json /nodes/3/op`. */
export const inFile = (path: string, problems: readonly Problem[]): readonly Problem[] =>
  problems.map(({ at, message }) => problem(at === '' ? path : `${path} ${at}`, message));

const attempt = <A>(path: string, act: () => A): Result<A> =>
  E.tryCatch(act, (thrown) => [problem(path, describeFailure(path, thrown))]);

/** What is no file on a disk, by its kind. */
const otherKind = (status: Stats): fileSays.OtherKind | undefined => {
  if (status.isFIFO()) return 'pipe';
  if (status.isSocket()) return 'socket';
  return status.isFile() ? undefined : 'device';
};

const checkKind = (path: string, status: Stats, most: number): Result<number> => {
  if (status.isDirectory()) return E.left([problem(path, fileSays.isFolder())]);
  const kind = otherKind(status) ?? (/^\/(?:proc|sys)\//.test(realpathSync(path)) ? 'system' : undefined);
  if (kind !== undefined) return E.left([problem(path, fileSays.noRegularFile(kind))]);
  return status.size > most ? E.left([problem(path, fileSays.tooLarge(status.size, most))]) : E.right(status.size);
};

/** The size of a regular file of at most `most` bytes. Whatever else stands there is refused by its kind. */
const sizeOfFile = (path: string, most: number): Result<number> =>
  E.chain((status: Stats): Result<number> => E.flatten(attempt(path, () => checkKind(path, status, most))))(
    attempt(path, () => statSync(path)),
  );

/** Opens without waiting for another end: what became a pipe since it was looked at does not block, and is no file. */
const readingOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** `length` bytes from `offset`, fewer at the end; never more, whatever the file gives. */
const readPart = (path: string, offset: number, length: number): Uint8Array => {
  const file = openSync(path, readingOnly);
  try {
    if (!fstatSync(file).isFile()) return new Uint8Array(0);
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

/**
 * All bytes of a regular file. Problems name the path as it was given.
 * @param most bytes that it may have
 */
export const readBytes = (path: string, most = largestFile): Result<Uint8Array> =>
  E.chain((size: number) => attempt(path, () => readPart(path, 0, size)))(sizeOfFile(path, most));

/** Bytes as UTF-8, without a byte order mark. */
const decodeText = (path: string, bytes: Uint8Array): Result<string> => {
  const [a, b] = bytes;
  const wide = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  return E.tryCatch(
    () => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    () => [problem(path, fileSays.noUtf8(wide))],
  );
};

/** A file as UTF-8 text, without a byte order mark. */
export const readText = (path: string): Result<string> =>
  E.chain((bytes: Uint8Array) => decodeText(path, bytes))(readBytes(path, largestText));

/** A regular file that is read in parts; it is open only while it is read. `read` throws `Refusal` where the file is gone. */
export const openBytes = (path: string): Result<ByteSource> =>
  E.map((size: number): ByteSource => ({
    size,
    read: (offset, length) => {
      const part = attempt(path, () => readPart(path, offset, length));
      return E.isRight(part) ? part.right : refuse(path, part.left[0]?.message ?? fileSays.notReadable(path));
    },
  }))(sizeOfFile(path, Infinity));

/** Whether a path is that of a folder; a problem where there is nothing, or a file (`isFile` says what is wanted instead). */
export const checkFolder = (path: string, isFile: () => string): Result<string> => {
  const status = attempt(path, () => statSync(path));
  if (E.isLeft(status)) return E.left([problem(path, fileSays.missingFolder(basename(path), namesIn(dirname(path))))]);
  return status.right.isDirectory() ? E.right(path) : E.left([problem(path, isFile())]);
};

import { makeFolder, removeEmptyFolder, removeFiles, sweep, writeNewFile } from '../writing.js';
import { describeWriteFailure } from '../failure.js';
import { problem, storeSays, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGone, ownerNow, type Owner } from './owner.js';

/** A folder that no other run writes to until it is released. */
export interface Lock {
  readonly release: () => void;
}

const ownerDocument = t.type({
  pid: t.number,
  host: t.string,
  boot: t.string,
  space: t.string,
  start: t.string,
  since: t.string,
});

interface Held {
  readonly number: number;
  readonly file: string;
  /** Undefined where it was killed before it had written its name. */
  readonly owner: Owner | undefined;
}

const lockName = /^\.kirchhoff-(\d{1,9})\.lock$/;
const tries = 5;
/** How long, in milliseconds, one may take to write its name into its lock. */
const patience = 300;

const pause = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
};

const readOwner = (file: string): Owner | undefined => {
  try {
    const read = ownerDocument.decode(JSON.parse(readFileSync(file, 'utf8')));
    return E.isRight(read) ? read.right : undefined;
  } catch {
    return undefined;
  }
};

/** The locks of a folder. Who may be writing a name just now is given the time for it. */
const locksOf = (folder: string): readonly Held[] => {
  const read = (): readonly Held[] =>
    readdirSync(folder).flatMap((name) => {
      const number = lockName.exec(name)?.[1];
      const file = join(folder, name);
      return number === undefined ? [] : [{ number: Number(number), file, owner: readOwner(file) }];
    });
  const first = read();
  if (first.every(({ owner }) => owner !== undefined)) return first;
  pause(patience);
  return read();
};

const refusal = (folder: string, { file, owner }: Held): Result<never> =>
  E.left([
    problem(folder, owner ? storeSays.lockHeld(owner.pid, owner.host, owner.since, file) : storeSays.lockLost()),
  ]);

const isLive = ({ owner }: Held): boolean => owner !== undefined && !isGone(owner);

/**
 * Takes a folder, which is made where it is missing, for one run. Each lock has a number above those before it and is made
 * only where there is none of that number, so of several that find a dead owner's lock one takes over; whoever then still
 * sees another's living lock steps back. What killed runs left half-written is removed; so is, in the end, a folder that was
 * made and is empty.
 */
export const acquireLock = (folder: string): Result<Lock> => {
  const wasThere = existsSync(folder);
  try {
    makeFolder(folder);
    for (let i = 0; i < tries; i++) {
      const before = locksOf(folder);
      const living = before.find(isLive);
      if (living !== undefined) return refusal(folder, living);
      const own = join(folder, `.kirchhoff-${Math.max(0, ...before.map(({ number }) => number)) + 1}.lock`);
      if (existsSync(own)) continue;
      try {
        writeNewFile(own, `${JSON.stringify(ownerNow())}\n`);
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') continue;
        removeFiles([own]);
        throw thrown;
      }
      const others = locksOf(folder).filter(({ file }) => file !== own);
      const rival = others.find(isLive);
      if (rival !== undefined || !existsSync(own)) {
        removeFiles([own]);
        return rival === undefined ? E.left([problem(folder, storeSays.lockLost())]) : refusal(folder, rival);
      }
      removeFiles(others.map(({ file }) => file));
      sweep(folder, true);
      const release = (): void => {
        removeFiles([own]);
        if (!wasThere) removeEmptyFolder(folder);
      };
      return E.right({ release });
    }
    return E.left([problem(folder, storeSays.lockLost())]);
  } catch (thrown) {
    return E.left([problem(folder, describeWriteFailure(folder, thrown))]);
  }
};

/** Runs what writes into a folder while no other run does. */
export const whileLocked = async <A>(folder: string, run: () => Promise<Result<A>>): Promise<Result<A>> => {
  const lock = acquireLock(folder);
  if (E.isLeft(lock)) return lock;
  try {
    return await run();
  } finally {
    lock.right.release();
  }
};

import type * as Fs from 'node:fs';

/** What a disk still does before it fails, and how it fails. */
export interface Failing {
  /** Calls that change something, before the one that fails. */
  left: number;
  /** `killed`: from then on nothing is changed. `full`: nothing is added. */
  how: 'killed' | 'full';
  /** Bytes of the failing call that are still written. */
  part: number;
  /** Calls that changed something. */
  calls: number;
}

export const wholeDisk = (): Failing => ({ left: Infinity, how: 'killed', part: 0, calls: 0 });

const failure = (how: Failing['how']): Error =>
  how === 'full' ? Object.assign(new Error('no space left'), { code: 'ENOSPC' }) : new Error('killed');

/** Node's file system on a disk that fails when it is told to. */
export const failingDisk = (fs: typeof Fs, disk: Failing): typeof Fs => {
  const fails = (adds: boolean): boolean => {
    if (disk.how === 'full' && !adds) return false;
    disk.calls++;
    disk.left--;
    return disk.left < 0;
  };
  const guarded =
    <A extends readonly unknown[], B>(adds: boolean, run: (...args: A) => B) =>
    (...args: A): B => {
      if (fails(adds)) throw failure(disk.how);
      return run(...args);
    };
  return {
    ...fs,
    mkdirSync: guarded(true, fs.mkdirSync) as typeof fs.mkdirSync,
    renameSync: guarded(false, fs.renameSync),
    rmSync: guarded(false, fs.rmSync),
    rmdirSync: guarded(false, fs.rmdirSync),
    ftruncateSync: guarded(false, fs.ftruncateSync),
    openSync: (path, flags, mode) => {
      const makes = typeof flags === 'number' && (flags & fs.constants.O_CREAT) !== 0;
      if (makes && fails(true)) throw failure(disk.how);
      return fs.openSync(path, flags, mode);
    },
    writeSync: ((handle: number, bytes: Uint8Array, at: number, length: number, place: number): number => {
      if (!fails(true)) return fs.writeSync(handle, bytes, at, length, place);
      const part = disk.left === -1 ? Math.min(disk.part, length - 1) : 0;
      if (part > 0) fs.writeSync(handle, bytes, at, part, place);
      if (part > 0 && disk.how === 'full') return part;
      throw failure(disk.how);
    }) as typeof fs.writeSync,
  };
};

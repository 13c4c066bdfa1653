import { readdirSync, readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileSays } from '@kirchhoff/message';

/** What a folder holds, in order; nothing where it cannot be read. */
export const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
};

/** Where a link leads, as it says; undefined where there is no link. */
const targetOf = (path: string): string | undefined => {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
};

const missing = (path: string): string => {
  const target = targetOf(path);
  return target === undefined
    ? fileSays.missingFile(basename(path), namesIn(dirname(path)))
    : fileSays.dangling(target);
};

/** Codes of the system, in words of one who has to mend it. */
const sayings: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: missing,
  ENOTDIR: missing,
  EISDIR: fileSays.isFolder,
  EACCES: fileSays.notPermitted,
  EPERM: fileSays.notPermitted,
  ELOOP: fileSays.linkCycle,
  EROFS: fileSays.readOnly,
  ENOSPC: fileSays.diskFull,
  EDQUOT: fileSays.quotaUsed,
  EFBIG: fileSays.fileTooLarge,
  ENAMETOOLONG: fileSays.nameTooLong,
  EMFILE: fileSays.tooManyOpen,
  ENFILE: fileSays.tooManyOpen,
  ENXIO: () => fileSays.noRegularFile('socket'),
};

/** The system's code of a failure; undefined where it has none. */
export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;

/** What went wrong with a file or folder, in words of one who has to mend it. */
export const describeFailure = (path: string, thrown: unknown): string => {
  const code = codeOf(thrown);
  const say = code !== undefined && Object.hasOwn(sayings, code) ? sayings[code] : undefined;
  return say?.(path) ?? fileSays.notReadable(thrown instanceof Error ? thrown.message : String(thrown));
};

/** Folders are made where they are missing, so what is in the way is a file, or a folder that keeps nothing. */
export const describeWriteFailure = (path: string, thrown: unknown): string => {
  const code = codeOf(thrown);
  if (code === 'ENOTDIR' || code === 'EEXIST') return fileSays.fileInTheWay();
  if (code === 'ENOENT' && targetOf(path) === undefined) return fileSays.systemFolder();
  return describeFailure(path, thrown);
};

import { option } from './option.js';
import { didYouMean, show } from './nearest.js';

// Files and folders: what stands in the way of reading and writing them.

export const missingFile = (name: string, beside: readonly string[]): string =>
  `there is no such file${didYouMean(name, beside)}`;

export const dangling = (target: string): string =>
  `this is a link to ${show(target)}, where there is nothing; make the link anew, or put the file itself here`;

export const linkCycle = (): string => 'this is a link that leads back to itself; put the file itself here';

export const isFolder = (): string => 'this is a folder; name a file';

/** What is no file on a disk. */
export const kinds = {
  pipe: 'a named pipe',
  socket: 'a socket',
  device: 'a device',
  system: 'a file that the system makes up when it is read',
} as const;

export type OtherKind = keyof typeof kinds;

export const noRegularFile = (kind: OtherKind): string =>
  `this is ${kinds[kind]}, which is not read; save what it gives in a file and name that`;

export const tooLarge = (size: number, most: number): string =>
  `the file has ${size} bytes, more than the ${most} that are read of such a file; name a smaller one`;

export const isFile = (): string => 'this is a file; name the folder of a model, which holds model.json';

export const documentsInFolder = (): string => 'this is a file; name a folder of rule documents (.json)';

export const missingFolder = (name: string, beside: readonly string[]): string =>
  `there is no such folder${didYouMean(name, beside)}`;

export const notPermitted = (): string => 'reading or writing here is not permitted; check the permissions';

export const readOnly = (): string =>
  `this lies on a disk that can only be read; choose another place with ${option('out')}`;

export const diskFull = (): string => `the disk is full; make room, or choose another place with ${option('out')}`;

export const quotaUsed = (): string =>
  `your share of the disk is used up; make room in it, or choose another place with ${option('out')}`;

export const fileTooLarge = (): string =>
  `the file would be larger than is allowed here; raise the limit (ulimit -f), or choose another place with ${option('out')}`;

export const nameTooLong = (): string => 'the name is longer than the system allows; choose a shorter one';

export const tooManyOpen = (): string => 'too many files are open at once; raise the limit (ulimit -n)';

export const systemFolder = (): string =>
  `this folder is the system’s own, where nothing can be kept; choose another place with ${option('out')}`;

export const notReadable = (reason: string): string =>
  `cannot be read or written: ${reason}; check the disk and the path`;

export const notWritableOver = (): string => 'a folder stands here; choose another file name';

export const fileInTheWay = (): string => 'a file stands where a folder is needed; choose another place';

export const namedOutside = (file: string): string =>
  `the file ${show(file)} lies outside the model's folder; put it beside the model and name it without "/" in front or ".."`;

export const linkedOutside = (file: string): string =>
  `${show(file)} is a link to a file outside the model's folder, which is not opened; put the file itself beside the model`;

export const noUtf8 = (wide: boolean): string =>
  `the text is not UTF-8${wide ? ' but UTF-16' : ''}; save it anew as UTF-8`;

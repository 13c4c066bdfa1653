import { option } from './option.js';
import { show } from './nearest.js';

/** What is said of runs that are long enough to be stopped. */
export const nothingTaken = 'the disk takes no more';

const held = (pid: number, host: string, since: string): string => `process ${pid} on ${show(host)}, since ${since}`;

export const lockHeld = (pid: number, host: string, since: string, file: string): string =>
  `another run writes here (${held(pid, host, since)}); wait until it ends or give another ${option('out')}. If it is gone, delete ${file}`;

export const lockLost = (): string => 'another run started here in the same moment; give the command again';

export const stoppedSeries = (signal: string, done: number, all: number): string =>
  `stopped by ${signal}: ${done} of ${all} samples are explained and kept; give the same command again to go on`;

export const stoppedCompare = (signal: string): string => `stopped by ${signal}`;

export const notDrawn = (reason: string, folder: string): string =>
  `the picture cannot be drawn (${reason}); everything else is in ${folder}`;

/** Why a finished series is made again. */
export const damaged = (files: readonly string[]): string =>
  `${files.join(', ')} ${files.length === 1 ? 'was' : 'were'} gone or not as written, and ${files.length === 1 ? 'is' : 'are'} made again`;

export const noWords = (key: string): string => `"${key}" cannot be compared with that of an earlier run`;

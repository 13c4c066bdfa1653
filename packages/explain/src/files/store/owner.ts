import { runs } from '../writing.js';
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The process that a lock belongs to, told apart from any other that had or will have its number. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** The run of the machine, since which `start` is counted; empty where it is not known. */
  readonly boot: string;
  /** The processes that see one another by their numbers (containers have their own); empty where it is not known. */
  readonly space: string;
  /** When the process began, in the system's own words; empty where it is not known. */
  readonly start: string;
  /** When the lock was made. */
  readonly since: string;
}

const attempt = (read: () => string): string => {
  try {
    return read();
  } catch {
    return '';
  }
};

/** When a process began: on Linux in ticks (its name, before them, may hold spaces and brackets), elsewhere as ps says it. */
const startOf = (pid: number): string => {
  if (process.platform === 'linux')
    return attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ')[19] ?? '');
  if (process.platform === 'win32') return '';
  return attempt(() => execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim());
};

const bootOf = (): string => attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
const spaceOf = (): string => attempt(() => readlinkSync('/proc/self/ns/pid'));

/** This process, now. */
export const ownerNow = (): Owner => ({
  pid: process.pid,
  host: hostname(),
  boot: bootOf(),
  space: spaceOf(),
  start: startOf(process.pid),
  since: new Date().toISOString(),
});

/** Whether an owner is known to be gone. One on another machine, or behind another wall of this one, may always live. */
export const isGone = ({ pid, host, boot, space, start }: Owner): boolean => {
  if (host !== hostname()) return false;
  if (boot !== bootOf()) return true;
  return space === spaceOf() && (!runs(pid) || startOf(pid) !== start);
};

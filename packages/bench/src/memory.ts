import { readFileSync } from 'node:fs';

/**
 * The most memory that this process has held, in 10⁶ bytes. Linux tells a new process's most as at least that of the process
 * which started it; its own is in /proc.
 */
export const peakMB = (): number => {
  const own =
    process.platform === 'linux'
      ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
      : undefined;
  return Math.round((Number(own ?? process.resourceUsage().maxRSS) * 1024) / 1e6);
};

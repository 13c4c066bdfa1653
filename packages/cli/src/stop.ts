import type { Stop } from '@kirchhoff/explain/node';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Listens for Ctrl-C and SIGTERM, so that a run may end in order. It listens once: a second signal ends the process where it
 * stands.
 */
export const listenForStop = (): Stop => {
  const controller = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    release();
    controller.abort(signal);
  };
  const release = (): void => signals.forEach((signal) => process.off(signal, stop));
  for (const signal of signals) process.on(signal, stop);
  return { signal: controller.signal, release };
};

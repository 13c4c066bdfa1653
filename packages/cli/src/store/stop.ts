/** Whether a person or the system asked a long run to stop. */
export interface Stop {
  /** Aborted with the signal's name as its reason. */
  readonly signal: AbortSignal;
  /** Leaves signals to do what they do by themselves. */
  readonly release: () => void;
}

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

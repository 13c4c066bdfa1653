import { isMainThread } from 'node:worker_threads';
import { refuse, runtimeSays } from '@kirchhoff/message';

const variable = 'ORT_DISABLE_TELEMETRY';

/**
 * Keeps onnxruntime from reporting: unless told otherwise before it is loaded, it looks up a host on the network, reads the
 * machine's id and keeps the names of models in the user's cache folder. It asks the environment of the process, which a
 * thread has only a copy of: the main thread calls this before it starts a thread that loads the engine.
 * @throws Refusal in a thread whose process reports
 */
export const disableTelemetry = (): void => {
  if (isMainThread) process.env[variable] = '1';
  else if (process.env[variable] !== '1') refuse('', runtimeSays.telemetryInThread(variable));
};

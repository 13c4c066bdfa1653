import type { Tensor } from '@kirchhoff/graph';
import { refuse, runtimeSays } from '@kirchhoff/message';
import type { InferenceSession } from 'onnxruntime-node';
import type { EngineOptions } from './engine.js';
import { failureOf } from './failure.js';
import { loadOwn } from './load.js';
import { fromOrt, toOrt } from './tensor.js';

/** An ONNX file in a session of onnxruntime, without anything of ours between: names, types and values as they are. */
export interface BareSession {
  readonly run: (inputs: Readonly<Record<string, Tensor>>) => Promise<Readonly<Record<string, Tensor>>>;
  readonly close: () => Promise<void>;
}

/**
 * Opens the bytes of an ONNX model under the same session options as our own graphs.
 * @throws Refusal (inside the promise) where onnxruntime refuses the model, or stops while it runs.
 */
export const openBare = async (model: Uint8Array, options: EngineOptions = {}): Promise<BareSession> => {
  const engine = await loadOwn();
  let session: InferenceSession | undefined = await engine.createSession(model, options).catch((error: unknown) => {
    throw failureOf(error, runtimeSays.engineRefuses);
  });
  return {
    run: async (inputs) => {
      const running = session ?? refuse('', runtimeSays.closedSession());
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, tensor]) => [name, toOrt(engine, tensor, tensor.type)]),
      );
      const results = await running.run(feeds).catch((error: unknown) => {
        throw failureOf(error, runtimeSays.engineFailed);
      });
      return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, fromOrt(name, result)]));
    },
    close: async () => {
      const closing = session;
      session = undefined;
      await closing?.release();
    },
  };
};

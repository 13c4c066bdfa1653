import { Refusal, refuse, runtimeSays } from '@kirchhoff/message';
import type { Engine, OpenEngine } from './engine.js';

/** Opens an engine; what keeps it from loading is told in one sentence. */
export const loadEngine = async (open: () => Promise<OpenEngine>): Promise<Engine> => {
  try {
    return await (
      await open()
    )();
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    return refuse('', runtimeSays.engineMissing());
  }
};

/**
 * The engine of where this runs: onnxruntime-web in a browser, onnxruntime-node in Node, as `imports` in package.json says. It
 * is loaded only when a graph is compiled.
 */
export const loadOwn = (): Promise<Engine> => loadEngine(async () => (await import('#engine')).openEngine);

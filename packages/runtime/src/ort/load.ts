import { Refusal, refuse, runtimeSays } from '@kirchhoff/message';
import type { Engine } from './engine.js';

/** onnxruntime-node is loaded only when a graph is compiled, so that the backend loads in a browser too. */
export const loadNative = async (): Promise<Engine> => {
  try {
    const { openNative } = await import('./native.js');
    return await openNative();
  } catch (thrown) {
    if (thrown instanceof Refusal) throw thrown;
    return refuse('', runtimeSays.engineMissing());
  }
};

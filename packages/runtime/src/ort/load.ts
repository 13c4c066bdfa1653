import { refuse, runtimeSays } from '@kirchhoff/message';
import type { Engine } from './engine.js';

/** onnxruntime-node is loaded only when a graph is compiled, so that the backend loads in a browser too. */
export const loadNative = async (): Promise<Engine> => {
  try {
    return (await import('./native.js')).native;
  } catch {
    return refuse('', runtimeSays.engineMissing());
  }
};

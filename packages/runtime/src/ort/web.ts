import type { OpenEngine } from './engine.js';

/** onnxruntime as WebAssembly, one thread, for browsers: it needs no headers that isolate the page. It runs in Node, too. */
export const openEngine: OpenEngine = async () => {
  const { env, InferenceSession, Tensor } = await import('onnxruntime-web/wasm');
  env.wasm.numThreads = 1;
  return {
    mapsFiles: false,
    createTensor: (type, data, shape) => new Tensor(type, data, shape),
    createSession: (model, { prepack }) =>
      InferenceSession.create(model, {
        executionProviders: ['wasm'],
        logSeverityLevel: 4,
        extra: {
          session: { strict_shape_type_inference: '1', ...(prepack === true ? {} : { disable_prepacking: '1' }) },
        },
      }),
  };
};

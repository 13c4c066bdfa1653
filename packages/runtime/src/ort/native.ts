import { availableParallelism } from 'node:os';
import type { OpenEngine } from './engine.js';
import { disableTelemetry } from './telemetry.js';

/** onnxruntime in Node: native code, all cores, weights mapped from their file. This is the one place that loads it. */
export const openEngine: OpenEngine = async () => {
  disableTelemetry();
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  return {
    mapsFiles: true,
    createTensor: (type, data, shape) => new Tensor(type, data, shape),
    createSession: (model, { threads, prepack, folder, profile }) =>
      InferenceSession.create(model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads ?? availableParallelism(),
        interOpNumThreads: 1,
        // Fatal only: what goes wrong is told by our own errors, not by lines on the terminal.
        logSeverityLevel: 4,
        ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
        extra: {
          session: {
            strict_shape_type_inference: '1',
            ...(prepack === true ? {} : { disable_prepacking: '1' }),
            ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
          },
        },
      }),
  };
};

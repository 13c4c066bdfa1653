import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Engine } from './engine.js';

/** onnxruntime in Node: native code, all cores, weights mapped from their file. */
export const native: Engine = {
  createTensor: (type, data, shape) => new Tensor(type, data, shape),
  createSession: (model, { threads, prepack, folder }) =>
    InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads ?? availableParallelism(),
      interOpNumThreads: 1,
      // Fatal only: what goes wrong is told by our own errors, not by lines on the terminal.
      logSeverityLevel: 4,
      extra: {
        session: {
          strict_shape_type_inference: '1',
          ...(prepack === true ? {} : { disable_prepacking: '1' }),
          ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
        },
      },
    }),
};

import { refuse, runtimeSays } from '@kirchhoff/message';
import { encodeOnnx, settleWindows } from '@kirchhoff/onnx';
import type { InferenceSession } from 'onnxruntime-node';
import type { Backend } from '../backend.js';
import { checkInputs, checkOutputs } from '../check.js';
import { prune } from '../prune.js';
import { typedGraph } from '../typed.js';
import { inOneFolder } from './external.js';
import { failureOf } from './failure.js';
import { loadNative } from './load.js';
import { fromOrt, toOrt } from './tensor.js';

/** The graph as ONNX on onnxruntime: float32, fast. Weights that lie in files are mapped, not copied. */
export const ort: Backend = {
  name: 'ort',
  compile: async (graph, store, options = {}) => {
    const pruned = prune(graph, options.outputs);
    const { types } = typedGraph(pruned, store);
    const { folder, store: placed } = inOneFolder(store);
    const settled = settleWindows(pruned, () => types);
    const model = encodeOnnx(settled, placed, { external: folder !== undefined, types });
    const engine = await loadNative();
    let session: InferenceSession | undefined = await engine
      .createSession(model, { threads: options.threads, prepack: options.prepack, folder })
      .catch((error: unknown) => {
        throw failureOf(error, runtimeSays.engineRefuses);
      });
    const needed = new Set(pruned.inputs.map(({ name }) => name));
    return {
      run: async (inputs) => {
        const running = session ?? refuse('', runtimeSays.closedSession());
        checkInputs(graph.inputs, needed, inputs);
        const feeds = Object.fromEntries(
          pruned.inputs.map(({ name, type }) => [name, toOrt(engine, inputs[name]!, type)]),
        );
        const results = await running.run(feeds).catch((error: unknown) => {
          throw failureOf(error, runtimeSays.engineFailed);
        });
        const outputs = Object.fromEntries(pruned.outputs.map((name) => [name, fromOrt(name, results[name]!)]));
        checkOutputs(outputs);
        return outputs;
      },
      close: async () => {
        const closing = session;
        session = undefined;
        await closing?.release();
      },
    };
  },
};

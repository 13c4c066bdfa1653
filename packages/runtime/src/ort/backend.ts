import type { Graph, TensorStore, TypedGraph } from '@kirchhoff/graph';
import { refuse, Refusal, runtimeSays } from '@kirchhoff/message';
import { encodeOnnx, settleWindows } from '@kirchhoff/onnx';
import type { InferenceSession } from 'onnxruntime-node';
import type { Backend, CompileOptions } from '../backend.js';
import { checkInputs, checkOutputs } from '../check.js';
import { prune } from '../prune.js';
import { typedGraph } from '../typed.js';
import type { Engine } from './engine.js';
import { inOneFolder } from './external.js';
import { failureOf } from './failure.js';
import { loadNative } from './load.js';
import { narrowGraph, narrowStore } from './narrow.js';
import { fromOrt, toOrt } from './tensor.js';

/** A session, and the graph that it runs. */
interface Opened {
  readonly engine: Engine;
  readonly session: InferenceSession;
  readonly graph: Graph;
  readonly note?: string;
}

const openAs = async (graph: Graph, store: TensorStore, options: CompileOptions): Promise<Opened> => {
  const { types } = typedGraph(graph, store);
  const { folder, store: placed } = inOneFolder(store);
  const settled = settleWindows(graph, () => types);
  const model = encodeOnnx(settled, placed, { external: folder !== undefined, types });
  const engine = await loadNative();
  const session = await engine.createSession(model, { threads: options.threads, prepack: options.prepack, folder });
  return { engine, session, graph };
};

const isWide = ({ types, bodies }: TypedGraph): boolean =>
  [...types.values()].some(({ type }) => type === 'float64') || [...bodies.values()].some(isWide);

/** The operator that onnxruntime has no kernel for, in the types that the graph gives it. */
const kernelMissing = (error: unknown): string | undefined =>
  error instanceof Error ? /Could not find an implementation for (\w+)/.exec(error.message)?.[1] : undefined;

/** Opens a graph; of float64, in float32, where onnxruntime has an operator in that alone. */
const open = async (graph: Graph, store: TensorStore, options: CompileOptions): Promise<Opened> => {
  try {
    return await openAs(graph, store, options);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const op = kernelMissing(error);
    const narrowed = op === undefined || !isWide(typedGraph(graph, store)) ? undefined : narrowGraph(graph);
    if (op === undefined || narrowed === undefined) throw failureOf(error, runtimeSays.engineRefuses);
    const opened = await openAs(narrowed, narrowStore(store), options).catch((again: unknown) => {
      throw failureOf(again, runtimeSays.engineRefuses);
    });
    return { ...opened, note: runtimeSays.narrowed(op) };
  }
};

/** The graph as ONNX on onnxruntime: float32, fast. Weights that lie in files are mapped, not copied. */
export const ort: Backend = {
  name: 'ort',
  compile: async (graph, store, options = {}) => {
    const opened = await open(prune(graph, options.outputs), store, options);
    const { engine, graph: pruned, note } = opened;
    let session: InferenceSession | undefined = opened.session;
    const needed = new Set(pruned.inputs.map(({ name }) => name));
    return {
      ...(note !== undefined && { note }),
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
        checkOutputs(outputs, { typeOf: (name) => outputs[name]!.type, finite: options.finite === true });
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

import type { Graph, TensorStore, TypedGraph } from '@kirchhoff/graph';
import { refuse, Refusal, runtimeSays } from '@kirchhoff/message';
import { encodeOnnx, settleWindows } from '@kirchhoff/onnx';
import type { InferenceSession } from 'onnxruntime-node';
import type { Backend, CompileOptions } from '../backend.js';
import { checkInputs, checkOutputs } from '../check.js';
import { selectOutputs } from '../select.js';
import { typedGraph } from '../typed.js';
import type { Engine } from './engine.js';
import { inOneFolder } from './external.js';
import { failureOf } from './failure.js';
import { loadOwn } from './load.js';
import { narrowGraph, narrowStore } from './narrow.js';
import { fromOrt, toOrt } from './tensor.js';

/** A session, and the graph that it runs. */
interface Opened {
  readonly engine: Engine;
  readonly session: InferenceSession;
  readonly graph: Graph;
  readonly note?: string | undefined;
}

type Load = () => Promise<Engine>;

const openAs = async (
  load: Load,
  graph: Graph,
  store: TensorStore,
  options: CompileOptions,
  types = typedGraph(graph, store).types,
): Promise<Opened> => {
  const engine = await load();
  const { folder, store: placed } = engine.mapsFiles ? inOneFolder(store) : { folder: undefined, store };
  const settled = settleWindows(graph, () => types);
  const model = encodeOnnx(settled, placed, { external: folder !== undefined, types });
  const session = await engine.createSession(model, { threads: options.threads, prepack: options.prepack, folder });
  return { engine, session, graph };
};

const isWide = ({ types, bodies }: TypedGraph): boolean =>
  [...types.values()].some(({ type }) => type === 'float64') || [...bodies.values()].some(isWide);

/** The operator that onnxruntime has no kernel for, in the types that the graph gives it. */
const kernelMissing = (error: unknown): string | undefined =>
  error instanceof Error ? /Could not find an implementation for (\w+)/.exec(error.message)?.[1] : undefined;

/** Opens a graph; of float64, in float32, where onnxruntime has an operator in that alone. */
const open = async (load: Load, graph: Graph, store: TensorStore, options: CompileOptions): Promise<Opened> => {
  try {
    return await openAs(load, graph, store, options, options.types);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const op = kernelMissing(error);
    const narrowed = op === undefined || !isWide(typedGraph(graph, store)) ? undefined : narrowGraph(graph);
    if (op === undefined || narrowed === undefined) throw failureOf(error, runtimeSays.engineRefuses);
    const opened = await openAs(load, narrowed, narrowStore(store), options).catch((again: unknown) => {
      throw failureOf(again, runtimeSays.engineRefuses);
    });
    return { ...opened, note: runtimeSays.narrowed(op) };
  }
};

/** The graph as ONNX on one build of onnxruntime: float32, fast. Weights that lie in files are mapped where it can. */
export const ortOn = (load: Load): Backend => ({
  name: 'ort',
  compile: async (graph, store, options = {}) => {
    const opened = await open(load, selectOutputs(graph, options.outputs), store, options);
    const { engine, graph: pruned, note } = opened;
    let session: InferenceSession | undefined = opened.session;
    const needed = new Set(pruned.inputs.map(({ name }) => name));
    return {
      note,
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
});

/** The graph as ONNX on the build of onnxruntime for where this runs. */
export const ort: Backend = ortOn(loadOwn);

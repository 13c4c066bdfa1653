import type { Graph, Tensor, TensorStore, TypedGraph } from '@kirchhoff/graph';

/** How a graph is to be prepared. */
export interface CompileOptions {
  /** Threads inside one operator (onnxruntime only); default: as many as the machine has cores. */
  readonly threads?: number;
  /** Lets onnxruntime copy weights into a layout of its own: faster on batches, but mapped weights are then held in memory. */
  readonly prepack?: boolean;
  /** Any values of the graph, by name, in place of its declared outputs; what they do not need is not run. */
  readonly outputs?: readonly string[];
  /** The types of the graph's values, where they are known: they are not inferred again. */
  readonly types?: TypedGraph['types'];
  /** Refuses outputs that hold ±∞, and what float32 cannot hold in an output of that type. */
  readonly finite?: true;
}

/** A graph ready to run. A session holds memory until it is closed. */
export interface Session {
  /**
   * Runs the graph once. Every input that its outputs depend on must be given; float32 and float64 are interchangeable.
   * The reference backend gives floats out in float64, onnxruntime in the graph's own type.
   * @throws Refusal where an input is missing, unknown, of the wrong type or shape, or holds NaN, and where an
   * output holds NaN (or, with `finite`, ±∞).
   */
  readonly run: (inputs: Readonly<Record<string, Tensor>>) => Promise<Readonly<Record<string, Tensor>>>;
  /** What else there is to know of how it runs, in a sentence. */
  readonly note?: string | undefined;
  readonly close: () => Promise<void>;
}

/** One way of running graphs. */
export interface Backend {
  readonly name: 'reference' | 'ort';
  /** @throws Refusal (inside the promise) where the graph cannot be run. */
  readonly compile: (graph: Graph, store: TensorStore, options?: CompileOptions) => Promise<Session>;
}

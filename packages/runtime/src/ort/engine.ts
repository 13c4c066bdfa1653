import type { ElementType, TypedArray } from '@kirchhoff/graph';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

export interface EngineOptions {
  readonly threads?: number | undefined;
  readonly prepack?: boolean | undefined;
  /** The folder in which the model's external data lie. */
  readonly folder?: string | undefined;
  /** Measures every kernel, into a file whose path begins so; it is whole once the session is released. */
  readonly profile?: string | undefined;
}

/** What differs between the builds of onnxruntime (native in Node, WASM in a browser). */
export interface Engine {
  /** Whether weights are mapped from the files that they lie in; else they are written into the model. */
  readonly mapsFiles: boolean;
  readonly createTensor: (type: ElementType, data: TypedArray, shape: readonly number[]) => OrtTensor;
  readonly createSession: (model: Uint8Array, options: EngineOptions) => Promise<InferenceSession>;
}

/** What each build's module exports as `openEngine`. */
export type OpenEngine = () => Promise<Engine>;

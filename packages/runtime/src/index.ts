import type { Backend } from './backend.js';
import { ort } from './ort/backend.js';

export type { Backend, CompileOptions, Session } from './backend.js';
export { checkInputs, firstNaN } from './check.js';
export { ort };
export { computeOnnx } from './ort/compute.js';
export { openBare, type BareSession } from './ort/open.js';
export type { EngineOptions } from './ort/engine.js';

/** The reference backend; its loops are loaded once a graph is compiled for them. */
export const reference: Backend = {
  name: 'reference',
  compile: async (...given) => (await import('./reference/backend.js')).reference.compile(...given),
};

/** Every way of running a graph, by name. */
export const backends: { readonly [Name in Backend['name']]: Backend } = { reference, ort };

import type { Backend } from './backend.js';
import { ort } from './ort/backend.js';
import { reference } from './reference/backend.js';

export type { Backend, CompileOptions, Session } from './backend.js';
export { checkInputs, firstNaN } from './check.js';
export { ort, reference };
export { computeOnnx } from './ort/compute.js';
export { openBare, type BareSession } from './ort/open.js';
export type { EngineOptions } from './ort/engine.js';

/** Every way of running a graph, by name. */
export const backends: { readonly [Name in Backend['name']]: Backend } = { reference, ort };

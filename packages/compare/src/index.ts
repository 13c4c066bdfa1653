export * from './methods/index.js';
export * from './metrics/index.js';
export * from './comparison/index.js';

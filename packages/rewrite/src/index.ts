export * from './canonize.js';
export * from './rewrite.js';
export { headRewrites } from './strip-head.js';

export * from './canonize.js';
export * from './rewrite.js';

export * from './composite.js';
export * from './define.js';
export * from './document.js';
export * from './plan.js';
export * from './position.js';
export * from './rule.js';
export * from './rulebook.js';
export * from './vocabulary.js';

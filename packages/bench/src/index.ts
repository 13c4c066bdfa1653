export * from './median.js';
export * from './grow.js';
export * from './networks.js';
export * from './profile.js';
export * from './rows.js';
export * from './subject.js';
export * from './summary.js';

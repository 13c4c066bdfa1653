export * from './agreement.js';
export * from './judge.js';
export * from './metric.js';
export * from './rank.js';
export * from './removal.js';
export * from './robustness.js';
export * from './shape.js';
export * from './statistic.js';

export * from './explain.js';
export * from './files/index.js';
export * from './image.js';
export * from './model-document.js';
export * from './model.js';
export * from './npy.js';
export * from './report.js';

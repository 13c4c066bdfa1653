export { encodeOnnx, type WriteOptions } from './write.js';
export { decodeOnnx, type OnnxModel, type ReadOptions } from './read.js';
export type { ExternalBytes, OpenExternal } from './read-tensor.js';

export { encodeOnnx, type WriteOptions } from './write.js';
export { decodeOnnx, readOnnx, type OnnxModel, type ReadOptions } from './read.js';
export type { ExternalBytes, OpenExternal } from './read-tensor.js';
export { decodeOnnxTensor } from './tensor-file.js';
export { surveyOnnx, type Survey } from './survey.js';
export { upgrades, type Upgrade } from './upgrade.js';
export { newestOpset, oldestOpset, oldestWritten } from './opset.js';
export { downgrade } from './downgrade.js';
export type { Computed, Evaluate } from './constants/fold.js';

export { batchFirst } from './batch-first.js';
export { cutEmbedding, type Embedded } from './embedding.js';
export { openForward, type Forward } from './engine.js';
export { enlarge, weightedMap } from './feature-map.js';
export type { Attribution, Attributor, Completeness, Method, Parameter, Progress, Settings } from './method.js';
export { openForwardFor, openMethodFor } from './fitting.js';
export { regionsOf, regionSums, type Regions } from './region.js';
export { fitLocal, removeRegions, sideFor } from './removal.js';
export { batchOf, floats, makeRows, rowOf, rowSize, rowsOf, stackRows } from './rows.js';
export { makeSubject, scoresOf, sharesOf, winnersOf, withData, type Subject } from './subject.js';
export { superpixelsOf } from './superpixel.js';
export {
  methodNames,
  methods,
  openMethod,
  requestProblems,
  type MethodName,
  type MethodRequest,
  type OpenMethod,
} from './named.js';

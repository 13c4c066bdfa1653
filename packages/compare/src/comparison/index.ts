export { decide, poseSamples, readsText, samplesFirstIn, type Ground, type Posed, type Samples } from './ground.js';
export { openMethods, type AskedMethod, type Opened } from './opened.js';
export {
  coarseness,
  compareMethods,
  methodRemarks,
  refusalOfMaps,
  type ComparedMethod,
  type ComparedModel,
  type Finished,
  type Finisher,
  type Measured,
  type RunOptions,
} from './run.js';
export { methodList, metricList, usesData, type MethodList } from './request.js';

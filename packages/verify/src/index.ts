export * from './audit.js';
export * from './exactness.js';
export * from './laws/index.js';
export { subjectOf, type Effort, type Finding, type Law, type Subject, type Verdict } from './laws/law.js';
export type { NamedLaw } from './laws/pair.js';
export * from './proof/index.js';
export * from './replay.js';
export { drawAttention } from './search/attention.js';
export {
  counterexampleFile,
  documentOf,
  type Broken,
  type Counterexample,
  type StoredInput,
} from './search/counterexample.js';
export { drawFrom, drawings, type Draw, type Drawing } from './search/drawing.js';
export { drawNetwork } from './search/network.js';
export { nodeMakers, type NodeCase, type NodeMaker, type Occurrence, type Place } from './search/node.js';
export { judgeOf, portsOf, type Judge, type Point, type Weighed } from './search/point.js';
export { drawRecurrent } from './search/recurrent.js';
export { graphOfPoint, type Example } from './search/single.js';
export type { Network } from './search/sketch.js';
export { anyParameters, points, smallPoints } from './search/values.js';
export * from './verdict-page.js';
export * from './verify.js';

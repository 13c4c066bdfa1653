export { compareModels, type Comparing, type ComparisonDone } from './files/compare.js';

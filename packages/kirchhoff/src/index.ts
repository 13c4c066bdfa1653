export { KirchhoffError } from './error.js';
export type { NumberArray } from './array.js';
export { defineRule, type GivenComposite, type GivenRule } from './rules.js';
export type { AskedTarget, Class } from './target.js';
export type { Given, Numbers, Sample, Shaped } from './input.js';
export type { Explanation, Ledger, ReadText, View } from './explanation.js';
export type { Compared, ComparedMethod, CompareOptions } from './compared.js';
export type {
  Explainer,
  ExplainOptions,
  ExportOptions,
  InspectedNode,
  Inspection,
  Model,
  PlanChoice,
} from './model.js';
export { openModel, type Documents, type OpenOptions } from './documents.js';

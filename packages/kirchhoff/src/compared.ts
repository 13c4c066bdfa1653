import {
  compareMethods,
  decide,
  openMethods,
  poseSamples,
  rowOf,
  samplesFirstIn,
  type Agreement,
  type ComparedMethod as Judged,
  type ComparedModel,
  type Estimate,
  type MethodRequest,
  type MetricName,
  type Values,
} from '@kirchhoff/compare';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { arrayOf, type NumberArray } from './array.js';
import type { Explanation } from './explanation.js';
import { namesIn, readGiven, type Given } from './input.js';
import type { Parts } from './model.js';

/** What is compared, and by what. */
export interface CompareOptions {
  /** Methods or composites by name, or with settings and the node that they look at. */
  readonly methods?: readonly (string | MethodRequest)[];
  /** Default the areas under the curves of removal. */
  readonly metrics?: readonly MetricName[];
  /** What removed parts are replaced by; default 0. */
  readonly baseline?: number;
  /** Go on with a method whose relevance goes missing beyond rounding; refused by default. */
  readonly allowOpenLedger?: boolean;
}

/** What one method says of the samples. */
export interface ComparedMethod {
  readonly title: string;
  /** One map for each sample, in the shape of the input. */
  readonly maps: readonly NumberArray[];
  /** The values of each metric, one for each sample; null where it is not defined. */
  readonly metrics: Readonly<Partial<Record<MetricName, Values>>>;
  /** Mean and interval of each metric over the samples. */
  readonly means: Readonly<Partial<Record<MetricName, Estimate | null>>>;
  /** For all samples together. */
  readonly milliseconds: number;
}

/** A comparison of methods on the same samples. */
export interface Compared {
  readonly names: readonly string[];
  /** The class of the greatest score, which is explained in each sample. */
  readonly targets: readonly number[];
  readonly methods: readonly ComparedMethod[];
  /** How far the maps of each two methods agree, in the order of the methods. */
  readonly agreement: readonly (readonly Agreement[])[];
}

const usual = {
  methods: ['epsilon-plus-flat', 'gradient-times-input', 'occlusion', 'random'],
  metrics: ['flipping-most-relevant', 'flipping-least-relevant'] as const satisfies readonly MetricName[],
};

const requestOf = (asked: string | MethodRequest): MethodRequest =>
  typeof asked === 'string' ? { name: asked, settings: {} } : asked;

const methodOf = (
  { name, maps, values, metrics, milliseconds }: Judged,
  asked: readonly MetricName[],
): ComparedMethod => ({
  title: name,
  maps: maps.map(arrayOf),
  metrics: values,
  means: Object.fromEntries(asked.map((metric) => [metric, metrics[metric]?.value ?? null])),
  milliseconds,
});

/** Runs every method on the samples, and judges what they say. */
export const compareOn = async (
  { model, book, around }: Parts<Explanation>,
  given: Given,
  { methods = usual.methods, metrics = usual.metrics, baseline = 0, allowOpenLedger }: CompareOptions,
): Promise<Result<Compared>> => {
  const inputs = await readGiven(model, given, around);
  if (E.isLeft(inputs)) return inputs;
  const [batch] = Object.values(inputs.right).map((one) => samplesFirstIn(model, one));
  const tensors = batch === undefined ? [] : Array.from({ length: batch.shape[0] ?? 0 }, (_, n) => rowOf(batch, n));
  const posed = poseSamples(model, book, { names: namesIn(given, tensors.length), tensors }, baseline);
  if (E.isLeft(posed)) return posed;
  const ground = await decide(posed.right);
  if (E.isLeft(ground)) return ground;
  const opened = await openMethods(ground.right, methods.map(requestOf), false);
  if (E.isLeft(opened)) return opened;
  const { cases } = ground.right;
  return E.map(({ methods: judged, agreement }: ComparedModel): Compared => ({
    names: cases.map(({ name }) => name),
    targets: cases.map(({ target }) => target),
    methods: judged.map((one) => methodOf(one, metrics)),
    agreement,
  }))(await compareMethods(ground.right, opened.right, { metrics, allowOpen: allowOpenLedger }));
};

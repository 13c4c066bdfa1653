import {
  agreements,
  estimate,
  judge,
  makeSubject,
  mapsOf,
  openForwardFor,
  openMethodFor,
  rowOf,
  winnersOf,
  type Agreement,
  type Case,
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

/** Runs every method on the samples, and judges what they say. */
export const compareOn = async (
  { model, book, around }: Parts<Explanation>,
  given: Given,
  { methods = usual.methods, metrics = usual.metrics, baseline = 0 }: CompareOptions,
): Promise<Result<Compared>> => {
  const subject = makeSubject(model, book, baseline);
  if (E.isLeft(subject)) return subject;
  const inputs = await readGiven(model, given, around);
  if (E.isLeft(inputs)) return inputs;
  const batch = inputs.right[subject.right.input.name]!;
  const forward = await openForwardFor(subject.right);
  try {
    const targets = winnersOf(await forward.run(batch));
    const names = namesIn(given, targets.length);
    const cases = targets.map((target, n): Case => ({ name: names[n]!, x: rowOf(batch, n), target }));
    const compared: ComparedMethod[] = [];
    for (const request of methods.map(requestOf)) {
      const opened = await openMethodFor(
        subject.right,
        request,
        cases.map(({ x }) => x.shape),
      );
      if (E.isLeft(opened)) return opened;
      const method = opened.right;
      try {
        const found = await mapsOf(method, cases);
        const judged = await judge(request, method, subject.right, forward, cases, found, { metrics });
        const means = metrics.map((name) => [name, estimate(judged.metrics[name] ?? [])] as const);
        compared.push({
          title: method.title,
          maps: found.maps.map(arrayOf),
          metrics: judged.metrics,
          means: Object.fromEntries(means),
          milliseconds: found.milliseconds,
        });
      } finally {
        await method.close();
      }
    }
    return E.right({ names, targets, methods: compared, agreement: agreements(compared.map(({ maps }) => maps)) });
  } finally {
    await forward.close();
  }
};

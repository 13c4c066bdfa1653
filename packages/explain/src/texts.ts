import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { explainSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { batchAxis, joinBatches, partOf, sampleOf } from './batch.js';
import type { Explainer } from './explain.js';
import type { Model } from './model.js';
import type { Report, SampleReport } from './report.js';
import { tokenRelevance, type Tokens } from '@kirchhoff/text';

/** What was explained of one text, for one target. */
export interface TextView {
  readonly asked: string;
  readonly sample: SampleReport;
  /** Relevance by component of each token's embedding: [T, E]. */
  readonly components: Tensor;
  /** The components of each token summed. */
  readonly tokens: Float64Array;
}

/** A text and what its decision rests on. */
export interface ExplainedText {
  readonly tokens: Tokens;
  /** The model's outputs for it. */
  readonly output: Float64Array;
  /** One for each target. */
  readonly views: readonly TextView[];
}

export interface ExplainedTexts {
  readonly texts: readonly ExplainedText[];
  /** The report of one run; its samples are those of all texts, in their order. */
  readonly report: Report;
}

/** Texts of one length make one batch, where the model takes one: nothing is padded. */
const byLength = (texts: readonly Tokens[], batches: boolean): readonly (readonly number[])[] => {
  if (!batches) return texts.map((_, i) => [i]);
  const groups = new Map<number, number[]>();
  texts.forEach(({ tokens }, i) => groups.set(tokens.length, [...(groups.get(tokens.length) ?? []), i]));
  return [...groups.values()];
};

/**
 * Explains texts of any lengths with one compiled graph: those of equal length as one batch.
 * The model must have one input, the token ids [N, T] or [T, N].
 */
export const explainTexts = async (
  explainer: Explainer,
  model: Model,
  texts: readonly Tokens[],
): Promise<Result<ExplainedTexts>> => {
  const [input, ...others] = model.typed.graph.inputs;
  if (input === undefined || others.length > 0) return E.left([problem(model.name, explainSays.oneTextInput())]);
  const axis = batchAxis(model.typed.graph, input.shape);
  const explained: ExplainedText[] = [];
  let report: Report | undefined;
  let run = 0;
  for (const group of byLength(texts, axis >= 0)) {
    const length = texts[group[0]!]!.tokens.length;
    const rows = group.map((i) =>
      tensor('int64', axis === 1 ? [length, 1] : [1, length], [...toNumbers(texts[i]!.ids.data)]),
    );
    const ids = rows.length === 1 ? rows[0]! : joinBatches([rows[0]!, ...rows.slice(1)], axis);
    const result = await explainer.run({ [input.name]: ids });
    if (E.isLeft(result)) return result;
    const { relevance, further, output, outputSamples, report: own } = result.right;
    report ??= own;
    run += own.timings.run;
    group.forEach((i, n) => {
      const tokens = texts[i]!;
      const views = [
        { relevance, asked: own.asked, samples: own.samples },
        ...own.further.map((one, k) => ({ ...one, relevance: further[k]!.relevance })),
      ];
      explained[i] = {
        tokens,
        output: toNumbers(partOf(output, outputSamples, group.length, n).data),
        views: views.map(({ asked, samples, relevance: maps }): TextView => {
          const components = sampleOf(maps[input.name]!, Math.max(axis, 0), n);
          return { asked, sample: samples[n]!, components, tokens: tokenRelevance(tokens, components) };
        }),
      };
    });
  }
  if (report === undefined) return E.left([problem(model.name, explainSays.noTexts())]);
  const samples = explained.map(({ views }) => views[0]!.sample);
  const allFurther = report.further.map(({ asked }, k) => ({
    asked,
    samples: explained.map(({ views }) => views[k + 1]!.sample),
  }));
  return E.right({
    texts: explained,
    report: { ...report, samples, further: allFurther, timings: { ...report.timings, run } },
  });
};

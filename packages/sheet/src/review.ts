import type { ExplainedText, Model } from '@kirchhoff/explain';
import { segmentRelevance } from '@kirchhoff/text';
import { textSegments, type TextSample, type TextSheet } from '@kirchhoff/picture';

const softmax = (logits: ArrayLike<number>): readonly number[] => {
  const values = Array.from(logits);
  const top = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - top));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((power) => power / total);
};

const percent = (share: number): string => `${(100 * share).toFixed(share > 0.995 || share < 0.1 ? 1 : 0)} %`;

/** What the model says of a text: its likeliest label, and how sure it is. */
const verdict = (model: Model, { output }: ExplainedText): string => {
  const shares = softmax(output);
  const best = shares.indexOf(Math.max(...shares));
  const labels = model.document?.labels;
  return labels === undefined ? '' : `→ ${labels[best] ?? best} (${percent(shares[best]!)})`;
};

/** One method's view of each text, in their order. */
export interface Reviewed {
  readonly title: string;
  readonly subtitle?: string;
  readonly texts: readonly ExplainedText[];
  /** Which of the targets is shown; the first by default. */
  readonly view?: number;
}

/** Texts as they were written, once for each method, coloured by relevance. */
export const reviewSheet = (
  model: Model,
  title: string,
  subtitle: string,
  methods: readonly Reviewed[],
  captions: readonly string[] = [],
): TextSheet => ({
  title,
  subtitle,
  methods: methods.map(({ title: name, subtitle: note }) => ({ title: name, subtitle: note })),
  samples: methods[0]!.texts.map((first, n): TextSample => {
    const { tokens } = first;
    return {
      caption: [captions[n], verdict(model, first)].filter((part) => part).join(' '),
      segments: textSegments(tokens),
      values: methods.map(({ texts, view = 0 }) => segmentRelevance(tokens, texts[n]!.views[view]!.tokens)),
      notice: tokens.truncated?.notice,
    };
  }),
});

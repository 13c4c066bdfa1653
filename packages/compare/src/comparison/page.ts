import { sampleOf } from '@kirchhoff/explain';
import { segmentRelevance } from '@kirchhoff/text';
import { compareSays } from '@kirchhoff/message';
import { toNumbers, type Tensor } from '@kirchhoff/graph';
import {
  textSegments,
  type Bounds,
  type Comparison,
  type ComparisonMethod,
  type ComparisonModel,
  type ComparisonRule,
  type ComparisonSample,
  type Pixels,
} from '@kirchhoff/picture';
import type { Completeness } from '../methods/index.js';
import { metricNames, metrics, placesOf } from '../metrics/index.js';
import { claims } from './claims.js';
import { methodRemarks, type ComparedMethod, type ComparedModel } from './run.js';
import type { Ground } from './ground.js';

/** How many samples of each model are drawn. */
const shown = 8;

const pixelsOf = (batch: Tensor): Pixels => {
  const { shape, data } = sampleOf(batch, 0, 0);
  const values = toNumbers(data);
  const last = shape.at(-1) ?? 1;
  return shape.length === 3 ? { shape, data: values } : { shape: [1, values.length / last, last], data: values };
};

const shareOf = (scores: readonly number[], target: number): number => {
  const top = Math.max(...scores);
  return Math.exp(scores[target]! - top) / scores.reduce((sum, score) => sum + Math.exp(score - top), 0);
};

const captionOf = ({ model, cases, outputs }: Ground, n: number): string => {
  const { name, target } = cases[n]!;
  const label = model.document?.labels?.[target] ?? `output ${target}`;
  return `${name} → ${label} (${(100 * shareOf(outputs[n]!, target)).toFixed(1)} %)`;
};

const boundsOf = ({ subject }: Ground, { shape }: Pixels): { readonly bounds?: Bounds } => {
  const { range } = subject.input;
  if (range === undefined) return {};
  const fits = (side: number | readonly number[]): boolean => typeof side === 'number' || side.length === shape[0];
  return fits(range.low) && fits(range.high) ? { bounds: range } : {};
};

const sampleAt = (ground: Ground, methods: readonly ComparedMethod[], n: number): ComparisonSample => {
  const caption = captionOf(ground, n);
  const tokens = ground.tokens?.[n];
  if (tokens !== undefined) {
    const values = methods.map(({ maps }) => segmentRelevance(tokens, placesOf(maps[n]!)));
    return { kind: 'text', caption, segments: textSegments(tokens), values };
  }
  const { x, mask } = ground.cases[n]!;
  const input = pixelsOf(x);
  const drawn: Pixels =
    input.shape[0] === 1 || input.shape[0] === 3
      ? input
      : { shape: [1, 1, input.data.length], data: Float64Array.from(input.data) };
  return {
    kind: 'picture',
    caption,
    input: drawn,
    ...boundsOf(ground, drawn),
    maps: methods.map(({ maps }) => pixelsOf(maps[n]!)),
    ...(mask && { mask: { shape: input.shape.slice(1), data: mask } }),
  };
};

/**
 * Where what is explained went, as signed parts of all that went anywhere (|Σ R| + Σ|leaks|), mean over samples, each by its
 * own scale; undefined where nothing adds up.
 */
export const partsOf = (ledgers: readonly (Completeness | null)[]): Readonly<Record<string, number>> | undefined => {
  const parts: Record<string, number> = { inputs: 0 };
  let count = 0;
  for (const ledger of ledgers) {
    if (ledger === null) continue;
    const entries = [['inputs', ledger.input] as const, ...Object.entries(ledger.leaks)];
    const all = entries.reduce((sum, [, value]) => sum + Math.abs(value), 0);
    if (all === 0) continue;
    count++;
    const sign = ledger.explained < 0 ? -1 : 1;
    for (const [cause, value] of entries) parts[cause] = (parts[cause] ?? 0) + (sign * value) / all;
  }
  if (count === 0) return undefined;
  return Object.fromEntries(Object.entries(parts).map(([cause, value]) => [cause, value / count]));
};

const planOf = (plan: ComparedMethod['plan']): ComparisonMethod['plan'] => {
  const byRule = new Map<string, string[]>();
  for (const { node, rule, parameters } of plan) {
    const given = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
    const title = given.length > 0 ? `${rule} (${given.join(', ')})` : rule;
    byRule.set(title, [...(byRule.get(title) ?? []), node]);
  }
  return [...byRule].map(([rule, nodes]) => ({ rule, nodes }));
};

type Claims = ReadonlyMap<string, readonly ComparisonRule[]>;

const modelOf = (
  { ground, methods, skipped, randomOrder, agreement }: ComparedModel,
  verdicts: Claims,
): ComparisonModel => {
  const { model, cases } = ground;
  const cells = (measure: 'spearman' | 'cosine' | 'top') => agreement.map((row) => row.map((cell) => cell[measure]));
  return {
    name: model.name,
    summary: model.document?.summary ?? '',
    count: cases.length,
    samples: cases.slice(0, shown).map((_, n) => sampleAt(ground, methods, n)),
    methods: methods.map(
      ({ name, summary, cite, settings, plan, passes, milliseconds, constant, curves, ledgers }) => ({
        name,
        summary: [...methodRemarks({ ledgers }, cases).map((remark) => `(${remark})`), summary].join(' '),
        cite,
        settings: Object.entries(settings).map(([key, value]) => `${key} ${value}`),
        plan: planOf(plan),
        passes,
        milliseconds: milliseconds / cases.length,
        constant,
        parts: partsOf(ledgers),
        curves,
      }),
    ),
    metrics: metricNames
      .filter((name) => methods.some((method) => method.metrics[name]?.value))
      .map((name) => ({
        ...metrics[name],
        direction: compareSays.words[metrics[name].better],
        values: methods.map((method) => method.metrics[name]?.value ?? null),
        againstRandom: methods.map((method) => method.metrics[name]?.againstRandom ?? null),
      })),
    random: randomOrder?.curve ?? null,
    agreement: compareSays.agreementRows.map(({ measure, title, summary }) => ({
      title,
      summary,
      cells: cells(measure),
    })),
    claims,
    rules: [...new Set(methods.flatMap(({ plan }) => plan.map(({ rule }) => rule)))].flatMap(
      (rule) => verdicts.get(rule) ?? [],
    ),
    skipped,
  };
};

/** What the page shows of a comparison. */
export const reportOf = (compared: readonly ComparedModel[], verdicts: Claims, command: string): Comparison => ({
  title: compareSays.pageTitle(compared.map(({ ground }) => ground.model.name)),
  subtitle: [
    ...compared.flatMap(({ ground, methods }) =>
      methods.flatMap((method) => methodRemarks(method, ground.cases).map((said) => `${method.name}: ${said}.`)),
    ),
    compareSays.pageSubtitle,
  ].join(' '),
  command,
  models: compared.map((one) => modelOf(one, verdicts)),
});

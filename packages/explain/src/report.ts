import { sizeOf, type Tensor } from '@kirchhoff/graph';
import { classAxisOf, placeOf, type Explanation, type Sent, type TargetView } from '@kirchhoff/relevance';
import type { Plan, Quantity, Seed } from '@kirchhoff/rule';
import { printExpr } from '@kirchhoff/formula';
import type { Backend } from '@kirchhoff/runtime';
import { batchAxis, countSamples } from './batch.js';
import { ledgerOf, remainderLedger, type SampleLedger } from './ledger.js';
import { classAxisIn } from './class-axis.js';
import { counting } from './rounding.js';
import type { Model } from './model.js';

export interface SampleReport {
  /** The index of the explained output, counted row by row over a sample; null where several are explained together. */
  readonly target: number | null;
  /** Its class, and its place along the other axes: the position in a text, row and column of a map. */
  readonly class: number | null;
  readonly position: readonly number[] | null;
  /** The class by its name. */
  readonly label: string | null;
  readonly score: number | null;
  /** Σ relevance of the inputs. */
  readonly relevance: number;
  /** Null where gradients were propagated: they keep none. */
  readonly ledger: SampleLedger | null;
}

export interface PlanReport {
  readonly node: string;
  readonly op: string;
  readonly kind: string;
  readonly rule: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly from: string;
  /** A product or contraction whose gate is not known, where the composite asked for it. */
  readonly undecided?: true;
}

/** What `explanation.json` holds. */
export interface Report {
  readonly format: 'kirchhoff-explanation/1';
  readonly model: string;
  readonly backend: string;
  /** What else there is to know of how it ran. */
  readonly note?: string | undefined;
  readonly composite: string;
  readonly quantity: Quantity;
  readonly seed: Seed | 'tensor';
  readonly output: string;
  /** The shape of the output of one sample, over which targets are counted. */
  readonly outputShape: readonly number[] | null;
  readonly inputs: readonly string[];
  readonly finish: string | null;
  /** What was asked to be explained: `argmax`, `7`, `last:7`, `7-rest`. */
  readonly asked: string;
  /** Whether every sample's ledger adds up, for every target; null where none is kept. */
  readonly addsUp: boolean | null;
  /** The axis of each input along which samples lie; or why there is one. */
  readonly batch: { readonly axes: Readonly<Record<string, number>> } | { readonly axes: null; readonly why: string };
  readonly samples: readonly SampleReport[];
  /** The same for further targets, explained in the same run. */
  readonly further: readonly { readonly asked: string; readonly samples: readonly SampleReport[] }[];
  readonly plan: readonly PlanReport[];
  readonly passes: { readonly total: number; readonly nodes: Explanation['passes'] };
  /** Milliseconds. */
  readonly timings: Readonly<Record<'build' | 'compile' | 'run', number>>;
}

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** Σ over each sample of a tensor, of its values or their sizes; one without a batch axis belongs to the first sample. */
const sumsPerSample = (
  { shape, data }: Tensor,
  axis: number,
  count: number,
  of: (value: number) => number,
): number[] => {
  const sums = Array<number>(count).fill(0);
  const inner = axis < 0 ? data.length : sizeOf(shape.slice(axis + 1));
  const samples = axis < 0 ? 1 : shape[axis]!;
  for (let from = 0; from < data.length; from += inner) {
    const n = (from / inner) % samples;
    let total = sums[n]!;
    for (let i = from; i < from + inner; i++) total += of(Number(data[i]));
    sums[n] = total;
  }
  return sums;
};

type Outputs = Readonly<Record<string, Tensor>>;

/** One run of an explanation graph. */
export interface Ran {
  readonly model: Model;
  readonly plan: Plan;
  readonly backend: Backend['name'];
  readonly inputs: Outputs;
  readonly outputs: Outputs;
  /** Whether the seed is the explained value. */
  readonly fromValue: boolean;
}

/** Per sample: target, score, Σ relevance and ledger. @param sample the shape of one sample of the output, where it is known */
export const reportSamples = (
  explanation: TargetView,
  ran: Ran,
  sample: readonly number[] | undefined,
): readonly SampleReport[] => {
  const { model, plan, inputs, outputs, backend, fromValue } = ran;
  const { typed, document } = model;
  const { graph } = typed;
  const count = countSamples(graph, inputs);
  const summed = (part: keyof Sent, of: (value: number) => number): readonly (readonly number[])[] =>
    graph.inputs.map(({ name, shape }) => {
      const sent = Object.hasOwn(explanation.sent, name) ? explanation.sent[name] : undefined;
      if (sent !== undefined) return Array.from(outputs[sent[part]]!.data, Number);
      return sumsPerSample(outputs[explanation.relevance[name]!]!, batchAxis(graph, shape), count, of);
    });
  const [maps, sizes] = [summed('sum', (value) => value), summed('size', Math.abs)];
  const source = { view: explanation, outputs, backend, fromValue, count: counting(typed, inputs) };
  const kept = explanation.ledger.length > 0;
  // Without the nodes' own bounds, each of them may have added as many roundings.
  const depth = kept ? 1 : Math.max(1, plan.assignments.size);
  const terms = depth * sum(graph.inputs.map(({ shape }) => source.count(shape)));
  const value = (name: string | undefined, n: number): number | null =>
    name === undefined ? null : Number(outputs[name]!.data[n]);
  const classAxis = classAxisIn(model);
  return Array.from({ length: count }, (_, n): SampleReport => {
    const relevance = sum(maps.map((sums) => sums[n]!));
    const target = value(explanation.target, n);
    const score = value(explanation.score, n);
    let ledger: SampleLedger | null = null;
    if (plan.quantity === 'relevance' && plan.finish === undefined && (kept || explanation.leaked !== undefined))
      ledger = ledgerOf(source, n, { sum: relevance, size: sum(sizes.map((one) => one[n]!)), terms });
    else if (plan.finished === 'relevance' && score !== null) ledger = remainderLedger(score, relevance);
    const place = target === null || sample === undefined ? undefined : placeOf(target, sample);
    const axis = classAxisOf(place?.length ?? 0, [], classAxis);
    const chosen = place === undefined ? null : (place[axis] ?? target);
    return {
      target,
      class: chosen,
      position: place?.filter((_, i) => i !== axis) ?? null,
      label: chosen === null ? null : (document?.labels?.[chosen] ?? null),
      score,
      relevance,
      ledger,
    };
  });
};

/** Whether every ledger adds up; null where there is none. */
export const addsUp = (samples: readonly SampleReport[]): boolean | null => {
  const ledgers = samples.flatMap(({ ledger }) => ledger ?? []);
  return ledgers.length === 0 ? null : ledgers.every(({ open }) => open.length === 0);
};

export const reportPlan = (plan: Plan, ops: ReadonlyMap<string, string>): readonly PlanReport[] =>
  [...plan.assignments.values()].map(({ node, kind, rule, parameters, place }) => ({
    node,
    op: ops.get(node) ?? '',
    kind,
    rule: rule.name,
    parameters,
    from: place,
    ...(plan.undecided.includes(node) && { undecided: true as const }),
  }));

export const finishText = (plan: Plan): string | null =>
  plan.finish === undefined ? null : printExpr(plan.finish.expr);

import { sizeOf, type Tensor } from '@kirchhoff/graph';
import { classAxisOf, placeOf, type Explanation, type TargetView } from '@kirchhoff/relevance';
import type { Plan, Quantity, Seed } from '@kirchhoff/rule';
import { printExpr } from '@kirchhoff/formula';
import { batchAxis } from './batch.js';
import type { Model } from './model.js';

/** One node's relevance for one sample: `in` = `out` + Σ leaks + undeclared. */
export interface NodeLedger {
  readonly node: string;
  readonly rule: string;
  readonly in: number;
  readonly out: number;
  readonly leaks: Readonly<Record<string, number>>;
  readonly undeclared: number;
}

/** Where the relevance of one sample went: seed = input + Σ leaks, to the closure. */
export interface SampleLedger {
  readonly seed: number;
  readonly input: number;
  readonly leaks: Readonly<Record<string, number>>;
  readonly nodes: readonly NodeLedger[];
  /** |seed − Σ input − Σ leaks| / max(|seed|, maxₙ Σ|Rₙ|). */
  readonly closure: number;
}

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
  /** Null where none was asked for, or gradients were propagated: they keep none. */
  readonly ledger: SampleLedger | null;
}

export interface PlanReport {
  readonly node: string;
  readonly op: string;
  readonly kind: string;
  readonly rule: string;
  readonly parameters: Readonly<Record<string, number>>;
  readonly from: string;
}

/** What `explanation.json` holds. */
export interface Report {
  readonly format: 'kirchhoff-explanation/1';
  readonly model: string;
  readonly backend: string;
  /** What else there is to know of how it ran. */
  readonly note?: string;
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

/** Σ over each sample of a tensor; one without a batch axis belongs to the first sample. */
const sumsPerSample = ({ shape, data }: Tensor, axis: number, count: number): number[] => {
  const sums = Array<number>(count).fill(0);
  const inner = axis < 0 ? data.length : sizeOf(shape.slice(axis + 1));
  const samples = axis < 0 ? 1 : shape[axis]!;
  for (let from = 0; from < data.length; from += inner) {
    const n = (from / inner) % samples;
    let total = sums[n]!;
    for (let i = from; i < from + inner; i++) total += Number(data[i]);
    sums[n] = total;
  }
  return sums;
};

type Outputs = Readonly<Record<string, Tensor>>;

const ledgerOf = (explanation: TargetView, outputs: Outputs, n: number, inputs: number): SampleLedger => {
  const at = (name: string | undefined): number => {
    if (name === undefined) return 0;
    const { data } = outputs[name]!;
    return Number(data[Math.min(n, data.length - 1)]);
  };
  const leaks: Record<string, number> = {};
  let scale = 0;
  const nodes = explanation.ledger.map((entry): NodeLedger => {
    const own = Object.fromEntries(Object.entries(entry.leaks).map(([cause, name]) => [cause, at(name)]));
    for (const [cause, value] of Object.entries(own)) leaks[cause] = (leaks[cause] ?? 0) + value;
    scale = Math.max(scale, at(entry.magnitude));
    const [received, sent] = [at(entry.in), at(entry.out)];
    const undeclared = received - sent - sum(Object.values(own));
    return { node: entry.node, rule: entry.rule, in: received, out: sent, leaks: own, undeclared };
  });
  const seed = at(explanation.seed);
  const open = Math.abs(seed - inputs - sum(Object.values(leaks)));
  const largest = Math.max(Math.abs(seed), scale);
  return { seed, input: inputs, leaks, nodes, closure: largest === 0 ? open : open / largest };
};

/** The ledger of gradient × input: one remainder, named as such. */
const remainderLedger = (score: number, inputs: number): SampleLedger => ({
  seed: score,
  input: inputs,
  leaks: { remainder: score - inputs },
  nodes: [],
  closure: 0,
});

/** Per sample: target, score, Σ relevance and ledger. @param sample the shape of one sample of the output, where it is known */
export const reportSamples = (
  explanation: TargetView,
  plan: Plan,
  outputs: Outputs,
  count: number,
  { typed: { graph }, document }: Model,
  sample: readonly number[] | undefined,
): readonly SampleReport[] => {
  const maps = graph.inputs.map(({ name, shape }) =>
    sumsPerSample(outputs[explanation.relevance[name]!]!, batchAxis(graph, shape), count),
  );
  const value = (name: string | undefined, n: number): number | null =>
    name === undefined ? null : Number(outputs[name]!.data[n]);
  return Array.from({ length: count }, (_, n): SampleReport => {
    const relevance = sum(maps.map((sums) => sums[n]!));
    const target = value(explanation.target, n);
    const score = value(explanation.score, n);
    let ledger: SampleLedger | null = null;
    if (plan.quantity === 'relevance' && plan.finish === undefined && explanation.ledger.length > 0)
      ledger = ledgerOf(explanation, outputs, n, relevance);
    else if (plan.finished === 'relevance' && score !== null) ledger = remainderLedger(score, relevance);
    const place = target === null || sample === undefined ? undefined : placeOf(target, sample);
    const axis = classAxisOf(place?.length ?? 0);
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

export const reportPlan = (plan: Plan, ops: ReadonlyMap<string, string>): readonly PlanReport[] =>
  [...plan.assignments.values()].map(({ node, kind, rule, parameters, place }) => ({
    node,
    op: ops.get(node) ?? '',
    kind,
    rule: rule.name,
    parameters,
    from: place,
  }));

export const finishText = (plan: Plan): string | null =>
  plan.finish === undefined ? null : printExpr(plan.finish.expr);

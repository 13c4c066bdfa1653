import {
  batchAxis,
  chooseOutput,
  explain,
  prepareFor,
  sampleOf,
  shapesOf,
  type Explained,
  type ExplainOptions,
  type Model,
  type NodeLedger,
  type SampleLedger,
  type SampleReport,
} from '@kirchhoff/explain';
import { facts, toNumbers, type Tensor } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';

/** One leak of one node. */
export interface Leak {
  readonly node: string;
  readonly rule: string;
  readonly cause: string;
  readonly value: number;
}

/** Where positivity breaks: the first tensor on the way back whose relevance has a part of the sign that the seed has not. */
export interface Break {
  readonly tensor: string;
  /** The nodes that read it and so sent that relevance, with their rules. */
  readonly sentBy: readonly { readonly node: string; readonly rule: string }[];
  /** Σ of the parts with the wrong sign. */
  readonly wrong: number;
}

/** Where the relevance of one explained sample went. */
export interface Audit {
  readonly seed: number;
  readonly input: number;
  /** The part of what passed that the ledger misses: rounding. */
  readonly closure: number;
  /** Where relevance went missing beyond rounding, and where it outgrew what it started from. */
  readonly open: SampleLedger['open'];
  readonly outgrown: SampleLedger['outgrown'];
  /** The largest first. */
  readonly leaks: readonly Leak[];
  /** Σ over all nodes, by cause. */
  readonly causes: Readonly<Record<string, number>>;
  /** In the order in which relevance met them. */
  readonly nodes: readonly NodeLedger[];
  /** Undefined where all relevance has the sign of the seed. */
  readonly break: Break | undefined;
}

/** Computed tensors of real numbers, in the order in which relevance meets them. */
const meetingOrder = ({ typed }: Model): readonly string[] => {
  const known = facts(typed);
  const real = (name: string): boolean =>
    typed.types.get(name)?.type.startsWith('float') === true && known.get(name)?.constant === false;
  return [...typed.graph.inputs, ...typed.graph.nodes]
    .map(({ name }) => name)
    .filter(real)
    .toReversed();
};

const breakOf = (model: Model, { relevance, at, report }: Explained, n: number, seed: number): Break | undefined => {
  const { graph } = model.typed;
  const rules = new Map(report.plan.map(({ node, rule }) => [node, rule]));
  for (const name of meetingOrder(model)) {
    const map: Tensor | undefined = at[name] ?? relevance[name];
    const type = model.typed.types.get(name);
    if (map === undefined || type === undefined) continue;
    const wrong = toNumbers(sampleOf(map, batchAxis(graph, type.shape), n).data).reduce(
      (sum, value) => (value * seed < 0 ? sum + value : sum),
      0,
    );
    if (Math.abs(wrong) <= 1e-6 * Math.abs(seed)) continue;
    const readers = graph.nodes.filter(({ inputs }) => inputs.includes(name));
    return { tensor: name, wrong, sentBy: readers.map(({ name: node }) => ({ node, rule: rules.get(node) ?? '' })) };
  }
  return undefined;
};

/** The audit of one sample's ledger; undefined where gradients were handed on, which keep none. */
const auditOf = (model: Model, explained: Explained, { ledger }: SampleReport, n: number): Audit | undefined => {
  if (ledger === null) return undefined;
  const { seed, input, closure, open, outgrown, nodes, leaks: causes } = ledger;
  const leaks = nodes
    .flatMap(({ node, rule, leaks }) => Object.entries(leaks).map(([cause, value]) => ({ node, rule, cause, value })))
    .filter(({ value }) => value !== 0)
    .toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return { seed, input, closure, open, outgrown, leaks, causes, nodes, break: breakOf(model, explained, n, seed) };
};

/** Audits one real explanation, sample by sample: undefined where there is no ledger. */
export const audit = async (
  model: Model,
  composite: Composite,
  book: Rulebook,
  inputs: Readonly<Record<string, Tensor>>,
  options: ExplainOptions = {},
): Promise<Result<readonly (Audit | undefined)[]>> => {
  const chosen = chooseOutput(model, options.output);
  const prepared = E.isLeft(chosen) ? chosen : prepareFor(chosen.right, composite, book, shapesOf(inputs), options);
  if (E.isLeft(prepared)) return prepared;
  const fitted = prepared.right.model;
  const declared = new Set(fitted.typed.graph.inputs.map(({ name }) => name));
  const at = meetingOrder(fitted).filter((name) => !declared.has(name));
  const { output: _, ...rest } = options;
  const explained = await explain(fitted, composite, book, inputs, { ...rest, at });
  if (E.isLeft(explained)) return explained;
  return E.right(explained.right.report.samples.map((sample, n) => auditOf(fitted, explained.right, sample, n)));
};

/** What bars of an audit show: the inputs, then every cause of leaks, the largest first. They sum to the seed. */
export const barsOf = ({ input, causes }: Audit): readonly { readonly label: string; readonly value: number }[] => [
  { label: 'inputs', value: input },
  ...Object.entries(causes)
    .filter(([, value]) => value !== 0)
    .toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([label, value]) => ({ label, value })),
];

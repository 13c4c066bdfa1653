import type { Tensor } from '@kirchhoff/graph';
import type { LedgerEntry, TargetView } from '@kirchhoff/relevance';
import type { Backend } from '@kirchhoff/runtime';
import { roundingOf, together, type Count } from './rounding.js';

/** One node's relevance for one sample: `in` = `out` + Σ leaks + undeclared. */
export interface NodeLedger {
  readonly node: string;
  readonly rule: string;
  readonly in: number;
  readonly out: number;
  readonly leaks: Readonly<Record<string, number>>;
  readonly undeclared: number;
  /** What of `undeclared` rounding explains, at the most. */
  readonly bound: number;
}

/** Relevance that went nowhere: at a node, or (`node` null) between nodes, where all of them add up and the whole does not. */
export interface Opening {
  readonly node: string | null;
  readonly rule: string | null;
  readonly undeclared: number;
  readonly bound: number;
}

/** The first node, as relevance travels, that handed on far more than was seeded. */
export interface Outgrown {
  /** Null where the total alone was kept. */
  readonly node: string | null;
  readonly rule: string | null;
  /** Σ|R| that it handed on, at one step of a recurrence, as a multiple of what the explanation started from. */
  readonly factor: number;
}

/** Where the relevance of one sample went: seed = input + Σ leaks, to the closure. */
export interface SampleLedger {
  readonly seed: number;
  readonly input: number;
  readonly leaks: Readonly<Record<string, number>>;
  /** Empty where the total alone was kept. */
  readonly nodes: readonly NodeLedger[];
  /** |seed − Σ input − Σ leaks| / max(|seed|, maxₙ Σ|Rₙ|). */
  readonly closure: number;
  /** Where relevance went missing beyond rounding, the most first; empty where the explanation adds up. */
  readonly open: readonly Opening[];
  readonly outgrown: Outgrown | null;
}

/**
 * Relevance has outgrown its seed where Σ|R| is more than this many times what the explanation started from: two digits of every
 * number then only serve to cancel others.
 */
export const outgrowth = 100;

/** What the ledger of one sample is read from. */
export interface LedgerSource {
  readonly view: TargetView;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly backend: Backend['name'];
  readonly count: Count;
  /** Whether the seed is the explained value, whose own evidence for and against may all but cancel. */
  readonly fromValue: boolean;
}

/** The maps of the inputs for one sample, summed. */
export interface Arrived {
  readonly sum: number;
  /** Σ|R|. */
  readonly size: number;
  readonly terms: number;
}

const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

type At = (name: string | undefined) => number;

const reading =
  (outputs: LedgerSource['outputs'], n: number): At =>
  (name) => {
    if (name === undefined) return 0;
    const { data } = outputs[name]!;
    return Number(data[Math.min(n, data.length - 1)]);
  };

const nodeLedger = (entry: LedgerEntry, at: At, { backend, count }: LedgerSource): NodeLedger => {
  const leaks = Object.fromEntries(Object.entries(entry.leaks).map(([cause, name]) => [cause, at(name)]));
  const [received, sent] = [at(entry.in), at(entry.out)];
  const undeclared = received - sent - sum(Object.values(leaks));
  const moved = at(entry.magnitude) + at(entry.spread) + sum(Object.values(leaks).map(Math.abs));
  const bound = roundingOf(backend, sum(entry.shapes.map(count)), moved);
  return { node: entry.node, rule: entry.rule, in: received, out: sent, leaks, undeclared, bound };
};

/** Rules that hand relevance on as it is. */
const passing = new Set(['structural', 'pass']);

/**
 * What the explanation started from: |seed|, or where that is the explained value, Σ|R| that the node which made it handed on. A
 * value near 0 is a sum of evidence for and against it that is not, and relevance is measured against that.
 */
const startOf = ({ view, fromValue }: LedgerSource, at: At): number => {
  const last = view.ledger.findLast(({ rule }) => !passing.has(rule));
  const seeded = Math.max(Math.abs(at(view.seed)), at(view.ledger.at(-1)?.magnitude));
  return fromValue ? Math.max(seeded, at(last?.peak)) : seeded;
};

const outgrownOf = (source: LedgerSource, at: At, arrived: Arrived): Outgrown | null => {
  const start = startOf(source, at);
  if (source.view.ledger.length === 0)
    return arrived.size > outgrowth * start ? { node: null, rule: null, factor: arrived.size / start } : null;
  const first = source.view.ledger.findLast(({ peak }) => at(peak) > outgrowth * start);
  return first === undefined ? null : { node: first.node, rule: first.rule, factor: at(first.peak) / start };
};

/** The ledger of sample `n`, and whether it adds up, at every node and as a whole. */
export const ledgerOf = (source: LedgerSource, n: number, arrived: Arrived): SampleLedger => {
  const { view, outputs, backend } = source;
  const at = reading(outputs, n);
  const nodes = view.ledger.map((entry) => nodeLedger(entry, at, source));
  const leaks: Record<string, number> = {};
  const leaked = [...nodes.map((node) => node.leaks), totalLeaks(view, at)];
  for (const own of leaked)
    for (const [cause, value] of Object.entries(own)) leaks[cause] = (leaks[cause] ?? 0) + value;
  const seed = at(view.seed);
  const missing = seed - arrived.sum - sum(Object.values(leaks));
  const scale = Math.max(Math.abs(seed), ...view.ledger.map(({ magnitude }) => at(magnitude)));
  const open = nodes
    .filter(({ undeclared, bound }) => !(Math.abs(undeclared) <= bound))
    .map(({ node, rule, undeclared, bound }): Opening => ({ node, rule, undeclared, bound }))
    .toSorted((a, b) => Math.abs(b.undeclared) - Math.abs(a.undeclared));
  const moved = Math.abs(seed) + arrived.size + sum(Object.values(leaks).map(Math.abs));
  const whole = together([roundingOf(backend, arrived.terms, moved), ...nodes.map(({ bound }) => bound)]);
  if (open.length === 0 && !(Math.abs(missing) <= whole))
    open.push({ node: null, rule: null, undeclared: missing, bound: whole });
  return {
    seed,
    input: arrived.sum,
    leaks,
    nodes,
    closure: scale === 0 ? Math.abs(missing) : Math.abs(missing) / scale,
    open,
    outgrown: outgrownOf(source, at, arrived),
  };
};

const totalLeaks = ({ leaked = {} }: TargetView, at: At): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(leaked).map(([cause, name]) => [cause, at(name)]));

/** The ledger of gradient × input: one remainder, named as such. */
export const remainderLedger = (score: number, input: number): SampleLedger => ({
  seed: score,
  input,
  leaks: { remainder: score - input },
  nodes: [],
  closure: 0,
  open: [],
  outgrown: null,
});

/** Whether a total alone leaves open what the ledger of every node would tell: which node it was, or whether rounding was all. */
export const wantsNodes = ({ leaks, nodes, open, outgrown }: SampleLedger): boolean =>
  nodes.length === 0 && leaks['remainder'] === undefined && (open.length > 0 || outgrown !== null);

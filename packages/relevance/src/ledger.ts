import type { Dim } from '@kirchhoff/graph';
import type { Builder } from './builder.js';
import type { Crossed } from './crossing.js';
import { sumPerSample, type Sampling } from './per-sample.js';
import type { Value } from './value.js';

/**
 * Where the relevance of one node went, as names of tensors that hold one number per sample:
 * `in` = `out` + Σ leaks, to rounding. Tensors are absent where the number is 0 whatever the input.
 */
export interface LedgerEntry {
  readonly node: string;
  readonly rule: string;
  readonly in: string;
  /** Σ|R| of what arrived: the scale that rounding is measured against. */
  readonly magnitude: string;
  readonly out: string | undefined;
  /** Σ|R| of what was handed on: where it is far more than arrived, parts of either sign all but cancel. */
  readonly spread: string | undefined;
  /** The same, of that step of a Scan in which it was largest. */
  readonly peak: string | undefined;
  /** Shapes of what arrived and of what was handed on: how many numbers were added up. */
  readonly shapes: readonly (readonly Dim[])[];
  readonly leaks: Readonly<Record<string, string>>;
}

const sumAll = (b: Builder, parts: readonly string[], hint: string): string | undefined =>
  parts.length === 0 ? undefined : parts.reduce((sum, part) => b.emit(hint, 'Add', [sum, part]));

/** The tensors of an entry. */
export const tensorsOf = ({ in: received, magnitude, out, spread, peak, leaks }: LedgerEntry): readonly string[] => [
  received,
  magnitude,
  ...[out, spread, peak].filter((name) => name !== undefined),
  ...Object.values(leaks),
];

/** The entry with other tensors in place of its own; its peak is left. */
export const mapEntry = (entry: LedgerEntry, names: ReadonlyMap<string, string>): LedgerEntry => ({
  ...entry,
  in: names.get(entry.in)!,
  magnitude: names.get(entry.magnitude)!,
  out: entry.out && names.get(entry.out),
  spread: entry.spread && names.get(entry.spread),
  leaks: Object.fromEntries(Object.entries(entry.leaks).map(([cause, name]) => [cause, names.get(name)!])),
});

/** Σ of what leaked by one cause, per sample. */
export interface LeakSum {
  readonly cause: string;
  readonly sum: string;
}

/** What leaked at one crossed node, by cause. */
export const leakSums = (
  b: Builder,
  node: string,
  { leaks }: Pick<Crossed, 'leaks'>,
  sampling: Sampling,
): readonly LeakSum[] =>
  leaks.flatMap(({ cause, value }) =>
    value === 0 ? [] : [{ cause, sum: sumPerSample(b, value, node, sampling, `${node}/ledger.${cause}`) }],
  );

/** Σ by cause. */
export const sumByCause = (b: Builder, sums: readonly LeakSum[], hint: string): Readonly<Record<string, string>> => {
  const parts = new Map<string, string[]>();
  for (const { cause, sum } of sums) parts.set(cause, [...(parts.get(cause) ?? []), sum]);
  return Object.fromEntries([...parts].map(([cause, own]) => [cause, sumAll(b, own, `${hint}.${cause}`)!]));
};

/** Enters one crossed node into the ledger. */
export const enter = (
  b: Builder,
  node: { readonly name: string; readonly inputs: readonly string[] },
  rule: string,
  received: readonly string[],
  crossed: Crossed,
  sampling: Sampling,
): LedgerEntry => {
  const sum = (value: Value, like: string, what: string): string =>
    sumPerSample(b, value, like, sampling, `${node.name}/ledger.${what}`);
  const size = (R: string, like: string, what: string): string =>
    sum({ tensor: b.emit(`${node.name}/ledger.abs`, 'Abs', [R]) }, like, what);
  const messages = [...crossed.messages].map(([port, message]) => [message, node.inputs[port]!] as const);
  const spread = sumAll(
    b,
    messages.map(([message, input]) => size(message, input, 'spread')),
    `${node.name}/ledger.spread`,
  );
  return {
    node: node.name,
    rule,
    magnitude: sumAll(
      b,
      received.map((R) => size(R, node.name, 'magnitude')),
      `${node.name}/ledger.magnitude`,
    )!,
    in: sumAll(
      b,
      received.map((R) => sum({ tensor: R }, node.name, 'in')),
      `${node.name}/ledger.in`,
    )!,
    out: sumAll(
      b,
      messages.map(([message, input]) => sum({ tensor: message }, input, 'out')),
      `${node.name}/ledger.out`,
    ),
    spread,
    peak: spread,
    shapes: [...received, ...crossed.messages.values()].map(b.dims),
    leaks: sumByCause(b, leakSums(b, node.name, crossed, sampling), `${node.name}/ledger`),
  };
};

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
  readonly leaks: Readonly<Record<string, string>>;
}

const sumAll = (b: Builder, parts: readonly string[], hint: string): string | undefined =>
  parts.length === 0 ? undefined : parts.reduce((sum, part) => b.emit(hint, 'Add', [sum, part]));

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
  const leaks = new Map<string, string[]>();
  for (const { cause, value } of crossed.leaks) {
    if (value === 0) continue;
    leaks.set(cause, [...(leaks.get(cause) ?? []), sum(value, node.name, cause)]);
  }
  const size = (R: string): string =>
    sum({ tensor: b.emit(`${node.name}/ledger.abs`, 'Abs', [R]) }, node.name, 'magnitude');
  return {
    node: node.name,
    rule,
    magnitude: sumAll(b, received.map(size), `${node.name}/ledger.magnitude`)!,
    in: sumAll(
      b,
      received.map((R) => sum({ tensor: R }, node.name, 'in')),
      `${node.name}/ledger.in`,
    )!,
    out: sumAll(
      b,
      [...crossed.messages].map(([port, message]) => sum({ tensor: message }, node.inputs[port]!, 'out')),
      `${node.name}/ledger.out`,
    ),
    leaks: Object.fromEntries(
      [...leaks].map(([cause, parts]) => [cause, sumAll(b, parts, `${node.name}/ledger.${cause}`)!]),
    ),
  };
};

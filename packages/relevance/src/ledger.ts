import { withBatchAxis } from './batch-axis.js';
import type { Builder } from './builder.js';
import { expandLike, type Value } from './value.js';
import type { Crossed } from './crossing.js';

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

/** Σ of `value` over each sample: [N], or [1] where the graph has no batch axis. */
export const sumPerSample = (
  b: Builder,
  value: Value,
  like: string,
  batch: string | undefined,
  hint: string,
): string => {
  let tensor = typeof value === 'number' ? b.scalar(value) : value.tensor;
  if (typeof value !== 'number' && value.logical) tensor = b.emit(hint, 'Where', [tensor, b.scalar(1), b.scalar(0)]);
  const missing = batch !== undefined && !b.dims(tensor).includes(batch);
  if (typeof value === 'number' || missing) tensor = expandLike(b, tensor, like, hint);
  if (batch !== undefined && !b.dims(tensor).includes(batch))
    tensor = withBatchAxis(b, tensor, like, batch, hint) ?? tensor;
  const dims = b.dims(tensor);
  const axis = batch === undefined ? -1 : dims.indexOf(batch);
  const axes = dims.map((_, i) => i).filter((i) => i !== axis);
  const summed = axes.length === 0 ? tensor : b.emit(hint, 'ReduceSum', [tensor, b.ints(axes)], { keepdims: 0 });
  return axis >= 0 ? summed : b.emit(hint, 'Reshape', [summed, b.ints([1])]);
};

const sumAll = (b: Builder, parts: readonly string[], hint: string): string | undefined =>
  parts.length === 0 ? undefined : parts.reduce((sum, part) => b.emit(hint, 'Add', [sum, part]));

/** Enters one crossed node into the ledger. */
export const enter = (
  b: Builder,
  node: { readonly name: string; readonly inputs: readonly string[] },
  rule: string,
  received: readonly string[],
  crossed: Crossed,
  batch: string | undefined,
): LedgerEntry => {
  const sum = (value: Value, like: string, what: string): string =>
    sumPerSample(b, value, like, batch, `${node.name}/ledger.${what}`);
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

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

/** The value whose axes but the last are merged in the rows of `like`: what a Gemm of more than two axes is made of. */
const mergedIn = (b: Builder, like: string, batch: string): string | undefined => {
  const node = b.node(like);
  const rows = node?.op === 'Gemm' ? b.node(node.inputs[0]!) : node;
  const source = rows?.op === 'Reshape' ? rows.inputs[0]! : undefined;
  const [merged] = b.dims(like);
  return source !== undefined && merged !== batch && b.dims(like).length === 2 && b.dims(source).includes(batch)
    ? source
    : undefined;
};

/** [rows, m] with the axes that its rows merge. */
const apart = (b: Builder, tensor: string, source: string, hint: string): string => {
  const lead = b.emit(`${hint}.lead`, 'Slice', [
    b.emit(`${source}.shape`, 'Shape', [source]),
    b.ints([0]),
    b.ints([b.dims(source).length - 1]),
  ]);
  const shape = b.emit(`${hint}.shape`, 'Concat', [lead, b.ints([-1])], { axis: 0 });
  return b.emit(hint, 'Reshape', [tensor, shape]);
};

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
  const source = batch === undefined || b.dims(tensor).includes(batch) ? undefined : mergedIn(b, like, batch);
  if (source !== undefined) tensor = apart(b, tensor, source, hint);
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

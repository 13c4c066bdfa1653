import { attributesOf, productDim } from '@kirchhoff/graph';
import type { Builder } from './builder.js';
import { expandLike, reshapeLike, sameDims, type Value } from './value.js';
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

const relabels: readonly string[] = ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'];

/** The node that made a value from one of the same shape, element by element or row by row. */
const rowwise = (b: Builder, name: string): string | undefined => {
  const node = b.node(name);
  if (node?.op === 'Gemm') return node.inputs[0];
  return node?.inputs.find((input) => b.has(input) && sameDims(b.dims(input), b.dims(name)));
};

/** A value whose first axes, the batch among them, are merged in the rows of `name`, and how many they are. */
const mergedRows = (
  b: Builder,
  name: string,
  batch: string,
): { readonly source: string; readonly lead: number } | undefined => {
  const node = b.node(name);
  const [source = ''] = node?.inputs ?? [];
  if (node === undefined || !relabels.includes(node.op)) {
    const before = rowwise(b, name);
    return before === undefined ? undefined : mergedRows(b, before, batch);
  }
  const [width, dims] = [b.dims(name).at(-1), b.dims(source)];
  const lead = dims.findIndex((_, i) => productDim(dims.slice(i)) === width);
  return lead > 0 && dims.slice(0, lead).includes(batch) ? { source, lead } : undefined;
};

/**
 * A tensor of the shape of `like` with the batch as an axis of its own again, where `like` has it merged with others: by
 * the way on which `like` was made, backwards. Undefined where that does not lead to the batch.
 */
const apart = (b: Builder, tensor: string, like: string, batch: string, hint: string): string | undefined => {
  if (b.dims(like).includes(batch)) return tensor;
  const node = b.node(like);
  const [source = ''] = node?.inputs ?? [];
  if (node !== undefined && relabels.includes(node.op))
    return apart(b, reshapeLike(b, tensor, source, hint), source, batch, hint);
  if (node?.op === 'Transpose') {
    const perm = attributesOf(node)['perm'];
    const order = Array.isArray(perm) ? perm.map(Number) : b.dims(like).map((_, i, dims) => dims.length - 1 - i);
    const inverse = order.map((_, i) => order.indexOf(i));
    return apart(b, b.emit(hint, 'Transpose', [tensor], { perm: inverse }), source, batch, hint);
  }
  if (node?.op === 'Gemm') {
    const rows = mergedRows(b, source, batch);
    if (rows === undefined) return undefined;
    const sizes = b.emit(`${rows.source}.shape`, 'Shape', [rows.source], { end: rows.lead });
    return b.emit(hint, 'Reshape', [tensor, b.emit(`${hint}.shape`, 'Concat', [sizes, b.ints([-1])], { axis: 0 })]);
  }
  const before = rowwise(b, like);
  return before === undefined ? undefined : apart(b, tensor, before, batch, hint);
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
  if (batch !== undefined && !b.dims(tensor).includes(batch)) tensor = apart(b, tensor, like, batch, hint) ?? tensor;
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

import { fromNumbers, type ElementType, type StoredTensor } from '@kirchhoff/graph';
import type { NodeDocument } from './read-node.js';
import type { OldNode } from './upgrade.js';

/** A tensor of these values; a vector where no shape is given. */
export const vector = (
  type: ElementType,
  values: readonly number[],
  shape: readonly number[] = [values.length],
): StoredTensor => ({ type, shape, read: () => fromNumbers(type, values) });

/** An attribute that is a list of numbers; a document writes numbers that are not finite as strings. */
export const numbersOf = (value: unknown): readonly number[] | undefined =>
  Array.isArray(value) ? value.map(Number) : undefined;

/** An attribute that is one number. */
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' || typeof value === 'string' ? Number(value) : undefined;

/** The node with these attributes and inputs instead of its own; trailing omitted inputs are cut. */
export const respelled = (
  { name, op, outputs }: OldNode,
  inputs: readonly string[],
  attrs: Readonly<Record<string, unknown>>,
): NodeDocument => ({
  name,
  op,
  inputs: inputs.slice(0, inputs.findLastIndex((input) => input !== '') + 1),
  ...(outputs.length > 0 && { outputs }),
  ...(Object.keys(attrs).length > 0 && { attrs }),
});

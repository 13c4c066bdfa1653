import { greatest, batchOf, type Dim, type Tensor, type TypedGraph } from '@kirchhoff/graph';
import type { Backend } from '@kirchhoff/runtime';

/** Half the distance of 1 to the next number, and the least number that is not rounded to 0, by backend. */
const arithmetic: { readonly [Name in Backend['name']]: { readonly unit: number; readonly least: number } } = {
  reference: { unit: 2 ** -53, least: 2 ** -1022 },
  ort: { unit: 2 ** -24, least: 2 ** -126 },
};

/** How many numbers a shape holds for one sample. */
export type Count = (shape: readonly Dim[]) => number;

/**
 * Sizes of one sample's tensors, from those of the inputs. A symbol that no input binds counts as the largest that one does.
 */
export const counting = (typed: TypedGraph, inputs: Readonly<Record<string, Tensor>>): Count => {
  const sizes = new Map<string, number>();
  for (const { name, shape } of typed.graph.inputs)
    shape.forEach((dim, axis) => {
      if (typeof dim === 'string') sizes.set(dim, inputs[name]?.shape[axis] ?? 1);
    });
  const batch = batchOf(typed);
  if (batch !== undefined) sizes.set(batch, 1);
  const largest = greatest(sizes.values(), 1);
  return (shape) =>
    shape.reduce<number>((all, dim) => all * (typeof dim === 'number' ? dim : (sizes.get(dim) ?? largest)), 1);
};

/** Roundings of one message before it is added to others: its factors, its quotient, its stabiliser. */
const each = 8;

/**
 * How far rounding may take a sum of `terms` numbers from what it should be: (8 + √terms) · u · Σ|numbers|. Roundings are as often
 * up as down, so that those of n additions come to √n of one (Higham and Mary 2019, A New Approach to Probabilistic Rounding
 * Error Analysis); `terms` counts every number that a node received or sent, and no chain of its additions is longer.
 * @param moved Σ|numbers|
 */
export const roundingOf = (backend: Backend['name'], terms: number, moved: number): number => {
  const { unit, least } = arithmetic[backend];
  return (each + Math.sqrt(terms)) * unit * moved + terms * least;
};

/** Of sums that are each off by rounding of their own: what their total may be off by. In a chain of equal nodes errors agree. */
export const together = (bounds: readonly number[]): number => bounds.reduce((sum, bound) => sum + bound, 0);

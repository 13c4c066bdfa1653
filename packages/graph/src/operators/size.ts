import { graphSays } from '@kirchhoff/message';
import { bindDim, symbolsOfDim } from '../dim.js';
import type { Dim } from '../graph.js';

/** The most axes that a value may have, and the most elements (8 GiB in float64). */
export const axisLimit = 64;
export const elementLimit = 2 ** 30;

/** A size with its symbols at 1: no sample has fewer elements. */
const leastOf = (dim: Dim): number => {
  if (typeof dim === 'number') return dim;
  if (!/\d{4}/.test(dim)) return 1;
  const bound = bindDim(dim, new Map(symbolsOfDim(dim).map((symbol) => [symbol, 1])));
  return typeof bound === 'number' ? bound : 1;
};

/** What is wrong with a shape, whatever its symbols are: sizes below 0, more axes or elements than can be held. */
export const shapeFault = (shape: readonly Dim[]): string | undefined => {
  if (shape.length > axisLimit) return graphSays.tooManyAxes(shape.length, axisLimit);
  const negative = shape.find((dim) => typeof dim === 'number' && dim < 0);
  if (negative !== undefined) return graphSays.negativeSize(shape, negative);
  const elements = shape.reduce<number>((product, dim) => product * leastOf(dim), 1);
  return elements > elementLimit ? graphSays.tooManyElements(shape, elements, elementLimit) : undefined;
};

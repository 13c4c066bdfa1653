import { bindDim, equalDim, symbolsOfDim } from './dim.js';
import type { Dim, Graph } from './graph.js';
import { inferUnequal } from './infer.js';
import type { TensorStore } from './tensor.js';

/** A symbol, and what it must be. */
export type Equation = readonly [symbol: string, value: Dim];

/** A graph whose sizes that must be equal are one, and the equations that were solved for that. */
export interface Unified {
  readonly graph: Graph;
  readonly equations: readonly Equation[];
}

/** `N` before all others, then in the order of the inputs. */
const orderOf = (graph: Graph): readonly string[] => {
  const found = graph.inputs.flatMap(({ shape }) => shape.flatMap(symbolsOfDim));
  return [...new Set(found.includes('N') ? ['N', ...found] : found)];
};

/** The symbol that gives way, and what takes its place, so that two sizes are equal; undefined where that is not plain. */
const solved = (a: Dim, b: Dim, order: readonly string[]): Equation | undefined => {
  const rank = (dim: Dim): number => (typeof dim === 'string' ? order.indexOf(dim) : -1);
  const [first, second] = rank(a) < rank(b) ? [a, b] : [b, a];
  if (rank(second) >= 0 && !symbolsOfDim(first).includes(String(second))) return [String(second), first];
  const [left, right] = [symbolsOfDim(a), symbolsOfDim(b)];
  const [s, ...more] = left.filter((symbol) => !right.includes(symbol));
  const [t, ...others] = right.filter((symbol) => !left.includes(symbol));
  if (s === undefined || t === undefined || more.length + others.length > 0) return undefined;
  const [kept, gone] = order.indexOf(s) < order.indexOf(t) ? [s, t] : [t, s];
  const bound = new Map([[gone, kept]]);
  return equalDim(bindDim(a, bound), bindDim(b, bound)) ? [gone, kept] : undefined;
};

const withEquation = (graph: Graph, [symbol, value]: Equation): Graph => ({
  ...graph,
  inputs: graph.inputs.map((input) => ({
    ...input,
    shape: input.shape.map((dim) => bindDim(dim, new Map([[symbol, value]]))),
  })),
});

/**
 * Makes sizes one that the graph's own equations say are one: what a Concat joins, what a product sums over, and what is
 * broadcast, where a size could also be 1 and stand for any other: that is for whoever gives inputs of such sizes to say
 * (`bindModel`). Equations that are not plain are left, and inference refuses them.
 */
export const unifySizes = (graph: Graph, store: TensorStore): Unified => {
  const order = orderOf(graph);
  let unified: Unified = { graph, equations: [] };
  while (unified.equations.length < order.length) {
    const equation = inferUnequal(unified.graph, store)
      .map(([a, b]) => solved(a, b, order))
      .find((one) => one !== undefined);
    if (equation === undefined) break;
    unified = {
      graph: withEquation(unified.graph, equation),
      equations: [...unified.equations.map(([s, v]): Equation => [s, bindDim(v, new Map([equation]))]), equation],
    };
  }
  return unified;
};

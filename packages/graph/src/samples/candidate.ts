import { symbolsOfDim } from '../dim.js';
import type { Dim, Graph, Input } from '../graph.js';
import { freshNames } from '../names.js';

/** An axis for each input that has one; the others are the same for all samples. */
export type InputAxes = ReadonlyMap<string, number>;

/** What is stated: for some inputs an axis, or that they have none. */
export type StatedAxes = Readonly<Record<string, number | 'none'>>;

/** An axis of an input whose size decides what the graph is: it holds no samples that could lie apart. */
export interface Deciding {
  readonly input: string;
  readonly axis: number;
  /** The node that is read by the size, and its operator. */
  readonly node: string;
  readonly op: string;
}

/** More are not tried. */
const limit = 32;

const isSymbol = (dim: Dim | undefined): dim is string => typeof dim === 'string';

/** An input and an axis of it from which a choice starts. */
interface Start {
  readonly input: Input;
  readonly axis: number;
}

/**
 * In the order in which they are tried: symbols that lead a shape, a leading axis of one alone, further symbols, leading
 * axes of more, further axes.
 */
const tierOf = ({ input: { shape }, axis }: Start): number => {
  const dim = shape[axis];
  if (axis === 0) return isSymbol(dim) ? 0 : dim === 1 ? 1 : 3;
  return isSymbol(dim) ? 2 : 4;
};

const startsOf = (graph: Graph): readonly Start[] =>
  graph.inputs
    .flatMap((input) => input.shape.map((_, axis): Start => ({ input, axis })))
    .map((start, order) => ({ start, order, tier: tierOf(start) }))
    .sort((a, b) => a.tier - b.tier || a.start.axis - b.start.axis || a.order - b.order)
    .map(({ start }) => start);

/** Where another input may have its samples, the likeliest first: axes of the same size, an open one beside it, none. */
const optionsFor = ({ shape }: Input, { input, axis }: Start): readonly (number | undefined)[] => {
  const dim = input.shape[axis]!;
  const equal = shape.flatMap((other, i) => (other === dim ? [i] : []));
  const open = isSymbol(dim) && isSymbol(shape[axis]) && !equal.includes(axis) ? [axis] : [];
  return [...equal.filter((i) => i === axis), ...equal.filter((i) => i !== axis), ...open, undefined];
};

const product = (options: readonly (readonly (number | undefined)[])[]): readonly (readonly (number | undefined)[])[] =>
  options.reduce<readonly (readonly (number | undefined)[])[]>(
    (all, next) => all.flatMap((one) => next.map((axis) => [...one, axis])).slice(0, limit),
    [[]],
  );

/** Choices of axes for the inputs of a graph that agree with what is stated, each once, the likeliest first. */
export const candidates = (graph: Graph, stated: StatedAxes): readonly InputAxes[] => {
  const seen = new Set<string>();
  const found: InputAxes[] = [];
  for (const start of startsOf(graph)) {
    const options = graph.inputs.map((input): readonly (number | undefined)[] => {
      const said = stated[input.name];
      if (said !== undefined) return [said === 'none' ? undefined : said];
      return input === start.input ? [start.axis] : optionsFor(input, start);
    });
    for (const axes of product(options)) {
      if (axes[graph.inputs.indexOf(start.input)] !== start.axis) continue;
      const key = axes.join();
      if (seen.has(key)) continue;
      seen.add(key);
      found.push(
        new Map(graph.inputs.flatMap(({ name }, i) => (axes[i] === undefined ? [] : [[name, axes[i]!] as const]))),
      );
    }
  }
  return found.slice(0, limit);
};

const symbolsIn = (graph: Graph): ReadonlySet<string> =>
  new Set(graph.inputs.flatMap(({ shape }) => shape.flatMap(symbolsOfDim)));

/** Whether a candidate has no fixed axis. */
export const isOpen = (graph: Graph, axes: InputAxes): boolean =>
  graph.inputs.every(({ name, shape }) => !axes.has(name) || isSymbol(shape[axes.get(name)!]));

/** Whether a candidate has no fixed axis, and every further symbol of the inputs is one of its own. */
export const onlyOpen = (graph: Graph, axes: InputAxes): boolean =>
  graph.inputs.every(({ name, shape }) =>
    shape.every((dim, i) => (axes.get(name) === i ? isSymbol(dim) : typeof dim === 'number')),
  );

/**
 * The graph with one symbol for the number of samples at these axes and nowhere else: the symbol that stands there, where
 * it stands nowhere else, or a fresh one.
 */
export const withSymbol = (graph: Graph, axes: InputAxes): { readonly graph: Graph; readonly symbol: string } => {
  const at = graph.inputs.flatMap(({ name, shape }) => (axes.has(name) ? [shape[axes.get(name)!]!] : []));
  const [own] = at;
  const elsewhere = graph.inputs.flatMap(({ name, shape }) => shape.filter((_, i) => i !== axes.get(name)));
  const kept =
    isSymbol(own) &&
    at.every((dim) => dim === own) &&
    symbolsOfDim(own).join() === own &&
    !elsewhere.flatMap(symbolsOfDim).includes(own);
  const symbol = kept ? own : freshNames(symbolsIn(graph), '_')('N');
  const inputs = graph.inputs.map((input) => ({
    ...input,
    shape: input.shape.map((dim, i) => (axes.get(input.name) === i ? symbol : dim)),
  }));
  return { graph: kept ? graph : { ...graph, inputs }, symbol };
};

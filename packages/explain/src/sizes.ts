import {
  bindDim,
  stretch,
  symbolsOfDim,
  type Dim,
  type Graph,
  type Input,
  type Tensor,
  type TypedGraph,
} from '@kirchhoff/graph';
import { explainSays, problem, type Problem } from '@kirchhoff/message';
import { batchAxis } from './batch.js';

/** The number that stands for each symbol of a graph's inputs. */
export type Sizes = ReadonlyMap<string, number>;

/** Shapes of what is given for inputs, by their names. */
export type Shapes = Readonly<Record<string, readonly number[] | undefined>>;

/** The symbols in the shapes of inputs, in their order. */
export const symbolsOf = (inputs: readonly Pick<Input, 'shape'>[]): readonly string[] => [
  ...new Set(inputs.flatMap(({ shape }) => shape.flatMap(symbolsOfDim))),
];

/** The open sizes of a graph's inputs, the number of samples left out. */
export const openSizes = (graph: Graph): readonly string[] =>
  symbolsOf(graph.inputs.map(({ shape }) => ({ shape: shape.filter((_, axis) => axis !== batchAxis(graph, shape)) })));

export const shapesOf = (tensors: Readonly<Record<string, Tensor>>): Shapes =>
  Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));

/** What shapes say of the symbols that stand alone on an axis; undefined where they contradict one another. */
export const sizesOf = (inputs: readonly Pick<Input, 'name' | 'shape'>[], shapes: Shapes): Sizes | undefined => {
  const sizes = new Map<string, number>();
  for (const { name, shape } of inputs) {
    for (const [axis, dim] of shape.entries()) {
      const size = shapes[name]?.[axis];
      if (typeof dim !== 'string' || size === undefined || symbolsOfDim(dim)[0] !== dim) continue;
      if ((sizes.get(dim) ?? size) !== size) return undefined;
      sizes.set(dim, size);
    }
  }
  return sizes;
};

/** The graph with these sizes in the shapes of its inputs. */
export const withSizes = (graph: Graph, sizes: Sizes): Graph => ({
  ...graph,
  inputs: graph.inputs.map((input) => ({ ...input, shape: input.shape.map((dim) => bindDim(dim, sizes)) })),
});

/** What is stated of sizes that no input has. The place of problems is `size`. */
export const unknownSizes = (inputs: readonly Pick<Input, 'shape'>[], sizes: Sizes): readonly Problem[] => {
  const known = symbolsOf(inputs);
  return [...sizes.keys()]
    .filter((symbol) => !known.includes(symbol))
    .map((symbol) => problem('size', explainSays.unknownSize(symbol, known)));
};

/**
 * Whether a Slice keeps other than its type says, with these sizes: `[:, :100]` of an axis that is open is taken to hold 100, and
 * holds fewer of a shorter one.
 */
export const oversteps = ({ graph, types, known }: TypedGraph, sizes: Sizes): boolean => {
  const bound = (dim: Dim | undefined): Dim | undefined => (dim === undefined ? undefined : bindDim(dim, sizes));
  const listed = (name: string | undefined): readonly (Dim | undefined)[] | undefined =>
    known.get(name ?? '')?.values.map(bound);
  return graph.nodes.some(({ name, op, inputs: [x = '', from, to, along, by] }) => {
    const shape = types.get(x)?.shape;
    const [starts, ends] = [listed(from), listed(to)];
    if (op !== 'Slice' || shape === undefined || starts === undefined || ends === undefined) return false;
    const axes = along ? listed(along) : starts.map((_, i) => i);
    return starts.some((start, i) => {
      const at = axes?.[i];
      const axis = typeof at === 'number' && at < 0 ? at + shape.length : Number(at);
      const [size, end, step] = [bound(shape[axis]), ends[i], by ? listed(by)?.[i] : 1];
      const told = bound(types.get(name)?.shape[axis]);
      return (
        [size, start, end, step].every((one) => typeof one === 'number') &&
        stretch(Number(size), Number(start), Number(end), Number(step)).size !== told
      );
    });
  });
};

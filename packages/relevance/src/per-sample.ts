import {
  axesOf,
  batchOf,
  ownAxis,
  type Apart,
  type Dim,
  type Fact,
  type Samples,
  type TypedGraph,
} from '@kirchhoff/graph';
import type { Builder } from './builder.js';
import { expandLike, reshapeLike, type Value } from './value.js';

/** An input of the graph and its axis along which the samples lie: where their number is read from. */
export interface Source {
  readonly input: string;
  readonly axis: number;
}

/** How the samples lie in the values of a graph. */
export interface Sampling {
  /** The symbol that is the number of samples. */
  readonly symbol: string | undefined;
  readonly samplesOf: (name: string) => Samples;
  readonly source: Source | undefined;
}

/** The samples of a graph's values, those of bodies included, by their facts. */
export const samplingOf = (typed: TypedGraph, facts: ReadonlyMap<string, Fact>): Sampling => {
  const symbol = batchOf(typed);
  const [first] = symbol === undefined ? [] : axesOf(typed.graph, symbol);
  return {
    symbol,
    samplesOf: (name) => facts.get(name)?.samples ?? { kind: 'same' },
    source: first && { input: first[0], axis: first[1] },
  };
};

/** The number of samples at run time, [1]. */
const countOf = (b: Builder, { input, axis }: Source): string =>
  b.emit(`${input}.size`, 'Shape', [input], { start: axis, end: axis + 1 });

/** The tensor with the samples on an axis of their own, as [before, outer, samples, inner, behind] where they are merged. */
const taken = (b: Builder, tensor: string, { axis, outer, inner }: Apart, source: Source, hint: string): string => {
  const dims = b.dims(tensor);
  const open = dims.filter((dim, i) => i !== axis && typeof dim !== 'number').length;
  const rest = [outer, inner].filter((dim) => typeof dim !== 'number').length;
  const left = rest === 0 && open === 0;
  const size = (dim: Dim): string => b.ints([typeof dim === 'number' ? dim : -1]);
  const sizes = dims.flatMap((dim, i): readonly string[] => {
    if (i === axis) return [size(outer), left ? b.ints([-1]) : countOf(b, source), size(inner)];
    return [
      typeof dim === 'number' ? b.ints([dim]) : b.emit(`${tensor}.size`, 'Shape', [tensor], { start: i, end: i + 1 }),
    ];
  });
  return b.emit(hint, 'Reshape', [tensor, b.emit(`${hint}.shape`, 'Concat', sizes, { axis: 0 })]);
};

/**
 * Where the axis of `like` lies in a tensor that broadcasts to it, or that has further axes behind (the relevance of token ids);
 * undefined where the tensor has none.
 */
const axisIn = (b: Builder, tensor: string, like: string, axis: number): number | undefined => {
  const [dims, full] = [b.dims(tensor), b.dims(like)];
  const at = dims.length > full.length ? axis : axis + dims.length - full.length;
  return dims[at] === full[axis] ? at : undefined;
};

/**
 * Σ of `value` over each sample, as the samples lie in `like`, to which it broadcasts: [N], or [1] where `like` is the same for
 * all samples.
 */
export const sumPerSample = (b: Builder, value: Value, like: string, sampling: Sampling, hint: string): string => {
  const samples = sampling.samplesOf(like);
  let tensor = typeof value === 'number' ? b.scalar(value) : value.tensor;
  if (typeof value !== 'number' && value.logical) tensor = b.emit(hint, 'Where', [tensor, b.scalar(1), b.scalar(0)]);
  if (samples.kind !== 'apart' || sampling.source === undefined) {
    if (typeof value === 'number') tensor = expandLike(b, tensor, like, hint);
    const axes = b.dims(tensor).map((_, i) => i);
    const summed = axes.length === 0 ? tensor : b.emit(hint, 'ReduceSum', [tensor, b.ints(axes)], { keepdims: 0 });
    return b.emit(hint, 'Reshape', [summed, b.ints([1])]);
  }
  if (typeof value === 'number' || axisIn(b, tensor, like, samples.axis) === undefined)
    tensor = expandLike(b, tensor, like, hint);
  const axis = axisIn(b, tensor, like, samples.axis)!;
  const own = ownAxis(samples) !== undefined;
  const apart = own ? tensor : taken(b, tensor, { ...samples, axis }, sampling.source, hint);
  const at = own ? axis : axis + 1;
  const axes = b.dims(apart).flatMap((_, i) => (i === at ? [] : [i]));
  return axes.length === 0 ? apart : b.emit(hint, 'ReduceSum', [apart, b.ints(axes)], { keepdims: 0 });
};

/**
 * The number of each sample, from 1, as [N]; or of the sample that each element of a value belongs to, in a shape that broadcasts
 * to that value.
 */
export const numberOfSample = (
  b: Builder,
  source: Source,
  of?: { readonly like: string; readonly samples: Apart },
): string => {
  const hint = `${source.input}.sample`;
  const each = b.emit(hint, 'Expand', [b.ints([1]), countOf(b, source)]);
  const numbers = b.emit(hint, 'CumSum', [each, b.constant('int64', [], [0])]);
  if (of === undefined) return numbers;
  const { like, samples } = of;
  const { axis, outer, inner } = samples;
  const behind = b
    .dims(like)
    .slice(axis + 1)
    .map(() => 1);
  if (ownAxis(samples) !== undefined) return b.emit(hint, 'Reshape', [numbers, b.ints([-1, ...behind])]);
  const size = b.emit(`${like}.size`, 'Shape', [like], { start: axis, end: axis + 1 });
  const merged = b.emit(hint, 'Expand', [b.constant('int64', [], [0]), size]);
  const parts = taken(b, merged, { kind: 'apart', axis: 0, outer, inner }, source, hint);
  const numbered = b.emit(hint, 'Add', [parts, b.emit(hint, 'Reshape', [numbers, b.ints([1, -1, 1])])]);
  return b.emit(hint, 'Reshape', [numbered, b.ints([-1, ...behind])]);
};

/** A value with its samples along the first axis, and the way back for what has its shape. */
export interface SamplesFirst {
  readonly tensor: string;
  readonly back: (value: string) => string;
}

/** Brings the samples of a value to the front; undefined where it is the same for all of them, or there are none. */
export const samplesFirst = (b: Builder, name: string, sampling: Sampling, hint: string): SamplesFirst | undefined => {
  const samples = sampling.samplesOf(name);
  if (samples.kind !== 'apart' || sampling.source === undefined) return undefined;
  const own = ownAxis(samples) !== undefined;
  if (own && samples.axis === 0) return { tensor: name, back: (value) => value };
  const apart = own ? name : taken(b, name, samples, sampling.source, hint);
  const axis = own ? samples.axis : samples.axis + 1;
  const places = b.dims(apart).map((_, i) => i);
  const perm = [axis, ...places.filter((i) => i !== axis)];
  return {
    tensor: b.emit(hint, 'Transpose', [apart], { perm }),
    back: (value) =>
      reshapeLike(b, b.emit(hint, 'Transpose', [value], { perm: places.map((i) => perm.indexOf(i)) }), name, hint),
  };
};

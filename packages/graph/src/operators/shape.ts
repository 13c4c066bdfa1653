import { greatest } from '../extreme.js';
import { graphSays, problem, refuse, Refusal } from '@kirchhoff/message';
import { broadcastDim, equalDim } from '../dim.js';
import type { Dim } from '../graph.js';
import type { InferContext, KnownTensor, Port, ValueType } from './row.js';

export const port = (name: string, type: Port['type'] = 'T'): Port => ({ name, type });
export const optionalPort = (name: string, type: Port['type'] = 'T'): Port => ({ name, type, optional: true });
export const variadicPort = (name: string, type: Port['type'] = 'T'): Port => ({ name, type, variadic: true });

/** The type of an input that must be there. */
export const input = (context: InferContext, index: number): ValueType =>
  context.inputs[index] ?? refuse(context.name, graphSays.missingInput(index));

/** The types of all inputs that are there. */
export const presentInputs = (context: InferContext): readonly ValueType[] =>
  context.inputs.filter((t) => t !== undefined);

/** Thrown where sizes must be equal that are not known to be: a refusal that says which. */
export class UnequalSizes extends Refusal {
  constructor(
    at: string,
    message: string,
    readonly pairs: readonly (readonly [Dim, Dim])[],
  ) {
    super([problem(at, message)]);
  }
}

const refuseUnequal = (context: InferContext, message: string, pairs: readonly (readonly [Dim, Dim])[]): never => {
  throw new UnequalSizes(
    context.name,
    message,
    pairs.filter(([a, b]) => !equalDim(a, b)),
  );
};

/** Two sizes that must be equal. */
export const requireEqual = (context: InferContext, a: Dim, b: Dim, message: string): void => {
  if (!equalDim(a, b)) refuseUnequal(context, message, [[a, b]]);
};

/** Two shapes that must be equal. */
export const requireSameShape = (
  context: InferContext,
  a: readonly Dim[],
  b: readonly Dim[],
  message: string,
): void => {
  if (a.length !== b.length) refuse(context.name, message);
  if (!sameShape(a, b))
    refuseUnequal(
      context,
      message,
      a.map((dim, i) => [dim, b[i]!] as const),
    );
};

export const requireRank = (
  context: InferContext,
  what: string,
  shape: readonly Dim[],
  least: number,
  most = Infinity,
): void => {
  if (shape.length < least || shape.length > most) {
    refuse(context.name, graphSays.wrongRank(what, shape, least, most));
  }
};

/** An axis as 0 … rank-1 (negative ones count from the end). `slots` is rank for an axis, rank+1 for an insertion place. */
export const axisOf = (context: InferContext, axis: number, shape: readonly Dim[], slots = shape.length): number =>
  axis >= -slots && axis < slots
    ? axis < 0
      ? axis + slots
      : axis
    : refuse(context.name, graphSays.axisOutOfRange(axis, shape, slots));

/** Axes as 0 … rank-1, none of them named twice. */
export const axesOnce = (
  context: InferContext,
  axes: readonly number[],
  shape: readonly Dim[],
  slots = shape.length,
): readonly number[] => {
  const named = axes.map((axis) => axisOf(context, axis, shape, slots));
  const twice = named.find((axis, i) => named.indexOf(axis) !== i);
  return twice === undefined ? named : refuse(context.name, graphSays.repeatedAxis(twice));
};

/** NumPy broadcasting of any number of shapes. */
export const broadcast = (context: InferContext, shapes: readonly (readonly Dim[])[]): readonly Dim[] => {
  const rank = greatest(
    shapes.map((s) => s.length),
    0,
  );
  return Array.from({ length: rank }, (_, i) => {
    let dim: Dim = 1;
    for (const shape of shapes) {
      const at = shape.length - rank + i;
      const next: Dim = at < 0 ? 1 : (shape[at] ?? 1);
      dim = broadcastDim(dim, next) ?? refuseUnequal(context, graphSays.noBroadcast(shapes, dim, next), [[dim, next]]);
    }
    return dim;
  });
};

export const sameShape = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => equalDim(d, b[i] ?? -1));

export const replaceAt = <T>(values: readonly T[], index: number, value: T): readonly T[] =>
  values.map((v, i) => (i === index ? value : v));

/** The value of an input that shape inference needs; a clear refusal where it depends on data. */
export const requireKnown = (context: InferContext, index: number, what: string): KnownTensor =>
  context.known(index) ?? refuse(context.name, graphSays.unknownValue(what));

/** The plain numbers of a known tensor; refuses symbols. */
export const numbersOf = (context: InferContext, known: KnownTensor, what: string): readonly number[] =>
  known.values.map((v) => (typeof v === 'number' ? v : refuse(context.name, graphSays.symbolicValue(what, v))));

/** A dimension that must be a number, such as a kernel size. */
export const numeric = (context: InferContext, dim: Dim | undefined, what: string): number =>
  typeof dim === 'number' ? dim : refuse(context.name, graphSays.symbolicValue(what, dim ?? ''));

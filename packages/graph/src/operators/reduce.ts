import type { Dim } from '../graph.js';
import { flag, int, intDefault } from './attribute.js';
import { addBounds, bounds, countOf, everything, interval, nonNegative, sumBounds } from './bounds.js';
import type { ElementType } from '../tensor.js';
import { allNumbers, rebuild } from './known.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, KnownTensor, ValueType } from './row.js';
import { axesOnce, axisOf, input, numbersOf, optionalPort, port, requireKnown } from './shape.js';
import { anyTypes, indexTypes, numberTypes, wideTypes } from './types.js';

/** Axes that a reduction removes, from its optional second input. */
const reducedAxes = (context: InferContext): readonly number[] => {
  const { shape } = input(context, 0);
  const all = shape.map((_, i) => i);
  if (context.inputs[1] === undefined) return int(context.attrs, 'noop_with_empty_axes') === 1 ? [] : all;
  const axes = numbersOf(context, requireKnown(context, 1, 'axes'), 'an axis');
  if (axes.length === 0) return int(context.attrs, 'noop_with_empty_axes') === 1 ? [] : all;
  return axesOnce(context, axes, shape);
};

const without = (shape: readonly Dim[], axes: readonly number[], keep: boolean): readonly Dim[] =>
  keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : shape.filter((_, i) => !axes.includes(i));

const inferReduce = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  return [{ type, shape: without(shape, reducedAxes(context), int(context.attrs, 'keepdims') === 1) }];
};

/** How many elements one result is made of, where that is known from the input's shape alone. */
const reducedCount = ({ types }: FactsContext): number | undefined => {
  const data = types[0];
  return data !== undefined && types[1] === undefined ? countOf(data.shape) : undefined;
};

const reduction = (
  summary: string,
  kind: Row['kind'],
  facts: (x: Interval, context: FactsContext) => Interval,
  evaluate?: (values: readonly number[]) => number,
  types: readonly ElementType[] = wideTypes,
): Row =>
  row({
    summary,
    inputs: [port('data'), optionalPort('axes', 'int64')],
    types: { T: types },
    outputs: ['reduced'],
    attrs: { keepdims: flag(1), noop_with_empty_axes: flag(0) },
    kind,
    infer: inferReduce,
    ...(evaluate === undefined ? {} : { evaluate: (context: InferContext) => evaluateAll(context, evaluate) }),
    facts: (context) => facts(bounds(context, 0), context),
  });

/** Reduction of a known vector or scalar over all its elements. */
const evaluateAll = (context: InferContext, f: (values: readonly number[]) => number): KnownTensor | undefined => {
  const known = context.known(0);
  if (known === undefined || known.shape.length > 1 || !allNumbers(known.values)) return undefined;
  if (known.shape.length !== reducedAxes(context).length) return undefined;
  const value = f(known.values);
  return int(context.attrs, 'keepdims') === 1 && known.shape.length === 1
    ? { shape: [1], values: [value] }
    : { shape: [], values: [value] };
};

const inferArg = (context: InferContext): readonly ValueType[] => {
  const { shape } = input(context, 0);
  const axis = axisOf(context, int(context.attrs, 'axis'), shape);
  return [{ type: 'int64', shape: without(shape, [axis], int(context.attrs, 'keepdims') === 1) }];
};

const arg = (summary: string): Row =>
  row({
    summary,
    inputs: [port('data')],
    types: { T: numberTypes },
    outputs: ['reduced'],
    attrs: { axis: intDefault(0), keepdims: flag(1), select_last_index: flag(0) },
    kind: 'discrete',
    infer: inferArg,
    facts: () => nonNegative,
  });

const sumFacts = (x: Interval, context: FactsContext): Interval =>
  context.types[1] === undefined && int(context.attrs, 'noop_with_empty_axes') === 1
    ? x
    : sumBounds(x, reducedCount(context));

const multiply = (values: readonly number[]): number => values.reduce((p, v) => p * v, 1);

const evaluateCumSum = (context: InferContext): KnownTensor | undefined => {
  const known = context.known(0);
  if (known === undefined || known.shape.length !== 1 || !allNumbers(known.values)) return undefined;
  const exclusive = int(context.attrs, 'exclusive') === 1;
  const values = int(context.attrs, 'reverse') === 1 ? known.values.toReversed() : known.values;
  let sum = 0;
  const sums = values.map((v) => {
    sum += v;
    return exclusive ? sum - v : sum;
  });
  const result = int(context.attrs, 'reverse') === 1 ? sums.toReversed() : sums;
  return rebuild(known.shape, ([i = 0]) => result[i]);
};

/** Many elements to one along axes. */
export const reduce = {
  ReduceSum: reduction('Sum along axes.', 'plain', sumFacts, (v) => v.reduce((s, n) => s + n, 0)),
  ReduceMean: reduction('Mean along axes.', 'plain', (x) => x),
  ReduceMax: reduction(
    'Largest element along axes.',
    'maximum',
    (x) => x,
    (v) => v.reduce((most, n) => Math.max(most, n), -Infinity),
    anyTypes,
  ),
  ReduceMin: reduction(
    'Smallest element along axes.',
    'maximum',
    (x) => x,
    (v) => v.reduce((least, n) => Math.min(least, n), Infinity),
    anyTypes,
  ),
  ReduceProd: reduction('Product along axes.', 'other', (x) => (x.low >= 0 ? nonNegative : everything), multiply),
  ReduceL1: reduction('Sum of absolute values along axes.', 'other', () => nonNegative),
  ReduceL2: reduction('Euclidean norm along axes.', 'other', () => nonNegative),
  ReduceSumSquare: reduction('Sum of squares along axes.', 'other', () => nonNegative),
  ReduceLogSum: reduction('Logarithm of the sum along axes.', 'other', () => everything),
  ReduceLogSumExp: reduction(
    'Logarithm of the sum of exponentials along axes: a soft maximum.',
    'maximum',
    (x, context) => addBounds(x, interval(0, Math.log(reducedCount(context) ?? Infinity))),
  ),
  ArgMax: arg('Position of the largest element along an axis; the first of equal ones unless select_last_index.'),
  ArgMin: arg('Position of the smallest element along an axis; the first of equal ones unless select_last_index.'),
  CumSum: row({
    summary: 'Running sums along an axis; exclusive leaves the element itself out, reverse runs from the end.',
    inputs: [port('x'), port('axis', 'T2')],
    types: { T: wideTypes, T2: indexTypes },
    outputs: ['y'],
    attrs: { exclusive: flag(0), reverse: flag(0) },
    kind: 'plain',
    infer: (context) => {
      const x = input(context, 0);
      const axis = context.known(1)?.values[0];
      if (typeof axis === 'number') axisOf(context, axis, x.shape);
      return [x];
    },
    evaluate: evaluateCumSum,
    facts: (context) => {
      const x = bounds(context, 0);
      return interval(x.low >= 0 ? 0 : -Infinity, x.high <= 0 ? 0 : Infinity);
    },
  }),
} satisfies Record<string, Row>;

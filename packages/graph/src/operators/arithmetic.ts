import { greatest, least } from '../extreme.js';
import { addDim, divDim, equalDim, exactDivDim, mulDim, subDim } from '../dim.js';
import type { Dim } from '../graph.js';
import { flag } from './attribute.js';
import {
  addBounds,
  bounds,
  divBounds,
  everything,
  interval,
  mulBounds,
  negBounds,
  nonNegative,
  point,
  rising,
} from './bounds.js';
import type { ElementType } from '../tensor.js';
import { combine } from './known.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, Kind, KindContext, KnownTensor, ValueType } from './row.js';
import { broadcast, input, port, presentInputs, variadicPort } from './shape.js';
import { floatTypes, numberTypes, wideTypes } from './types.js';

const inferBroadcast = (context: InferContext): readonly ValueType[] => {
  const shapes = presentInputs(context).map(({ shape }) => shape);
  return [{ type: input(context, 0).type, shape: broadcast(context, shapes) }];
};

const computed = ({ constant }: KindContext): number => constant.filter((c) => !c).length;

type OnDims = (a: Dim, b: Dim) => Dim | undefined;

const isFloat = (context: InferContext): boolean => floatTypes.includes(context.inputs[0]?.type ?? 'int64');

/** Symbolic sums, differences and products are exact, whatever the element type; fractions are added as numbers. */
const evaluateBinary =
  (onDims: OnDims, onNumbers: (a: number, b: number) => number) =>
  (context: InferContext): KnownTensor | undefined =>
    combine(context, (a = 0, b = 0) => {
      if (typeof a === 'number' && typeof b === 'number') return onNumbers(a, b);
      const whole = [a, b].every((v) => typeof v === 'string' || Number.isInteger(v));
      return whole ? onDims(a, b) : undefined;
    });

const evaluateDiv = (context: InferContext): KnownTensor | undefined =>
  combine(context, (a = 0, b = 0) => {
    const numbers = typeof a === 'number' && typeof b === 'number';
    if (isFloat(context)) return numbers ? a / b : exactDivDim(a, b);
    if (b === 0) return undefined;
    return numbers ? Math.trunc(a / b) : divDim(a, b);
  });

interface Binary {
  readonly summary: string;
  readonly kind: Row['kind'];
  readonly facts: (a: Interval, b: Interval) => Interval;
  readonly evaluate: NonNullable<Row['evaluate']>;
}

const binary = ({ facts, ...rest }: Binary): Row =>
  row({
    ...rest,
    inputs: [port('A'), port('B')],
    types: { T: numberTypes },
    outputs: ['C'],
    attrs: {},
    infer: inferBroadcast,
    facts: (context) => facts(bounds(context, 0), bounds(context, 1)),
  });

interface Many {
  readonly summary: string;
  readonly types: readonly ElementType[];
  readonly kind: Row['kind'];
  readonly formula?: string;
  readonly facts: (inputs: readonly Interval[]) => Interval;
  readonly evaluate?: NonNullable<Row['evaluate']>;
}

const many = ({ facts, types, ...rest }: Many): Row =>
  row({
    ...rest,
    inputs: [variadicPort('data_0')],
    types: { T: types },
    outputs: ['result'],
    attrs: {},
    infer: inferBroadcast,
    facts: (context) => facts(context.inputs.map((i) => i ?? everything)),
  });

const total = (inputs: readonly Interval[]): Interval => inputs.reduce(addBounds, point(0));

const extreme =
  (pick: (...values: number[]) => number) =>
  (context: InferContext): KnownTensor | undefined =>
    combine(context, (...values) => {
      const [first = 0, ...others] = values;
      if (others.every((v) => equalDim(v, first))) return first;
      const numbers = values.filter((v) => typeof v === 'number');
      return numbers.length === values.length ? pick(...numbers) : undefined;
    });

const powBounds = (context: FactsContext): Interval => {
  const x = bounds(context, 0);
  const exponent = bounds(context, 1);
  const p = exponent.low;
  if (p !== exponent.high || !Number.isFinite(p)) return x.low >= 0 ? nonNegative : everything;
  if (x.low >= 0) return p >= 0 ? rising(x, (v) => v ** p) : interval(x.high ** p, x.low ** p);
  if (p > 0 && p % 2 === 0) {
    return interval(x.high <= 0 ? x.high ** p : 0, Math.max(x.low ** p, x.high ** p));
  }
  return p % 2 === 0 ? nonNegative : p > 0 && p % 2 === 1 ? rising(x, (v) => v ** p) : everything;
};

/** Sums, products and what else combines tensors element by element under broadcasting. */
export const arithmetic = {
  Add: binary({
    summary: 'Sum of two.',
    kind: 'plain',
    facts: addBounds,
    evaluate: evaluateBinary(addDim, (a, b) => a + b),
  }),
  Sub: binary({
    summary: 'Difference.',
    kind: 'plain',
    facts: (a, b) => addBounds(a, negBounds(b)),
    evaluate: evaluateBinary(subDim, (a, b) => a - b),
  }),
  Mul: binary({
    summary: 'Product of two.',
    kind: (context) => (computed(context) > 1 ? 'product' : 'plain'),
    facts: mulBounds,
    evaluate: evaluateBinary(mulDim, (a, b) => a * b),
  }),
  Div: binary({
    summary: 'Quotient (of integers: cut towards zero).',
    kind: ({ constant }) => (constant[1] === true ? 'plain' : 'other'),
    facts: divBounds,
    evaluate: evaluateDiv,
  }),
  Mod: row({
    summary: 'Remainder; with fmod 1 that of C (sign of the dividend), else that of the divisor.',
    inputs: [port('A'), port('B')],
    types: { T: numberTypes },
    outputs: ['C'],
    attrs: { fmod: flag(0) },
    kind: 'other',
    infer: inferBroadcast,
    evaluate: (context) =>
      combine(context, (a = 0, b = 0) =>
        typeof a === 'number' && typeof b === 'number' && b !== 0
          ? context.attrs['fmod'] === 1
            ? a % b
            : a - b * Math.floor(a / b)
          : undefined,
      ),
    facts: () => everything,
  }),
  Pow: row({
    summary: 'X to the power Y (`exponent` in the formula).',
    inputs: [port('X'), port('Y', 'T1')],
    types: { T: wideTypes, T1: numberTypes },
    outputs: ['Z'],
    attrs: {},
    kind: ({ constant }): Kind => (constant[1] === true ? 'elementwise' : 'other'),
    infer: inferBroadcast,
    formula: 'x^exponent',
    derivative: 'where(x == 0, exponent == 1, exponent*x^(exponent - 1))',
    facts: powBounds,
  }),
  Sum: many({ summary: 'Sum of all inputs.', types: floatTypes, kind: 'plain', facts: total }),
  Mean: many({
    summary: 'Mean of all inputs.',
    types: floatTypes,
    kind: 'plain',
    facts: (inputs) => mulBounds(total(inputs), point(1 / Math.max(1, inputs.length))),
  }),
  Max: many({
    summary: 'Largest of all inputs (`other` in the formula: the constant one, where only one is computed).',
    types: numberTypes,
    kind: (context) => (computed(context) > 1 ? 'maximum' : 'elementwise'),
    formula: 'max(x, other)',
    facts: (inputs) => interval(greatest(inputs.map((i) => i.low)), greatest(inputs.map((i) => i.high))),
    evaluate: extreme(Math.max),
  }),
  Min: many({
    summary: 'Smallest of all inputs (`other` in the formula: the constant one, where only one is computed).',
    types: numberTypes,
    kind: (context) => (computed(context) > 1 ? 'maximum' : 'elementwise'),
    formula: 'min(x, other)',
    facts: (inputs) => interval(least(inputs.map((i) => i.low)), least(inputs.map((i) => i.high))),
    evaluate: extreme(Math.min),
  }),
} satisfies Record<string, Row>;

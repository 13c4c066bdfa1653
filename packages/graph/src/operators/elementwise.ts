import { graphSays, refuse } from '@kirchhoff/message';
import { bounds, everything, hull, interval, mulBounds, point, reciprocalBounds, rising, unit } from './bounds.js';
import { choice, float, floatDefault } from './attribute.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, ValueType } from './row.js';
import { broadcast, input, optionalPort, port, sameShape } from './shape.js';
import { numberTypes, signedTypes, wideTypes } from './types.js';
import { unary } from './unary.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const softsign = (x: number): number => (Number.isFinite(x) ? x / (1 + Math.abs(x)) : Math.sign(x));

/** `f` is zero at zero, positive above it, and never below `least`. */
const dipping = (x: Interval, least: number): Interval => interval(x.low >= 0 ? 0 : least, Math.max(x.high, 0));

/** The bounds of a function that rises where `condition` holds, else nothing is known. */
const risingIf = (condition: boolean, x: Interval, f: (x: number) => number): Interval =>
  condition ? rising(x, f) : everything;

const elu =
  (alpha: number) =>
  (x: number): number =>
    x > 0 ? x : alpha * Math.expm1(x);

const inferSlope = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  const slope = input(context, 1);
  if (!sameShape(broadcast(context, [x.shape, slope.shape]), x.shape)) {
    refuse(context.name, graphSays.dimensionClash('slope', slope.shape, x.shape));
  }
  return [x];
};

const inferClip = (context: InferContext): readonly ValueType[] => {
  for (const limit of [context.inputs[1], context.inputs[2]]) {
    if (limit !== undefined && limit.shape.length > 0) {
      refuse(context.name, graphSays.dimensionClash('limit', limit.shape, []));
    }
  }
  return [input(context, 0)];
};

const clipFacts = (context: FactsContext): Interval => {
  const x = bounds(context, 0);
  const least = context.inputs[1] ?? point(-Infinity);
  const most = context.inputs[2] ?? point(Infinity);
  return interval(Math.min(Math.max(x.low, least.low), most.low), Math.min(Math.max(x.high, least.high), most.high));
};

const discrete = (summary: string, f: (x: number) => number): Row =>
  unary({ summary, kind: 'discrete', facts: (x) => rising(x, f) });

/** One number to one number, the same function everywhere. */
export const elementwise = {
  Relu: unary({
    summary: 'The positive part.',
    types: signedTypes,
    formula: 'max(x, 0)',
    facts: (x) => rising(x, (v) => Math.max(v, 0)),
  }),
  LeakyRelu: unary({
    summary: 'x, and alpha · x below zero.',
    attrs: { alpha: floatDefault(0.01) },
    formula: 'where(x >= 0, x, alpha*x)',
    facts: (x, { attrs }) => {
      const alpha = float(attrs, 'alpha');
      return hull(
        rising(x, (v) => Math.max(v, 0)),
        mulBounds(
          rising(x, (v) => Math.min(v, 0)),
          point(alpha),
        ),
      );
    },
  }),
  PRelu: row({
    summary: 'x, and slope · x below zero; the slope broadcasts to x.',
    inputs: [port('X'), port('slope')],
    types: { T: wideTypes },
    outputs: ['Y'],
    attrs: {},
    kind: ({ constant }) => (constant[1] === true ? 'elementwise' : 'other'),
    infer: inferSlope,
    formula: 'where(x >= 0, x, slope*x)',
    facts: (context) => {
      const x = bounds(context, 0);
      const below = rising(x, (v) => Math.min(v, 0));
      return hull(
        rising(x, (v) => Math.max(v, 0)),
        mulBounds(below, bounds(context, 1)),
      );
    },
  }),
  Elu: unary({
    summary: 'x, and alpha · (exp(x) - 1) below zero.',
    attrs: { alpha: floatDefault(1) },
    formula: 'where(x > 0, x, alpha*(exp(min(x, 0)) - 1))',
    derivative: 'where(x > 0, 1, y + alpha)',
    facts: (x, { attrs }) => {
      const alpha = float(attrs, 'alpha');
      return risingIf(alpha >= 0, x, elu(alpha));
    },
  }),
  Selu: unary({
    summary: 'gamma · (x, and alpha · (exp(x) - 1) below zero).',
    attrs: { alpha: floatDefault(1.67326319217681884765625), gamma: floatDefault(1.05070102214813232421875) },
    formula: 'gamma*where(x > 0, x, alpha*(exp(min(x, 0)) - 1))',
    derivative: 'where(x > 0, gamma, y + alpha*gamma)',
    facts: (x, { attrs }) => {
      const [alpha, gamma] = [float(attrs, 'alpha'), float(attrs, 'gamma')];
      return risingIf(alpha >= 0 && gamma >= 0, x, (v) => gamma * elu(alpha)(v));
    },
  }),
  Celu: unary({
    summary: 'The positive part plus alpha · (exp(x / alpha) - 1) below zero.',
    attrs: { alpha: floatDefault(1) },
    types: ['float32'],
    formula: 'max(x, 0) + alpha*(exp(min(x, 0)/alpha) - 1)',
    derivative: 'where(x > 0, 1, y/alpha + 1)',
    facts: (x, { attrs }) => {
      const alpha = float(attrs, 'alpha');
      return risingIf(alpha > 0, x, (v) => Math.max(v, 0) + alpha * Math.expm1(Math.min(v, 0) / alpha));
    },
  }),
  Sigmoid: unary({
    summary: 'The logistic function.',
    formula: '1/(1 + exp(-x))',
    derivative: 'y*(1 - y)',
    facts: (x) => rising(x, sigmoid),
  }),
  HardSigmoid: unary({
    summary: 'alpha · x + beta, kept within 0 and 1.',
    attrs: { alpha: floatDefault(0.2), beta: floatDefault(0.5) },
    formula: 'max(0, min(1, alpha*x + beta))',
    facts: (x, { attrs }) => {
      const [alpha, beta] = [float(attrs, 'alpha'), float(attrs, 'beta')];
      return alpha > 0 ? rising(x, (v) => Math.max(0, Math.min(1, alpha * v + beta))) : unit;
    },
  }),
  HardSwish: unary({
    summary: 'x times the hard sigmoid with slope 1/6.',
    formula: 'x*max(0, min(1, x/6 + 0.5))',
    facts: (x) => dipping(x, -0.375),
  }),
  Tanh: unary({
    summary: 'Hyperbolic tangent.',
    formula: 'tanh(x)',
    derivative: '1 - y^2',
    facts: (x) => rising(x, Math.tanh),
  }),
  Softplus: unary({
    summary: 'log(1 + exp(x)).',
    formula: 'max(x, 0) + log(1 + exp(-abs(x)))',
    derivative: '1/(1 + exp(-x))',
    facts: (x) => rising(x, softplus),
  }),
  Softsign: unary({
    summary: 'x / (1 + |x|).',
    formula: 'x/(1 + abs(x))',
    derivative: '1/(1 + abs(x))^2',
    facts: (x) => rising(x, softsign),
  }),
  Gelu: unary({
    summary: 'x times the normal distribution function (Hendrycks & Gimpel 2016), exact or by tanh.',
    attrs: { approximate: choice('none', 'tanh') },
    formula: '0.5*x*(1 + erf(x/sqrt(2)))',
    variants: {
      attribute: 'approximate',
      formulas: { tanh: '0.5*x*(1 + tanh(0.7978845608028654*(x + 0.044715*x^3)))' },
    },
    facts: (x) => dipping(x, -0.171),
  }),
  Mish: unary({
    summary: 'x · tanh(softplus(x)).',
    formula: 'x*tanh(max(x, 0) + log(1 + exp(-abs(x))))',
    facts: (x) => dipping(x, -0.31),
  }),
  ThresholdedRelu: unary({
    summary: 'x above alpha, else 0.',
    attrs: { alpha: floatDefault(1) },
    formula: 'where(x > alpha, x, 0)',
    facts: (x, { attrs }) => interval(Math.min(0, Math.max(x.low, float(attrs, 'alpha'))), Math.max(0, x.high)),
  }),
  Clip: row({
    summary: 'x kept within the optional limits min and max (`low` and `high` in the formula, ±∞ where omitted).',
    inputs: [port('input'), optionalPort('min'), optionalPort('max')],
    types: { T: numberTypes },
    outputs: ['output'],
    attrs: {},
    kind: ({ constant }) => (constant.slice(1).every((c) => c) ? 'elementwise' : 'other'),
    infer: inferClip,
    formula: 'min(max(x, low), high)',
    facts: clipFacts,
  }),
  Exp: unary({
    summary: 'Exponential.',
    formula: 'exp(x)',
    derivative: 'y',
    facts: (x) => rising(x, Math.exp),
  }),
  Log: unary({
    summary: 'Natural logarithm.',
    formula: 'log(x)',
    derivative: 'where(x == 0, 0, 1/x)',
    facts: (x) => rising(x, (v) => (v <= 0 ? -Infinity : Math.log(v))),
  }),
  Sqrt: unary({
    summary: 'Square root.',
    formula: 'sqrt(x)',
    derivative: 'where(y > 0, 1/(2*y), 0)',
    facts: (x) => rising(x, (v) => (v <= 0 ? 0 : Math.sqrt(v))),
  }),
  Reciprocal: unary({
    summary: '1 / x.',
    formula: '1/x',
    derivative: 'where(x == 0, 0, -(y^2))',
    facts: reciprocalBounds,
  }),
  Abs: unary({
    summary: 'Absolute value.',
    types: numberTypes,
    formula: 'abs(x)',
    facts: (x) => (x.low >= 0 ? x : interval(x.high <= 0 ? -x.high : 0, Math.max(Math.abs(x.low), Math.abs(x.high)))),
  }),
  Erf: unary({
    summary: 'Error function.',
    types: numberTypes,
    formula: 'erf(x)',
    derivative: '1.1283791670955126*exp(-x^2)',
    facts: (x) => interval(x.low >= 0 ? 0 : -1, x.high <= 0 ? 0 : 1),
  }),
  Sign: unary({
    summary: '-1, 0 or 1.',
    kind: 'discrete',
    types: numberTypes,
    formula: '(x > 0) - (x < 0)',
    derivative: '0',
    facts: (x) => rising(x, Math.sign),
  }),
  Floor: discrete('Largest integer not above x.', Math.floor),
  Ceil: discrete('Smallest integer not below x.', Math.ceil),
  Round: unary({
    summary: 'Nearest integer; of two the even one.',
    kind: 'discrete',
    facts: ({ low, high }) => interval(Math.floor(low), Math.ceil(high)),
  }),
  Neg: unary({
    summary: '-x.',
    kind: 'plain',
    types: signedTypes,
    formula: '-x',
    facts: (x) => interval(-x.high, -x.low),
  }),
} satisfies Record<string, Row>;

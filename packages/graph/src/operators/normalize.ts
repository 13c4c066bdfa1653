import { graphSays, refuse } from '@kirchhoff/message';
import type { Dim } from '../graph.js';
import { atLeast, flag, float, floatDefault, int, intDefault, required } from './attribute.js';
import { bounds, everything, interval, unit } from './bounds.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, ValueType } from './row.js';
import { axisOf, broadcast, input, optionalPort, port, requireRank, sameShape } from './shape.js';
import { floatTypes } from './types.js';

const inferAlong = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  axisOf(context, int(context.attrs, 'axis'), x.shape);
  return [x];
};

const inferBatchNormalization = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  requireRank(context, 'input', x.shape, 2);
  const channels: Dim = x.shape[1] ?? 1;
  ['scale', 'B', 'input_mean', 'input_var'].forEach((name, i) => {
    const { shape } = input(context, i + 1);
    if (!sameShape(shape, [channels])) refuse(context.name, graphSays.dimensionClash(name, shape, [channels]));
  });
  const statistics: ValueType = { type: input(context, 3).type, shape: [channels] };
  return [x, statistics, statistics].slice(0, context.outputCount);
};

const inferLayerNormalization = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  const { type } = x;
  const axis = axisOf(context, int(context.attrs, 'axis'), x.shape);
  for (const [i, what] of [
    [1, 'Scale'],
    [2, 'B'],
  ] as const) {
    const shape = context.inputs[i]?.shape ?? [];
    if (!sameShape(broadcast(context, [x.shape, shape]), x.shape)) {
      refuse(context.name, graphSays.dimensionClash(what, shape, x.shape.slice(axis)));
    }
  }
  const statistics: ValueType = { type, shape: x.shape.map((d, i) => (i < axis ? d : 1)) };
  return [x, statistics, statistics].slice(0, context.outputCount);
};

/** Division by a positive number keeps the sign; one of at least 1 keeps the bounds. */
const responseFacts = (context: FactsContext): Interval => {
  const x = bounds(context, 0);
  const [alpha, beta, bias] = ['alpha', 'beta', 'bias'].map((key) => float(context.attrs, key));
  if (alpha === undefined || beta === undefined || bias === undefined || alpha < 0 || beta < 0 || bias < 0)
    return everything;
  return bias >= 1
    ? interval(Math.min(x.low, 0), Math.max(x.high, 0))
    : interval(x.low >= 0 ? 0 : -Infinity, x.high <= 0 ? 0 : Infinity);
};

/** Normalisations: over an axis of one sample, or with the statistics of a data set. */
export const normalize = {
  Softmax: row({
    summary: 'exp(x) over its sum along an axis.',
    inputs: [port('input')],
    types: { T: floatTypes },
    outputs: ['output'],
    attrs: { axis: intDefault(-1) },
    kind: 'axis',
    infer: inferAlong,
    facts: () => unit,
  }),
  LogSoftmax: row({
    summary: 'Logarithm of the softmax along an axis.',
    inputs: [port('input')],
    types: { T: floatTypes },
    outputs: ['output'],
    attrs: { axis: intDefault(-1) },
    kind: 'axis',
    infer: inferAlong,
    facts: () => ({ low: -Infinity, high: 0 }),
  }),
  LayerNormalization: row({
    summary: 'Zero mean and unit variance over the axes from `axis` on, then scaled and shifted (Ba et al. 2016).',
    inputs: [port('X'), port('Scale'), optionalPort('B')],
    types: { T: floatTypes },
    outputs: ['Y', 'Mean', 'InvStdDev'],
    attrs: { axis: intDefault(-1), epsilon: floatDefault(1e-5), stash_type: intDefault(1) },
    kind: 'axis',
    infer: inferLayerNormalization,
    facts: () => everything,
  }),
  LRN: row({
    summary: 'Local response normalisation across channels (Krizhevsky et al. 2012).',
    inputs: [port('X')],
    types: { T: floatTypes },
    outputs: ['Y'],
    attrs: {
      alpha: floatDefault(0.0001),
      beta: floatDefault(0.75),
      bias: floatDefault(1),
      size: atLeast(1, required('int')),
    },
    kind: 'axis',
    infer: (context) => {
      const x = input(context, 0);
      requireRank(context, 'input', x.shape, 3);
      return [x];
    },
    facts: responseFacts,
  }),
  BatchNormalization: row({
    summary:
      'Per channel: (x - mean) / √(variance + epsilon) · scale + B, with stored statistics (Ioffe & Szegedy 2015).',
    inputs: [port('X'), port('scale', 'T1'), port('B', 'T1'), port('input_mean', 'T2'), port('input_var', 'T2')],
    types: { T: floatTypes, T1: floatTypes, T2: floatTypes },
    outputs: ['Y', 'running_mean', 'running_var'],
    attrs: { epsilon: floatDefault(1e-5), momentum: floatDefault(0.9), training_mode: flag(0) },
    kind: ({ attrs, constant }) =>
      int(attrs, 'training_mode') === 0 && constant.slice(1).every((c) => c) ? 'plain' : 'other',
    infer: inferBatchNormalization,
    facts: () => everything,
  }),
} satisfies Record<string, Row>;

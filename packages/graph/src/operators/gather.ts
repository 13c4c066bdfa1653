import { graphSays, refuse } from '@kirchhoff/message';
import type { Dim } from '../graph.js';
import { atLeast, choice, flag, int, intDefault, optional, string } from './attribute.js';
import { bounds, everything, hull, passing } from './bounds.js';
import { elementAt, rebuild } from './known.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, KnownTensor, ValueType } from './row.js';
import { axisOf, input, numbersOf, numeric, port, replaceAt, requireKnown, requireRank, sameShape } from './shape.js';
import { anyTypes, boolTypes, indexTypes, numberTypes } from './types.js';

const dataAxis = (context: InferContext): number =>
  axisOf(context, int(context.attrs, 'axis'), input(context, 0).shape);

const inferGather = (context: InferContext): readonly ValueType[] => {
  const [data, indices] = [input(context, 0), input(context, 1)];
  const axis = dataAxis(context);
  const size = data.shape[axis];
  const beyond = context
    .known(1)
    ?.values.find((i) => typeof i === 'number' && (i < -Number(size) || i >= Number(size)));
  if (typeof size === 'number' && typeof beyond === 'number')
    refuse(context.name, graphSays.indexOutOfRange(beyond, size));
  return [{ type: data.type, shape: [...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)] }];
};

const evaluateGather = (context: InferContext): KnownTensor | undefined => {
  const [data, indices] = [context.known(0), context.known(1)];
  if (data === undefined || indices === undefined) return undefined;
  const axis = dataAxis(context);
  const rank = indices.shape.length;
  const size = data.shape[axis] ?? 0;
  return rebuild([...data.shape.slice(0, axis), ...indices.shape, ...data.shape.slice(axis + 1)], (index) => {
    const chosen = elementAt(indices, index.slice(axis, axis + rank));
    if (typeof chosen !== 'number') return undefined;
    const place = chosen < 0 ? chosen + size : chosen;
    if (place < 0 || place >= size) return refuse(context.name, graphSays.indexOutOfRange(chosen, size));
    return elementAt(data, [...index.slice(0, axis), place, ...index.slice(axis + rank)]);
  });
};

const inferElements = (context: InferContext): readonly ValueType[] => {
  const [data, indices] = [input(context, 0), input(context, 1)];
  dataAxis(context);
  if (indices.shape.length !== data.shape.length) {
    refuse(context.name, graphSays.wrongRank('indices', indices.shape, data.shape.length, data.shape.length));
  }
  return [{ type: data.type, shape: indices.shape }];
};

const inferScatter = (context: InferContext): readonly ValueType[] => {
  inferElements(context);
  const [data, indices, updates] = [input(context, 0), input(context, 1), input(context, 2)];
  if (!sameShape(indices.shape, updates.shape)) {
    refuse(context.name, graphSays.dimensionClash('updates', updates.shape, indices.shape));
  }
  return [data];
};

const scatterFacts = (context: FactsContext): Interval => {
  const [data, updates] = [bounds(context, 0), bounds(context, 2)];
  if (string(context.attrs, 'reduction') !== 'add') {
    return string(context.attrs, 'reduction') === 'mul' ? everything : hull(data, updates);
  }
  return {
    low: updates.low >= 0 ? data.low : -Infinity,
    high: updates.high <= 0 ? data.high : Infinity,
  };
};

const inferOneHot = (context: InferContext): readonly ValueType[] => {
  const [indices, depth, values] = [input(context, 0), input(context, 1), input(context, 2)];
  if (!sameShape(values.shape, [2])) refuse(context.name, graphSays.dimensionClash('values', values.shape, [2]));
  if (depth.shape.length > 1) refuse(context.name, graphSays.wrongRank('depth', depth.shape, 0, 1));
  const size: Dim = requireKnown(context, 1, 'depth').values[0] ?? 0;
  if (typeof size === 'number' && !(size >= 1 && Number.isInteger(size)))
    refuse(context.name, graphSays.belowLeast('depth', size, 1));
  const rank = indices.shape.length + 1;
  const axis = axisOf(context, int(context.attrs, 'axis'), indices.shape, rank);
  return [{ type: values.type, shape: [...indices.shape.slice(0, axis), size, ...indices.shape.slice(axis)] }];
};

/** Put in place, updates and data only move; added, they are summed. */
const scatterKind: Row['kind'] = ({ attrs }) => {
  const reduction = string(attrs, 'reduction');
  return reduction === 'none' ? 'structural' : reduction === 'add' ? 'plain' : 'other';
};

/** How many axes of the data each index names, after `batch` common ones; the shape of what it names. */
const indexed = (context: InferContext, batch: number): readonly Dim[] => {
  const [data, indices] = [input(context, 0), input(context, 1)];
  requireRank(context, 'data', data.shape, batch + 1);
  requireRank(context, 'indices', indices.shape, batch + 1);
  if (!sameShape(data.shape.slice(0, batch), indices.shape.slice(0, batch)))
    refuse(context.name, graphSays.dimensionClash('indices', indices.shape, data.shape));
  const depth = numeric(context, indices.shape.at(-1), 'the number of axes that an index names');
  if (depth < 1 || batch + depth > data.shape.length)
    refuse(context.name, graphSays.dimensionClash('indices', indices.shape, data.shape));
  return [...indices.shape.slice(0, -1), ...data.shape.slice(batch + depth)];
};

const inferScatterND = (context: InferContext): readonly ValueType[] => {
  const [data, updates] = [input(context, 0), input(context, 2)];
  const wanted = indexed(context, 0);
  if (!sameShape(updates.shape, wanted))
    refuse(context.name, graphSays.dimensionClash('updates', updates.shape, wanted));
  return [data];
};

const inferTopK = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  const axis = dataAxis(context);
  const [k = 0] = requireKnown(context, 1, 'K').values;
  const size = shape[axis];
  if (typeof k === 'number' && k < 1) refuse(context.name, graphSays.belowLeast('K', k, 1));
  if (typeof k === 'number' && typeof size === 'number' && k > size)
    refuse(context.name, graphSays.dimensionClash('K', [k], [size]));
  const kept = replaceAt(shape, axis, k);
  return [
    { type, shape: kept },
    { type: 'int64', shape: kept },
  ].slice(0, context.outputCount) as readonly ValueType[];
};

const inferCompress = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  const kept = numbersOf(context, requireKnown(context, 1, 'condition'), 'a condition').filter((c) => c !== 0).length;
  if (context.attrs['axis'] === undefined) return [{ type, shape: [kept] }];
  return [{ type, shape: replaceAt(shape, dataAxis(context), kept) }];
};

const reductions = choice('none', 'add', 'mul', 'max', 'min');

/** Operators that read or write at computed places. */
export const gather = {
  Gather: row({
    summary: 'Slices of data at the indices, along an axis: the lookup of an embedding.',
    inputs: [port('data'), port('indices', 'Tind')],
    types: { T: anyTypes, Tind: indexTypes },
    outputs: ['output'],
    attrs: { axis: intDefault(0) },
    kind: 'structural',
    infer: inferGather,
    evaluate: evaluateGather,
    facts: passing,
  }),
  GatherElements: row({
    summary: 'For each index the element of data at that place of the axis, elsewhere at the same place.',
    inputs: [port('data'), port('indices', 'Tind')],
    types: { T: anyTypes, Tind: indexTypes },
    outputs: ['output'],
    attrs: { axis: intDefault(0) },
    kind: 'structural',
    infer: inferElements,
    facts: passing,
  }),
  ScatterElements: row({
    summary: 'Data with updates put (reduction none) or added at the indices along an axis.',
    inputs: [port('data'), port('indices', 'Tind'), port('updates')],
    types: { T: anyTypes, Tind: indexTypes },
    outputs: ['output'],
    attrs: { axis: intDefault(0), reduction: reductions },
    kind: scatterKind,
    infer: inferScatter,
    facts: scatterFacts,
  }),
  GatherND: row({
    summary: 'Elements or slices of data, each at the place that a vector of indices names (beside common batch axes).',
    inputs: [port('data'), port('indices', 'int64')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: { batch_dims: atLeast(0, intDefault(0)) },
    kind: 'structural',
    infer: (context) => [{ type: input(context, 0).type, shape: indexed(context, int(context.attrs, 'batch_dims')) }],
    facts: passing,
  }),
  ScatterND: row({
    summary: 'Data with updates put (reduction none) or added at the places that vectors of indices name.',
    inputs: [port('data'), port('indices', 'int64'), port('updates')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: { reduction: reductions },
    kind: scatterKind,
    infer: inferScatterND,
    facts: scatterFacts,
  }),
  TopK: row({
    summary: 'The K largest elements along an axis (the smallest where largest is 0), and their positions.',
    inputs: [port('X'), port('K', 'int64')],
    types: { T: numberTypes },
    outputs: ['Values', 'Indices'],
    attrs: { axis: intDefault(-1), largest: flag(1), sorted: flag(1) },
    kind: 'structural',
    infer: inferTopK,
    facts: passing,
  }),
  Compress: row({
    summary: 'The slices along an axis (of the flat input, where none is named) whose condition holds.',
    inputs: [port('input'), port('condition', 'T1')],
    types: { T: anyTypes, T1: boolTypes },
    outputs: ['output'],
    attrs: { axis: optional('int') },
    kind: 'structural',
    infer: inferCompress,
    facts: passing,
  }),
  OneHot: row({
    summary: 'values[1] at the index, values[0] elsewhere, along a new axis of size depth.',
    inputs: [port('indices', 'T1'), port('depth', 'T2'), port('values', 'T3')],
    types: { T1: numberTypes, T2: numberTypes, T3: anyTypes },
    outputs: ['output'],
    attrs: { axis: intDefault(-1) },
    kind: 'structural',
    infer: inferOneHot,
    facts: (context) => bounds(context, 2),
  }),
} satisfies Record<string, Row>;

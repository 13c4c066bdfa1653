import { graphSays, refuse } from '@kirchhoff/message';
import { productDim, subDim } from '../dim.js';
import type { Attributes, Dim, InlineTensor } from '../graph.js';
import { elementTypes, sizeOf, type ElementType } from '../tensor.js';
import {
  flag,
  int,
  intDefault,
  isTensorValue,
  optional,
  optionalInt,
  optionalInts,
  repeat,
  required,
} from './attribute.js';
import { everything, nonNegative, passing, point, rising, unit } from './bounds.js';
import { knownLimit, knownScalar, knownVector } from './known.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, KnownTensor, ValueType } from './row.js';
import { input, optionalPort, port, requireKnown, requireRank } from './shape.js';
import { anyTypes, boolTypes, floatTypes, wideTypes } from './types.js';

/** ONNX's numbers for the element types that Kirchhoff knows. */
export const elementTypeCodes: { readonly [T in ElementType]: number } = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

export const elementTypeOfCode = (code: number): ElementType | undefined =>
  elementTypes.find((t) => elementTypeCodes[t] === code);

/** The tensor that a Constant node holds, whichever attribute it is written in. */
export const constantTensor = (attrs: Attributes): InlineTensor => {
  const keys = ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'];
  const given = keys.filter((k) => attrs[k] !== undefined);
  const [key] = given;
  if (key === undefined || given.length > 1) return refuse('', graphSays.exactlyOne(keys, given.length));
  const value = attrs[key];
  if (isTensorValue(value)) return value;
  const type = key.startsWith('value_int') ? 'int64' : 'float32';
  if (typeof value === 'number') return { type, shape: [], data: [value] };
  const data = optionalInts(attrs, key) ?? [];
  return { type, shape: [data.length], data };
};

const boundsOfData = (data: readonly number[]): Interval => {
  let [low, high] = [Infinity, -Infinity];
  for (const v of data) {
    if (Number.isNaN(v)) return everything;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return data.length === 0 ? everything : { low, high };
};

/** Bounds of the elements of an inline tensor. */
export const tensorBounds = (tensor: InlineTensor): Interval => boundsOfData(tensor.data);

const fillOf = (attrs: Attributes): InlineTensor => {
  const value = attrs['value'];
  if (!isTensorValue(value)) return { type: 'float32', shape: [1], data: [0] };
  return value.data.length === 1 ? value : refuse('', graphSays.oneElement(value.data.length));
};

const filledShape = (context: InferContext): readonly Dim[] => {
  return requireKnown(context, 0, 'shape').values;
};

const evaluateFill = (context: InferContext): KnownTensor | undefined => {
  const shape = filledShape(context);
  const size = productDim(shape);
  if (typeof size !== 'number' || size > knownLimit) return undefined;
  return { shape: shape.map(Number), values: repeat(fillOf(context.attrs).data[0] ?? 0, size) };
};

const shapeSlice = (context: InferContext): readonly Dim[] => {
  const { shape } = input(context, 0);
  return shape.slice(int(context.attrs, 'start'), optionalInt(context.attrs, 'end') ?? shape.length);
};

const rangeOf = (context: InferContext): readonly [Dim, Dim, number] | undefined => {
  const [start, limit, delta] = [context.known(0), context.known(1), context.known(2)].map((k) => k?.values[0]);
  return start !== undefined && limit !== undefined && typeof delta === 'number' && delta !== 0
    ? [start, limit, delta]
    : undefined;
};

const inferRange = (context: InferContext): readonly ValueType[] => {
  const { type } = input(context, 0);
  const range = rangeOf(context);
  if (context.known(2)?.values[0] === 0) refuse(context.name, graphSays.zeroDelta());
  if (range === undefined) return refuse(context.name, graphSays.unknownValue('start, limit and delta'));
  const [start, limit, delta] = range;
  if (typeof start === 'number' && typeof limit === 'number') {
    return [{ type, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }];
  }
  const size = delta === 1 ? subDim(limit, start) : delta === -1 ? subDim(start, limit) : undefined;
  return [{ type, shape: [size ?? refuse(context.name, graphSays.symbolicValue('limit', limit))] }];
};

const evaluateRange = (context: InferContext): KnownTensor | undefined => {
  const range = rangeOf(context);
  const [result] = inferRange(context);
  const size = result?.shape[0];
  if (range === undefined || typeof size !== 'number' || size > knownLimit) return undefined;
  const [start, , delta] = range;
  return typeof start === 'number' ? knownVector(Array.from({ length: size }, (_, i) => start + i * delta)) : undefined;
};

const castType = (attrs: Attributes): ElementType => {
  const code = int(attrs, 'to');
  return elementTypeOfCode(code) ?? refuse('', graphSays.unsupportedCast(code));
};

const isFloatType = (type: ElementType): boolean => type === 'float32' || type === 'float64';

const evaluateCast = (context: InferContext): KnownTensor | undefined => {
  const known = context.known(0);
  const type = castType(context.attrs);
  if (known === undefined || isFloatType(type)) return known;
  const cast = (v: Dim): Dim | undefined =>
    type === 'bool' ? (typeof v === 'number' ? Number(v !== 0) : undefined) : typeof v === 'number' ? Math.trunc(v) : v;
  const values = known.values.map(cast).filter((v) => v !== undefined);
  return values.length === known.values.length ? { shape: known.shape, values } : undefined;
};

/** Casting to an unsigned type may wrap; to another integer type cuts towards zero. */
const castFacts = ({ attrs, inputs }: FactsContext): Interval => {
  const x = inputs[0] ?? everything;
  const type = castType(attrs);
  if (isFloatType(type)) return x;
  return type === 'bool'
    ? unit
    : type === 'uint8'
      ? { low: 0, high: 255 }
      : type === 'int8'
        ? everything
        : rising(x, Math.trunc);
};

/** Operators that make values from attributes and shapes, and those that pass values on as they are. */
export const constant = {
  Constant: row({
    summary: 'A constant written as an attribute.',
    inputs: [],
    types: {},
    outputs: ['output'],
    attrs: {
      value: optional('tensor'),
      value_float: optional('float'),
      value_floats: optional('floats'),
      value_int: optional('int'),
      value_ints: optional('ints'),
    },
    kind: 'discrete',
    infer: (context) => {
      const { type, shape } = constantTensor(context.attrs);
      return [{ type, shape }];
    },
    evaluate: (context) => {
      const { shape, data } = constantTensor(context.attrs);
      return sizeOf(shape) <= knownLimit ? { shape, values: data } : undefined;
    },
    facts: ({ attrs }) => tensorBounds(constantTensor(attrs)),
  }),
  ConstantOfShape: row({
    summary: 'A tensor of the given shape, filled with one value (0 where none is given).',
    inputs: [port('input', 'int64')],
    types: {},
    outputs: ['output'],
    attrs: { value: optional('tensor') },
    kind: 'discrete',
    infer: (context) => [{ type: fillOf(context.attrs).type, shape: filledShape(context) }],
    evaluate: evaluateFill,
    facts: ({ attrs }) => point(fillOf(attrs).data[0] ?? 0),
  }),
  Shape: row({
    summary: 'The dimensions of the input from start to end.',
    inputs: [port('data')],
    types: { T: anyTypes },
    outputs: ['shape'],
    attrs: { start: intDefault(0), end: optional('int') },
    kind: 'discrete',
    infer: (context) => [{ type: 'int64', shape: [shapeSlice(context).length] }],
    evaluate: (context) => knownVector(shapeSlice(context)),
    facts: () => nonNegative,
  }),
  Size: row({
    summary: 'The number of elements of the input.',
    inputs: [port('data')],
    types: { T: anyTypes },
    outputs: ['size'],
    attrs: {},
    kind: 'discrete',
    infer: () => [{ type: 'int64', shape: [] }],
    evaluate: (context) => knownScalar(productDim(input(context, 0).shape)),
    facts: () => nonNegative,
  }),
  Range: row({
    summary: 'Numbers from start to limit (excluded) in steps of delta.',
    inputs: [port('start'), port('limit'), port('delta')],
    types: { T: wideTypes },
    outputs: ['output'],
    attrs: {},
    kind: 'discrete',
    infer: inferRange,
    evaluate: evaluateRange,
    facts: () => everything,
  }),
  EyeLike: row({
    summary: 'Ones on the k-th diagonal of a matrix shaped like the input.',
    inputs: [port('input')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: { dtype: optional('int'), k: intDefault(0) },
    kind: 'discrete',
    infer: (context) => {
      const x = input(context, 0);
      requireRank(context, 'input', x.shape, 2, 2);
      const code = optionalInt(context.attrs, 'dtype');
      return [{ type: code === undefined ? x.type : castType({ to: code }), shape: x.shape }];
    },
    facts: () => unit,
  }),
  Identity: row({
    summary: 'The input as it is.',
    inputs: [port('input')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: {},
    kind: 'structural',
    infer: (context) => [input(context, 0)],
    evaluate: (context) => context.known(0),
    facts: passing,
  }),
  Dropout: row({
    summary: 'The input as it is (inference); the second output is a mask of ones.',
    inputs: [port('data'), optionalPort('ratio', 'T1'), optionalPort('training_mode', 'T2')],
    types: { T: floatTypes, T1: floatTypes, T2: boolTypes },
    outputs: ['output', 'mask'],
    attrs: { seed: optional('int') },
    kind: 'structural',
    infer: (context) => {
      const x = input(context, 0);
      const mask: ValueType = { type: 'bool', shape: x.shape };
      return context.outputCount > 1 ? [x, mask] : [x];
    },
    evaluate: (context) => context.known(0),
    facts: passing,
  }),
  Cast: row({
    summary: 'Another element type, by its ONNX number (1 float32, 6 int32, 7 int64, 9 bool, 11 float64).',
    inputs: [port('input')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: { saturate: flag(1), to: required('int') },
    kind: ({ attrs }) => (isFloatType(castType(attrs)) ? 'structural' : 'discrete'),
    infer: (context) => [{ type: castType(context.attrs), shape: input(context, 0).shape }],
    evaluate: evaluateCast,
    facts: castFacts,
  }),
} satisfies Record<string, Row>;

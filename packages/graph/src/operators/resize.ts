import { graphSays, refuse } from '@kirchhoff/message';
import { divDim, mulDim } from '../dim.js';
import type { Dim } from '../graph.js';
import { choice, flag, floatDefault, optional, optionalInts, string } from './attribute.js';
import { bounds, everything, hull, point } from './bounds.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, KnownTensor, ValueType } from './row.js';
import { axesOnce, input, numbersOf, optionalPort, port, requireKnown } from './shape.js';
import { anyTypes, floatTypes } from './types.js';

/** An empty tensor counts as left out, as exporters write it. */
const given = (context: InferContext, index: number, what: string): KnownTensor | undefined => {
  const type = context.inputs[index];
  return type === undefined || type.shape[0] === 0 ? undefined : requireKnown(context, index, what);
};

/** `floor(size · scale)`; a symbol takes scales that are fractions with a small denominator. */
const scaled = (context: InferContext, size: Dim, scale: number): Dim => {
  if (typeof size === 'number') return Math.floor(size * scale);
  for (let below = 1; below <= 64; below++) {
    const above = scale * below;
    if (Math.abs(above - Math.round(above)) < 1e-6) return divDim(mulDim(size, Math.round(above)), below);
  }
  return refuse(context.name, graphSays.symbolicValue('the size of a resized axis', size));
};

/** The sizes asked for, shrunk or grown to one common scale where the aspect ratio is kept. */
const fitted = (
  context: InferContext,
  shape: readonly Dim[],
  axes: readonly number[],
  sizes: readonly Dim[],
): readonly Dim[] => {
  const policy = string(context.attrs, 'keep_aspect_ratio_policy');
  if (policy === 'stretch') return sizes;
  const ratios = axes.map((axis, i) => {
    const [from, to] = [shape[axis] ?? 1, sizes[i] ?? 1];
    return typeof from === 'number' && typeof to === 'number'
      ? to / from
      : refuse(
          context.name,
          graphSays.symbolicValue('the size of a resized axis', typeof from === 'string' ? from : to),
        );
  });
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return axes.map((axis) => Math.round(Number(shape[axis] ?? 1) * scale));
};

const inferResize = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  const axes = axesOnce(context, optionalInts(context.attrs, 'axes') ?? shape.map((_, i) => i), shape);
  const scales = given(context, 2, 'scales');
  const sizes = given(context, 3, 'sizes');
  const values = scales ?? sizes;
  if (values === undefined || (scales !== undefined && sizes !== undefined)) {
    return refuse(context.name, graphSays.exactlyOne(['scales', 'sizes'], scales === undefined ? 0 : 2));
  }
  const found = values.values.length;
  if (found !== axes.length)
    refuse(context.name, graphSays.wrongLength(scales ? 'scales' : 'sizes', found, axes.length));
  const factors = scales && numbersOf(context, scales, 'a scale');
  const shrunk = (factors ?? values.values).find((one) => typeof one === 'number' && !(one > 0));
  if (shrunk !== undefined) refuse(context.name, graphSays.notPositive(scales ? 'a scale' : 'a size', shrunk));
  const resized = factors
    ? axes.map((axis, i) => scaled(context, shape[axis] ?? 1, factors[i] ?? 1))
    : fitted(context, shape, axes, values.values);
  return [{ type, shape: shape.map((d, axis) => (axes.includes(axis) ? (resized[axes.indexOf(axis)] ?? d) : d)) }];
};

/** Nearest and linear take means of elements; cubic overshoots. Cropping may put the extrapolation value in. */
const resizeFacts = (context: FactsContext): Interval => {
  const x = bounds(context, 0);
  if (string(context.attrs, 'mode') === 'cubic') return everything;
  return string(context.attrs, 'coordinate_transformation_mode') === 'tf_crop_and_resize'
    ? hull(x, point(Number(context.attrs['extrapolation_value'])))
    : x;
};

export const resize = {
  Resize: row({
    summary: 'Another sampling grid: nearest, linear or cubic, by scales or sizes.',
    inputs: [
      port('X', 'T1'),
      optionalPort('roi', 'T2'),
      optionalPort('scales', 'float32'),
      optionalPort('sizes', 'int64'),
    ],
    types: { T1: anyTypes, T2: floatTypes },
    outputs: ['Y'],
    attrs: {
      antialias: flag(0),
      axes: optional('ints'),
      coordinate_transformation_mode: choice(
        'half_pixel',
        'half_pixel_symmetric',
        'pytorch_half_pixel',
        'align_corners',
        'asymmetric',
        'tf_crop_and_resize',
      ),
      cubic_coeff_a: floatDefault(-0.75),
      exclude_outside: flag(0),
      extrapolation_value: floatDefault(0),
      keep_aspect_ratio_policy: choice('stretch', 'not_larger', 'not_smaller'),
      mode: choice('nearest', 'linear', 'cubic'),
      nearest_mode: choice('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'),
    },
    kind: ({ attrs }) => (string(attrs, 'mode') === 'nearest' ? 'structural' : 'plain'),
    infer: inferResize,
    facts: resizeFacts,
  }),
} satisfies Record<string, Row>;

import { refuse, runtimeSays } from '@kirchhoff/message';
import { given, listAt, type Call, type Kernel } from '../kernel.js';
import { zeros, type Value } from '../value.js';
import { float, fromFront, isOn, lanesOf, optionalInts, string, type Attributes } from '@kirchhoff/graph';

/** How one axis is resized: lengths before and after, the scale, and the region of interest as fractions of the axis. */
interface Stretch {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly roi: readonly [number, number];
}

/** Where output position `i` lies in the input, by the node's coordinate_transformation_mode. */
const coordinates: Readonly<Record<string, (i: number, stretch: Stretch) => number>> = {
  half_pixel: (i, { scale }) => (i + 0.5) / scale - 0.5,
  half_pixel_symmetric: (i, { scale, from, to }) => (from / 2) * (1 - to / (scale * from)) + (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: (i, { scale, to }) => (to > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, { from, to }) => (to > 1 ? (i * (from - 1)) / (to - 1) : 0),
  asymmetric: (i, { scale }) => i / scale,
  tf_crop_and_resize: (i, { from, to, roi: [start, end] }) =>
    to > 1 ? start * (from - 1) + (i * (end - start) * (from - 1)) / (to - 1) : 0.5 * (start + end) * (from - 1),
};

const roundings: Readonly<Record<string, (at: number) => number>> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** The axes that change, from `scales` or `sizes` (which `keep_aspect_ratio_policy` may adjust). */
const stretchesOf = (call: Call, shape: readonly number[]): readonly Stretch[] => {
  const { attrs } = call;
  const axes = (optionalInts(attrs, 'axes') ?? shape.map((_, axis) => axis)).map((axis) =>
    fromFront(axis, shape.length),
  );
  const [roi, scales, sizes] = [listAt(call, 1), listAt(call, 2), listAt(call, 3)];
  const region = (i: number): readonly [number, number] => [roi?.[i] ?? 0, roi?.[i + axes.length] ?? 1];
  if (sizes === undefined || sizes.length === 0) {
    if (scales === undefined) return refuse(call.node.name, runtimeSays.resizeWithoutSize());
    return axes.map((axis, i) => {
      const [from, scale] = [shape[axis]!, scales[i]!];
      return { axis, from, to: Math.floor(from * scale), scale, roi: region(i) };
    });
  }
  const ratios = axes.map((axis, i) => sizes[i]! / shape[axis]!);
  const policy = string(attrs, 'keep_aspect_ratio_policy');
  const common = policy === 'stretch' ? undefined : policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return axes.map((axis, i) => {
    const from = shape[axis]!;
    const scale = common ?? ratios[i]!;
    return {
      axis,
      from,
      to: common === undefined ? sizes[i]! : Math.floor(from * common + 0.5),
      scale,
      roi: region(i),
    };
  });
};

/** What one output position is made of: input positions and their weights; none where it lies outside the region. */
type Sources = readonly { readonly at: number; readonly weight: number }[];

/** An interpolation kernel: its weight by distance, 0 from `reach` on. */
interface Filter {
  readonly reach: number;
  readonly weight: (distance: number, a: number) => number;
}

const filters: Readonly<Record<string, Filter>> = {
  linear: { reach: 1, weight: (d) => Math.max(1 - d, 0) },
  /** Keys 1981, with the coefficient `a`. */
  cubic: {
    reach: 2,
    weight: (d, a) => {
      if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
    },
  },
};

/** Weights around `x`; `antialias` stretches the kernel where the axis shrinks. They add up to 1. */
const filtered = (attrs: Attributes, filter: Filter, x: number, { from, scale }: Stretch): Sources => {
  const narrow = isOn(attrs, 'antialias') ? Math.min(scale, 1) : 1;
  const [low, reach] = [Math.floor(x), Math.ceil(filter.reach / narrow)];
  const around = Array.from({ length: 2 * reach }, (_, k) => low + 1 - reach + k).map((at) => ({
    at: Math.min(Math.max(at, 0), from - 1),
    weight:
      isOn(attrs, 'exclude_outside') && (at < 0 || at >= from)
        ? 0
        : filter.weight(Math.abs(at - x) * narrow, float(attrs, 'cubic_coeff_a')),
  }));
  const total = around.reduce((sum, { weight }) => sum + weight, 0);
  return around.map(({ at, weight }) => ({ at, weight: weight / total }));
};

const sourcesOf = (attrs: Attributes, stretch: Stretch, i: number): Sources => {
  const transformation = string(attrs, 'coordinate_transformation_mode');
  const x = coordinates[transformation]!(i, stretch);
  if (transformation === 'tf_crop_and_resize' && (x < 0 || x > stretch.from - 1)) return [];
  const filter = filters[string(attrs, 'mode')];
  if (filter !== undefined) return filtered(attrs, filter, x, stretch);
  const at = roundings[string(attrs, 'nearest_mode')]!(x);
  return [{ at: Math.min(Math.max(at, 0), stretch.from - 1), weight: 1 }];
};

/** Interpolation is separable: one axis after another. */
const stretchAxis = (attrs: Attributes, x: Value, stretch: Stretch): Value => {
  const { outer, length, inner } = lanesOf(x.shape, stretch.axis);
  const outside = float(attrs, 'extrapolation_value');
  const y = zeros(x.type, x.shape.with(stretch.axis, stretch.to));
  for (let i = 0; i < stretch.to; i++) {
    const sources = sourcesOf(attrs, stretch, i);
    for (let o = 0; o < outer; o++) {
      for (let k = 0; k < inner; k++) {
        let sum = sources.length === 0 ? outside : 0;
        for (const { at, weight } of sources) sum += x.data[(o * length + at) * inner + k]! * weight;
        y.data[(o * stretch.to + i) * inner + k] = sum;
      }
    }
  }
  return y;
};

const Resize: Kernel = (call) => {
  const x = given(call, 0);
  const changing = stretchesOf(call, x.shape).filter(
    ({ from, to, scale, roi }) => from !== to || scale !== 1 || roi[0] !== 0 || roi[1] !== 1,
  );
  return [changing.reduce((value, stretch) => stretchAxis(call.attrs, value, stretch), x)];
};

export const resizeKernels = { Resize } satisfies Record<string, Kernel>;

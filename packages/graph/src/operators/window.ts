import { graphSays, refuse } from '@kirchhoff/message';
import { addDim, ceilDivDim, divDim, mulDim } from '../dim.js';
import type { Attributes, Dim } from '../graph.js';
import { atLeast, choice, int, ints, optional, optionalInts, repeat, string } from './attribute.js';
import type { AttributeSpec } from './row.js';

/** How a kernel slides over the spatial axes of one input. */
export interface Window {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begin of each axis, then end of each axis. Undefined where auto_pad depends on a symbolic dimension. */
  readonly pads: readonly number[] | undefined;
  /** Spatial dimensions of the output. */
  readonly output: readonly Dim[];
}

export const windowAttrs = {
  auto_pad: choice('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
  dilations: atLeast(1, optional('ints')),
  pads: atLeast(0, optional('ints')),
  strides: atLeast(1, optional('ints')),
} satisfies Record<string, AttributeSpec>;

const checkedInts = (attrs: Attributes, key: string, absent: number, length: number): readonly number[] => {
  const values = ints(attrs, key, repeat(absent, length));
  return values.length === length ? values : refuse('', graphSays.wrongLength(`"${key}"`, values.length, length));
};

const extentOf = (kernel: number, dilation: number): number =>
  kernel >= 1 ? dilation * (kernel - 1) + 1 : refuse('', graphSays.belowLeast('a kernel size', kernel, 1));

const splitPads = (totals: readonly number[], lower: boolean): readonly number[] => {
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total, i) => total - (small[i] ?? 0));
  return lower ? [...large, ...small] : [...small, ...large];
};

const outputDim = (
  size: Dim,
  before: number,
  after: number,
  extent: number,
  stride: number,
  ceil: boolean,
  axis: number,
): Dim => {
  const padded = addDim(size, before + after);
  if (typeof padded === 'number' && padded < extent)
    return refuse('', graphSays.windowTooLarge(axis + 2, padded, extent));
  const room = addDim(padded, -extent);
  if (!ceil) return addDim(divDim(room, stride), 1);
  // A last window that would start in the padding at the end is dropped: the last one starts before it in any case.
  if (typeof size !== 'number')
    return addDim(divDim(addDim(size, before - 1 + Math.min(0, after + stride - extent)), stride), 1);
  const steps = Number(addDim(ceilDivDim(room, stride), 1));
  return (steps - 1) * stride >= size + before ? steps - 1 : steps;
};

/**
 * The window of Conv and of the pools: `floor((in + pads - (dilation·(kernel-1)+1)) / stride) + 1` outputs per axis
 * (`ceil` with ceil_mode; `ceil(in / stride)` for auto_pad SAME_*). Throws `Refusal` where the kernel does not fit.
 */
export const windowOf = (attrs: Attributes, spatial: readonly Dim[], kernel: readonly number[]): Window => {
  const rank = spatial.length;
  const strides = checkedInts(attrs, 'strides', 1, rank);
  const dilations = checkedInts(attrs, 'dilations', 1, rank);
  const extents = kernel.map((k, i) => extentOf(k, dilations[i] ?? 1));
  const auto = string(attrs, 'auto_pad');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const output = spatial.map((size, i) => ceilDivDim(size, strides[i] ?? 1));
    const totals = output.map((out, i) => {
      const size = spatial[i];
      if (typeof out === 'number' && typeof size === 'number') {
        return Math.max(0, (out - 1) * (strides[i] ?? 1) + (extents[i] ?? 1) - size);
      }
      return strides[i] === 1 ? (extents[i] ?? 1) - 1 : undefined;
    });
    const complete = totals.every((t) => t !== undefined);
    return { strides, dilations, output, pads: complete ? splitPads(totals, auto === 'SAME_LOWER') : undefined };
  }
  const zeros = repeat(0, 2 * rank);
  const pads = auto === 'VALID' ? zeros : checkedInts(attrs, 'pads', 0, 2 * rank);
  const ceil = attrs['ceil_mode'] === 1;
  const output = spatial.map((size, i) =>
    outputDim(size, pads[i] ?? 0, pads[i + rank] ?? 0, extents[i] ?? 1, strides[i] ?? 1, ceil, i),
  );
  return { strides, dilations, pads, output };
};

/**
 * The window of ConvTranspose: `stride·(in-1) + output_padding + dilation·(kernel-1)+1 - pads` outputs per axis, or what
 * `output_shape` (then the pads follow) or auto_pad SAME_* (`in·stride`, unless the kernel does not reach so far) say.
 */
export const transposedWindowOf = (attrs: Attributes, spatial: readonly Dim[], kernel: readonly number[]): Window => {
  const rank = spatial.length;
  const strides = checkedInts(attrs, 'strides', 1, rank);
  const dilations = checkedInts(attrs, 'dilations', 1, rank);
  const extra = checkedInts(attrs, 'output_padding', 0, rank);
  const auto = string(attrs, 'auto_pad');
  const same = auto === 'SAME_UPPER' || auto === 'SAME_LOWER';
  const full = spatial.map((size, i) =>
    addDim(mulDim(addDim(size, -1), strides[i] ?? 1), (extra[i] ?? 0) + extentOf(kernel[i] ?? 1, dilations[i] ?? 1)),
  );
  const asked = optionalInts(attrs, 'output_shape');
  const wanted =
    asked ??
    (same
      ? spatial.map((size, i) => {
          const [stride, covered] = [strides[i] ?? 1, (extra[i] ?? 0) + extentOf(kernel[i] ?? 1, dilations[i] ?? 1)];
          return covered < stride ? (full[i] ?? 0) : mulDim(size, stride);
        })
      : undefined);
  if (wanted !== undefined) {
    if (wanted.length !== rank) refuse('', graphSays.wrongLength('"output_shape"', wanted.length, rank));
    const totals = wanted.map((out, i) => {
      const total = addDim(full[i] ?? 0, mulDim(out, -1));
      return typeof total === 'number' ? Math.max(0, total) : undefined;
    });
    const complete = totals.every((t) => t !== undefined);
    return {
      strides,
      dilations,
      output: wanted,
      pads: complete ? splitPads(totals, auto !== 'SAME_UPPER') : undefined,
    };
  }
  const pads = auto === 'VALID' ? repeat(0, 2 * rank) : checkedInts(attrs, 'pads', 0, 2 * rank);
  const output = full.map((size, i) => addDim(size, -(pads[i] ?? 0) - (pads[i + rank] ?? 0)));
  output.forEach((size, i) => {
    if (typeof size === 'number' && size < 1) refuse('', graphSays.windowTooLarge(i + 2, size, 1));
  });
  return { strides, dilations, output, pads };
};

/** The kernel sizes a pool names. */
export const kernelOf = (attrs: Attributes, rank: number): readonly number[] => {
  const kernel = ints(attrs, 'kernel_shape');
  return kernel.length === rank ? kernel : refuse('', graphSays.wrongLength('"kernel_shape"', kernel.length, rank));
};

export const groupOf = (attrs: Attributes): number => int(attrs, 'group');

import { optionalInts, sizeOf, string, type Attributes } from '@kirchhoff/graph';
import { stridesOf } from './value.js';

/** How a window of a convolution or a pool moves over the spatial axes; one entry per axis. */
export interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBefore: readonly number[];
  readonly padsAfter: readonly number[];
}

/** Input positions that a window spans along each axis: (k − 1)·dilation + 1. */
export const extentOf = (kernel: readonly number[], dilations: readonly number[]): number[] =>
  kernel.map((k, axis) => (k - 1) * dilations[axis]! + 1);

const ones = (rank: number): number[] => Array.from({ length: rank }, () => 1);
export const noPads = (rank: number): number[] => Array.from({ length: rank }, () => 0);

/** Strides and dilations of a node, 1 where it states none. */
export const stepsOf = (attrs: Attributes, rank: number) => ({
  strides: optionalInts(attrs, 'strides') ?? ones(rank),
  dilations: optionalInts(attrs, 'dilations') ?? ones(rank),
});

/** Splits padding into what lies before and after: the odd element after for SAME_UPPER, before for SAME_LOWER. */
export const splitPads = (totals: readonly number[], upper: boolean) => {
  const smaller = totals.map((total) => Math.floor(total / 2));
  const larger = totals.map((total, axis) => total - smaller[axis]!);
  return upper ? { padsBefore: smaller, padsAfter: larger } : { padsBefore: larger, padsAfter: smaller };
};

/** The pads that a node states outright. */
export const statedPads = (attrs: Attributes, rank: number) => {
  const pads = optionalInts(attrs, 'pads') ?? noPads(2 * rank);
  return { padsBefore: pads.slice(0, rank), padsAfter: pads.slice(rank) };
};

/** The geometry of a Conv, MaxPool or AveragePool over an input of the given spatial shape. */
export const geometryOf = (attrs: Attributes, spatial: readonly number[], kernel: readonly number[]): Geometry => {
  const steps = stepsOf(attrs, spatial.length);
  const autoPad = string(attrs, 'auto_pad');
  if (autoPad === 'NOTSET') return { kernel, ...steps, ...statedPads(attrs, spatial.length) };
  if (autoPad === 'VALID')
    return { kernel, ...steps, padsBefore: noPads(spatial.length), padsAfter: noPads(spatial.length) };
  const extent = extentOf(kernel, steps.dilations);
  const totals = spatial.map((size, axis) => {
    const stride = steps.strides[axis]!;
    return Math.max((Math.ceil(size / stride) - 1) * stride + extent[axis]! - size, 0);
  });
  return { kernel, ...steps, ...splitPads(totals, autoPad === 'SAME_UPPER') };
};

/**
 * How many windows fit along each axis. Where sizes are rounded up, a last window that would begin in the padding
 * after the input is left out.
 */
export const windowsAlong = (spatial: readonly number[], geometry: Geometry, ceil = false): number[] => {
  const extent = extentOf(geometry.kernel, geometry.dilations);
  return spatial.map((size, axis) => {
    const [before, stride] = [geometry.padsBefore[axis]!, geometry.strides[axis]!];
    const room = size + before + geometry.padsAfter[axis]! - extent[axis]!;
    if (!ceil) return Math.floor(room / stride) + 1;
    const count = Math.ceil(room / stride) + 1;
    return (count - 1) * stride >= size + before ? count - 1 : count;
  });
};

/**
 * For each window (row-major over `windows`) and each of its taps (row-major over the kernel), the flat spatial position
 * in the input, or −1 where the tap lies in the padding. Length: windows × taps.
 */
export const tapsOf = (spatial: readonly number[], windows: readonly number[], geometry: Geometry): Int32Array => {
  const { kernel, strides, dilations, padsBefore } = geometry;
  const taps = sizeOf(kernel);
  const positions = new Int32Array(sizeOf(windows) * taps);
  const inputStrides = stridesOf(spatial);
  const windowStrides = stridesOf(windows);
  const tapStrides = stridesOf(kernel);
  for (let i = 0; i < positions.length; i++) {
    const [window, tap] = [Math.floor(i / taps), i % taps];
    let position = 0;
    for (let axis = 0; axis < spatial.length; axis++) {
      const w = Math.floor(window / windowStrides[axis]!) % windows[axis]!;
      const t = Math.floor(tap / tapStrides[axis]!) % kernel[axis]!;
      const at = w * strides[axis]! - padsBefore[axis]! + t * dilations[axis]!;
      if (at < 0 || at >= spatial[axis]!) {
        position = -1;
        break;
      }
      position += at * inputStrides[axis]!;
    }
    positions[i] = position;
  }
  return positions;
};

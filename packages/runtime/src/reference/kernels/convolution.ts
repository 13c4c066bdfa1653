import { int, optionalInts, sizeOf, string, type Attributes } from '@kirchhoff/graph';
import { given, type Kernel } from '../kernel.js';
import { zeros, type Value } from '../value.js';
import {
  extentOf,
  geometryOf,
  noPads,
  splitPads,
  statedPads,
  stepsOf,
  tapsOf,
  windowsAlong,
  type Geometry,
} from '../window.js';

/** Adds a bias per channel (axis 1). */
const addBias = (y: Value, bias: Value | undefined): Value => {
  if (bias === undefined) return y;
  const [channels, spatial] = [y.shape[1]!, sizeOf(y.shape.slice(2))];
  for (let i = 0; i < y.data.length; i++) y.data[i]! += bias.data[Math.floor(i / spatial) % channels]!;
  return y;
};

/** y[n, m, o] = Σ over channels c of m's group, Σ over taps t:  x[n, c, position(o, t)] · w[m, c, t]  (+ b[m]). */
const Conv: Kernel = (call) => {
  const [x, w] = [given(call, 0), given(call, 1)];
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const [filters, channelsPerGroup, ...kernel] = w.shape as [number, number, ...number[]];
  const geometry = geometryOf(call.attrs, spatial, kernel);
  const windows = windowsAlong(spatial, geometry);
  const positions = tapsOf(spatial, windows, geometry);
  const [size, count, taps] = [sizeOf(spatial), sizeOf(windows), sizeOf(kernel)];
  const filtersPerGroup = filters / int(call.attrs, 'group');
  const y = zeros(x.type, [batch, filters, ...windows]);
  for (let n = 0; n < batch; n++) {
    for (let m = 0; m < filters; m++) {
      const to = (n * filters + m) * count;
      const firstChannel = Math.floor(m / filtersPerGroup) * channelsPerGroup;
      for (let c = 0; c < channelsPerGroup; c++) {
        const from = (n * channels + firstChannel + c) * size;
        const weights = (m * channelsPerGroup + c) * taps;
        for (let o = 0; o < count; o++) {
          let sum = 0;
          for (let t = 0; t < taps; t++) {
            const at = positions[o * taps + t]!;
            if (at >= 0) sum += x.data[from + at]! * w.data[weights + t]!;
          }
          y.data[to + o]! += sum;
        }
      }
    }
  }
  return [addBias(y, call.inputs[2])];
};

/** The geometry of a ConvTranspose, seen as the Conv whose adjoint it is, and its output's spatial shape. */
const transposedGeometry = (
  attrs: Attributes,
  spatial: readonly number[],
  kernel: readonly number[],
): { readonly geometry: Geometry; readonly output: readonly number[] } => {
  const rank = spatial.length;
  const steps = stepsOf(attrs, rank);
  const extent = extentOf(kernel, steps.dilations);
  const extra = optionalInts(attrs, 'output_padding') ?? noPads(rank);
  const full = spatial.map((size, axis) => (size - 1) * steps.strides[axis]! + extra[axis]! + extent[axis]!);
  const autoPad = string(attrs, 'auto_pad');
  const wanted =
    optionalInts(attrs, 'output_shape') ??
    (autoPad.startsWith('SAME')
      ? spatial.map((size, axis) => Math.min(size * steps.strides[axis]!, full[axis]!))
      : undefined);
  const pads =
    wanted !== undefined
      ? splitPads(
          full.map((size, axis) => Math.max(size - wanted[axis]!, 0)),
          autoPad === 'SAME_UPPER',
        )
      : autoPad === 'VALID'
        ? { padsBefore: noPads(rank), padsAfter: noPads(rank) }
        : statedPads(attrs, rank);
  const output = wanted ?? full.map((size, axis) => size - pads.padsBefore[axis]! - pads.padsAfter[axis]!);
  return { geometry: { kernel, ...steps, ...pads }, output };
};

/** y[n, m, position(i, t)] += x[n, c, i] · w[c, m, t]: the adjoint of Conv. */
const ConvTranspose: Kernel = (call) => {
  const [x, w] = [given(call, 0), given(call, 1)];
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const [, filtersPerGroup, ...kernel] = w.shape as [number, number, ...number[]];
  const { geometry, output } = transposedGeometry(call.attrs, spatial, kernel);
  const positions = tapsOf(output, spatial, geometry);
  const [size, count, taps] = [sizeOf(spatial), sizeOf(output), sizeOf(kernel)];
  const groups = int(call.attrs, 'group');
  const filters = filtersPerGroup * groups;
  const channelsPerGroup = channels / groups;
  const y = zeros(x.type, [batch, filters, ...output]);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      const from = (n * channels + c) * size;
      const firstFilter = Math.floor(c / channelsPerGroup) * filtersPerGroup;
      for (let m = 0; m < filtersPerGroup; m++) {
        const to = (n * filters + firstFilter + m) * count;
        const weights = (c * filtersPerGroup + m) * taps;
        for (let i = 0; i < size; i++) {
          for (let t = 0; t < taps; t++) {
            const at = positions[i * taps + t]!;
            if (at >= 0) y.data[to + at]! += x.data[from + i]! * w.data[weights + t]!;
          }
        }
      }
    }
  }
  return [addBias(y, call.inputs[2])];
};

export const convolutionKernels = { Conv, ConvTranspose } satisfies Record<string, Kernel>;

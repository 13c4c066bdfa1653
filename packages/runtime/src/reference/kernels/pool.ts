import { isOn, optionalInts, sizeOf } from '@kirchhoff/graph';
import { given, type Kernel } from '../kernel.js';
import { stridesOf, zeros, type Value } from '../value.js';
import { geometryOf, tapsOf, windowsAlong } from '../window.js';

/** Column-major numbering of spatial positions (MaxPool's storage_order 1). */
const columnMajor = (position: number, spatial: readonly number[]): number => {
  let [rest, stride, out] = [position, 1, 0];
  for (const [axis, rowStride] of stridesOf(spatial).entries()) {
    out += Math.floor(rest / rowStride) * stride;
    rest %= rowStride;
    stride *= spatial[axis]!;
  }
  return out;
};

/** The greatest element of each window, and where it lies in the whole input; the first wins where several are equal. */
const MaxPool: Kernel = (call) => {
  const x = given(call, 0);
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const geometry = geometryOf(call.attrs, spatial, optionalInts(call.attrs, 'kernel_shape') ?? spatial);
  const windows = windowsAlong(spatial, geometry, isOn(call.attrs, 'ceil_mode'));
  const positions = tapsOf(spatial, windows, geometry);
  const [size, count, taps] = [sizeOf(spatial), sizeOf(windows), sizeOf(geometry.kernel)];
  const byColumn = isOn(call.attrs, 'storage_order');
  const y = zeros(x.type, [batch, channels, ...windows]);
  const indices = zeros('int64', y.shape);
  for (let image = 0; image < batch * channels; image++) {
    for (let o = 0; o < count; o++) {
      let best = -Infinity;
      let winner = -1;
      for (let t = 0; t < taps; t++) {
        const at = positions[o * taps + t]!;
        if (at < 0) continue;
        const value = x.data[image * size + at]!;
        if (winner < 0 || value > best) [best, winner] = [value, at];
      }
      y.data[image * count + o] = best;
      indices.data[image * count + o] = image * size + (byColumn ? columnMajor(winner, spatial) : winner);
    }
  }
  return [y, indices];
};

/** The mean of each window; padding counts as zeros where `count_include_pad` says so, else it does not count. */
const AveragePool: Kernel = (call) => {
  const x = given(call, 0);
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const geometry = geometryOf(call.attrs, spatial, optionalInts(call.attrs, 'kernel_shape') ?? spatial);
  const windows = windowsAlong(spatial, geometry, isOn(call.attrs, 'ceil_mode'));
  const positions = tapsOf(spatial, windows, geometry);
  const [size, count, taps] = [sizeOf(spatial), sizeOf(windows), sizeOf(geometry.kernel)];
  const divisors = isOn(call.attrs, 'count_include_pad')
    ? tapsWithinPads(spatial, windows, geometry)
    : Int32Array.from({ length: count }, (_, o) =>
        positions.subarray(o * taps, (o + 1) * taps).reduce((n, at) => (at < 0 ? n : n + 1), 0),
      );
  const y = zeros(x.type, [batch, channels, ...windows]);
  for (let image = 0; image < batch * channels; image++) {
    for (let o = 0; o < count; o++) {
      let sum = 0;
      for (let t = 0; t < taps; t++) {
        const at = positions[o * taps + t]!;
        if (at >= 0) sum += x.data[image * size + at]!;
      }
      y.data[image * count + o] = sum / divisors[o]!;
    }
  }
  return [y];
};

/** How many taps of each window lie in the input or its declared pads (rounding up may push a window beyond both). */
const tapsWithinPads = (
  spatial: readonly number[],
  windows: readonly number[],
  geometry: ReturnType<typeof geometryOf>,
): Int32Array => {
  const padded = spatial.map((size, axis) => size + geometry.padsBefore[axis]! + geometry.padsAfter[axis]!);
  const taps = sizeOf(geometry.kernel);
  const positions = tapsOf(padded, windows, { ...geometry, padsBefore: padded.map(() => 0) });
  return Int32Array.from({ length: sizeOf(windows) }, (_, o) =>
    positions.subarray(o * taps, (o + 1) * taps).reduce((n, at) => (at < 0 ? n : n + 1), 0),
  );
};

/** One number per image and channel, from all of its spatial positions. */
const global =
  (of: (values: Float64Array) => number): Kernel =>
  (call) => {
    const x = given(call, 0);
    const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
    const size = sizeOf(spatial);
    const y: Value = zeros(x.type, [batch, channels, ...spatial.map(() => 1)]);
    for (let image = 0; image < y.data.length; image++)
      y.data[image] = of(x.data.subarray(image * size, (image + 1) * size));
    return [y];
  };

export const poolKernels = {
  MaxPool,
  AveragePool,
  GlobalAveragePool: global((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
  GlobalMaxPool: global((values) => values.reduce((best, value) => Math.max(best, value), -Infinity)),
} satisfies Record<string, Kernel>;

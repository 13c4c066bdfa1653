import { spread } from '../broadcast.js';
import { given, type Kernel } from '../kernel.js';
import { zeros, type Value } from '../value.js';
import { float, fromFront, int, sizeOf } from '@kirchhoff/graph';

/** Mean and variance of each channel over the batch and all further axes. */
const channelStatistics = (x: Value, channels: number, size: number): readonly (readonly [number, number])[] =>
  Array.from({ length: channels }, (_, c) => {
    const own = x.data.filter((_, i) => Math.floor(i / size) % channels === c);
    const mean = own.reduce((sum, v) => sum + v, 0) / own.length;
    return [mean, own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / own.length];
  });

/** (x − mean) / √(variance + ε) · scale + shift, per channel, with stored statistics; in training mode with those of the batch, which move the stored ones by `momentum`. */
const BatchNormalization: Kernel = (call) => {
  const x = given(call, 0);
  const [scale, shift, mean, variance] = [given(call, 1), given(call, 2), given(call, 3), given(call, 4)];
  const epsilon = float(call.attrs, 'epsilon');
  const [channels, size] = [x.shape[1] ?? 1, sizeOf(x.shape.slice(2))];
  const training = int(call.attrs, 'training_mode') === 1;
  const stored = Array.from({ length: channels }, (_, c) => [mean.data[c]!, variance.data[c]!] as const);
  const used = training ? channelStatistics(x, channels, size) : stored;
  const y = zeros(x.type, x.shape);
  for (let i = 0; i < y.data.length; i++) {
    const c = Math.floor(i / size) % channels;
    const [middle, spreading] = used[c]!;
    y.data[i] = ((x.data[i]! - middle) / Math.sqrt(spreading + epsilon)) * scale.data[c]! + shift.data[c]!;
  }
  if (!training) return [y];
  const momentum = float(call.attrs, 'momentum');
  const running = ([0, 1] as const).map((k): Value => {
    const moved = stored.map((before, c) => before[k] * momentum + used[c]![k] * (1 - momentum));
    return { type: mean.type, shape: [channels], data: Float64Array.from(moved) };
  });
  return [y, ...running];
};

/** Standardises over all axes from `axis` on, then scales and shifts. Further outputs: the mean and 1/√(variance + ε). */
const LayerNormalization: Kernel = (call) => {
  const x = given(call, 0);
  const axis = fromFront(int(call.attrs, 'axis'), x.shape.length);
  const inner = x.shape.slice(axis);
  const size = sizeOf(inner);
  const scale = spread(given(call, 1), inner);
  const shift = call.inputs[2] === undefined ? undefined : spread(call.inputs[2], inner);
  const epsilon = float(call.attrs, 'epsilon');
  const y = zeros(x.type, x.shape);
  const means = zeros(x.type, [...x.shape.slice(0, axis), ...inner.map(() => 1)]);
  const deviations = zeros(x.type, means.shape);
  for (let row = 0; row < means.data.length; row++) {
    const values = x.data.subarray(row * size, (row + 1) * size);
    const mean = values.reduce((sum, value) => sum + value, 0) / size;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    for (let i = 0; i < size; i++)
      y.data[row * size + i] = (values[i]! - mean) * inverse * scale[i]! + (shift?.[i] ?? 0);
    means.data[row] = mean;
    deviations.data[row] = inverse;
  }
  return [y, means, deviations];
};

/** x / (bias + alpha/size · Σ x² over `size` neighbouring channels) ^ beta. */
const LRN: Kernel = (call) => {
  const x = given(call, 0);
  const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
  const [alpha, beta, bias] = [float(call.attrs, 'alpha'), float(call.attrs, 'beta'), float(call.attrs, 'bias')];
  const width = int(call.attrs, 'size');
  const [before, after] = [Math.floor((width - 1) / 2), Math.ceil((width - 1) / 2)];
  const size = sizeOf(spatial);
  const y = zeros(x.type, x.shape);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < size; p++) {
        let squares = 0;
        for (let other = Math.max(0, c - before); other <= Math.min(channels - 1, c + after); other++)
          squares += x.data[(n * channels + other) * size + p]! ** 2;
        const at = (n * channels + c) * size + p;
        y.data[at] = x.data[at]! / (bias + (alpha / width) * squares) ** beta;
      }
    }
  }
  return [y];
};

export const normaliseKernels = { BatchNormalization, LayerNormalization, LRN } satisfies Record<string, Kernel>;

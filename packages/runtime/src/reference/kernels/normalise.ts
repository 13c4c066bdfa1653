import { sizeOf } from '@kirchhoff/graph';
import { number } from '../attribute.js';
import { spread } from '../broadcast.js';
import { given, type Kernel } from '../kernel.js';
import { fromFront, zeros } from '../value.js';

/** (x − mean) / √(variance + ε) · scale + shift, per channel, with the statistics of training. */
const BatchNormalization: Kernel = (call) => {
  const x = given(call, 0);
  const [scale, shift, mean, variance] = [given(call, 1), given(call, 2), given(call, 3), given(call, 4)];
  const epsilon = number(call.attrs, 'epsilon');
  const [channels, size] = [x.shape[1] ?? 1, sizeOf(x.shape.slice(2))];
  const y = zeros(x.type, x.shape);
  for (let i = 0; i < y.data.length; i++) {
    const c = Math.floor(i / size) % channels;
    y.data[i] =
      ((x.data[i]! - mean.data[c]!) / Math.sqrt(variance.data[c]! + epsilon)) * scale.data[c]! + shift.data[c]!;
  }
  return [y];
};

/** Standardises over all axes from `axis` on, then scales and shifts. Further outputs: the mean and 1/√(variance + ε). */
const LayerNormalization: Kernel = (call) => {
  const x = given(call, 0);
  const axis = fromFront(number(call.attrs, 'axis'), x.shape.length);
  const inner = x.shape.slice(axis);
  const size = sizeOf(inner);
  const scale = spread(given(call, 1), inner);
  const shift = call.inputs[2] === undefined ? undefined : spread(call.inputs[2], inner);
  const epsilon = number(call.attrs, 'epsilon');
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
  const [alpha, beta, bias] = [number(call.attrs, 'alpha'), number(call.attrs, 'beta'), number(call.attrs, 'bias')];
  const width = number(call.attrs, 'size');
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

import { float } from '../../../onnx/test/exporter.js';
import type { Network } from './classic.js';
import { attend, cut, frames, sound, tokens, width } from './tokens.js';

/** Sound by convolutions, with places by a convolution whose weight is normalised at run time (weight_norm of Wav2Vec 2). */
const wav2vec = (seed: number, opset: number): Network =>
  tokens(
    seed,
    opset,
    (g, l) => {
      const first = g.put('Conv', [l.unsqueeze('input_values', 1), g.weight([width, 1, 3])], {
        kernel_shape: [3],
        strides: [1],
        pads: [1, 1],
      });
      const normed = g.put('InstanceNormalization', [first, g.weight([width], 0.2, 1), g.weight([width], 0.1)], {
        epsilon: float(1e-5),
      });
      let x = l.layerNorm(l.transpose(l.gelu(normed), 0, 2, 1), width);
      const [v, gain] = [g.weight([width, 4, 4]), g.weight([1, 1, 4], 0.2, 1)];
      const norm =
        opset < 18
          ? g.put('ReduceL2', [v], { axes: [0, 1], keepdims: 1 })
          : g.put('ReduceL2', [v, g.ints(0, 1)], { keepdims: 1 });
      const weight = g.put('Mul', [g.put('Div', [v, norm]), gain]);
      const placed = g.put('Conv', [l.transpose(x, 0, 2, 1), weight, g.weight([width], 0.1)], {
        group: 2,
        kernel_shape: [4],
        pads: [2, 2],
      });
      const same = cut(g, placed, 2, 0, -1);
      x = l.layerNorm(l.add(x, l.transpose(l.gelu(same), 0, 2, 1)), width);
      x = l.add(x, attend(g, l, x, []));
      return l.linear(l.mean(x, [1], 0), width, 3);
    },
    [sound],
  );

/** A Conformer block: half steps, attention, a gated convolution over time, a BatchNormalization. */
const conformer = (seed: number, opset: number): Network =>
  tokens(
    seed,
    opset,
    (g, l) => {
      let x = l.linear('input_features', 4, width);
      const half = (y: string): string =>
        l.add(
          y,
          g.put('Mul', [l.linear(l.swish(l.linear(l.layerNorm(y, width), width, 16)), 16, width), g.number(0.5)]),
        );
      x = half(x);
      x = l.add(x, attend(g, l, l.layerNorm(x, width), []));
      const across = l.transpose(l.layerNorm(x, width), 0, 2, 1);
      const wide = g.put('Conv', [across, g.weight([2 * width, width, 1]), g.weight([2 * width], 0.1)], {
        kernel_shape: [1],
      });
      const [a = '', b = ''] = l.split(wide, 1, width, width);
      const gated = g.put('Mul', [a, g.put('Sigmoid', [b])]);
      const depthwise = g.put('Conv', [gated, g.weight([width, 1, 3])], {
        group: width,
        kernel_shape: [3],
        pads: [1, 1],
      });
      const back = g.put('Conv', [l.swish(l.norm(depthwise, width)), g.weight([width, width, 1])], {
        kernel_shape: [1],
      });
      x = half(l.add(x, l.transpose(back, 0, 2, 1)));
      return l.linear(l.mean(l.layerNorm(x, width), [1], 0), width, 3);
    },
    [frames],
  );

/** Whisper's encoder: two convolutions over time, places cut from a table, keys without a bias. */
const whisper = (seed: number, opset: number): Network =>
  tokens(
    seed,
    opset,
    (g, l) => {
      const across = l.transpose('input_features', 0, 2, 1);
      const first = l.gelu(
        g.put('Conv', [across, g.weight([width, 4, 3]), g.weight([width], 0.1)], { kernel_shape: [3], pads: [1, 1] }),
      );
      const second = l.gelu(
        g.put('Conv', [first, g.weight([width, width, 3])], { kernel_shape: [3], pads: [1, 1], strides: [1] }),
      );
      const sequence = l.transpose(second, 0, 2, 1);
      const places = g.put('Slice', [g.weight([32, width], 0.1), g.ints(0), l.size(sequence, 1), g.ints(0), g.ints(1)]);
      let x = l.add(sequence, places);
      x = l.add(x, attend(g, l, l.layerNorm(x, width), []));
      const clipped = l.clip(x, -64504, 64504);
      return l.linear(l.mean(l.layerNorm(clipped, width), [1], 0), width, 3);
    },
    [frames],
  );

export const sounds: Readonly<Record<string, Network>> = {
  'wav2vec 2': wav2vec(70, 17),
  'wav2vec 2 of opset 18': wav2vec(71, 18),
  conformer: conformer(72, 17),
  whisper: whisper(73, 17),
};

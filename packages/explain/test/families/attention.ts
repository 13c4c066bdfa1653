import type { Exporter } from '../../../onnx/test/exporter.js';
import type { Layers } from '../../../onnx/test/layers.js';
import { classifier, type Network } from './classic.js';

/** torchvision's convnext_tiny: depthwise 7 × 7, LayerNormalization and dense layers over channels last, a layer scale. */
const convnext = (seed: number, opset: number): Network =>
  classifier(seed, opset, 32, (g, l, image) => {
    const last = (x: string): string => l.transpose(x, 0, 2, 3, 1);
    const first = (x: string): string => l.transpose(x, 0, 3, 1, 2);
    const normal = (x: string, c: number): string => first(l.layerNorm(last(x), c));
    const block = (x: string, c: number): string => {
      const wide = l.linear(l.layerNorm(last(l.conv(x, c, c, 7, { group: c })), c), c, 2 * c);
      const narrow = first(l.linear(l.gelu(wide), 2 * c, c));
      return l.add(g.put('Mul', [g.weight([c, 1, 1], 0.1, 0.3), narrow]), x);
    };
    const stage = (x: string, c: number, blocks: number): string =>
      Array.from({ length: blocks }).reduce<string>((y) => block(y, c), x);
    const down = (x: string, from: number, to: number): string =>
      l.conv(normal(x, from), from, to, 2, { stride: 2, pad: 0 });
    const stem = normal(l.conv(image, 3, 4, 4, { stride: 4, pad: 0 }), 4);
    const three = stage(down(stage(down(stage(stem, 4, 3), 4, 6), 6, 3), 6, 6), 6, 9);
    const features = stage(down(three, 6, 8), 8, 3);
    return l.dense(l.flatten(normal(l.globalPool(features), 8)), 8, 5);
  });

/** x.expand(n, -1, -1), as PyTorch's tracer writes it: sizes of -1 are those that x has. */
const expanded = (g: Exporter, l: Layers, x: string, image: string): string => {
  const asked = g.put('Concat', [l.size(image, 0), g.ints(-1), g.ints(-1)], { axis: 0 });
  const ones = g.put('ConstantOfShape', [g.ints(3)], { value: { filling: 1 } });
  const kept = g.put('Equal', [asked, g.put('Mul', [ones, g.int(-1)])]);
  return g.put('Expand', [x, g.put('Where', [kept, ones, asked])]);
};

/** torchvision's vit_b_16 by PyTorch 2: time-major inside, heads beside the batch, sizes asked for at every step. */
const vitTraced = (seed: number, opset: number): Network =>
  classifier(seed, opset, 32, (g, l, image) => {
    const [width, heads] = [8, 2];
    const shaped = (x: string, ...sizes: readonly string[]): string =>
      g.put('Reshape', [x, g.put('Concat', sizes, { axis: 0 })]);
    const patches = shaped(
      l.conv(image, 3, width, 8, { stride: 8, pad: 0 }),
      l.size(image, 0),
      g.ints(width),
      g.ints(16),
    );
    const token = expanded(g, l, g.weight([1, 1, width]), image);
    const joined = g.put('Concat', [token, l.transpose(patches, 0, 2, 1)], { axis: 1 });
    const attend = (input: string): string => {
      const x = l.transpose(input, 1, 0, 2);
      const [length, batch] = [l.size(x, 0), l.size(x, 1)];
      const packed = shaped(l.linear(x, width, 3 * width), length, batch, g.ints(3), g.ints(width));
      const parts = l.squeeze(l.transpose(l.unsqueeze(packed, 0), 3, 1, 2, 0, 4), 3);
      const [q = '', k = '', v = ''] = [0, 1, 2].map((i) => {
        const part = g.put('Gather', [parts, g.int(i)], { axis: 0 });
        const together = g.put('Mul', [batch, g.ints(heads)]);
        const beside = l.transpose(shaped(part, length, together, g.ints(width / heads)), 1, 0, 2);
        return shaped(beside, batch, g.ints(heads), length, g.ints(width / heads));
      });
      const scale = g.put('Sqrt', [g.put('Div', [g.number(1), g.put('Sqrt', [g.number(width / heads)])])]);
      const scores = g.put('MatMul', [g.put('Mul', [q, scale]), g.put('Mul', [l.transpose(k, 0, 1, 3, 2), scale])]);
      const mixed = g.put('MatMul', [g.put('Softmax', [scores], { axis: -1 }), v]);
      const rows = shaped(l.transpose(mixed, 2, 0, 1, 3), g.put('Mul', [batch, length]), g.ints(width));
      return l.transpose(shaped(l.dense(rows, width, width), length, batch, g.ints(width)), 1, 0, 2);
    };
    const block = (x: string): string => {
      const seen = l.add(attend(l.layerNorm(x, width)), x);
      return l.add(seen, l.linear(l.gelu(l.linear(l.layerNorm(seen, width), width, 16)), 16, width));
    };
    const encoded = l.layerNorm(block(block(g.put('Add', [joined, g.weight([1, 17, width])]))), width);
    return l.dense(g.put('Gather', [encoded, g.int(0)], { axis: 1 }), width, 5);
  });

/** A vision transformer: patches, a class token, heads cut out of one projection. */
export const vit = (seed: number, opset: number): Network =>
  classifier(seed, opset, 32, (g, l, image) => {
    const [tokens, width, heads] = [17, 8, 2];
    const patches = l.reshape(l.conv(image, 3, width, 8, { stride: 8, pad: 0 }), 0, width, -1);
    const shape = g.put('Concat', [l.size(image, 0), g.ints(1), g.ints(width)], { axis: 0 });
    const token = g.put('Expand', [g.weight([1, 1, width]), shape]);
    const joined = g.put('Concat', [token, l.transpose(patches, 0, 2, 1)], { axis: 1 });
    const attend = (x: string): string => {
      const packed = l.reshape(l.linear(x, width, 3 * width), 0, tokens, 3, heads, width / heads);
      const parts = l.transpose(packed, 2, 0, 3, 1, 4);
      const [q = '', k = '', v = ''] = [0, 1, 2].map((i) => g.put('Gather', [parts, g.int(i)], { axis: 0 }));
      const scaled = g.put('Mul', [q, g.number(0.5)]);
      const weights = g.put('Softmax', [g.put('MatMul', [scaled, l.transpose(k, 0, 1, 3, 2)])], { axis: -1 });
      const mixed = l.transpose(g.put('MatMul', [weights, v]), 0, 2, 1, 3);
      return l.linear(l.reshape(mixed, 0, tokens, width), width, width);
    };
    const block = (x: string): string => {
      const seen = l.add(attend(l.layerNorm(x, width)), x);
      return l.add(seen, l.linear(l.gelu(l.linear(l.layerNorm(seen, width), width, 16)), 16, width));
    };
    const encoded = l.layerNorm(block(block(g.put('Add', [joined, g.weight([1, tokens, width])]))), width);
    return l.dense(g.put('Gather', [encoded, g.int(0)], { axis: 1 }), width, 5);
  });

/** torchvision's swin_t: attention in windows that are laid beside the batch, rolled by half a window in every second block. */
const swin = classifier(36, 17, 32, (g, l, image) => {
  const heads = 2;
  const roll = (x: string, axis: number, by: number, side: number): string =>
    g.put('Concat', [l.slice(x, axis, by, side), l.slice(x, axis, 0, by)], { axis });
  const windows = (x: string, side: number, c: number): string =>
    l.reshape(l.transpose(l.reshape(x, -1, side / 4, 4, side / 4, 4, c), 0, 1, 3, 2, 4, 5), -1, 16, c);
  const attend = (x: string, side: number, c: number, shifted: boolean): string => {
    const rolled = shifted ? roll(roll(x, 1, 2, side), 2, 2, side) : x;
    const packed = l.reshape(l.linear(windows(rolled, side, c), c, 3 * c), -1, 16, 3, heads, c / heads);
    const parts = l.transpose(packed, 2, 0, 3, 1, 4);
    const [q = '', k = '', v = ''] = [0, 1, 2].map((i) => g.put('Gather', [parts, g.int(i)], { axis: 0 }));
    const scores = g.put('MatMul', [g.put('Mul', [q, g.number(0.5)]), l.transpose(k, 0, 1, 3, 2)]);
    const biased = g.put('Add', [scores, g.weight([1, heads, 16, 16])]);
    const count = (side / 4) ** 2;
    const apart = l.reshape(biased, -1, count, heads, 16, 16);
    const masked = l.reshape(g.put('Add', [apart, g.weight([1, count, 1, 16, 16])]), -1, heads, 16, 16);
    const weights = g.put('Softmax', [shifted ? masked : biased], { axis: -1 });
    const mixed = l.reshape(l.transpose(g.put('MatMul', [weights, v]), 0, 2, 1, 3), -1, 16, c);
    const grid = l.reshape(l.linear(mixed, c, c), -1, side / 4, side / 4, 4, 4, c);
    const whole = l.reshape(l.transpose(grid, 0, 1, 3, 2, 4, 5), -1, side, side, c);
    return shifted ? roll(roll(whole, 1, side - 2, side), 2, side - 2, side) : whole;
  };
  const block = (x: string, side: number, c: number, shifted: boolean): string => {
    const seen = l.add(x, attend(l.layerNorm(x, c), side, c, shifted));
    return l.add(seen, l.linear(l.gelu(l.linear(l.layerNorm(seen, c), c, 2 * c)), 2 * c, c));
  };
  const corner = (x: string, row: number, column: number): string =>
    g.put('Slice', [x, g.ints(row, column), g.ints(99, 99), g.ints(1, 2), g.ints(2, 2)]);
  const embedded = l.layerNorm(l.transpose(l.conv(image, 3, 4, 4, { stride: 4, pad: 0 }), 0, 2, 3, 1), 4);
  const one = block(block(embedded, 8, 4, false), 8, 4, true);
  const corners = [corner(one, 0, 0), corner(one, 1, 0), corner(one, 0, 1), corner(one, 1, 1)];
  const merged = g.put('Concat', corners, { axis: -1 });
  const narrow = g.put('MatMul', [l.layerNorm(merged, 16), g.weight([16, 8], 0.4)]);
  const two = l.layerNorm(block(narrow, 4, 8, false), 8);
  return l.dense(l.flatten(l.globalPool(l.transpose(two, 0, 3, 1, 2))), 8, 5);
});

export const attention: Readonly<Record<string, Network>> = {
  'convnext of opset 16': convnext(31, 16),
  'convnext of opset 20': convnext(32, 20),
  'vit of opset 14': vit(33, 14),
  'vit of opset 17': vit(34, 17),
  swin,
  'vit of PyTorch 2': vitTraced(35, 17),
};

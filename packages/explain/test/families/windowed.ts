import type { Exporter } from '../../../onnx/test/exporter.js';
import { classifier, type Network } from './classic.js';
import { attend, cut, heads, width } from './tokens.js';

/** torch.roll, as both exporters write it: two slices joined the other way round. */
const rolled = (g: Exporter, x: string, axis: number, by: number): string =>
  g.put('Concat', [cut(g, x, axis, by, 2 ** 31 - 1), cut(g, x, axis, 0, by)], { axis });

/** torchvision's swin: windows by reshapes, shifted by a roll, with a table of relative places and a mask of what wrapped. */
const swin = (seed: number, opset: number): Network =>
  classifier(seed, opset, 32, (g, l, image) => {
    let x = l.layerNorm(l.transpose(l.conv(image, 3, width, 8, { stride: 8, pad: 0 }), 0, 2, 3, 1), width);
    for (const shift of [0, 1]) {
      const normed = l.layerNorm(x, width);
      const moved = shift === 0 ? normed : rolled(g, rolled(g, normed, 1, shift), 2, shift);
      const windows = l.reshape(l.transpose(l.reshape(moved, -1, 2, 2, 2, 2, width), 0, 1, 3, 2, 4, 5), -1, 4, width);
      const table = g.put('Gather', [g.weight([9, heads]), g.ints(4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4)]);
      const bias = l.unsqueeze(l.transpose(l.reshape(table, 4, 4, heads), 2, 0, 1), 0);
      const mask = g.numbers(
        [4, 1, 4, 4],
        Array.from({ length: 64 }, (_, i) => (i % 5 === 3 ? -100 : 0)),
      );
      const scoresMasked = (y: string): string => {
        const [q, k, v] = [0, 1, 2].map(() =>
          l.transpose(l.reshape(l.linear(y, width, width), -1, 4, heads, width / heads), 0, 2, 1, 3),
        ) as [string, string, string];
        let scores = g.put('Add', [g.put('MatMul', [q, l.transpose(k, 0, 1, 3, 2)]), bias]);
        if (shift > 0) {
          const apart = g.put('Add', [l.reshape(scores, -1, 4, heads, 4, 4), l.unsqueeze(mask, 0)]);
          scores = l.reshape(apart, -1, heads, 4, 4);
        }
        const mixed = g.put('MatMul', [g.put('Softmax', [scores], { axis: -1 }), v]);
        return l.linear(l.reshape(l.transpose(mixed, 0, 2, 1, 3), -1, 4, width), width, width);
      };
      const joined = l.reshape(
        l.transpose(l.reshape(scoresMasked(windows), -1, 2, 2, 2, 2, width), 0, 1, 3, 2, 4, 5),
        -1,
        4,
        4,
        width,
      );
      const back = shift === 0 ? joined : rolled(g, rolled(g, joined, 1, 3), 2, 3);
      x = l.add(x, back);
      x = l.add(x, l.linear(l.gelu(l.linear(l.layerNorm(x, width), width, 16)), 16, width));
    }
    const merged = g.put(
      'Concat',
      [0, 1].flatMap((j) =>
        [0, 1].map((i) =>
          g.put('Slice', [x, g.ints(i, j), g.ints(2 ** 31 - 1, 2 ** 31 - 1), g.ints(1, 2), g.ints(2, 2)]),
        ),
      ),
      { axis: -1 },
    );
    const pooled = l.mean(l.layerNorm(merged, 4 * width), [1, 2], 0);
    return l.dense(pooled, 4 * width, 5);
  });

/** timm's maxvit: windows, then a grid of windows; a squeeze of channels in between. */
const maxvit = (seed: number, opset: number): Network =>
  classifier(seed, opset, 32, (g, l, image) => {
    const map = l.gelu(l.norm(l.conv(image, 3, width, 4, { stride: 4, pad: 0 }), width));
    const squeezed = l.conv(l.swish(l.conv(l.mean(map, [2, 3], 1), width, 2, 1)), 2, width, 1);
    let x = l.transpose(g.put('Mul', [map, g.put('Sigmoid', [squeezed])]), 0, 2, 3, 1);
    for (const grid of [false, true]) {
      const perm = grid ? [0, 2, 4, 1, 3, 5] : [0, 1, 3, 2, 4, 5];
      const sizes = grid ? [-1, 4, 2, 4, 2, width] : [-1, 2, 4, 2, 4, width];
      const parts = l.reshape(l.transpose(l.reshape(l.layerNorm(x, width), ...sizes), ...perm), -1, 16, width);
      const mixed = attend(g, l, parts, [g.weight([1, heads, 16, 16], 0.1)], [-1, 16]);
      const inverse = perm.map((_, i) => perm.indexOf(i));
      const many = grid ? [-1, 2, 2, 4, 4, width] : [-1, 2, 2, 4, 4, width];
      x = l.add(x, l.reshape(l.transpose(l.reshape(mixed, ...many), ...inverse), -1, 8, 8, width));
    }
    return l.dense(l.mean(x, [1, 2], 0), width, 5);
  });

/** timm's deit_base_distilled: two tokens, two heads, their mean. */
const deit = (seed: number, opset: number): Network =>
  classifier(seed, opset, 32, (g, l, image) => {
    const patches = l.transpose(l.reshape(l.conv(image, 3, width, 8, { stride: 8, pad: 0 }), 0, width, -1), 0, 2, 1);
    const batch = l.size(image, 0);
    const token = (): string =>
      g.put('Expand', [g.weight([1, 1, width]), g.put('Concat', [batch, g.ints(1), g.ints(width)], { axis: 0 })]);
    let x = l.add(g.put('Concat', [token(), token(), patches], { axis: 1 }), g.weight([1, 18, width], 0.1));
    x = l.add(x, attend(g, l, l.layerNorm(x, width), []));
    x = l.layerNorm(x, width);
    const at = (i: number): string => l.dense(g.put('Gather', [x, g.int(i)], { axis: 1 }), width, 5);
    return g.put('Div', [l.add(at(0), at(1)), g.number(2)]);
  });

export const windowed: Readonly<Record<string, Network>> = {
  'swin of opset 14': swin(61, 14),
  'swin of opset 18': swin(62, 18),
  maxvit: maxvit(63, 17),
  'deit distilled': deit(64, 17),
};

import { float } from '../../../onnx/test/exporter.js';
import { classifier, type Network } from './classic.js';

/** ShuffleNet v1 of the zoo: grouped convolutions, channels shuffled, an average pool beside each first unit. */
const shufflenet = classifier(21, 9, 32, (g, l, image) => {
  const shuffle = (x: string, c: number, side: number): string =>
    l.reshape(l.transpose(l.reshape(x, -1, 2, c / 2, side, side), 0, 2, 1, 3, 4), -1, c, side, side);
  const unit = (x: string, from: number, to: number, side: number, stride: number): string => {
    const out = stride === 2 ? to - from : to;
    const narrow = l.relu(l.norm(l.conv(x, from, 4, 1, { group: 2, bias: false }), 4));
    const mixed = shuffle(narrow, 4, side);
    const depth = l.norm(l.conv(mixed, 4, 4, 3, { stride, group: 4, bias: false }), 4);
    const wide = l.norm(l.conv(depth, 4, out, 1, { group: 2, bias: false }), out);
    return stride === 2 ? l.relu(l.concat(l.averagePool(x, 3, 2, 1), wide)) : l.relu(g.put('Sum', [x, wide]));
  };
  const stem = l.maxPool(l.relu(l.norm(l.conv(image, 3, 4, 3, { stride: 2, bias: false }), 4)), 3, 2, 1);
  const two = unit(unit(unit(stem, 4, 8, 8, 2), 8, 8, 4, 1), 8, 8, 4, 1);
  const three = unit(unit(two, 8, 12, 4, 2), 12, 12, 2, 1);
  return g.put('Softmax', [l.dense(l.reshape(l.averagePool(three, 2, 1), -1, 12), 12, 5)]);
});

/** torchvision's shufflenet_v2: half of the channels go by; the shuffle asks for every size, as a tracer writes it. */
const shufflenetV2 = classifier(22, 12, 32, (g, l, image) => {
  const halves = (c: number): string => g.put('Div', [g.int(c), g.int(2)]);
  const shuffle = (x: string, c: number): string => {
    const [height, width] = [l.size(x, 2), l.size(x, 3)];
    const shape = [l.size(x, 0), l.unsqueeze(g.int(2), 0), l.unsqueeze(halves(c), 0), height, width];
    const grouped = g.put('Reshape', [x, g.put('Concat', shape, { axis: 0 })]);
    const joined = [l.size(x, 0), l.unsqueeze(g.int(-1), 0), height, width];
    return g.put('Reshape', [l.transpose(grouped, 0, 2, 1, 3, 4), g.put('Concat', joined, { axis: 0 })]);
  };
  const pointwise = (x: string, from: number, to: number): string =>
    l.relu(l.norm(l.conv(x, from, to, 1, { bias: false }), to));
  const depthwise = (x: string, c: number, stride: number): string =>
    l.norm(l.conv(x, c, c, 3, { stride, group: c, bias: false }), c);
  const unit = (x: string, from: number, to: number, stride: number): string => {
    const half = to / 2;
    if (stride === 2) {
      const left = pointwise(depthwise(x, from, 2), from, half);
      return shuffle(l.concat(left, pointwise(depthwise(pointwise(x, from, half), half, 2), half, half)), to);
    }
    const [left = '', right = ''] = l.split(x, 1, half, half);
    return shuffle(l.concat(left, pointwise(depthwise(pointwise(right, half, half), half, 1), half, half)), to);
  };
  const stage = (x: string, from: number, to: number, repeats: number): string =>
    Array.from({ length: repeats - 1 }).reduce<string>((y) => unit(y, to, to, 1), unit(x, from, to, 2));
  const stem = l.maxPool(l.relu(l.norm(l.conv(image, 3, 4, 3, { stride: 2, bias: false }), 4)), 3, 2, 1);
  const features = pointwise(stage(stage(stage(stem, 4, 8, 4), 8, 12, 8), 12, 16, 4), 16, 16);
  return l.dense(l.mean(features, [2, 3], 0), 16, 5);
});

/** torchvision's mobilenet_v2: seventeen inverted residuals, ReLU6 as Clip with attributes. */
const mobilenetV2 = classifier(23, 10, 32, (_, l, image) => {
  const unit = (x: string, from: number, to: number, kernel: number, stride = 1, group = 1): string =>
    l.clip(l.norm(l.conv(x, from, to, kernel, { stride, group, bias: false }), to), 0, 6);
  const inverted = (x: string, from: number, to: number, stride: number, factor: number): string => {
    const wide = from * factor;
    const expanded = factor === 1 ? x : unit(x, from, wide, 1);
    const depth = unit(expanded, wide, wide, 3, stride, wide);
    const narrow = l.norm(l.conv(depth, wide, to, 1, { bias: false }), to);
    return stride === 1 && from === to ? l.add(x, narrow) : narrow;
  };
  const settings: readonly (readonly [factor: number, to: number, repeats: number, stride: number])[] = [
    [1, 2, 1, 1],
    [3, 3, 2, 2],
    [3, 4, 3, 2],
    [3, 4, 4, 2],
    [3, 5, 3, 1],
    [3, 6, 3, 2],
    [3, 6, 1, 1],
  ];
  let x = unit(image, 3, 4, 3, 2);
  let from = 4;
  for (const [factor, to, repeats, stride] of settings)
    for (let i = 0; i < repeats; i++) {
      x = inverted(x, from, to, i === 0 ? stride : 1, factor);
      from = to;
    }
  return l.dense(l.dropout(l.view(l.globalPool(unit(x, from, 12, 1)))), 12, 5);
});

/** torchvision's mobilenet_v3_small: HardSwish, squeeze-excite by HardSigmoid; operators or, before opset 14, written out. */
export const mobilenetV3 = (seed: number, opset: number): Network =>
  classifier(seed, opset, 32, (g, l, image) => {
    const conv = (x: string, from: number, to: number, kernel: number, stride = 1, group = 1): string =>
      l.norm(l.conv(x, from, to, kernel, { stride, group, bias: false }), to);
    const excite = (x: string, c: number): string => {
      const squeezed = l.relu(l.conv(l.globalPool(x), c, 2, 1));
      return g.put('Mul', [l.hardSigmoid(l.conv(squeezed, 2, c, 1)), x]);
    };
    const bneck = (
      x: string,
      from: number,
      wide: number,
      to: number,
      kernel: number,
      stride: number,
      swish: boolean,
      squeeze: boolean,
    ): string => {
      const act = swish ? l.hardSwish : l.relu;
      const depth = act(conv(act(conv(x, from, wide, 1)), wide, wide, kernel, stride, wide));
      const narrow = conv(squeeze ? excite(depth, wide) : depth, wide, to, 1);
      return stride === 1 && from === to ? l.add(narrow, x) : narrow;
    };
    const stem = l.hardSwish(conv(image, 3, 4, 3, 2));
    const early = bneck(
      bneck(bneck(stem, 4, 4, 4, 3, 2, false, true), 4, 8, 5, 3, 2, false, false),
      5,
      8,
      5,
      3,
      1,
      false,
      false,
    );
    const late = bneck(
      bneck(bneck(early, 5, 10, 6, 5, 2, true, true), 6, 12, 6, 5, 1, true, true),
      6,
      12,
      6,
      5,
      1,
      true,
      true,
    );
    const features = l.hardSwish(conv(late, 6, 12, 1));
    return l.dense(l.dropout(l.hardSwish(l.dense(l.flatten(l.globalPool(features)), 12, 10))), 10, 5);
  });

/** torchvision's efficientnet_b0: sixteen inverted residuals, x · Sigmoid(x), squeeze-excite by Sigmoid. */
const efficientnet = classifier(26, 17, 32, (g, l, image) => {
  const conv = (x: string, from: number, to: number, kernel: number, stride = 1, group = 1): string =>
    l.norm(l.conv(x, from, to, kernel, { stride, group, bias: false }), to);
  const block = (x: string, from: number, to: number, factor: number, kernel: number, stride: number): string => {
    const wide = from * factor;
    const expanded = factor === 1 ? x : l.swish(conv(x, from, wide, 1));
    const depth = l.swish(conv(expanded, wide, wide, kernel, stride, wide));
    const squeezed = l.swish(l.conv(l.globalPool(depth), wide, 2, 1));
    const excited = g.put('Mul', [g.put('Sigmoid', [l.conv(squeezed, 2, wide, 1)]), depth]);
    const narrow = conv(excited, wide, to, 1);
    return stride === 1 && from === to ? l.add(narrow, x) : narrow;
  };
  const settings: readonly (readonly [factor: number, kernel: number, stride: number, to: number, repeats: number])[] =
    [
      [1, 3, 1, 3, 1],
      [3, 3, 2, 3, 2],
      [3, 5, 2, 4, 2],
      [3, 3, 2, 4, 3],
      [3, 5, 1, 5, 3],
      [3, 5, 2, 5, 4],
      [3, 3, 1, 6, 1],
    ];
  let x = l.swish(conv(image, 3, 4, 3, 2));
  let from = 4;
  for (const [factor, kernel, stride, to, repeats] of settings)
    for (let i = 0; i < repeats; i++) {
      x = block(x, from, to, factor, kernel, i === 0 ? stride : 1);
      from = to;
    }
  return l.dense(l.dropout(l.flatten(l.globalPool(l.swish(conv(x, from, 12, 1))))), 12, 5);
});

/** EfficientNet-Lite as tf2onnx writes it: channels last outside, SAME padding by hand, ReLU6, MatMul and Add. */
const lite = classifier(27, 11, 32, (g, l, image) => {
  const channelsLast = l.transpose(image, 0, 2, 3, 1);
  const first = l.transpose(channelsLast, 0, 3, 1, 2);
  const padded = g.put('Pad', [first, g.ints(0, 0, 0, 0, 0, 0, 1, 1)], { mode: 'constant' });
  const unit = (
    x: string,
    from: number,
    to: number,
    kernel: number,
    stride = 1,
    group = 1,
    pad = kernel >> 1,
  ): string => l.clip(l.norm(l.conv(x, from, to, kernel, { stride, group, bias: false, pad }), to), 0, 6);
  const stem = unit(padded, 3, 6, 3, 2, 1, 0);
  const depth = unit(unit(stem, 6, 12, 1), 12, 12, 5, 1, 12);
  const block = l.add(l.norm(l.conv(depth, 12, 6, 1), 6), stem);
  const pooled = l.squeeze(g.put('GlobalAveragePool', [unit(block, 6, 10, 1)]), 2, 3);
  const logits = g.put('Add', [g.put('MatMul', [pooled, g.weight([10, 5], 0.5)]), g.weight([5], 0.1)]);
  return g.put('Softmax', [g.put('LeakyRelu', [logits], { alpha: float(1) })], { axis: 1 });
});

export const mobile: Readonly<Record<string, Network>> = {
  shufflenet,
  'shufflenet-v2': shufflenetV2,
  'mobilenet-v2': mobilenetV2,
  'mobilenet-v3 of opset 12': mobilenetV3(24, 12),
  'mobilenet-v3 of opset 17': mobilenetV3(25, 17),
  efficientnet,
  'efficientnet-lite': lite,
};

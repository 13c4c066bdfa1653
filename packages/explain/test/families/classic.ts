import { exporter, float, type Exporter } from '../../../onnx/test/exporter.js';
import { layersOf, type Layers } from '../../../onnx/test/layers.js';
import { value } from '../../../onnx/test/model.js';

/** A network's bytes, as an exporter writes them. */
export type Network = () => Uint8Array;

/** A picture classifier: its layers, written from the input on. */
export const classifier =
  (
    seed: number,
    opset: number,
    side: number,
    write: (g: Exporter, l: Layers, image: string) => string,
    batch: string | number = 'batch_size',
  ): Network =>
  () => {
    const g = exporter(seed, opset, value('input', [batch, 3, side, side]));
    return g.finish(write(g, layersOf(g), 'input'));
  };

/** Krizhevsky's, as Caffe2 wrote it for the model zoo: response normalisation, groups, a fixed batch, a softmax. */
const alexnet = classifier(
  1,
  7,
  63,
  (g, l, image) => {
    const lrn = (x: string): string =>
      g.put('LRN', [x], { size: 5, alpha: float(1e-4), beta: float(0.75), bias: float(1) });
    const one = l.maxPool(lrn(l.relu(l.conv(image, 3, 8, 11, { stride: 4, pad: 0 }))), 3, 2);
    const two = l.maxPool(lrn(l.relu(l.conv(one, 8, 12, 5, { group: 2 }))), 3, 2);
    const three = l.relu(l.conv(two, 12, 12, 3));
    const five = l.relu(l.conv(l.relu(l.conv(three, 12, 12, 3, { group: 2 })), 12, 8, 3, { group: 2 }));
    const flat = l.reshape(l.maxPool(five, 2, 2, 1), 1, 32);
    const six = l.dropout(l.relu(l.dense(flat, 32, 16)));
    return g.put('Softmax', [l.dense(l.dropout(l.relu(l.dense(six, 16, 16))), 16, 5)]);
  },
  1,
);

/** torchvision's vgg11_bn: eight convolutions in five stages, three dense layers. */
const vgg = classifier(2, 11, 32, (_, l, image) => {
  const stage = (x: string, ...widths: readonly number[]): string =>
    l.maxPool(
      widths.slice(1).reduce((y, to, i) => l.relu(l.norm(l.conv(y, widths[i]!, to, 3), to)), x),
      2,
      2,
    );
  const features = stage(stage(stage(stage(stage(image, 3, 4), 4, 6), 6, 8, 8), 8, 10, 10), 10, 10, 10);
  const six = l.dropout(l.relu(l.dense(l.flatten(features), 10, 12)));
  return l.dense(l.dropout(l.relu(l.dense(six, 12, 12))), 12, 5);
});

/** GoogLeNet, Inception v1: nine modules of four branches, response normalisation, pools that round up. */
const googlenet = classifier(3, 9, 64, (g, l, image) => {
  const unit = (x: string, from: number, to: number, kernel: number, stride = 1): string =>
    l.relu(l.conv(x, from, to, kernel, { stride }));
  const lrn = (x: string): string =>
    g.put('LRN', [x], { size: 5, alpha: float(1e-4), beta: float(0.75), bias: float(1) });
  const module = (x: string, from: number): string =>
    l.concat(
      unit(x, from, 2, 1),
      unit(unit(x, from, 2, 1), 2, 3, 3),
      unit(unit(x, from, 1, 1), 1, 2, 5),
      unit(l.maxPool(x, 3, 1, 1), from, 1, 1),
    );
  const repeat = (x: string, times: number, from: number): string =>
    Array.from({ length: times }).reduce<string>((y, _, i) => module(y, i === 0 ? from : 8), x);
  const stem = lrn(l.maxPool(unit(image, 3, 4, 7, 2), 3, 2, 0, 1));
  const two = l.maxPool(lrn(unit(unit(stem, 4, 4, 1), 4, 6, 3)), 3, 2, 0, 1);
  const four = repeat(l.maxPool(repeat(two, 2, 6), 3, 2, 0, 1), 5, 8);
  const five = repeat(l.maxPool(four, 3, 2, 0, 1), 2, 8);
  const flat = l.reshape(l.dropout(l.averagePool(five, 2, 1)), 0, 8);
  return g.put('Softmax', [l.dense(flat, 8, 5)], { axis: 1 });
});

/** torchvision's inception_v3: channels rescaled one by one, factorised kernels, pools beside convolutions. */
const inception = classifier(4, 11, 64, (g, l, image) => {
  const unit = (
    x: string,
    from: number,
    to: number,
    kernel: number | readonly [number, number],
    stride = 1,
    pad?: number,
  ): string =>
    l.relu(l.norm(l.conv(x, from, to, kernel, { stride, bias: false, ...(pad !== undefined && { pad }) }), to));
  const channel = (c: number): string => {
    const picked = l.unsqueeze(g.put('Gather', [image, g.int(c)], { axis: 1 }), 1);
    return g.put('Add', [g.put('Mul', [picked, g.number(0.458)]), g.number(-0.03)]);
  };
  const moduleA = (x: string, from: number): string =>
    l.concat(
      unit(x, from, 2, 1),
      unit(unit(x, from, 2, 1), 2, 2, 5),
      unit(unit(unit(x, from, 2, 1), 2, 2, 3), 2, 2, 3),
      unit(l.averagePool(x, 3, 1, 1), from, 2, 1),
    );
  const moduleB = (x: string, from: number): string =>
    l.concat(unit(x, from, 2, 3, 2, 0), unit(unit(unit(x, from, 2, 1), 2, 2, 3), 2, 2, 3, 2, 0), l.maxPool(x, 3, 2));
  const moduleC = (x: string, from: number): string =>
    l.concat(
      unit(x, from, 2, 1),
      unit(unit(unit(x, from, 2, 1), 2, 2, [1, 7]), 2, 2, [7, 1]),
      unit(unit(unit(unit(unit(x, from, 2, 1), 2, 2, [7, 1]), 2, 2, [1, 7]), 2, 2, [7, 1]), 2, 2, [1, 7]),
      unit(l.averagePool(x, 3, 1, 1), from, 2, 1),
    );
  const moduleD = (x: string, from: number): string =>
    l.concat(
      unit(unit(x, from, 2, 1), 2, 2, 3, 1),
      unit(unit(x, from, 2, [1, 7]), 2, 2, [7, 1]),
      l.maxPool(x, 3, 1, 1),
    );
  const moduleE = (x: string, from: number): string => {
    const middle = unit(x, from, 2, 1);
    return l.concat(
      unit(x, from, 2, 1),
      l.concat(unit(middle, 2, 2, [1, 3]), unit(middle, 2, 2, [3, 1])),
      unit(l.averagePool(x, 3, 1, 1), from, 2, 1),
    );
  };
  const preamble = l.concat(channel(0), channel(1), channel(2));
  const stem = unit(unit(unit(preamble, 3, 4, 3, 2, 0), 4, 4, 3, 1, 0), 4, 4, 3);
  const deeper = l.maxPool(unit(unit(l.maxPool(stem, 3, 2), 4, 4, 1), 4, 6, 3, 1, 0), 3, 2);
  const middle = moduleC(moduleC(moduleB(moduleA(moduleA(deeper, 6), 8), 8), 12), 8);
  const last = moduleE(moduleE(moduleD(middle, 8), 12), 8);
  return l.dense(l.flatten(l.dropout(l.globalPool(last))), 8, 5);
});

/** torchvision's resnet18: four stages of two residual blocks. */
const resnet = classifier(5, 13, 32, (_, l, image) => {
  const unit = (x: string, from: number, to: number, kernel: number, stride = 1): string =>
    l.norm(l.conv(x, from, to, kernel, { stride, bias: false }), to);
  const block = (x: string, from: number, to: number, stride: number): string => {
    const inner = unit(l.relu(unit(x, from, to, 3, stride)), to, to, 3);
    return l.relu(l.add(inner, from === to && stride === 1 ? x : unit(x, from, to, 1, stride)));
  };
  const stage = (x: string, from: number, to: number, stride: number): string =>
    block(block(x, from, to, stride), to, to, 1);
  const stem = l.maxPool(l.relu(unit(image, 3, 4, 7, 2)), 3, 2, 1);
  const features = stage(stage(stage(stage(stem, 4, 4, 1), 4, 6, 2), 6, 8, 2), 8, 8, 2);
  return l.dense(l.flatten(l.globalPool(features)), 8, 5);
});

/** Bottlenecks as Caffe2 wrote them: Sum in place of Add, AveragePool over all pixels, Reshape and Softmax. */
const bottlenecks = classifier(6, 7, 32, (g, l, image) => {
  const unit = (x: string, from: number, to: number, kernel: number, stride = 1): string =>
    l.norm(l.conv(x, from, to, kernel, { stride }), to);
  const block = (x: string, from: number, width: number, stride: number): string => {
    const inner = l.relu(unit(l.relu(unit(x, from, width, 1, stride)), width, width, 3));
    const shortcut = from === 2 * width ? x : unit(x, from, 2 * width, 1, stride);
    return l.relu(g.put('Sum', [unit(inner, width, 2 * width, 1), shortcut]));
  };
  const stem = l.maxPool(l.relu(unit(image, 3, 4, 7, 2)), 3, 2, 1);
  const features = block(block(block(stem, 4, 2, 1), 4, 4, 2), 8, 4, 1);
  return g.put('Softmax', [l.dense(l.reshape(l.averagePool(features, 4, 1), -1, 8), 8, 5)]);
});

/** ResNet v2 as MXNet wrote it: normalisation of the data, then before every activation. */
const preactivation = classifier(7, 8, 32, (_, l, image) => {
  const block = (x: string, from: number, to: number, stride: number): string => {
    const start = l.relu(l.norm(x, from));
    const inner = l.conv(start, from, to, 3, { stride, bias: false });
    const deep = l.conv(l.relu(l.norm(inner, to)), to, to, 3, { bias: false });
    return l.add(deep, from === to ? x : l.conv(start, from, to, 1, { stride, bias: false }));
  };
  const data = l.norm(image, 3);
  const stem = l.maxPool(l.relu(l.norm(l.conv(data, 3, 4, 7, { stride: 2, bias: false }), 4)), 3, 2, 1);
  const features = block(block(block(stem, 4, 4, 1), 4, 6, 2), 6, 8, 2);
  return l.dense(l.flatten(l.globalPool(l.relu(l.norm(features, 8)))), 8, 5);
});

/** DenseNet as torchvision writes it: every layer of a block reads all before it. */
const densenet = classifier(8, 17, 32, (_, l, image) => {
  const block = (x: string, from: number, layers: number): string =>
    Array.from({ length: layers }).reduce<string>((before, _each, i) => {
      const width = from + 2 * i;
      const narrow = l.conv(l.relu(l.norm(before, width)), width, 4, 1, { bias: false });
      return l.concat(before, l.conv(l.relu(l.norm(narrow, 4)), 4, 2, 3, { bias: false }));
    }, x);
  const transition = (x: string, from: number): string =>
    l.averagePool(l.conv(l.relu(l.norm(x, from)), from, 6, 1, { bias: false }), 2, 2);
  const stem = l.maxPool(l.relu(l.norm(l.conv(image, 3, 6, 7, { stride: 2, bias: false }), 6)), 3, 2, 1);
  const features = block(transition(block(transition(block(stem, 6, 3), 12), 6, 4), 14), 6, 4);
  return l.dense(l.flatten(l.globalPool(l.relu(l.norm(features, 14)))), 14, 5);
});

/** DenseNet as Caffe's went into the zoo: normalisation without a scale, then a Mul and an Add of unsqueezed vectors. */
const scaled = classifier(9, 9, 32, (g, l, image) => {
  const norm = (x: string, c: number): string => {
    const wide = (name: string): string => l.unsqueeze(name, 1, 2);
    const factor = g.put('Mul', [l.norm(x, c), wide(g.weight([c], 0.2, 1))]);
    return g.put('Add', [factor, wide(g.weight([c], 0.1))]);
  };
  const layer = (x: string, from: number): string => {
    const narrow = l.conv(l.relu(norm(x, from)), from, 4, 1, { bias: false });
    return l.concat(x, l.conv(l.relu(norm(narrow, 4)), 4, 2, 3, { bias: false }));
  };
  const stem = l.maxPool(l.relu(norm(l.conv(image, 3, 6, 7, { stride: 2, bias: false }), 6)), 3, 2, 1);
  const features = l.relu(norm(layer(layer(layer(stem, 6), 8), 10), 12));
  return l.conv(l.globalPool(features), 12, 5, 1);
});

/** SqueezeNet 1.1 of the zoo: fire modules, classes by a convolution, a softmax over all that is not the batch. */
const squeezenet = classifier(10, 7, 35, (g, l, image) => {
  const fire = (x: string, from: number, squeezed: number, to: number): string => {
    const narrow = l.relu(l.conv(x, from, squeezed, 1));
    return l.concat(l.relu(l.conv(narrow, squeezed, to, 1)), l.relu(l.conv(narrow, squeezed, to, 3)));
  };
  const stem = l.maxPool(l.relu(l.conv(image, 3, 6, 3, { stride: 2, pad: 0 })), 3, 2);
  const two = l.maxPool(fire(fire(stem, 6, 2, 4), 8, 2, 4), 3, 2);
  const three = l.maxPool(fire(fire(two, 8, 3, 4), 8, 3, 4), 2, 2);
  const four = fire(fire(fire(fire(three, 8, 3, 5), 10, 3, 5), 10, 4, 5), 10, 4, 5);
  const classes = l.globalPool(l.relu(l.conv(l.dropout(four), 10, 5, 1)));
  return l.reshape(g.put('Softmax', [classes]), 0, 5);
});

/** An early CoreML export: an ImageScaler preamble and Upsample, which ONNX has given up. */
const preamble = classifier(11, 7, 16, (g, l, image) => {
  const scaledImage = g.put('ImageScaler', [image], {
    bias: [float(-0.1), float(0.05), float(0.1)],
    scale: float(0.5),
  });
  const small = l.maxPool(l.relu(l.norm(l.conv(scaledImage, 3, 4, 3), 4)), 2, 2);
  const again = g.put('Upsample', [l.relu(l.conv(small, 4, 4, 3))], {
    mode: 'nearest',
    scales: [1, 1, 2, 2].map(float),
  });
  return l.dense(l.view(again), 1024, 5);
});

export const classic: Readonly<Record<string, Network>> = {
  alexnet,
  vgg,
  googlenet,
  inception,
  resnet,
  'resnet-caffe2': bottlenecks,
  'resnet-v2': preactivation,
  densenet,
  'densenet-caffe': scaled,
  squeezenet,
  preamble,
};

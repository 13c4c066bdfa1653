import { isInline, sizeOf, toNumbers, type Range } from '@kirchhoff/graph';
import type { Draw } from './drawing.js';
import { floats, inline, input, integers, type Example } from './single.js';
import { reverseAxis, sketch, type Network, type Sketch } from './sketch.js';

/** A feature map: its name, channels and size. */
interface Features {
  readonly name: string;
  readonly channels: number;
  readonly size: number;
}

type Layer = (s: Sketch, from: Features) => Features;

/** Now and then a channel whose relu never fires. */
const bias = ({ draw, constant }: Sketch, channels: number): string => {
  const values = draw.fine(channels, -0.3, 0.3);
  if (draw.integer(0, 4) === 4) values[0] = -100;
  return constant(inline([channels], values));
};

const optionalBias = (s: Sketch, channels: number): readonly string[] => (s.draw.flag() ? [bias(s, channels)] : []);

interface Convolution {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly group: number;
}

const convolution = (s: Sketch, from: Features, wanted: Convolution): Features => {
  const { channels, kernel, stride, dilation, group } = wanted;
  const reach = dilation * (kernel - 1);
  const begin = Math.floor(reach / 2);
  const end = reach - begin;
  const W = s.weights([channels, from.channels / group, kernel, kernel], 0.6);
  const name = s.add('Conv', [from.name, W, ...optionalBias(s, channels)], {
    kernel_shape: [kernel, kernel],
    ...(stride > 1 && { strides: [stride, stride] }),
    ...(dilation > 1 && { dilations: [dilation, dilation] }),
    ...(group > 1 && { group }),
    ...(reach > 0 && { pads: [begin, begin, end, end] }),
  });
  return { name, channels, size: Math.floor((from.size - 1) / stride) + 1 };
};

const conv: Layer = (s, from) => {
  const depthwise = s.draw.integer(0, 3) === 3;
  return convolution(s, from, {
    channels: depthwise ? from.channels : s.draw.integer(1, 3),
    kernel: s.draw.pick([1, 3, 2]),
    stride: s.draw.pick([1, 2]),
    dilation: s.draw.pick([1, 1, 2]),
    group: depthwise ? from.channels : 1,
  });
};

const plainConv = (s: Sketch, from: Features, channels: number, kernel: number): Features =>
  convolution(s, from, { channels, kernel, stride: 1, dilation: 1, group: 1 });

const transposed: Layer = (s, from) => {
  if (from.size > 4) return conv(s, from);
  const channels = s.draw.integer(1, 2);
  const W = s.weights([from.channels, channels, 2, 2], 0.6);
  const name = s.add('ConvTranspose', [from.name, W, ...optionalBias(s, channels)], {
    kernel_shape: [2, 2],
    strides: [2, 2],
  });
  return { name, channels, size: from.size * 2 };
};

const relu: Layer = (s, from) => ({ ...from, name: s.add('Relu', [from.name]) });

const pool: Layer = (s, from) => {
  const op = s.draw.pick(['MaxPool', 'AveragePool'] as const);
  if (from.size < 2) return from;
  const overlapping = s.draw.flag();
  const attrs = overlapping
    ? { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }
    : { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 };
  const size = overlapping ? Math.floor((from.size - 1) / 2) + 1 : Math.ceil(from.size / 2);
  return { ...from, name: s.add(op, [from.name], attrs), size };
};

const residual: Layer = (s, from) => {
  const inner = plainConv(s, relu(s, plainConv(s, from, s.draw.integer(1, 3), 3)), from.channels, 3);
  const pair = s.draw.flag() ? [from.name, inner.name] : [inner.name, from.name];
  return relu(s, { ...from, name: s.add('Add', pair) });
};

const branches: Layer = (s, from) => {
  const left = relu(s, plainConv(s, from, s.draw.integer(1, 2), 1));
  const right = s.draw.flag() ? relu(s, plainConv(s, from, s.draw.integer(1, 2), 3)) : from;
  const name = s.add('Concat', [left.name, right.name], { axis: 1 });
  return { name, channels: left.channels + right.channels, size: from.size };
};

const normalised: Layer = (s, from) => {
  const { channels } = from;
  const numbers = [0.5, 0.2, 0.2].map((spread) => s.weights([channels], spread));
  const variance = s.constant(inline([channels], s.draw.fine(channels, 0.5, 1.5)));
  return { ...from, name: s.add('BatchNormalization', [from.name, ...numbers, variance]) };
};

const layers: readonly Layer[] = [
  relu,
  (s, from) => relu(s, conv(s, from)),
  conv,
  residual,
  branches,
  pool,
  normalised,
  transposed,
];

const head = (s: Sketch, from: Features): string => {
  switch (s.draw.pick(['none', 'dense', 'global', 'means'] as const)) {
    case 'none':
      return from.name;
    case 'dense': {
      const flat = s.add('Flatten', [from.name]);
      const width = from.channels * from.size ** 2;
      const hidden = s.add('Relu', [s.add('Gemm', [flat, s.weights([width, 4], 0.6), bias(s, 4)])]);
      return s.add('Gemm', [hidden, s.weights([3, 4], 0.8), s.weights([3], 0.2)], { transB: 1 });
    }
    case 'global': {
      const flat = s.add('Flatten', [s.add('GlobalAveragePool', [from.name])]);
      return s.add('Gemm', [flat, s.weights([from.channels, 3], 0.8)]);
    }
    case 'means': {
      const mean = s.add('ReduceMean', [from.name, s.constant(integers(2, 3))], { keepdims: 0 });
      return s.add('MatMul', [mean, s.weights([from.channels, 2], 0.8)]);
    }
  }
};

const pixels = (draw: Draw, range: { readonly low: number; readonly high: number }, count: number): number[] =>
  draw.integer(0, 3) === 3
    ? Array<number>(count).fill(draw.pick([0, range.high]))
    : draw.fine(count, range.low, range.high);

/** Reverses the channels of the picture, and of the first weights, which alone read it. */
const reverseChannels = ({ graph, inputs }: Example): Example => {
  const { shape, data } = inputs['image']!;
  const [first] = graph.nodes;
  const name = first!.inputs[1]!;
  const W = graph.tensors[name]!;
  if (!isInline(W)) return { graph, inputs };
  const turned = inline(W.shape, reverseAxis(W.shape, W.data, 1));
  return {
    graph: { ...graph, tensors: { ...graph.tensors, [name]: turned } },
    inputs: { ...inputs, image: floats(shape, reverseAxis(shape, toNumbers(data), 1)) },
  };
};

/**
 * A convolutional network: convolutions of all sorts, residual sums, branches that join, pools, batch normalisations, ties
 * and dead units, over pictures of values in [0, 1] or [-1, 1]. The simplest is one convolution of one pixel.
 */
export const drawNetwork = (draw: Draw): Network => {
  const s = sketch(draw);
  const [channels, size, batch] = [draw.integer(1, 3), draw.integer(1, 6), draw.integer(1, 3)];
  const depth = draw.integer(0, 5);
  let at = plainConv(s, { name: 'image', channels, size }, draw.integer(1, 3), draw.pick([1, 3]));
  for (let layer = 0; layer < depth; layer++) at = draw.pick(layers)(s, at);
  const output = head(s, at);
  const range: Range & { low: number; high: number } = draw.pick([
    { low: 0, high: 1 },
    { low: -1, high: 1 },
  ]);
  const shape = [batch, channels, size, size];
  const count = sizeOf(shape.slice(1));
  const image = Array.from({ length: batch }, () => pixels(draw, range, count)).flat();
  const example: Example = {
    graph: {
      name: 'network',
      inputs: [input('image', ['N', channels, size, size], range)],
      nodes: s.nodes,
      outputs: [output],
      tensors: s.tensors,
    },
    inputs: { image: floats(shape, image) },
  };
  return { ...example, batchAxis: () => 0, reversed: { ...reverseChannels(example), input: 'image', axis: 1 } };
};

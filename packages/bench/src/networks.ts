import { sizeOf, type Attributes, type Graph, type Node, type OpName, type Tensor } from '@kirchhoff/graph';
import { uniformFrom } from '@kirchhoff/explain';
import { noise } from './random.js';

/** A graph and its weights, before they are written to a file. */
export interface Network {
  readonly graph: Graph;
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** Grows a network node by node; every weight is drawn from the seed. */
const grow = (name: string, shape: readonly (number | string)[], seed: number) => {
  const nodes: Node[] = [];
  const weights = new Map<string, Tensor>();
  const next = uniformFrom(seed);
  const node = (op: OpName, name: string, inputs: readonly string[], attrs?: Attributes): string => {
    nodes.push({ name, op, inputs, ...(attrs && { attrs }) });
    return name;
  };
  const weight = (name: string, dims: readonly number[], deviation: number, mean = 0): string => {
    const data = noise(sizeOf(dims), deviation, next);
    if (mean !== 0) data.forEach((value, i) => (data[i] = value + mean));
    weights.set(name, { type: 'float32', shape: dims, data });
    return name;
  };
  const conv = (name: string, x: string, from: number, to: number, kernel: number, stride = 1, bias = true): string => {
    const fan = from * kernel * kernel;
    const inputs = [x, weight(`${name}.weight`, [to, from, kernel, kernel], Math.sqrt(2 / fan))];
    if (bias) inputs.push(weight(`${name}.bias`, [to], 0.05));
    const pad = (kernel - 1) >> 1;
    return node('Conv', name, inputs, { pads: [pad, pad, pad, pad], strides: [stride, stride] });
  };
  const dense = (name: string, x: string, from: number, to: number): string =>
    node(
      'Gemm',
      name,
      [x, weight(`${name}.weight`, [to, from], Math.sqrt(2 / from)), weight(`${name}.bias`, [to], 0.05)],
      { transB: 1 },
    );
  const norm = (name: string, x: string, channels: number): string =>
    node('BatchNormalization', name, [
      x,
      weight(`${name}.gamma`, [channels], 0.1, 1),
      weight(`${name}.beta`, [channels], 0.1),
      weight(`${name}.mean`, [channels], 0.1),
      weight(`${name}.variance`, [channels], 0.1, 1),
    ]);
  const relu = (x: string): string => node('Relu', `${x}.relu`, [x]);
  const finish = (output: string): Network => ({
    graph: {
      name,
      inputs: [{ name: 'image', type: 'float32', shape, range: { low: -2.2, high: 2.7 } }],
      nodes,
      outputs: [output],
      tensors: Object.fromEntries([...weights.keys()].map((key) => [key, { file: 'weights.safetensors' }])),
    },
    weights,
  });
  return { node, conv, dense, norm, relu, finish };
};

/** How large a network is made: `side` of the picture in pixels, and the share of the original's channels. */
export interface Size {
  readonly side: number;
  readonly share: number;
}

const original: Size = { side: 224, share: 1 };

/** VGG16 (Simonyan and Zisserman 2015, configuration D), random weights. */
export const vgg16 = ({ side, share }: Size = original): Network => {
  const { node, conv, dense, relu, finish } = grow('vgg16', ['N', 3, side, side], 16);
  let x = 'image';
  let channels = 3;
  [
    [64, 64],
    [128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [512, 512, 512],
  ].forEach((stage, i) => {
    stage.forEach((full, j) => {
      const to = full * share;
      x = relu(conv(`conv${i + 1}_${j + 1}`, x, channels, to, 3));
      channels = to;
    });
    x = node('MaxPool', `pool${i + 1}`, [x], { kernel_shape: [2, 2], strides: [2, 2] });
  });
  x = node('Flatten', 'flatten', [x]);
  const width = 4096 * share;
  x = relu(dense('fc6', x, channels * (side / 32) ** 2, width));
  x = relu(dense('fc7', x, width, width));
  return finish(dense('fc8', x, width, 1000));
};

/** ResNet-50 (He et al. 2016; stride in the 3×3 convolution), random weights, batch normalisation unfolded. */
export const resnet50 = ({ side, share }: Size = original): Network => {
  const { node, conv, dense, norm, relu, finish } = grow('resnet50', ['N', 3, side, side], 50);
  const unit = (name: string, x: string, from: number, to: number, kernel: number, stride: number): string =>
    norm(`${name}.norm`, conv(name, x, from, to, kernel, stride, false), to);
  let x = relu(unit('stem', 'image', 3, 64 * share, 7, 2));
  x = node('MaxPool', 'pool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  let channels = 64 * share;
  [3, 4, 6, 3].forEach((blocks, stage) => {
    const width = (64 << stage) * share;
    for (let block = 0; block < blocks; block++) {
      const name = `layer${stage + 1}.${block}`;
      const stride = block === 0 && stage > 0 ? 2 : 1;
      let y = relu(unit(`${name}.conv1`, x, channels, width, 1, 1));
      y = relu(unit(`${name}.conv2`, y, width, width, 3, stride));
      y = unit(`${name}.conv3`, y, width, 4 * width, 1, 1);
      const shortcut = block === 0 ? unit(`${name}.shortcut`, x, channels, 4 * width, 1, stride) : x;
      x = relu(node('Add', `${name}.add`, [y, shortcut]));
      channels = 4 * width;
    }
  });
  x = node('GlobalAveragePool', 'average', [x]);
  x = node('Flatten', 'flatten', [x]);
  return finish(dense('fc', x, channels, 1000));
};

export const networks = { vgg16, resnet50 } as const;
export type NetworkName = keyof typeof networks;

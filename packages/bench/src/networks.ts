import { grow, type Network } from './grow.js';

/**
 * How large a network is made: `side` of the picture in pixels, the share of the original's channels and, of a residual network,
 * the number of blocks (by default all).
 */
export interface Size {
  readonly side: number;
  readonly share: number;
  readonly blocks?: number;
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
export const resnet50 = ({ side, share, blocks: most = 16 }: Size = original): Network => {
  const { node, conv, dense, norm, relu, finish } = grow('resnet50', ['N', 3, side, side], 50);
  const unit = (name: string, x: string, from: number, to: number, kernel: number, stride: number): string =>
    norm(`${name}.norm`, conv(name, x, from, to, kernel, stride, false), to);
  let x = relu(unit('stem', 'image', 3, 64 * share, 7, 2));
  x = node('MaxPool', 'pool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  let channels = 64 * share;
  let made = 0;
  [3, 4, 6, 3].forEach((blocks, stage) => {
    const width = (64 << stage) * share;
    for (let block = 0; block < blocks && made < most; block++, made++) {
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

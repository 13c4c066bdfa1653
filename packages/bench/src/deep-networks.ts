import type { Attributes, OpName } from '@kirchhoff/graph';
import { grow, type Network } from './grow.js';

/** DenseNet-121 (Huang et al. 2017) for pictures of 64 pixels: 121 weighted layers, each of which reads all before it. */
export const densenet121 = (): Network => {
  const { node, conv, dense, norm, relu, finish } = grow('densenet121', ['N', 3, 64, 64], 121);
  const growth = 32;
  const active = (name: string, x: string, channels: number): string => relu(norm(`${name}.norm`, x, channels));
  let x = relu(norm('stem.norm', conv('stem', 'image', 3, 64, 7, 2, false), 64));
  x = node('MaxPool', 'pool', [x], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  let channels = 64;
  [6, 12, 24, 16].forEach((layers, i) => {
    const block = `block${i + 1}`;
    const parts = [x];
    for (let layer = 1; layer <= layers; layer++) {
      const name = `${block}.${layer}`;
      const narrow = conv(`${name}.narrow`, active(name, x, channels), channels, 4 * growth, 1, 1, false);
      parts.push(conv(`${name}.wide`, active(`${name}.narrow`, narrow, 4 * growth), 4 * growth, growth, 3, 1, false));
      x = node('Concat', `${name}.joined`, [...parts], { axis: 1 });
      channels += growth;
    }
    if (i === 3) return;
    x = conv(`${block}.transition`, active(`${block}.end`, x, channels), channels, channels / 2, 1, 1, false);
    x = node('AveragePool', `${block}.pool`, [x], { kernel_shape: [2, 2], strides: [2, 2] });
    channels /= 2;
  });
  x = node('GlobalAveragePool', 'average', [active('end', x, channels)]);
  return finish(dense('classes', node('Flatten', 'flat', [x]), channels, 1000));
};

/** ViT-B/16 (Dosovitskiy et al. 2021) as PyTorch writes it: dense layers as MatMul and Add, sizes asked for at every step. */
export const vitB16 = (): Network => {
  const { node, weight, conv, dense, ints, finish } = grow('vit-b-16', ['N', 3, 224, 224], 86);
  const [width, heads, depth, tokens] = [768, 12, 12, 197];
  const size = (name: string, x: string, axis: number): string => {
    const shape = node('Shape', `${name}.shape`, [x]);
    return node('Gather', name, [shape, ints(`${name}.axis`, [axis])], { axis: 0 });
  };
  const shaped = (name: string, x: string, sizes: readonly string[]): string =>
    node('Reshape', name, [x, node('Concat', `${name}.sizes`, sizes, { axis: 0 })]);
  const linear = (name: string, x: string, from: number, to: number): string => {
    const product = node('MatMul', `${name}.product`, [x, weight(`${name}.weight`, [from, to], from ** -0.5)]);
    return node('Add', name, [weight(`${name}.bias`, [to], 0.02), product]);
  };
  const layerNorm = (name: string, x: string): string => {
    const parameters = [weight(`${name}.scale`, [width], 0.02, 1), weight(`${name}.shift`, [width], 0.02)];
    return node('LayerNormalization', name, [x, ...parameters], { axis: -1, epsilon: 1e-6 });
  };
  const moved = (name: string, x: string, perm: readonly number[]): string => node('Transpose', name, [x], { perm });
  const scalar = (name: string, value: number): string =>
    node('Constant', name, [], { value: { type: 'float32', shape: [], data: [value] } });
  const gelu = (name: string, x: string): string => {
    const curve = node('Erf', `${name}.erf`, [node('Div', `${name}.scaled`, [x, scalar(`${name}.root`, Math.SQRT2)])]);
    const sum = node('Add', `${name}.sum`, [curve, scalar(`${name}.one`, 1)]);
    return node('Mul', name, [node('Mul', `${name}.twice`, [x, sum]), scalar(`${name}.half`, 0.5)]);
  };
  const attend = (name: string, x: string): string => {
    const sizes = (part: string, like: string): readonly string[] =>
      [0, 1].map((axis) => size(`${part}.${axis}`, like, axis));
    const split = (part: string, perm: readonly number[]): string => {
      const y = linear(`${name}.${part}`, x, width, width);
      const shape = [...sizes(`${name}.${part}.size`, y), ints(`${name}.${part}.heads`, [heads, width / heads])];
      return moved(`${name}.${part}.heads.first`, shaped(`${name}.${part}.split`, y, shape), perm);
    };
    const [query, key, value] = [
      split('query', [0, 2, 1, 3]),
      split('key', [0, 2, 3, 1]),
      split('value', [0, 2, 1, 3]),
    ];
    const scaled = node('Div', `${name}.scaled`, [
      node('MatMul', `${name}.scores`, [query, key]),
      scalar(`${name}.root`, Math.sqrt(width / heads)),
    ]);
    const mixed = node('MatMul', `${name}.mixed`, [node('Softmax', `${name}.weights`, [scaled], { axis: -1 }), value]);
    const back = moved(`${name}.back`, mixed, [0, 2, 1, 3]);
    const joined = shaped(`${name}.joined`, back, [
      ...sizes(`${name}.back.size`, back),
      ints(`${name}.width`, [width]),
    ]);
    return linear(`${name}.out`, joined, width, width);
  };
  const patches = conv('patches', 'image', 3, width, 16, 16, true, 0);
  const flat = shaped('flat', patches, [size('flat.batch', patches, 0), ints('flat.rest', [width, -1])]);
  const batch = node('Concat', 'token.size', [size('token.batch', 'image', 0), ints('token.rest', [1, width])], {
    axis: 0,
  });
  const token = node('Expand', 'token', [weight('token.value', [1, 1, width], 0.02), batch]);
  const joined = node('Concat', 'tokens', [token, moved('last', flat, [0, 2, 1])], { axis: 1 });
  let x = node('Add', 'placed', [joined, weight('places', [1, tokens, width], 0.02)]);
  for (let i = 0; i < depth; i++) {
    const name = `layer${i}`;
    x = node('Add', `${name}.seen`, [attend(`${name}.attention`, layerNorm(`${name}.before`, x)), x]);
    const wide = gelu(`${name}.gelu`, linear(`${name}.wide`, layerNorm(`${name}.after`, x), width, 4 * width));
    x = node('Add', `${name}.thought`, [linear(`${name}.narrow`, wide, 4 * width, width), x]);
  }
  const first = node('Gather', 'first', [layerNorm('end', x), node('Constant', 'zero', [], { value_int: 0 })], {
    axis: 1,
  });
  return finish(dense('classes', first, width, 1000));
};

/** Elementwise nodes one after the other: nothing but bookkeeping. */
export const chain = (length = 10_000): Network => {
  const { node, dense, finish } = grow('chain', ['N', 16], 1);
  const links: readonly (readonly [OpName, Attributes?])[] = [
    ['Tanh'],
    ['Relu'],
    ['LeakyRelu', { alpha: 0.5 }],
    ['Sigmoid'],
  ];
  let x = 'image';
  for (let i = 0; i < length; i++) {
    const [op, attrs] = links[i % links.length]!;
    x = node(op, `link${i}`, [x], attrs);
  }
  return finish(dense('end', x, 16, 4));
};

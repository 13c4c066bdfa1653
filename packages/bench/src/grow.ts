import { sizeOf, type Attributes, type Graph, type Node, type OpName, type Tensor } from '@kirchhoff/graph';
import { uniformFrom } from '@kirchhoff/explain';
import { noise } from './random.js';

/** A graph and its weights, before they are written to a file. */
export interface Network {
  readonly graph: Graph;
  readonly weights: ReadonlyMap<string, Tensor>;
}

/** Grows a network node by node; every weight is drawn from the seed. */
export const grow = (name: string, shape: readonly (number | string)[], seed: number) => {
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
  const conv = (
    name: string,
    x: string,
    from: number,
    to: number,
    kernel: number,
    stride = 1,
    bias = true,
    pad = (kernel - 1) >> 1,
  ): string => {
    const fan = from * kernel * kernel;
    const inputs = [x, weight(`${name}.weight`, [to, from, kernel, kernel], Math.sqrt(2 / fan))];
    if (bias) inputs.push(weight(`${name}.bias`, [to], 0.05));
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
  const ints = (name: string, values: readonly number[]): string => node('Constant', name, [], { value_ints: values });
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
  return { node, weight, ints, conv, dense, norm, relu, finish };
};

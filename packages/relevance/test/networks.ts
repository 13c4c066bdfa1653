import type { Attributes, Graph, Node, OpName, TensorEntry } from '@kirchhoff/graph';
import { inline, input, integers, node, sizeOf, type Draw } from './support.js';

/** A network being drawn: what its values are shaped like, sample by sample. */
interface Sketch {
  readonly draw: Draw;
  readonly nodes: Node[];
  readonly tensors: Record<string, TensorEntry>;
  /** Adds a node and returns its name. */
  readonly add: (op: OpName, inputs: readonly string[], attrs?: Attributes) => string;
  readonly weights: (shape: readonly number[], spread: number) => string;
}

/** A feature map: its name, channels and size. */
interface Features {
  readonly name: string;
  readonly channels: number;
  readonly size: number;
}

const sketch = (draw: Draw): Sketch => {
  const nodes: Node[] = [];
  const tensors: Record<string, TensorEntry> = {};
  return {
    draw,
    nodes,
    tensors,
    add: (op, inputs, attrs) => {
      const name = `${op.toLowerCase()}${nodes.length}`;
      nodes.push(node(name, op, inputs, attrs));
      return name;
    },
    weights: (shape, spread) => {
      const name = `w${Object.keys(tensors).length}`;
      tensors[name] = inline(shape, draw.fine(sizeOf(shape), -spread, spread));
      return name;
    },
  };
};

const bias = ({ draw, tensors, weights }: Sketch, channels: number): string => {
  const name = weights([channels], 0.3);
  const entry = tensors[name] as { readonly data: readonly number[] };
  // Now and then a channel whose relu never fires.
  if (draw.integer(0, 3) === 0)
    tensors[name] = inline(
      [channels],
      entry.data.map((v, i) => (i === 0 ? -100 : v)),
    );
  return name;
};

const conv = (s: Sketch, from: Features, channels: number, kernel: number, stride = 1): Features => {
  const pad = (kernel - 1) / 2;
  const W = s.weights([channels, from.channels, kernel, kernel], 0.6);
  const inputs = [from.name, W, ...(s.draw.flag() ? [bias(s, channels)] : [])];
  const name = s.add('Conv', inputs, {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [pad, pad, pad, pad],
  });
  return { name, channels, size: Math.floor((from.size - 1) / stride) + 1 };
};

const relu = (s: Sketch, from: Features): Features => ({ ...from, name: s.add('Relu', [from.name]) });

const pool = (s: Sketch, from: Features): Features => {
  const op = s.draw.pick(['MaxPool', 'AveragePool'] as const);
  const overlapping = s.draw.flag();
  const attrs = overlapping
    ? { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }
    : { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 };
  return {
    ...from,
    name: s.add(op, [from.name], attrs),
    size: overlapping ? Math.floor((from.size - 1) / 2) + 1 : Math.ceil(from.size / 2),
  };
};

const residual = (s: Sketch, from: Features): Features => {
  const inner = conv(s, relu(s, conv(s, from, s.draw.integer(1, 3), 3)), from.channels, 3);
  return relu(s, { ...from, name: s.add('Add', s.draw.flag() ? [from.name, inner.name] : [inner.name, from.name]) });
};

const branches = (s: Sketch, from: Features): Features => {
  const left = relu(s, conv(s, from, s.draw.integer(1, 2), 1));
  const right = s.draw.flag() ? relu(s, conv(s, from, s.draw.integer(1, 2), 3)) : from;
  return {
    name: s.add('Concat', [left.name, right.name], { axis: 1 }),
    channels: left.channels + right.channels,
    size: from.size,
  };
};

const normalised = (s: Sketch, from: Features): Features => {
  const { channels } = from;
  const numbers = [0.5, 0.2, 0.2].map((spread) => s.weights([channels], spread));
  const variance = `var${s.nodes.length}`;
  s.tensors[variance] = inline([channels], s.draw.fine(channels, 0.5, 1.5));
  return { ...from, name: s.add('BatchNormalization', [from.name, ...numbers, variance]) };
};

/** A small convolutional network with residual sums, branches, ties and dead units, over pixels in [0, 1]. */
export const cnn = (draw: Draw): Graph => {
  const s = sketch(draw);
  let at: Features = relu(s, conv(s, { name: 'image', channels: 2, size: 6 }, draw.integer(2, 3), 3));
  for (let depth = draw.integer(1, 3); depth > 0; depth--) {
    at = draw.pick([residual, branches, pool, normalised, (t: Sketch, f: Features) => relu(t, conv(t, f, 2, 3, 2))])(
      s,
      at,
    );
  }
  const global = draw.integer(0, 2) === 0;
  const flat = global ? s.add('Flatten', [s.add('GlobalAveragePool', [at.name])]) : s.add('Flatten', [at.name]);
  const width = at.channels * (global ? 1 : at.size ** 2);
  const hidden = s.add('Relu', [s.add('Gemm', [flat, s.weights([width, 5], 0.6), bias(s, 5)])]);
  const logits = s.add('Gemm', [hidden, s.weights([3, 5], 0.8), s.weights([3], 0.2)], { transB: 1 });
  return {
    name: 'cnn',
    inputs: [input('image', ['N', 2, 6, 6], { low: 0, high: 1 })],
    nodes: s.nodes,
    outputs: [logits],
    tensors: s.tensors,
  };
};

/** A batch of pictures; some hold large areas of one colour, so that maxima tie. */
export const pictures = (draw: Draw, count: number): number[] =>
  Array.from({ length: count }, () =>
    draw.integer(0, 2) === 0 ? Array<number>(72).fill(draw.pick([0, 0.5, 1])) : draw.fine(72, 0, 1),
  ).flat();

/** Two vectors through smooth operators only. */
export const smooth = (draw: Draw): Graph => {
  const s = sketch(draw);
  const kernel = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
  const convolved = (from: string, channels: number): string =>
    s.add('Conv', [from, s.weights([2, channels, 3, 3], 0.5), s.weights([2], 0.3)], kernel);
  const act = (from: string): string =>
    s.add(draw.pick(['Tanh', 'Sigmoid', 'Softplus', 'Erf', 'Gelu', 'Exp'] as const), [from]);
  let at = act(convolved('x', 1));
  for (let depth = draw.integer(1, 3); depth > 0; depth--) {
    switch (draw.integer(0, 4)) {
      case 0:
        at = s.add('Mul', [at, act(convolved(at, 2))]);
        break;
      case 1:
        at = s.add('Add', [at, act(at)]);
        break;
      case 2:
        at = s.add('AveragePool', [at], {
          kernel_shape: [2, 2],
          pads: [0, 0, 1, 1],
          count_include_pad: draw.integer(0, 1),
        });
        break;
      case 3:
        at = s.add('Sub', [at, s.add('Mul', [at, s.weights([2, 1, 1], 1)])]);
        break;
      default:
        at = act(convolved(at, 2));
    }
  }
  s.tensors['axes'] = integers(2, 3);
  const pooled = s.add('ReduceMean', [at, 'axes'], { keepdims: 0 });
  const out = s.add('Gemm', [pooled, s.weights([2, 2], 1), s.weights([2], 1)]);
  return { name: 'smooth', inputs: [input('x', ['N', 1, 4, 4])], nodes: s.nodes, outputs: [out], tensors: s.tensors };
};

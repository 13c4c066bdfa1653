import { attributesOf, isSet, optionalInts, type Graph, type Node, type Tensor } from '@kirchhoff/graph';
import { floats } from './rows.js';

/** Sums over places: of inputs and of products where an output is open (above 0, or everywhere), of outputs everywhere. */
interface Moments {
  readonly x: Float64Array;
  readonly xy: Float64Array;
  readonly open: Float64Array;
  readonly y: Float64Array;
  places: number;
}

/** A weighted node as many small dense ones: `patch` fills the inputs of the k-th place of a sample. */
interface Places {
  readonly outputs: number;
  readonly inputs: number;
  readonly count: number;
  readonly patch: (sample: number, place: number, into: Float32Array) => void;
  readonly output: (sample: number, place: number, k: number) => number;
}

const convolutionPlaces = (node: Node, x: Tensor, y: Tensor, weight: readonly number[]): Places => {
  const attrs = attributesOf(node);
  const [stride, dilation, pads] = [
    optionalInts(attrs, 'strides'),
    optionalInts(attrs, 'dilations'),
    optionalInts(attrs, 'pads'),
  ];
  const [, channels = 1, height = 1, width = 1] = x.shape;
  const [, outputs = 1, rows = 1, columns = 1] = y.shape;
  const [, , kh = 1, kw = 1] = weight;
  const [from, to] = [floats(x), floats(y)];
  return {
    outputs,
    inputs: channels * kh * kw,
    count: rows * columns,
    patch: (sample, place, into) => {
      const top = Math.floor(place / columns) * (stride?.[0] ?? 1) - (pads?.[0] ?? 0);
      const left = (place % columns) * (stride?.[1] ?? 1) - (pads?.[1] ?? 0);
      let at = 0;
      for (let c = 0; c < channels; c++)
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const [row, column] = [top + i * (dilation?.[0] ?? 1), left + j * (dilation?.[1] ?? 1)];
            const inside = row >= 0 && row < height && column >= 0 && column < width;
            into[at++] = inside ? from[((sample * channels + c) * height + row) * width + column]! : 0;
          }
    },
    output: (sample, place, k) => to[(sample * outputs + k) * rows * columns + place]!,
  };
};

const densePlaces = (x: Tensor, y: Tensor): Places => {
  const [inputs, outputs] = [x.shape[1]!, y.shape[1]!];
  const [from, to] = [floats(x), floats(y)];
  return {
    outputs,
    inputs,
    count: 1,
    patch: (sample, _, into) => into.set(from.subarray(sample * inputs, (sample + 1) * inputs)),
    output: (sample, _, k) => to[sample * outputs + k]!,
  };
};

const noMoments = (outputs: number, inputs: number): Moments => ({
  x: new Float64Array(outputs * inputs),
  xy: new Float64Array(outputs * inputs),
  open: new Float64Array(outputs),
  y: new Float64Array(outputs),
  places: 0,
});

const addMoments = (moments: Moments, places: Places, samples: number, gated: boolean): void => {
  const { outputs, inputs, count, patch, output } = places;
  moments.places += samples * count;
  const row = new Float32Array(inputs);
  for (let sample = 0; sample < samples; sample++)
    for (let place = 0; place < count; place++) {
      patch(sample, place, row);
      for (let k = 0; k < outputs; k++) {
        const value = output(sample, place, k);
        moments.y[k]! += value;
        if (gated && value <= 0) continue;
        moments.open[k]!++;
        const at = k * inputs;
        for (let i = 0; i < inputs; i++) {
          moments.x[at + i]! += row[i]!;
          moments.xy[at + i]! += row[i]! * value;
        }
      }
    }
};

/**
 * The directions that a node's outputs respond to, [outputs, inputs]: a = (E₊[xy] − E₊[x]E[y]) / (w · (E₊[xy] − E₊[x]E[y])),
 * E₊ the mean over places where the output is open and E that over all (Kindermans et al. 2018, the two-component estimator;
 * without a ReLU all are open, which is their linear one). An output that is never open, or whose inputs do not vary, gets
 * its own weights.
 */
const directions = (moments: Moments, weights: ArrayLike<number>): Float32Array => {
  const outputs = moments.y.length;
  const inputs = moments.x.length / outputs;
  const out = new Float32Array(weights.length);
  const covariance = new Float64Array(inputs);
  for (let k = 0; k < outputs; k++) {
    const n = moments.open[k]!;
    const y = moments.y[k]! / moments.places;
    let along = 0;
    for (let i = 0; i < inputs; i++) {
      const at = k * inputs + i;
      covariance[i] = n === 0 ? 0 : (moments.xy[at]! - moments.x[at]! * y) / n;
      along += weights[at]! * covariance[i]!;
    }
    for (let i = 0; i < inputs; i++) {
      const at = k * inputs + i;
      out[at] = Math.abs(along) < 1e-12 ? weights[at]! : covariance[i]! / along;
    }
  }
  return out;
};

const rowMajor = (weights: Float32Array, [inputs = 1, outputs = 1]: readonly number[]): Float32Array =>
  Float32Array.from(weights, (_, at) => weights[(at % inputs) * outputs + Math.floor(at / inputs)]!);

/** Whether nothing but a Relu reads the node. */
export const isGated = (graph: Graph, { name }: Node): boolean => {
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(name));
  return readers.length > 0 && readers.every(({ op }) => op === 'Relu');
};

/** The pattern of one node, learnt from batches one after another. */
export interface PatternEstimator {
  /** @param x,y the node's input and output for some samples */
  readonly add: (x: Tensor, y: Tensor) => void;
  /** In the layout of the node's weights. */
  readonly pattern: () => Tensor;
}

/** Learns the pattern of a Conv (one group), Gemm (alpha = beta = 1) or MatMul. @param gated whether a ReLU closes outputs below 0 */
export const estimatePattern = (node: Node, gated: boolean, weight: Tensor): PatternEstimator => {
  const { shape } = weight;
  const values = floats(weight);
  const convolution = node.op === 'Conv';
  const outputsFirst = convolution || isSet(node, 'transB');
  const outputs = outputsFirst ? shape[0]! : shape[1]!;
  const moments = noMoments(outputs, values.length / outputs);
  return {
    add: (x, y) => {
      const places = convolution ? convolutionPlaces(node, x, y, shape) : densePlaces(x, y);
      addMoments(moments, places, x.shape[0]!, gated);
    },
    pattern: () => {
      if (outputsFirst) return { ...weight, data: directions(moments, values) };
      const found = directions(moments, rowMajor(values, shape));
      return { ...weight, data: rowMajor(found, shape.toReversed()) };
    },
  };
};

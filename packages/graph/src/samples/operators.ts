import { samplesSays } from '@kirchhoff/message';
import type { OpName } from '../operators/index.js';
import { broadcast, mixed, type SamplesRule } from './call.js';
import { gemm, matMul } from './matrix.js';
import { concat, constantOfShape, expand, pad, slice, split, tile } from './move.js';
import { alongOne, compress, gather, gatherND, oneHot, scatterND, triangle, turned } from './pick.js';
import { recurrentLayer, scan } from './recurrent.js';
import { extreme, reduction } from './reduce.js';
import { relabel, squeeze, transpose, unsqueeze } from './relabel.js';
import {
  acrossChannels,
  alongAxis,
  batchNormalization,
  blocks,
  convolution,
  cumSum,
  globalPool,
  layerNormalization,
  pool,
  resize,
} from './window.js';

/** What an operator does to samples. */
export interface SamplesRow {
  readonly rule: SamplesRule;
  /** Operands that say a shape, axes or places, and no values; they follow from sizes alone. */
  readonly shapes?: readonly number[];
  /** Makes of what is the same for all samples a value in which each has a place, where the shape says so. */
  readonly repeats?: true;
  /** Reads no values at all, only how many there are. */
  readonly sizes?: true;
}

const elementwise: SamplesRow = { rule: (call) => broadcast(call) };
const along: SamplesRow = { rule: alongAxis(samplesSays.adds) };
const reduced: SamplesRow = { rule: reduction, shapes: [1] };
const recurrent: SamplesRow = { rule: recurrentLayer };
/** Makes values of sizes and constants; samples cannot reach it. */
const made: SamplesRow = { rule: (call) => mixed(call, samplesSays.shapes()) };

/** Whether each operator keeps samples apart, and where it puts them: total over all operators. */
export const samplesTable: { readonly [Op in OpName]: SamplesRow } = {
  Conv: { rule: convolution },
  ConvTranspose: { rule: convolution },
  Gemm: { rule: gemm },
  MatMul: { rule: matMul },
  Add: elementwise,
  Sub: elementwise,
  Mul: elementwise,
  Div: elementwise,
  Mod: elementwise,
  Pow: elementwise,
  Sum: elementwise,
  Mean: elementwise,
  Max: elementwise,
  Min: elementwise,
  Relu: elementwise,
  LeakyRelu: elementwise,
  PRelu: elementwise,
  Elu: elementwise,
  Selu: elementwise,
  Celu: elementwise,
  Sigmoid: elementwise,
  HardSigmoid: elementwise,
  HardSwish: elementwise,
  Tanh: elementwise,
  Softplus: elementwise,
  Softsign: elementwise,
  Gelu: elementwise,
  Mish: elementwise,
  ThresholdedRelu: elementwise,
  Clip: elementwise,
  Exp: elementwise,
  Log: elementwise,
  Sqrt: elementwise,
  Reciprocal: elementwise,
  Abs: elementwise,
  Erf: elementwise,
  Sign: elementwise,
  Floor: elementwise,
  Ceil: elementwise,
  Round: elementwise,
  Sin: elementwise,
  Cos: elementwise,
  Tan: elementwise,
  Asin: elementwise,
  Acos: elementwise,
  Atan: elementwise,
  Sinh: elementwise,
  Cosh: elementwise,
  Asinh: elementwise,
  Acosh: elementwise,
  Atanh: elementwise,
  IsNaN: elementwise,
  IsInf: elementwise,
  Xor: elementwise,
  Neg: elementwise,
  MaxPool: { rule: pool },
  AveragePool: { rule: pool },
  GlobalAveragePool: { rule: globalPool },
  GlobalMaxPool: { rule: globalPool },
  Softmax: along,
  LogSoftmax: along,
  LayerNormalization: { rule: layerNormalization },
  LRN: { rule: acrossChannels },
  BatchNormalization: { rule: batchNormalization },
  ReduceSum: reduced,
  ReduceMean: reduced,
  ReduceMax: reduced,
  ReduceMin: reduced,
  ReduceProd: reduced,
  ReduceL1: reduced,
  ReduceL2: reduced,
  ReduceSumSquare: reduced,
  ReduceLogSum: reduced,
  ReduceLogSumExp: reduced,
  ArgMax: { rule: extreme },
  ArgMin: { rule: extreme },
  CumSum: { rule: cumSum, shapes: [1] },
  Reshape: { rule: relabel, shapes: [1] },
  Flatten: { rule: relabel },
  Squeeze: { rule: squeeze, shapes: [1] },
  Unsqueeze: { rule: unsqueeze, shapes: [1] },
  Transpose: { rule: transpose },
  DepthToSpace: { rule: blocks },
  SpaceToDepth: { rule: blocks },
  Concat: { rule: concat },
  Slice: { rule: slice, shapes: [1, 2, 3, 4] },
  Split: { rule: split, shapes: [1] },
  Expand: { rule: expand, shapes: [1], repeats: true },
  Tile: { rule: tile, shapes: [1], repeats: true },
  Pad: { rule: pad, shapes: [1, 3] },
  Gather: { rule: gather },
  GatherElements: { rule: alongOne },
  ScatterElements: { rule: alongOne },
  GatherND: { rule: gatherND },
  ScatterND: { rule: scatterND },
  TopK: { rule: alongAxis(samplesSays.picks), shapes: [1] },
  Compress: { rule: compress, shapes: [1] },
  ReverseSequence: { rule: turned },
  Trilu: { rule: triangle, shapes: [1] },
  OneHot: { rule: oneHot, shapes: [1] },
  Resize: { rule: resize, shapes: [1, 2, 3] },
  Equal: elementwise,
  Less: elementwise,
  LessOrEqual: elementwise,
  Greater: elementwise,
  GreaterOrEqual: elementwise,
  And: elementwise,
  Or: elementwise,
  Not: elementwise,
  Where: elementwise,
  Constant: made,
  ConstantOfShape: { rule: constantOfShape, shapes: [0], repeats: true },
  Shape: { rule: made.rule, sizes: true },
  Size: { rule: made.rule, sizes: true },
  Range: made,
  EyeLike: { rule: made.rule, sizes: true },
  Identity: elementwise,
  Dropout: { rule: (call) => broadcast(call, [0]), shapes: [1, 2] },
  Cast: elementwise,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  Scan: { rule: scan },
};

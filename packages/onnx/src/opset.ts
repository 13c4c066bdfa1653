import type { Node, OpName } from '@kirchhoff/graph';

/** The opsets of ONNX's default domain that are read. */
export const oldestOpset = 1;
export const newestOpset = 25;

/** Those that are written. */
export const oldestWritten = 13;
export const newestWritten = 21;

/** The IR version that goes with each opset. */
const irVersions: ReadonlyMap<number, number> = new Map([
  [13, 7],
  [14, 7],
  [15, 8],
  [16, 8],
  [17, 8],
  [18, 8],
  [19, 9],
  [20, 9],
  [21, 10],
]);

export const irVersionOf = (opset: number): number => irVersions.get(opset) ?? 10;

/** The opset from which on an operator is spelled as in opset 21 (inputs, attributes, meaning). */
export const spelledSince: { readonly [Op in OpName]: number } = {
  Abs: 1,
  Acos: 7,
  Acosh: 9,
  Add: 7,
  And: 7,
  ArgMax: 1,
  ArgMin: 1,
  Asin: 7,
  Asinh: 9,
  Atan: 7,
  Atanh: 9,
  AveragePool: 1,
  BatchNormalization: 14,
  Cast: 6,
  Ceil: 1,
  Celu: 12,
  Clip: 11,
  Compress: 9,
  Concat: 4,
  Constant: 1,
  ConstantOfShape: 9,
  Conv: 1,
  ConvTranspose: 1,
  Cos: 7,
  Cosh: 9,
  CumSum: 11,
  DepthToSpace: 1,
  Div: 7,
  Dropout: 12,
  Elu: 1,
  Equal: 7,
  Erf: 9,
  Exp: 1,
  Expand: 8,
  EyeLike: 9,
  Flatten: 1,
  Floor: 1,
  GRU: 7,
  Gather: 1,
  GatherElements: 11,
  GatherND: 11,
  Gelu: 20,
  Gemm: 7,
  GlobalAveragePool: 1,
  GlobalMaxPool: 1,
  Greater: 7,
  GreaterOrEqual: 12,
  HardSigmoid: 1,
  HardSwish: 14,
  Identity: 1,
  IsInf: 10,
  IsNaN: 9,
  LRN: 1,
  LSTM: 7,
  LayerNormalization: 17,
  LeakyRelu: 1,
  Less: 7,
  LessOrEqual: 12,
  Log: 1,
  LogSoftmax: 13,
  MatMul: 1,
  Max: 1,
  MaxPool: 1,
  Mean: 1,
  Min: 1,
  Mish: 18,
  Mod: 10,
  Mul: 7,
  Neg: 1,
  Not: 1,
  OneHot: 9,
  Or: 7,
  PRelu: 7,
  Pad: 11,
  Pow: 7,
  RNN: 7,
  Range: 11,
  Reciprocal: 1,
  ReduceL1: 18,
  ReduceL2: 18,
  ReduceLogSum: 18,
  ReduceLogSumExp: 18,
  ReduceMax: 18,
  ReduceMean: 18,
  ReduceMin: 18,
  ReduceProd: 18,
  ReduceSum: 13,
  ReduceSumSquare: 18,
  Relu: 1,
  Reshape: 5,
  Resize: 11,
  ReverseSequence: 10,
  Round: 11,
  Scan: 9,
  ScatterElements: 11,
  ScatterND: 11,
  Selu: 6,
  Shape: 1,
  Sigmoid: 1,
  Sign: 9,
  Sin: 7,
  Sinh: 9,
  Size: 1,
  Slice: 10,
  Softmax: 13,
  Softplus: 1,
  Softsign: 1,
  SpaceToDepth: 1,
  Split: 18,
  Sqrt: 1,
  Squeeze: 13,
  Sub: 7,
  Sum: 1,
  Tan: 7,
  Tanh: 1,
  ThresholdedRelu: 10,
  Tile: 6,
  TopK: 11,
  Transpose: 1,
  Trilu: 14,
  Unsqueeze: 13,
  Where: 9,
  Xor: 7,
};

/** Attributes that came later than their operator's spelling; they can be written only from that opset on. */
const attributeSince: { readonly [Op in OpName]?: Readonly<Record<string, number>> } = {
  AveragePool: { dilations: 19 },
  Cast: { saturate: 19 },
  GRU: { layout: 14 },
  LSTM: { layout: 14 },
  RNN: { layout: 14 },
  Reshape: { allowzero: 14 },
  Resize: { antialias: 18, axes: 18, keep_aspect_ratio_policy: 18 },
  GatherND: { batch_dims: 12 },
  ScatterElements: { reduction: 16 },
  ScatterND: { reduction: 16 },
  Shape: { start: 15, end: 15 },
  Split: { num_outputs: 18 },
};

/** Operators whose spelling changed for the attributes above alone: without them an older opset reads the same. */
const writtenSince: { readonly [Op in OpName]?: number } = { Split: 13 };

/** Inputs that came later than their operator's spelling, by port. */
const inputSince: { readonly [Op in OpName]?: Readonly<Record<number, number>> } = { Pad: { 3: 18 } };

/** The oldest opset in which a node can be written as it is. */
export const writableSince = ({ op, attrs = {}, inputs }: Node): number =>
  Math.max(
    writtenSince[op] ?? spelledSince[op],
    ...Object.keys(attrs).map((name) => attributeSince[op]?.[name] ?? 0),
    ...inputs.map((name, port) => (name === '' ? 0 : (inputSince[op]?.[port] ?? 0))),
  );

/** Reductions that took their axes as an attribute before opset 18. */
export const formerReductions: readonly OpName[] = [
  'ReduceL1',
  'ReduceL2',
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceMax',
  'ReduceMean',
  'ReduceMin',
  'ReduceProd',
  'ReduceSumSquare',
];

import type { Node, OpName } from '@kirchhoff/graph';

/** The opsets of ONNX's default domain that are read, and from `oldestWritten` on also written. */
export const oldestOpset = 7;
export const oldestWritten = 13;
export const newestOpset = 21;

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

/** The opset from which on an operator is spelled as in opset 21 (inputs, attributes, meaning); 7 or older is 7. */
export const spelledSince: { readonly [Op in OpName]: number } = {
  Abs: 7,
  Add: 7,
  And: 7,
  ArgMax: 7,
  ArgMin: 7,
  AveragePool: 7,
  BatchNormalization: 14,
  Cast: 7,
  Ceil: 7,
  Celu: 12,
  Clip: 11,
  Concat: 7,
  Constant: 7,
  ConstantOfShape: 9,
  Conv: 7,
  ConvTranspose: 7,
  CumSum: 11,
  DepthToSpace: 7,
  Div: 7,
  Dropout: 12,
  Elu: 7,
  Equal: 7,
  Erf: 9,
  Exp: 7,
  Expand: 8,
  EyeLike: 9,
  Flatten: 7,
  Floor: 7,
  GRU: 7,
  Gather: 7,
  GatherElements: 11,
  Gelu: 20,
  Gemm: 7,
  GlobalAveragePool: 7,
  GlobalMaxPool: 7,
  Greater: 7,
  GreaterOrEqual: 12,
  HardSigmoid: 7,
  HardSwish: 14,
  Identity: 7,
  LRN: 7,
  LSTM: 7,
  LayerNormalization: 17,
  LeakyRelu: 7,
  Less: 7,
  LessOrEqual: 12,
  Log: 7,
  LogSoftmax: 13,
  MatMul: 7,
  Max: 7,
  MaxPool: 7,
  Mean: 7,
  Min: 7,
  Mish: 18,
  Mod: 10,
  Mul: 7,
  Neg: 7,
  Not: 7,
  OneHot: 9,
  Or: 7,
  PRelu: 7,
  Pad: 11,
  Pow: 7,
  RNN: 7,
  Range: 11,
  Reciprocal: 7,
  ReduceL2: 18,
  ReduceMax: 18,
  ReduceMean: 18,
  ReduceMin: 18,
  ReduceProd: 18,
  ReduceSum: 13,
  Relu: 7,
  Reshape: 7,
  Resize: 11,
  Scan: 9,
  ScatterElements: 11,
  Selu: 7,
  Shape: 7,
  Sigmoid: 7,
  Sign: 9,
  Size: 7,
  Slice: 10,
  Softmax: 13,
  Softplus: 7,
  Softsign: 7,
  SpaceToDepth: 7,
  Split: 18,
  Sqrt: 7,
  Squeeze: 13,
  Sub: 7,
  Sum: 7,
  Tanh: 7,
  ThresholdedRelu: 10,
  Tile: 7,
  Transpose: 7,
  Unsqueeze: 13,
  Where: 9,
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
  ScatterElements: { reduction: 16 },
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

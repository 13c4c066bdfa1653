import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { openBare, reference } from '@kirchhoff/runtime';
import { describe, expect, it } from 'vitest';
import { AttributeProto_AttributeType as Kind, TensorProto_DataType as Code } from '../src/generated/onnx_pb.js';
import { upgrades } from '../src/index.js';
import { int, ints, model, read, refusal, value, type AttributeInit, type TensorInit } from './model.js';

const float = (name: string, f: number): AttributeInit => ({ name, type: Kind.FLOAT, f });
const floats = (name: string, ...values: readonly number[]): AttributeInit => ({
  name,
  type: Kind.FLOATS,
  floats: [...values],
});
const text = (name: string, s: string): AttributeInit => ({
  name,
  type: Kind.STRING,
  s: Uint8Array.from(s, (letter) => letter.charCodeAt(0)),
});
const weights = (name: string, dims: readonly number[], ...values: readonly number[]): TensorInit => ({
  name,
  dims: dims.map(BigInt),
  dataType: Code.FLOAT,
  floatData: [...values],
});

interface Old {
  readonly upgrade: string;
  readonly op: string;
  readonly opset: number;
  readonly shape: readonly number[];
  readonly attribute?: readonly AttributeInit[];
  readonly initializer?: readonly TensorInit[];
  readonly outputs?: number;
  /** onnxruntime has given the operator up, so that the numbers are pinned by hand. */
  readonly expected?: readonly number[];
}

const statistics = (dims: readonly number[]): readonly TensorInit[] => {
  const size = dims.reduce((n, d) => n * d, 1);
  return ['scale', 'shift', 'mean', 'variance'].map((name, k) =>
    weights(name, dims, ...Array.from({ length: size }, (_, i) => 0.5 + ((i + k) % 3))),
  );
};

const old: readonly Old[] = [
  { upgrade: 'axes-to-input', op: 'ReduceMean', opset: 13, shape: [2, 3, 4], attribute: [ints('axes', 1, -1)] },
  { upgrade: 'axes-to-input', op: 'ReduceMax', opset: 11, shape: [2, 3], attribute: [ints('axes', 1)] },
  {
    upgrade: 'axes-to-input',
    op: 'ReduceSum',
    opset: 11,
    shape: [2, 3],
    attribute: [ints('axes', 0), int('keepdims', 0)],
  },
  { upgrade: 'axes-to-input', op: 'Squeeze', opset: 9, shape: [2, 1, 3], attribute: [ints('axes', 1)] },
  { upgrade: 'axes-to-input', op: 'Unsqueeze', opset: 11, shape: [2, 3], attribute: [ints('axes', 0, 3)] },
  {
    upgrade: 'clip-bounds-to-inputs',
    op: 'Clip',
    opset: 7,
    shape: [6],
    attribute: [float('min', 0), float('max', 0.5)],
  },
  { upgrade: 'clip-bounds-to-inputs', op: 'Clip', opset: 10, shape: [6], attribute: [float('max', 0)] },
  { upgrade: 'pads-to-inputs', op: 'Pad', opset: 10, shape: [1, 2, 2], attribute: [ints('pads', 0, 0, 1, 0, 0, 2)] },
  {
    upgrade: 'pads-to-inputs',
    op: 'Pad',
    opset: 7,
    shape: [2, 3],
    attribute: [ints('pads', 1, 0, 0, 1), float('value', -1.5)],
  },
  {
    upgrade: 'slice-to-inputs',
    op: 'Slice',
    opset: 9,
    shape: [3, 4],
    attribute: [ints('axes', 1, 0), ints('starts', 1, -2), ints('ends', 1000, 3)],
  },
  { upgrade: 'slice-to-inputs', op: 'Slice', opset: 7, shape: [3, 4], attribute: [ints('starts', 1), ints('ends', 2)] },
  { upgrade: 'split-parts', op: 'Split', opset: 11, shape: [4, 3], attribute: [ints('split', 1, 3)], outputs: 2 },
  { upgrade: 'split-parts', op: 'Split', opset: 9, shape: [4, 3], attribute: [int('axis', 0)], outputs: 2 },
  { upgrade: 'drop-dropout-ratio', op: 'Dropout', opset: 7, shape: [5], attribute: [float('ratio', 0.7)] },
  {
    upgrade: 'batch-norm-spatial',
    op: 'BatchNormalization',
    opset: 7,
    shape: [2, 3, 2],
    attribute: [int('spatial', 1), float('epsilon', 0.01)],
    initializer: statistics([3]),
  },
  {
    upgrade: 'batch-norm-spatial',
    op: 'BatchNormalization',
    opset: 7,
    shape: [2, 3, 2],
    attribute: [int('spatial', 0)],
    initializer: statistics([3, 2]),
  },
  {
    upgrade: 'write-out-image-scaler',
    op: 'ImageScaler',
    opset: 9,
    shape: [1, 2, 1, 2],
    attribute: [float('scale', 2), floats('bias', 1, -1)],
    expected: [-1, 0.5, 0, 1.5],
  },
  {
    upgrade: 'write-out-affine',
    op: 'Affine',
    opset: 9,
    shape: [2],
    attribute: [float('alpha', 2), float('beta', 1)],
    expected: [-1, 0.5],
  },
  {
    upgrade: 'scatter-elements',
    op: 'Scatter',
    opset: 9,
    shape: [3],
    initializer: [{ name: 'indices', dims: [1n], dataType: Code.INT64, int64Data: [2n] }, weights('updates', [1], 7)],
  },
  { upgrade: 'softmax-one-axis', op: 'Softmax', opset: 11, shape: [2, 3, 2] },
  { upgrade: 'softmax-one-axis', op: 'LogSoftmax', opset: 9, shape: [2, 3, 2], attribute: [int('axis', 0)] },
  { upgrade: 'softmax-one-axis', op: 'Softmax', opset: 7, shape: [2, 3] },
  {
    upgrade: 'upsample-to-resize',
    op: 'Upsample',
    opset: 8,
    shape: [1, 1, 2, 2],
    attribute: [text('mode', 'nearest'), floats('scales', 1, 1, 2, 3)],
  },
  {
    upgrade: 'upsample-to-resize',
    op: 'Upsample',
    opset: 9,
    shape: [1, 1, 2, 3],
    attribute: [text('mode', 'linear')],
    initializer: [weights('scales', [4], 1, 1, 2, 2)],
  },
  {
    upgrade: 'resize-grid',
    op: 'Resize',
    opset: 10,
    shape: [1, 1, 2, 4],
    initializer: [weights('scales', [4], 1, 1, 0.6, 0.6)],
  },
  {
    upgrade: 'resize-grid',
    op: 'Resize',
    opset: 10,
    shape: [1, 1, 2, 3],
    attribute: [text('mode', 'nearest')],
    initializer: [weights('scales', [4], 1, 1, 1.5, 2.5)],
  },
];

/** Operators that opset 21 does not have, or that are written by others: tested in written.test.ts. */
const written: readonly string[] = [
  'write-out-einsum',
  'write-out-instance-norm',
  'write-out-group-norm',
  'write-out-rms-norm',
  'write-out-lp-normalization',
  'write-out-mean-variance',
  'write-out-attention',
  'write-out-rotary',
  'write-out-reduction',
  'write-out-swish',
  'write-out-cast-like',
  'write-out-hardmax',
  'write-out-fused',
  'write-out-grid-sample',
  'standard-name',
];

const one = (name: string, value: number): TensorInit => ({
  name,
  dims: [1n],
  dataType: Code.INT64,
  int64Data: [BigInt(value)],
});

/** Opsets that onnxruntime does not read: the numbers are those of the standard's text. */
const first: readonly Old[] = [
  {
    upgrade: 'broadcast-by-shape',
    op: 'Add',
    opset: 6,
    shape: [2, 2],
    attribute: [int('broadcast', 1), int('axis', 0)],
    initializer: [weights('b', [2], 10, 20)],
    expected: [9, 9.75, 20.5, 21.25],
  },
  {
    upgrade: 'broadcast-by-shape',
    op: 'Mul',
    opset: 1,
    shape: [1, 2, 2],
    attribute: [ints('consumed_inputs', 0, 0), int('broadcast', 1), int('axis', -2)],
    initializer: [weights('b', [2], 2, 4)],
    expected: [-2, -0.5, 2, 5],
  },
  {
    upgrade: 'broadcast-by-shape',
    op: 'PRelu',
    opset: 6,
    shape: [1, 2, 2],
    initializer: [weights('slope', [2], 2, 4)],
    expected: [-2, -0.5, 0.5, 1.25],
  },
  {
    upgrade: 'broadcast-by-shape',
    op: 'Gemm',
    opset: 6,
    shape: [1, 2],
    attribute: [int('broadcast', 1)],
    initializer: [weights('b', [2, 1], 1, 2), weights('c', [1], 3)],
    expected: [1.5],
  },
  {
    upgrade: 'drop-output-sequence',
    op: 'RNN',
    opset: 6,
    shape: [1, 1, 1],
    attribute: [int('hidden_size', 1), int('output_sequence', 1)],
    initializer: [weights('w', [1, 1, 1], 1), weights('r', [1, 1, 1], 0)],
    expected: [Math.tanh(-1)],
  },
  {
    upgrade: 'selu-constants',
    op: 'Selu',
    opset: 5,
    shape: [1],
    expected: [1.0507 * 1.6732 * (Math.exp(-1) - 1)],
  },
  {
    upgrade: 'cast-to-number',
    op: 'Cast',
    opset: 5,
    shape: [2],
    attribute: [text('to', 'FLOAT')],
    expected: [-1, -0.25],
  },
  {
    upgrade: 'tile-repeats',
    op: 'Tile',
    opset: 5,
    shape: [1, 2],
    initializer: [one('tiles', 2), one('axis', 1)],
    expected: [-1, -0.25, -1, -0.25],
  },
  {
    upgrade: 'shape-to-input',
    op: 'Reshape',
    opset: 4,
    shape: [2],
    attribute: [ints('shape', 2, 1)],
    expected: [-1, -0.25],
  },
  {
    upgrade: 'concat-axis',
    op: 'Concat',
    opset: 3,
    shape: [2, 2],
    initializer: [weights('c', [2, 1], 7, 8)],
    expected: [-1, -0.25, 7, 0.5, 1.25, 8],
  },
  {
    upgrade: 'write-out-scaled',
    op: 'ScaledTanh',
    opset: 5,
    shape: [1],
    attribute: [float('alpha', 2), float('beta', 3)],
    expected: [2 * Math.tanh(-3)],
  },
  {
    upgrade: 'write-out-scaled',
    op: 'ParametricSoftplus',
    opset: 9,
    shape: [1],
    attribute: [float('alpha', 2), float('beta', 3)],
    expected: [2 * Math.log1p(Math.exp(-3))],
  },
  {
    upgrade: 'pads-to-inputs',
    op: 'Pad',
    opset: 1,
    shape: [2],
    attribute: [ints('paddings', 1, 0)],
    expected: [0, -1, -0.25],
  },
  {
    upgrade: 'batch-norm-spatial',
    op: 'BatchNormalization',
    opset: 6,
    shape: [1, 1, 2],
    attribute: [int('is_test', 1), float('epsilon', 0.5)],
    initializer: [weights('s', [1], 2), weights('b', [1], 1), weights('m', [1], -1), weights('v', [1], 0.5)],
    expected: [1, 2.5],
  },
  {
    upgrade: 'upsample-to-resize',
    op: 'Upsample',
    opset: 1,
    shape: [1, 1, 1, 2],
    attribute: [text('mode', 'nearest'), float('height_scale', 1), float('width_scale', 2)],
    expected: [-1, -1, -0.25, -0.25],
  },
  {
    upgrade: 'drop-dropout-ratio',
    op: 'Dropout',
    opset: 6,
    shape: [2],
    attribute: [int('is_test', 0), float('ratio', 0.7)],
    expected: [-1, -0.25],
  },
];

const bytesOf = ({ op, opset, shape, attribute = [], initializer = [], outputs = 1 }: Old): Uint8Array => {
  const names = Array.from({ length: outputs }, (_, i) => `y${i}`);
  return model(
    {
      name: 'old',
      input: [value('x', shape)],
      output: names.map((name) => ({ name, type: { value: { case: 'tensorType', value: { elemType: Code.FLOAT } } } })),
      initializer: [...initializer],
      node: [
        {
          opType: op,
          input: ['x', ...initializer.map(({ name }) => name ?? '')],
          output: names,
          attribute: [...attribute],
        },
      ],
    },
    opset,
  );
};

/** −1, −0.25, 0.5, 1.25, … */
const inputOf = ({ shape }: Old): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  return tensor(
    'float32',
    shape,
    Array.from({ length: size }, (_, i) => ((i * 3) % 11) / 4 - 1),
  );
};

const numbers = (outputs: Readonly<Record<string, Tensor>>): readonly (readonly number[])[] =>
  Object.keys(outputs)
    .sort()
    .map((name) => [...toNumbers(outputs[name]!.data)]);

const runBare = async (one: Old): Promise<Readonly<Record<string, Tensor>>> => {
  const session = await openBare(bytesOf(one), { threads: 1 });
  return session.run({ x: inputOf(one) }).finally(session.close);
};

const runOurs = async (one: Old): Promise<Readonly<Record<string, Tensor>>> => {
  const { graph, store } = read(bytesOf(one));
  const session = await reference.compile(graph, store);
  return session.run({ x: inputOf(one) }).finally(session.close);
};

describe('older spellings', () => {
  it.each([...old, ...first])('$upgrade: $op of opset $opset gives what it always gave', async (one) => {
    expect(read(bytesOf(one)).upgrades).toEqual([`${one.upgrade}: y0 (${one.op})`]);
    const found = numbers(await runOurs(one));
    const wanted = one.expected === undefined ? numbers(await runBare(one)) : [one.expected];
    expect(found.map((row) => row.length)).toEqual(wanted.map((row) => row.length));
    found.forEach((row, i) => row.forEach((number, j) => expect(number).toBeCloseTo(wanted[i]![j]!, 5)));
  });

  it('are all covered', () => {
    expect(
      upgrades
        .map(({ name }) => name)
        .filter((name) => !written.includes(name) && ![...old, ...first].some(({ upgrade }) => upgrade === name)),
    ).toEqual([]);
  });

  it('stay as they are where the opset has today’s spelling', () => {
    const one: Old = { upgrade: '', op: 'Softmax', opset: 13, shape: [2, 3] };
    expect(read(bytesOf(one)).upgrades).toEqual([]);
  });

  it('are refused where they cannot be spelled anew', () => {
    const mixed: Old = {
      upgrade: '',
      op: 'Resize',
      opset: 10,
      shape: [1, 1, 4, 4],
      initializer: [weights('scales', [4], 1, 1, 2, 0.5)],
    };
    expect(refusal(bytesOf(mixed))).toBe(
      'model.onnx y0 (Resize): Resize grows one axis and shrinks another, for which this opset says no rounding; export the model with opset 11 or newer',
    );
    const bare: Old = { upgrade: '', op: 'Upsample', opset: 7, shape: [1, 1, 2, 2] };
    expect(refusal(bytesOf(bare))).toBe(
      'model.onnx y0 (Upsample): Upsample needs the attribute "scales"; export the model again',
    );
    const training: Old = {
      upgrade: '',
      op: 'BatchNormalization',
      opset: 6,
      shape: [2, 3, 2],
      initializer: statistics([3]),
    };
    expect(refusal(bytesOf(training))).toBe(
      'model.onnx y0 (BatchNormalization): BatchNormalization is written for training (is_test = 0), where it depends on the batch; export the model for inference',
    );
    const words: Old = { upgrade: '', op: 'Cast', opset: 5, shape: [2], attribute: [text('to', 'STRING')] };
    expect(refusal(bytesOf(words))).toBe(
      'model.onnx y0 (Cast): it casts to "STRING"; the types held are: FLOAT, FLOAT16, BFLOAT16, DOUBLE, INT64, INT32, INT8, UINT8, BOOL',
    );
    const early: Old = { upgrade: '', op: 'Mod', opset: 9, shape: [2], initializer: [weights('m', [1], 2)] };
    expect(refusal(bytesOf(early))).toContain('operator Mod (in opset 9) is not supported (node y0)');
  });
});

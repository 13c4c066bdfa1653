import { exporter, type Exporter } from '../../../onnx/test/exporter.js';
import { layersOf, type Layers } from '../../../onnx/test/layers.js';
import { value } from '../../../onnx/test/model.js';
import { TensorProto_DataType as Code } from '../../../onnx/src/generated/onnx_pb.js';
import type { Network } from './classic.js';

export type Write = (g: Exporter, l: Layers) => string;

export const ids = value('input_ids', ['batch_size', 'sequence_length'], Code.INT64);
export const attended = value('attention_mask', ['batch_size', 'sequence_length'], Code.INT64);
export const sound = value('input_values', ['batch_size', 'sequence_length']);
export const frames = value('input_features', ['batch_size', 'sequence_length', 4]);

export const tokens =
  (seed: number, opset: number, write: Write, inputs = [ids]): Network =>
  () => {
    const g = exporter(seed, opset, ...inputs);
    return g.finish(write(g, layersOf(g)));
  };

export const width = 8;
export const heads = 2;
export const cut = (g: Exporter, x: string, axis: number, start: number, end: number): string =>
  g.put('Slice', [x, g.ints(start), g.ints(end), g.ints(axis), g.ints(1)]);
export const embedded = (g: Exporter, x: string, rows = 12): string => g.put('Gather', [g.weight([rows, width]), x]);

/** Multi-head attention over the last two axes, with what is added to its scores. */
export const attend = (
  g: Exporter,
  l: Layers,
  x: string,
  added: readonly string[],
  batch: readonly number[] = [0, 0],
): string => {
  const [q, k, v] = [0, 1, 2].map(() =>
    l.transpose(l.reshape(l.linear(x, width, width), ...batch, heads, width / heads), 0, 2, 1, 3),
  ) as [string, string, string];
  const scaled = g.put('Div', [g.put('MatMul', [q, l.transpose(k, 0, 1, 3, 2)]), g.number(2)]);
  const scores = added.reduce((sum, one) => g.put('Add', [sum, one]), scaled);
  const mixed = g.put('MatMul', [g.put('Softmax', [scores], { axis: -1 }), v]);
  return l.linear(l.reshape(l.transpose(mixed, 0, 2, 1, 3), ...batch, width), width, width);
};

/** RMSNorm, as Hugging Face writes it: computed in float32, the gain last. */
export const rmsNorm = (g: Exporter, l: Layers, x: string): string => {
  const wide = g.put('Cast', [x], { to: Code.FLOAT });
  const variance = l.mean(g.put('Pow', [wide, g.number(2)]), [-1], 1);
  const root = g.put('Sqrt', [g.put('Add', [variance, g.number(1e-5)])]);
  const normed = g.put('Mul', [wide, g.put('Div', [g.number(1), root])]);
  return g.put('Mul', [g.weight([width], 0.2, 1), g.put('Cast', [normed], { to: Code.FLOAT })]);
};

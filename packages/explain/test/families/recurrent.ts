import { exporter, type Attrs, type Exporter } from '../../../onnx/test/exporter.js';
import { layersOf, type Layers } from '../../../onnx/test/layers.js';
import { value } from '../../../onnx/test/model.js';
import { TensorProto_DataType as Code } from '../../../onnx/src/generated/onnx_pb.js';
import type { Network } from './classic.js';

type Cell = 'LSTM' | 'GRU' | 'RNN';

const gates: { readonly [C in Cell]: number } = { LSTM: 4, GRU: 3, RNN: 1 };

const features = 4;
const hidden = 3;

/** A classifier of sequences [batch, time, features]. */
const sequences =
  (seed: number, opset: number, write: (g: Exporter, l: Layers, x: string) => string): Network =>
  () => {
    const g = exporter(seed, opset, value('input', ['batch_size', 'time', features]));
    return g.finish(write(g, layersOf(g), 'input'));
  };

/** A classifier of texts: ids of tokens [batch, time] of a vocabulary of seven. */
const texts =
  (seed: number, opset: number, code: Code, write: (g: Exporter, l: Layers, x: string) => string): Network =>
  () => {
    const g = exporter(seed, opset, value('input', ['batch_size', 'time'], code));
    const ids = code === Code.INT64 ? 'input' : g.put('Cast', ['input'], { to: Code.INT64 });
    return g.finish(write(g, layersOf(g), g.put('Gather', [g.weight([7, features]), ids])));
  };

interface Parameters {
  readonly cell: Cell;
  readonly from: number;
  readonly directions: number;
}

const parameters = (g: Exporter, { cell, from, directions }: Parameters): readonly string[] => [
  g.weight([directions, gates[cell] * hidden, from], 0.7),
  g.weight([directions, gates[cell] * hidden, hidden], 0.7),
  g.weight([directions, 2 * gates[cell] * hidden], 0.2),
];

const cellAttrs = ({ cell, directions }: Parameters): Attrs => ({
  ...(directions === 2 && { direction: 'bidirectional' }),
  hidden_size: hidden,
  ...(cell === 'GRU' && { linear_before_reset: 1 }),
});

/** torch.nn.LSTM(batch_first=True) and its kin, two layers: the initial state is zeros of a shape that is asked for. */
const pytorch =
  (cell: Cell, directions: 1 | 2) =>
  (g: Exporter, l: Layers, x: string): string => {
    const timeMajor = l.transpose(x, 1, 0, 2);
    const count = 2 * directions;
    const shape = g.put('Concat', [g.ints(count), l.size(timeMajor, 1), g.ints(hidden)], { axis: 0 });
    const states = (cell === 'LSTM' ? ['h', 'c'] : ['h']).map(() => g.put('ConstantOfShape', [shape]));
    const layer = (input: string, from: number, i: number): string => {
      const one: Parameters = { cell, from, directions };
      const initial = states.map((state) => l.slice(state, 0, directions * i, directions * (i + 1)));
      const inputs = [input, ...parameters(g, one), '', ...initial];
      const [y = ''] = g.putAll(cell, inputs, cellAttrs(one), 1 + states.length);
      return directions === 1 ? l.squeeze(y, 1) : l.reshape(l.transpose(y, 0, 2, 1, 3), 0, 0, -1);
    };
    const all = layer(layer(timeMajor, features, 0), directions * hidden, 1);
    const last = g.put('Gather', [l.transpose(all, 1, 0, 2), g.int(-1)], { axis: 1 });
    return l.dense(last, directions * hidden, 5);
  };

/** Last hidden states of both directions side by side: h_n.transpose(0, 1).flatten(1). */
const lastStates = sequences(45, 13, (g, l, x) => {
  const one: Parameters = { cell: 'LSTM', from: features, directions: 2 };
  const timeMajor = l.transpose(x, 1, 0, 2);
  const shape = g.put('Concat', [g.ints(2), l.size(timeMajor, 1), g.ints(hidden)], { axis: 0 });
  const zeros = g.put('Expand', [g.numbers([1], [0]), shape]);
  const [, h = ''] = g.putAll('LSTM', [timeMajor, ...parameters(g, one), '', zeros, zeros], cellAttrs(one), 3);
  return l.dense(l.dropout(l.view(l.transpose(h, 1, 0, 2))), 2 * hidden, 5);
});

/** A Keras layer by tf2onnx: time-major, its state of a shape that is sliced and cast; Dense as MatMul and Add. */
const keras =
  (cell: Cell, directions: 1 | 2, every: boolean) =>
  (g: Exporter, l: Layers, x: string): string => {
    const one: Parameters = { cell, from: features, directions };
    const timeMajor = l.transpose(x, 1, 0, 2);
    const batch = l.slice(g.put('Shape', [x]), 0, 0, 1);
    const shape = g.put('Concat', [g.ints(directions), batch, g.ints(hidden)], { axis: 0 });
    const zeros = g.put('ConstantOfShape', [g.put('Cast', [g.put('Cast', [shape], { to: 6 })], { to: 7 })]);
    const inputs = [timeMajor, ...parameters(g, one), '', zeros, ...(cell === 'LSTM' ? [zeros] : [])];
    const [all = '', h = ''] = g.putAll(cell, inputs, cellAttrs(one), cell === 'LSTM' ? 3 : 2);
    const width = directions * hidden;
    const steps = (): string => {
      const joined =
        directions === 1
          ? l.squeeze(all, 1)
          : g.put(
              'Concat',
              l.split(all, 1, 1, 1).map((half) => l.squeeze(half, 1)),
              { axis: 2 },
            );
      const pooled = g.put('ReduceMean', [l.transpose(joined, 1, 0, 2)], { axes: [1], keepdims: 0 });
      return pooled;
    };
    const last = (): string =>
      directions === 1
        ? l.squeeze(h, 0)
        : g.put(
            'Concat',
            l.split(h, 0, 1, 1).map((half) => l.squeeze(half, 0)),
            { axis: 1 },
          );
    const hiddenLayer = l.relu(
      g.put('Add', [g.put('MatMul', [every ? steps() : last(), g.weight([width, 6], 0.6)]), g.weight([6], 0.1)]),
    );
    return g.put('Softmax', [
      g.put('Add', [g.put('MatMul', [hiddenLayer, g.weight([6, 5], 0.6)]), g.weight([5], 0.1)]),
    ]);
  };

/** torch.nn.LSTMCell written out for three steps: one affine layer of all gates, cut by chunk. */
const cells =
  (seed: number, opset: number): Network =>
  () => {
    const g = exporter(seed, opset, value('input', ['batch_size', 3, features]));
    const l = layersOf(g);
    const [w, r, b, c] = [
      g.weight([12, features], 0.7),
      g.weight([12, hidden], 0.7),
      g.weight([12], 0.2),
      g.weight([12], 0.2),
    ];
    const zeros = g.put('ConstantOfShape', [g.put('Concat', [l.size('input', 0), g.ints(hidden)], { axis: 0 })]);
    let [h, memory] = [zeros, zeros];
    for (let t = 0; t < 3; t++) {
      const x = g.put('Gather', ['input', g.int(t)], { axis: 1 });
      const sum = g.put('Add', [g.put('Gemm', [x, w, b], { transB: 1 }), g.put('Gemm', [h, r, c], { transB: 1 })]);
      const cut =
        opset < 13
          ? [0, 1, 2, 3].map((i) => l.slice(sum, 1, i * hidden, (i + 1) * hidden))
          : l.split(sum, 1, hidden, hidden, hidden, hidden);
      const [i = '', f = '', candidate = '', o = ''] = cut.map((part, k) =>
        g.put(k === 2 ? 'Tanh' : 'Sigmoid', [part]),
      );
      memory = g.put('Add', [g.put('Mul', [f, memory]), g.put('Mul', [i, candidate])]);
      h = g.put('Mul', [o, g.put('Tanh', [memory])]);
    }
    return g.finish(l.dense(h, hidden, 5));
  };

/** A two-layer bidirectional LSTM of PyTorch, exported for an opset. */
export const lstm = (seed: number, opset: number): Network => sequences(seed, opset, pytorch('LSTM', 2));

export const recurrent: Readonly<Record<string, Network>> = {
  'lstm of PyTorch': sequences(41, 9, pytorch('LSTM', 1)),
  'bidirectional lstm of PyTorch': lstm(42, 11),
  'gru of PyTorch': sequences(43, 13, pytorch('GRU', 2)),
  'rnn of PyTorch': sequences(44, 17, pytorch('RNN', 1)),
  'last states of PyTorch': lastStates,
  'lstm of Keras': sequences(46, 12, keras('LSTM', 1, false)),
  'gru of Keras': sequences(47, 13, keras('GRU', 1, true)),
  'bidirectional lstm of Keras': sequences(48, 15, keras('LSTM', 2, false)),
  'bidirectional gru of Keras': sequences(49, 10, keras('GRU', 2, true)),
  'embedding and lstm of PyTorch': texts(52, 14, Code.INT64, pytorch('LSTM', 2)),
  'embedding and gru of Keras': texts(53, 13, Code.INT32, keras('GRU', 1, false)),
  'embedding of floats of Keras': texts(54, 11, Code.FLOAT, keras('LSTM', 1, false)),
  'cells of opset 11': cells(50, 11),
  'cells of opset 17': cells(51, 17),
};

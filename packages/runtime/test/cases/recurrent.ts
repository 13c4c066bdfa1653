import { tensor, type Attributes, type Graph, type OpName } from '@kirchhoff/graph';
import { applied, fixed, floats, type Argument, type Case } from './build.js';

const [steps, batch, width, hidden] = [4, 3, 2, 3];

/** A recurrent node with all of its outputs; `extra` appends sequence lengths and initial states. */
const recurrent = (
  op: OpName,
  gates: number,
  outputs: number,
  attrs: Attributes,
  extra: readonly Argument[] = [],
  bias = true,
): Case => {
  const directions = attrs['direction'] === 'bidirectional' ? 2 : 1;
  const args = [
    floats([steps, batch, width]),
    fixed(floats([directions, gates * hidden, width], -1, 1)),
    fixed(floats([directions, gates * hidden, hidden], -1, 1)),
    bias ? fixed(floats([directions, 2 * gates * hidden], -1, 1)) : ('' as const),
    ...extra,
  ];
  return applied(op, args, { hidden_size: hidden, ...attrs }, outputs - 1);
};

const lengths: Argument = fixed(tensor('int32', [batch], [4, 2, 3]));
const state = (directions = 1): Argument => floats([directions, batch, hidden]);

const family = (op: OpName, gates: number, outputs: number, states: number): readonly Case[] => [
  recurrent(op, gates, outputs, {}),
  recurrent(op, gates, outputs, { direction: 'reverse' }, [], false),
  recurrent(op, gates, outputs, { direction: 'bidirectional' }),
  recurrent(op, gates, outputs, { direction: 'bidirectional' }, [lengths]),
  recurrent(op, gates, outputs, { direction: 'reverse' }, [lengths]),
  recurrent(op, gates, outputs, {}, ['', ...Array.from({ length: states }, () => state())]),
  recurrent(op, gates, outputs, { clip: 0.5 }),
  recurrent(op, gates, outputs, { clip: 0.1 }, ['', ...Array.from({ length: states }, () => state())]),
];

/** h ← tanh(h + s) and a running product, scanned over two inputs, one of them backward. */
const scanBody: Graph = {
  name: 'body',
  inputs: [
    { name: 'scan/h', type: 'float32', shape: [2] },
    { name: 'scan/a', type: 'float32', shape: [2] },
    { name: 'scan/b', type: 'float32', shape: [2] },
  ],
  nodes: [
    { name: 'scan/sum', op: 'Add', inputs: ['scan/h', 'scan/a'] },
    { name: 'scan/shifted', op: 'Add', inputs: ['scan/sum', 'scan/offset'] },
    { name: 'scan/next', op: 'Tanh', inputs: ['scan/shifted'] },
    { name: 'scan/out', op: 'Mul', inputs: ['scan/next', 'scan/b'] },
  ],
  outputs: ['scan/next', 'scan/out'],
  tensors: { 'scan/offset': { type: 'float32', shape: [2], data: [0.25, -0.5] } },
};

const scan = (attrs: Attributes, a: readonly number[], b: readonly number[]): Case =>
  applied('Scan', [floats([2]), floats(a), floats(b)], { body: scanBody, num_scan_inputs: 2, ...attrs }, 1);

export const recurrentCases = {
  RNN: [
    ...family('RNN', 1, 2, 1),
    recurrent('RNN', 1, 2, { activations: ['Relu'] }),
    recurrent('RNN', 1, 2, { activations: ['Affine'], activation_alpha: [0.5], activation_beta: [0.25] }),
  ],
  GRU: [...family('GRU', 3, 2, 1), recurrent('GRU', 3, 2, { linear_before_reset: 1 })],
  LSTM: [
    ...family('LSTM', 4, 3, 2),
    recurrent('LSTM', 4, 3, { input_forget: 1 }),
    recurrent('LSTM', 4, 3, {}, ['', '', '', fixed(floats([1, 3 * hidden], -1, 1))]),
    recurrent('LSTM', 4, 3, { activations: ['HardSigmoid', 'Softsign', 'Tanh'] }),
  ],
  Scan: [
    scan({}, [5, 2], [5, 2]),
    scan({ scan_input_directions: [0, 1] }, [5, 2], [5, 2]),
    scan({ scan_input_directions: [1, 1], scan_output_directions: [1] }, [5, 2], [5, 2]),
    scan({ scan_input_axes: [1, 0], scan_output_axes: [1] }, [2, 5], [5, 2]),
    scan({ scan_input_axes: [-1, 0], scan_output_axes: [-1] }, [2, 5], [5, 2]),
  ],
} satisfies Partial<Record<OpName, readonly Case[]>>;

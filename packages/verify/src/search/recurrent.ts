import {
  isInline,
  sizeOf,
  tensor,
  toNumbers,
  type Graph,
  type Input,
  type Node,
  type Tensor,
  type TensorEntry,
} from '@kirchhoff/graph';
import type { Draw } from './drawing.js';
import { floats, inline, input, integers, node, type Example } from './single.js';
import { reverseAxis, type Network } from './sketch.js';

const gates = { GRU: 3, LSTM: 4 } as const;

const withDims = (graph: Graph, sizes: Readonly<Record<string, number>>): Graph => ({
  ...graph,
  inputs: graph.inputs.map((one) => ({ ...one, shape: one.shape.map((dim) => sizes[dim] ?? dim) })),
});

/** Reverses the features of the sequence, and of the first layer's input weights, which alone read them. */
const reverseFeatures = ({ graph, inputs }: Example): Example => {
  const { shape, data } = inputs['x']!;
  const W = graph.tensors['layer1.W']!;
  if (!isInline(W)) return { graph, inputs };
  const turned = inline(W.shape, reverseAxis(W.shape, W.data, 2));
  return {
    graph: { ...graph, tensors: { ...graph.tensors, 'layer1.W': turned } },
    inputs: { ...inputs, x: floats(shape, reverseAxis(shape, toNumbers(data), 2)) },
  };
};

/**
 * A classifier of sequences: one or two GRU or LSTM layers, in one direction or both, of any number of steps, with states
 * that start at zero, at a constant or at an input, perhaps with sequences shorter than the batch is long. The simplest
 * is one GRU unit over one step of one number.
 */
export const drawRecurrent = (draw: Draw): Network => {
  const op = draw.pick(['GRU', 'LSTM'] as const);
  const [steps, batch, width, hidden] = [
    draw.integer(1, 5),
    draw.integer(1, 2),
    draw.integer(1, 3),
    draw.integer(1, 3),
  ];
  const direction = draw.pick(['forward', 'reverse', 'bidirectional'] as const);
  const directions = direction === 'bidirectional' ? 2 : 1;
  const layers = draw.integer(1, 2);
  const initial = draw.pick(['absent', 'constant', 'given'] as const);
  const lengths = draw.integer(0, 2) === 2;
  const declared: Input[] = [input('x', ['T', 'N', width], { low: -2, high: 2 })];
  const values: Record<string, Tensor> = { x: floats([steps, batch, width], draw.fine(steps * batch * width, -2, 2)) };
  const tensors: Record<string, TensorEntry> = {};
  const nodes: Node[] = [];
  const weights = (name: string, shape: readonly number[]): string => {
    tensors[name] = inline(shape, draw.fine(sizeOf(shape), -1, 1));
    return name;
  };
  const state = (name: string): string => {
    const shape = [directions, batch, hidden];
    if (initial === 'absent') return '';
    if (initial === 'constant') return weights(name, shape);
    declared.push(input(name, [directions, 'N', hidden], { low: -1, high: 1 }));
    values[name] = floats(shape, draw.fine(sizeOf(shape)));
    return name;
  };
  const lengthsOf = (): string => {
    if (!lengths) return '';
    declared.push({ name: 'lengths', type: 'int32', shape: ['N'] });
    const each = Array.from({ length: batch }, () => draw.integer(1, steps));
    values['lengths'] = tensor('int32', [batch], each);
    return 'lengths';
  };
  const first = [lengthsOf(), state('h0'), ...(op === 'LSTM' ? [state('c0')] : [])];
  let x = 'x';
  for (let layer = 1; layer <= layers; layer++) {
    const name = `layer${layer}`;
    const from = layer === 1 ? width : directions * hidden;
    const inputs = [
      x,
      weights(`${name}.W`, [directions, gates[op] * hidden, from]),
      weights(`${name}.R`, [directions, gates[op] * hidden, hidden]),
      weights(`${name}.B`, [directions, 2 * gates[op] * hidden]),
      ...(layer === 1 ? first : []),
    ];
    nodes.push(
      { ...node(name, op, inputs, { hidden_size: hidden, direction }), outputs: [`${name}.last`] },
      node(`${name}.beside`, 'Transpose', [name], { perm: [0, 2, 1, 3] }),
      node(`${name}.steps`, 'Reshape', [`${name}.beside`, `${name}.shape`]),
    );
    tensors[`${name}.shape`] = integers(0, 0, directions * hidden);
    x = `${name}.steps`;
  }
  nodes.push(
    node('last', 'Transpose', [`layer${layers}.last`], { perm: [1, 0, 2] }),
    node('features', 'Flatten', ['last']),
    node('logits', 'Gemm', ['features', weights('head', [directions * hidden, 2]), weights('offset', [2])]),
  );
  const drawn: Graph = { name: 'recurrent', inputs: declared, nodes, outputs: ['logits'], tensors };
  // A constant state has the batch in its shape.
  const graph = initial === 'constant' ? withDims(drawn, { T: steps, N: batch }) : drawn;
  const example: Example = { graph, inputs: values };
  const batchAxis = (name: string): number => (initial === 'constant' ? -1 : name === 'lengths' ? 0 : 1);
  return { ...example, batchAxis, reversed: { ...reverseFeatures(example), input: 'x', axis: 2 } };
};

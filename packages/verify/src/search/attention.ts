import { isInline, toNumbers } from '@kirchhoff/graph';
import type { Draw } from './drawing.js';
import { floats, inline, input, type Example } from './single.js';
import { reverseAxis, sketch, type Network } from './sketch.js';

/** Reverses the features of the tokens, and every weight that reads them. */
const reverseFeatures = ({ graph, inputs }: Example, readers: readonly string[]): Example => {
  const { shape, data } = inputs['x']!;
  const tensors = { ...graph.tensors };
  for (const name of readers) {
    const W = tensors[name]!;
    if (isInline(W)) tensors[name] = inline(W.shape, reverseAxis(W.shape, W.data, 0));
  }
  return {
    graph: { ...graph, tensors },
    inputs: { ...inputs, x: floats(shape, reverseAxis(shape, toNumbers(data), 2)) },
  };
};

/**
 * A head of attention over tokens: perhaps a normalisation before it, a softmax of contractions, perhaps a gated unit, a
 * dense layer. The simplest has one token of one number. Gradients have no rule for a normalisation: `normalised` is false.
 */
export const drawAttention = (draw: Draw, normalised = true): Network => {
  const s = sketch(draw);
  const [batch, tokens, width] = [draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 4)];
  const readers: string[] = [];
  const reading = (shape: readonly number[]): string => {
    const name = s.weights(shape, 1);
    readers.push(name);
    return name;
  };
  const normal =
    draw.flag() && normalised
      ? s.add('LayerNormalization', ['x', reading([width]), reading([width])], { axis: -1 })
      : 'x';
  const inner = draw.integer(1, 3);
  const [q, k, v] = ['q', 'k', 'v'].map(() => s.add('MatMul', [normal, reading([width, inner])])) as [
    string,
    string,
    string,
  ];
  const scores = s.add('MatMul', [q, s.add('Transpose', [k], { perm: [0, 2, 1] })]);
  let mixed = s.add('MatMul', [s.add('Softmax', [scores], { axis: -1 }), v]);
  if (draw.flag()) mixed = s.add('Add', [mixed, q]);
  if (draw.flag()) mixed = s.add('Mul', [s.add('Sigmoid', [mixed]), mixed]);
  const flat = s.add('Flatten', [mixed]);
  const output = s.add('Gemm', [flat, s.weights([tokens * inner, 2], 1)]);
  const shape = [batch, tokens, width];
  const example: Example = {
    graph: {
      name: 'attention',
      inputs: [input('x', ['N', tokens, width], { low: -1, high: 1 })],
      nodes: s.nodes,
      outputs: [output],
      tensors: s.tensors,
    },
    inputs: { x: floats(shape, draw.fine(batch * tokens * width)) },
  };
  return { ...example, batchAxis: () => 0, reversed: { ...reverseFeatures(example, readers), input: 'x', axis: 2 } };
};

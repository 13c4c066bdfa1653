import { attributesOf, floatAttribute, isSet, makerOf, type Node } from '@kirchhoff/graph';
import { mergePair, type Rewrite, type View } from './rewrite.js';

type Linear = 'Conv' | 'ConvTranspose' | 'Gemm';

/** Where the output channel is among the axes of the weight, once it is laid out as [.., channel, ..]. */
const channelShape = (linear: Node, view: View): readonly number[] | undefined => {
  const weight = view.type(linear.inputs[1]!)?.shape;
  if (weight === undefined) return undefined;
  const ones = (axis: number): readonly number[] => weight.map((_, i) => (i === axis ? -1 : 1));
  const attrs = attributesOf(linear);
  switch (linear.op as Linear) {
    case 'Conv':
      return ones(0);
    case 'ConvTranspose':
      return attrs['group'] === 1 ? ones(1) : undefined;
    case 'Gemm':
      return attrs['alpha'] === 1 && attrs['beta'] === 1 ? ones(attrs['transB'] === 1 ? 0 : 1) : undefined;
  }
};

/** Whether a node is linear, its parameters are constant and each of its channels can be scaled. */
export const takesScale = (node: Node, view: View): boolean =>
  ['Conv', 'ConvTranspose', 'Gemm'].includes(node.op) &&
  node.inputs.slice(1).every((input) => input === '' || view.constant(input)) &&
  channelShape(node, view) !== undefined;

/** A BatchNormalization whose statistics and parameters are constant. */
export const isFixed = (norm: Node, view: View): boolean =>
  norm.op === 'BatchNormalization' &&
  !isSet(norm, 'training_mode') &&
  norm.inputs.slice(1).every((input) => view.constant(input));

/** W·γ/σ and β + (b − μ)·γ/σ as graph nodes; whoever runs the graph folds them, nothing is copied here. */
const folded = (linear: Node, norm: Node, shape: readonly number[], view: View): readonly Node[] => {
  const [, gamma = '', beta = '', mean = '', variance = ''] = norm.inputs;
  const [x = '', weight = '', bias = ''] = linear.inputs;
  const { nodes, make, ints } = makerOf(view.fresh, `${norm.name}.`);
  const epsilon = make('epsilon', 'Constant', [], { value_float: floatAttribute(norm, 'epsilon') });
  const deviation = make('deviation', 'Sqrt', [make('variance', 'Add', [variance, epsilon])]);
  const scale = make('scale', 'Div', [gamma, deviation]);
  const wide = make('scale.wide', 'Reshape', [scale, ints('scale.shape', shape)]);
  const newWeight = make('weight', 'Mul', [weight, wide]);
  const centred = bias === '' ? make('centre', 'Neg', [mean]) : make('centre', 'Sub', [bias, mean]);
  const newBias = make('bias', 'Add', [beta, make('shift', 'Mul', [centred, scale])]);
  return [...nodes, { ...linear, inputs: [x, newWeight, newBias] }];
};

/** BatchNormalization with constant statistics is a scaling and a shift: part of the linear node before it. */
export const foldBatchNorm: Rewrite = {
  name: 'fold-batch-norm',
  edit: (draft, view) => {
    const changes: string[] = [];
    for (const { name } of view.nodes) {
      const norm = view.node(name);
      const linear = view.node(norm?.inputs[0] ?? '');
      if (norm === undefined || linear === undefined || !isFixed(norm, view) || !takesScale(linear, view)) continue;
      if (view.onlyReader(linear.name) !== norm) continue;
      const made = folded(linear, norm, channelShape(linear, view)!, view);
      mergePair(draft, linear, name, made);
      changes.push(`${name} (BatchNormalization) folded into ${linear.name} (${linear.op})`);
    }
    return changes;
  },
};

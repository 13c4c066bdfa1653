import { attributesOf, type Node } from '@kirchhoff/graph';
import { removeNode, replaceNode, type Rewrite, type View } from './rewrite.js';

interface Pair {
  readonly norm: Node;
  /** A Pad that repeats elements, between the two: it does the same before a scaling of channels as after it. */
  readonly pad: Node | undefined;
  readonly linear: Node;
}

const noPads = (linear: Node): boolean => {
  const { pads, auto_pad: auto } = attributesOf(linear);
  return (auto === 'NOTSET' || auto === 'VALID') && !(Array.isArray(pads) && pads.some((pad) => pad !== 0));
};

/** What is filled with zeros after the normalisation cannot be filled before it: the zeros would be shifted. */
const repeats = (pad: Node, view: View, rank: number): boolean => {
  if (pad.op !== 'Pad' || attributesOf(pad)['mode'] === 'constant') return false;
  const pads = view.integers(pad.inputs[1] ?? '');
  const axes = pad.inputs[3] ? view.integers(pad.inputs[3]) : Array.from({ length: rank }, (_, i) => i);
  if (pads === undefined || axes === undefined) return false;
  return axes.every((axis, i) => (axis + rank) % rank > 1 || (pads[i] === 0 && pads[axes.length + i] === 0));
};

const pairOf = (norm: Node, view: View): Pair | undefined => {
  if (norm.op !== 'BatchNormalization' || attributesOf(norm)['training_mode'] === 1) return undefined;
  if (!norm.inputs.slice(1).every((name) => view.constant(name)) || (norm.outputs ?? []).length > 0) return undefined;
  const rank = view.type(norm.name)?.shape.length ?? 0;
  const reader = view.onlyReader(norm.name);
  const pad = reader !== undefined && repeats(reader, view, rank) ? reader : undefined;
  const linear = pad === undefined ? reader : view.onlyReader(pad.name);
  if (linear === undefined || linear.inputs[0] !== (pad ?? norm).name) return undefined;
  if (!linear.inputs.slice(1).every((name) => name === '' || view.constant(name))) return undefined;
  const attrs = attributesOf(linear);
  if (linear.op === 'Conv') return noPads(linear) ? { norm, pad, linear } : undefined;
  const plain = linear.op === 'Gemm' && attrs['alpha'] === 1 && attrs['beta'] === 1 && attrs['transA'] === 0;
  return plain && pad === undefined ? { norm, pad, linear } : undefined;
};

/** W·γ/σ and b + Σ W·(β − μ·γ/σ) as graph nodes, summed over each output's own connections. */
const folded = ({ norm, linear }: Pair, view: View): readonly Node[] | undefined => {
  const [, gamma = '', beta = '', mean = '', variance = ''] = norm.inputs;
  const [x = '', weight = '', bias = ''] = linear.inputs;
  const shape = (view.type(weight)?.shape ?? []).map(Number);
  const attrs = attributesOf(linear);
  const nodes: Node[] = [];
  const make = (part: string, op: Node['op'], inputs: readonly string[], given?: Node['attrs']): string => {
    const name = view.fresh(`${norm.name}.${part}`);
    nodes.push({ name, op, inputs, ...(given && { attrs: given }) });
    return name;
  };
  const ints = (part: string, values: readonly number[]): string => make(part, 'Constant', [], { value_ints: values });
  const epsilon = make('epsilon', 'Constant', [], { value_float: attributesOf(norm)['epsilon'] as number });
  const scale = make('scale', 'Div', [
    gamma,
    make('deviation', 'Sqrt', [make('variance', 'Add', [variance, epsilon])]),
  ]);
  const shift = make('shift', 'Sub', [beta, make('moved', 'Mul', [mean, scale])]);
  // Conv: [group, outputs of a group, inputs of a group, …]; Gemm: [outputs, inputs] or [inputs, outputs].
  const conv = linear.op === 'Conv';
  const group = conv ? Number(attrs['group']) : 1;
  const split = conv ? [group, shape[0]! / group, ...shape.slice(1)] : shape;
  const source = conv ? 2 : attrs['transB'] === 1 ? 1 : 0;
  const channels = split.map((dim, axis) => (axis === source ? dim : conv && axis === 0 ? group : 1));
  const apart = conv ? make('weight.groups', 'Reshape', [weight, ints('groups', split)]) : weight;
  const wide = (part: string, value: string): string => make(part, 'Reshape', [value, ints(`${part}.shape`, channels)]);
  const scaled = make('weight', 'Mul', [apart, wide('scale.wide', scale)]);
  const newWeight = conv ? make('weight.joined', 'Reshape', [scaled, ints('weight.shape', shape)]) : scaled;
  const axes = conv ? split.map((_, axis) => axis).slice(2) : [source];
  const shifted = make('bias.parts', 'Mul', [apart, wide('shift.wide', shift)]);
  const total = make('bias.sum', 'ReduceSum', [shifted, ints('bias.axes', axes)], { keepdims: 0 });
  const flat = make('bias.flat', 'Reshape', [total, ints('bias.shape', [-1])]);
  const newBias = bias === '' ? flat : make('bias', 'Add', [bias, flat]);
  return [...nodes, { ...linear, inputs: [x, newWeight, newBias] }];
};

/** BatchNormalization with constant statistics before a linear node is part of its weight and bias. */
export const foldBatchNormForward: Rewrite = {
  name: 'fold-batch-norm-forward',
  summary:
    'BatchNormalization before a Conv without padding or a Gemm becomes part of its weight and bias, through a Pad that repeats elements.',
  edit: (draft, view) => {
    const changes: string[] = [];
    const touched = new Set<string>();
    for (const { name } of view.nodes) {
      const norm = view.node(name);
      const pair = norm && pairOf(norm, view);
      if (pair === undefined || touched.has(pair.linear.name)) continue;
      const made = folded(pair, view);
      if (made === undefined) continue;
      const [source = ''] = draft.nodes.find((node) => node.name === name)!.inputs;
      touched.add(pair.linear.name);
      const last = made.at(-1)!;
      const inputs = pair.pad === undefined ? [source, ...last.inputs.slice(1)] : last.inputs;
      replaceNode(draft, pair.linear.name, [...made.slice(0, -1), { ...last, inputs }]);
      const { pad } = pair;
      if (pad !== undefined) {
        const drafted = draft.nodes.find((node) => node.name === pad.name)!;
        drafted.inputs = [source, ...drafted.inputs.slice(1)];
      }
      removeNode(draft, name);
      changes.push(`${name} (BatchNormalization) folded into ${pair.linear.name} (${pair.linear.op}) after it`);
    }
    return changes;
  },
};

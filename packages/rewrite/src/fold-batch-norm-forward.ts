import {
  attributesOf,
  axisAttribute,
  floatAttribute,
  int,
  intsAttribute,
  makerOf,
  textAttribute,
  type Node,
} from '@kirchhoff/graph';
import { isFixed } from './fold-batch-norm.js';
import { preparation } from './mark-preamble.js';
import { repeats } from './repeating-pad.js';
import { draftNode, removeNode, replaceNode, type Rewrite, type View } from './rewrite.js';

/** A linear node that reads a normalisation, and what lies between the two. */
interface Sink {
  readonly linear: Node;
  /** A Pad that repeats elements, or a Concat of channels. */
  readonly between: Node | undefined;
  /** Channels of a Concat before and after those of the normalisation. */
  readonly before: number;
  readonly after: number;
}

const noPads = (linear: Node): boolean => {
  const pads = intsAttribute(linear, 'pads') ?? [];
  return ['NOTSET', 'VALID'].includes(textAttribute(linear, 'auto_pad')) && pads.every((pad) => pad === 0);
};

/** How many channels a Concat puts before and after those of `name`. */
const channelsBeside = (
  concat: Node,
  name: string,
  view: View,
): { readonly before: number; readonly after: number } | undefined => {
  const rank = view.type(concat.name)?.shape.length ?? 0;
  const at = concat.inputs.indexOf(name);
  if (axisAttribute(concat, rank) !== 1 || concat.inputs.lastIndexOf(name) !== at) return undefined;
  const sizes = concat.inputs.map((input) => view.type(input)?.shape[1]);
  if (!sizes.every((size) => typeof size === 'number')) return undefined;
  const sum = (part: readonly number[]): number => part.reduce((total, size) => total + size, 0);
  return { before: sum(sizes.slice(0, at)), after: sum(sizes.slice(at + 1)) };
};

const sinkOf = (norm: Node, reader: Node, view: View): Sink | undefined => {
  const padded = repeats(reader, view);
  const beside = reader.op === 'Concat' ? channelsBeside(reader, norm.name, view) : { before: 0, after: 0 };
  const between = padded || reader.op === 'Concat' ? reader : undefined;
  const linear = between === undefined ? reader : view.onlyReader(between.name);
  if (beside === undefined || linear === undefined || linear.inputs[0] !== (between ?? norm).name) return undefined;
  if (!linear.inputs.slice(1).every((name) => name === '' || view.constant(name))) return undefined;
  const attrs = attributesOf(linear);
  const plain = linear.op === 'Gemm' && attrs['alpha'] === 1 && attrs['beta'] === 1 && attrs['transA'] === 0;
  return (linear.op === 'Conv' && noPads(linear)) || (plain && !padded) ? { linear, between, ...beside } : undefined;
};

/** Every node that reads the normalisation, where each can take it in; else none. */
const sinksOf = (norm: Node, view: View): readonly Sink[] => {
  if (!isFixed(norm, view) || (norm.outputs ?? []).length > 0 || view.isOutput(norm.name)) return [];
  const sinks = view.readers(norm.name).map((reader) => sinkOf(norm, reader, view));
  return sinks.every((sink) => sink !== undefined) ? sinks : [];
};

/** W·γ/σ and b + Σ W·(β − μ·γ/σ) as graph nodes, summed over each output's own connections. */
const folded = (norm: Node, { linear, before, after }: Sink, view: View): readonly Node[] => {
  const [, gamma = '', beta = '', mean = '', variance = ''] = norm.inputs;
  const [x = '', weight = '', bias = ''] = linear.inputs;
  const shape = (view.type(weight)?.shape ?? []).map(Number);
  const type = view.type(weight)?.type ?? 'float32';
  const attrs = attributesOf(linear);
  const { nodes, make, ints } = makerOf(view.fresh, `${norm.name}.`);
  const epsilon = make('epsilon', 'Constant', [], { value_float: floatAttribute(norm, 'epsilon') });
  const scale = make('scale', 'Div', [
    gamma,
    make('deviation', 'Sqrt', [make('variance', 'Add', [variance, epsilon])]),
  ]);
  const shift = make('shift', 'Sub', [beta, make('moved', 'Mul', [mean, scale])]);
  // The other channels of a Concat stay as they are.
  const filled = (part: string, value: string, filling: number): string => {
    if (before + after === 0) return value;
    const fill = make(`${part}.filling`, 'Constant', [], { value: { type, shape: [], data: [filling] } });
    return make(`${part}.filled`, 'Pad', [value, ints(`${part}.beside`, [before, after]), fill]);
  };
  // Conv: [group, outputs of a group, inputs of a group, …]; Gemm: [outputs, inputs] or [inputs, outputs].
  const conv = linear.op === 'Conv';
  const group = conv ? int(attrs, 'group') : 1;
  const split = conv ? [group, shape[0]! / group, ...shape.slice(1)] : shape;
  const source = conv ? 2 : attrs['transB'] === 1 ? 1 : 0;
  const channels = split.map((dim, axis) => (axis === source ? dim : conv && axis === 0 ? group : 1));
  const apart = conv ? make('weight.groups', 'Reshape', [weight, ints('groups', split)]) : weight;
  const wide = (part: string, value: string): string => make(part, 'Reshape', [value, ints(`${part}.shape`, channels)]);
  const scaled = make('weight', 'Mul', [apart, wide('scale.wide', filled('scale', scale, 1))]);
  const newWeight = conv ? make('weight.joined', 'Reshape', [scaled, ints('weight.shape', shape)]) : scaled;
  const axes = conv ? split.map((_, axis) => axis).slice(2) : [source];
  const shifted = make('bias.parts', 'Mul', [apart, wide('shift.wide', filled('shift', shift, 0))]);
  const total = make('bias.sum', 'ReduceSum', [shifted, ints('bias.axes', axes)], { keepdims: 0 });
  const flat = make('bias.flat', 'Reshape', [total, ints('bias.shape', [-1])]);
  const newBias = bias === '' ? flat : make('bias', 'Add', [bias, flat]);
  return [...nodes, { ...linear, inputs: [x, newWeight, newBias] }];
};

/** BatchNormalization with constant statistics before linear nodes is part of their weights and biases. */
export const foldBatchNormForward: Rewrite = {
  name: 'fold-batch-norm-forward',
  edit: (draft, view) => {
    const changes: string[] = [];
    const touched = new Set<string>();
    const prepares = preparation(draft, view);
    for (const norm of view.nodes) {
      if (prepares.has(norm.name)) continue;
      const sinks = sinksOf(norm, view);
      if (sinks.length === 0 || sinks.some(({ linear }) => touched.has(linear.name))) continue;
      const [source = ''] = draftNode(draft, norm.name).inputs;
      for (const sink of sinks) {
        const { linear, between } = sink;
        const made = folded(norm, sink, view);
        const last = made.at(-1)!;
        const [x = ''] = between === undefined ? [source] : last.inputs;
        replaceNode(draft, linear.name, [...made.slice(0, -1), { ...last, inputs: [x, ...last.inputs.slice(1)] }]);
        if (between !== undefined) {
          const drafted = draftNode(draft, between.name);
          drafted.inputs = drafted.inputs.map((input) => (input === norm.name ? source : input));
        }
        touched.add(linear.name);
        changes.push(`${norm.name} (BatchNormalization) folded into ${linear.name} (${linear.op}) after it`);
      }
      removeNode(draft, norm.name);
    }
    return changes;
  },
};

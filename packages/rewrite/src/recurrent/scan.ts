import { makerOf, type Fresh, type Graph, type Maker, type Node } from '@kirchhoff/graph';
import type { Direction, Layer } from './layer.js';
import { constantsOf, type Constants } from './constants.js';

/** Which outputs of the node something reads. */
export interface Wanted {
  readonly every: boolean;
  /** The last states, `h` first. */
  readonly last: readonly boolean[];
}

/** What all directions of a layer share. */
interface Shared {
  readonly layer: Layer;
  readonly nodes: Node[];
  readonly fresh: Fresh;
  readonly maker: Maker;
  readonly constants: Constants;
}

/** Values of one direction around its Scan. */
interface Around {
  readonly x: string;
  readonly states: readonly string[];
  readonly weight: string;
  readonly bias: string | undefined;
  readonly peepholes: string | undefined;
  /** Numbers of the steps [T], and lengths of the sequences [N, 1], where the node is given lengths. */
  readonly masked: { readonly numbers: string; readonly lengths: string } | undefined;
}

/** What one Scan gives: the last states [N, H], and every hidden state [T, N, H] where that is wanted. */
interface Scanned {
  readonly last: readonly string[];
  readonly every: string | undefined;
}

/** The slices of [directions, …], each without that axis. */
const perDirection = ({ layer, nodes, fresh, maker, constants }: Shared, value: string, part: string): string[] => {
  const { directions } = layer;
  const makers = directions.map(({ prefix }) => makerOf(fresh, `${prefix}/`, { nodes }));
  const slices =
    directions.length === 1
      ? [value]
      : maker.makeAll(
          ['forward', 'backward'].map((way) => `${way}/${part}_slice`),
          'Split',
          [value, constants.ints(1, 1)],
        );
  return makers.map(({ make }, d) => make(part, 'Squeeze', [slices[d]!, constants.ints(0)]));
};

const exchange = { perm: [1, 0, 2] };

/** An initial state as given; else zeros [N, H], one tensor for all states and directions. */
const initialStates = (shared: Shared): readonly (readonly string[])[] => {
  const { layer, maker, constants } = shared;
  const { node, cell, batchFirst, hidden, type, directions } = layer;
  let zeros: string | undefined;
  const zero = (): string => {
    if (zeros !== undefined) return zeros;
    const batch = maker.make('batch', 'Shape', [node.inputs[0]!], batchFirst ? { end: 1 } : { start: 1, end: 2 });
    const shape = maker.make('initial_shape', 'Concat', [batch, constants.ints(hidden)], { axis: 0 });
    zeros = maker.make('initial', 'ConstantOfShape', [shape], { value: { type, shape: [1], data: [0] } });
    return zeros;
  };
  const given = cell.states.map((state, i) => {
    const value = node.inputs[5 + i];
    if (!value) return directions.map(zero);
    return perDirection(
      shared,
      batchFirst ? maker.make(`initial_${state}_arranged`, 'Transpose', [value], exchange) : value,
      `initial_${state}`,
    );
  });
  return directions.map((_, d) => given.map((states) => states[d]!));
};

/** Step numbers and lengths, as integers of one type. */
const maskParts = ({ layer, maker, constants }: Shared, x: string): Around['masked'] => {
  const lengths = layer.node.inputs[4];
  if (!lengths) return undefined;
  const time = maker.make('time', 'Shape', [x], { end: 1 });
  const count = maker.make('steps_count', 'Squeeze', [time, constants.ints(0)]);
  const [first, delta] = [constants.scalar('int64', 0), constants.scalar('int64', 1)];
  return {
    numbers: maker.make('numbers', 'Range', [first, count, delta]),
    lengths: maker.make('lengths', 'Unsqueeze', [
      maker.make('lengths_int64', 'Cast', [lengths], { to: int64 }),
      constants.ints(1),
    ]),
  };
};

/** ONNX's number of the type int64. */
const int64 = 7;

const aroundOf = (shared: Shared): readonly Around[] => {
  const { layer, maker } = shared;
  const { node, batchFirst, directions } = layer;
  const [sequence = '', w = '', r = '', b, , , , p] = node.inputs;
  const x = batchFirst ? maker.make('sequence', 'Transpose', [sequence], exchange) : sequence;
  const all = maker.make('weights', 'Concat', [r, w], { axis: 2 });
  const weights = perDirection(shared, all, 'weight');
  const biases = b ? perDirection(shared, b, 'bias') : [];
  const peepholes = p ? perDirection(shared, p, 'peepholes') : [];
  const states = initialStates(shared);
  const masked = maskParts(shared, x);
  return directions.map((_, d) => ({
    x,
    states: states[d]!,
    weight: weights[d]!,
    bias: biases[d],
    peepholes: peepholes[d],
    masked,
  }));
};

/** The body: one step; and whether it gives out its hidden state. */
const bodyOf = (shared: Shared, { prefix, scan, activations }: Direction, around: Around, every: boolean): Graph => {
  const { layer, nodes, fresh, constants } = shared;
  const { cell, type, batch, hidden, input } = layer;
  const body: Node[] = [];
  const inside = makerOf(fresh, `${prefix}/`, { nodes: body });
  const before = cell.states.map((state) => inside.named(state));
  const [h = '', c = ''] = before;
  const x = inside.named('x');
  const { weight, bias, peepholes, masked } = around;
  const number = masked && inside.named('step_number');
  const mask = masked && inside.make('within', 'Less', [number!, masked.lengths]);
  const outside = makerOf(fresh, `${prefix}/`, { nodes });
  const next = cell.write({
    outside,
    inside,
    constants,
    x,
    h,
    c,
    hidden,
    input,
    weight,
    bias,
    peepholes,
    activations,
    clip: layer.clip,
    coupled: layer.coupled,
    type,
  });
  const kept =
    mask === undefined
      ? next
      : next.map((value, i) => inside.make(`next_${cell.states[i]!}`, 'Where', [mask, value, before[i]!]));
  const step = (): string =>
    mask === undefined
      ? inside.make('step', 'Identity', [next[0]!])
      : inside.make('step', 'Where', [mask, next[0]!, constants.scalar(type, 0)]);
  const state = { type, shape: [batch, hidden] };
  return {
    name: scan,
    inputs: [
      ...before.map((name) => ({ name, ...state })),
      { name: x, type, shape: [batch, input] },
      ...(number === undefined ? [] : [{ name: number, type: 'int64' as const, shape: [] }]),
    ],
    nodes: body,
    outputs: [...kept, ...(every ? [step()] : [])],
    tensors: {},
  };
};

const scanOf = (shared: Shared, direction: Direction, around: Around, every: boolean): Scanned => {
  const { layer, nodes, fresh } = shared;
  const { scan, prefix, backward } = direction;
  const name = fresh(scan);
  const body = bodyOf(shared, direction, around, every);
  const outputs = [
    ...layer.cell.states.slice(1).map((state) => fresh(`${prefix}/last_${state}`)),
    ...(every ? [fresh(`${prefix}/steps`)] : []),
  ];
  const scanned = [around.x, ...(around.masked ? [around.masked.numbers] : [])];
  nodes.push({
    name,
    op: 'Scan',
    inputs: [...around.states, ...scanned],
    ...(outputs.length > 0 && { outputs }),
    attrs: {
      body,
      num_scan_inputs: scanned.length,
      ...(backward && { scan_input_directions: scanned.map(() => 1) }),
      ...(backward && every && { scan_output_directions: [1] }),
    },
  });
  const last = [name, ...outputs].slice(0, layer.cell.states.length);
  return { last, every: every ? outputs.at(-1) : undefined };
};

/** Values of all directions along a new axis; in ONNX's batch-first order where `perm` is given. The result is `name`. */
const gathered = (
  { layer, nodes, maker, constants }: Shared,
  values: readonly string[],
  name: string,
  part: string,
  axis: number,
  perm: readonly number[],
): void => {
  const { batchFirst, directions } = layer;
  const wide = (value: string, i: number): Node => ({
    name:
      values.length === 1 && !batchFirst
        ? name
        : maker.named(values.length === 1 ? `${part}_wide` : `${i === 0 ? 'forward' : 'backward'}/${part}_wide`),
    op: 'Unsqueeze',
    inputs: [value, constants.ints(axis)],
  });
  const widened = values.map(wide);
  for (const one of widened) nodes.push(one);
  let joined = widened[0]!.name;
  if (directions.length > 1) {
    joined = batchFirst ? maker.named(`${part}_joined`) : name;
    nodes.push({ name: joined, op: 'Concat', inputs: widened.map((node) => node.name), attrs: { axis } });
  }
  if (batchFirst) nodes.push({ name, op: 'Transpose', inputs: [joined], attrs: { perm } });
};

/** The nodes that stand for a layer; those that bear the names of its outputs are among them. */
export const nodesOf = (layer: Layer, wanted: Wanted, fresh: Fresh): readonly Node[] => {
  const nodes: Node[] = [];
  const maker = makerOf(fresh, `${layer.node.name}/`, { nodes });
  const shared: Shared = { layer, nodes, fresh, maker, constants: constantsOf(maker) };
  const around = aroundOf(shared);
  const scanned = layer.directions.map((direction, d) => scanOf(shared, direction, around[d]!, wanted.every));
  const { name, outputs = [] } = layer.node;
  if (wanted.every) {
    gathered(
      shared,
      scanned.map(({ every }) => every!),
      name,
      'steps',
      1,
      [2, 0, 1, 3],
    );
  }
  wanted.last.forEach((used, s) => {
    if (!used) return;
    gathered(
      shared,
      scanned.map(({ last }) => last[s]!),
      outputs[s]!,
      `last_${layer.cell.states[s]!}`,
      0,
      [1, 0, 2],
    );
  });
  return nodes;
};

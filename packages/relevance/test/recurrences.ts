import {
  scanShape,
  tensor,
  type Graph,
  type Input,
  type Node,
  type Tensor,
  type TensorEntry,
  type TypedGraph,
} from '@kirchhoff/graph';
import { canonize } from '@kirchhoff/rewrite';
import {
  floats,
  graphOf,
  inline,
  input,
  integers,
  node,
  right,
  sizeOf,
  typedOf,
  type Draw,
  type Values,
} from './support.js';

export type RecurrentOp = 'LSTM' | 'GRU' | 'RNN';

/** What a classifier of sequences is made of. */
export interface Recipe {
  readonly op: RecurrentOp;
  readonly direction: 'forward' | 'reverse' | 'bidirectional';
  readonly layers: 1 | 2;
  /** Where the first layer's states come from: zeros, a constant, an input of the graph. */
  readonly initial: 'absent' | 'constant' | 'given';
  /** Whether sequences are shorter than the batch is long. */
  readonly lengths: boolean;
}

export interface Sequences {
  readonly steps: number;
  readonly batch: number;
}

/** A classifier and values for its inputs. */
export interface Classifier {
  readonly graph: Graph;
  readonly inputs: Values;
}

const width = 2;
const hidden = 3;
const gates: { readonly [Op in RecurrentOp]: number } = { LSTM: 4, GRU: 3, RNN: 1 };

const withDims = (graph: Graph, sizes: Readonly<Record<string, number>>): Graph => ({
  ...graph,
  inputs: graph.inputs.map((one) => ({ ...one, shape: one.shape.map((dim) => sizes[dim] ?? dim) })),
});

/** Recurrent layers over x [T, N, 2], the last state of which, in every direction, makes two logits. */
export const classifier = (draw: Draw, recipe: Recipe, { steps, batch }: Sequences): Classifier => {
  const { op, direction, layers, initial, lengths } = recipe;
  const directions = direction === 'bidirectional' ? 2 : 1;
  const declared: Input[] = [input('x', ['T', 'N', width])];
  const values: Record<string, Tensor> = {
    x: floats([steps, batch, width], draw.fine(steps * batch * width, -2, 2)),
  };
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
    declared.push(input(name, [directions, 'N', hidden]));
    values[name] = floats(shape, draw.fine(sizeOf(shape)));
    return name;
  };
  const lengthsOf = (): string => {
    if (!lengths) return '';
    declared.push({ name: 'lengths', type: 'int32', shape: ['N'] });
    values['lengths'] = tensor(
      'int32',
      [batch],
      Array.from({ length: batch }, () => draw.integer(1, steps)),
    );
    return 'lengths';
  };
  const first = [lengthsOf(), state('h0'), ...(op === 'LSTM' ? [state('c0')] : [])];
  let x = 'x';
  for (let layer = 1; layer <= layers; layer++) {
    const name = `layer${layer}`;
    const from = layer === 1 ? width : directions * hidden;
    nodes.push(
      node(
        name,
        op,
        [
          x,
          weights(`${name}.W`, [directions, gates[op] * hidden, from]),
          weights(`${name}.R`, [directions, gates[op] * hidden, hidden]),
          weights(`${name}.B`, [directions, 2 * gates[op] * hidden]),
          ...(layer === 1 ? first : []),
        ],
        { hidden_size: hidden, direction },
        [`${name}.last`],
      ),
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
  const graph = graphOf(declared, nodes, tensors);
  // A constant state has the batch in its shape.
  return { graph: initial === 'constant' ? withDims(graph, { T: steps, N: batch }) : graph, inputs: values };
};

/** The graph with every recurrent layer as a Scan over gates. */
export const canonical = (graph: Graph): TypedGraph => right(canonize(typedOf(graph))).typed;

/** One sample of values whose batch is their axis 1; of vectors, axis 0. */
export const member = (inputs: Values, n: number): Values =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { type, shape, data }]) => {
      const axis = shape.length === 1 ? 0 : 1;
      const inner = sizeOf(shape.slice(axis + 1));
      const count = shape[axis]!;
      const kept = Array.from({ length: sizeOf(shape) / count }, (_, i) => {
        const [outer, rest] = [Math.floor(i / inner), i % inner];
        return Number(data[(outer * count + n) * inner + rest]);
      });
      return [
        name,
        tensor(
          type,
          shape.map((dim, i) => (i === axis ? 1 : dim)),
          kept,
        ),
      ];
    }),
  );

/** Writes each step of a Scan out: `scan/node` becomes `scan/node@0`, `scan/node@1`, … */
export const unroll = (graph: Graph, steps: number): Graph => {
  const tensors: Record<string, TensorEntry> = { ...graph.tensors };
  const ints = (...data: readonly number[]): string => {
    const name = `ints ${data.join(' ')}`;
    tensors[name] = integers(...data);
    return name;
  };
  const at = (t: number): string => {
    tensors[`at ${t}`] = { type: 'int64', shape: [], data: [t] };
    return `at ${t}`;
  };
  const nodes = graph.nodes.flatMap((scan): readonly Node[] => {
    if (scan.op !== 'Scan') return [scan];
    const { body, states, inputAxes, inputDirections, outputAxes, outputDirections } = scanShape(scan);
    const made: Node[] = [];
    let carried = scan.inputs.slice(0, states);
    const given: string[][] = outputAxes.map(() => []);
    for (let t = 0; t < steps; t++) {
      const now = new Map<string, string>();
      body.inputs.forEach(({ name }, i) => {
        if (i < states) now.set(name, carried[i]!);
        else {
          const j = i - states;
          const place = inputDirections[j] === 1 ? steps - 1 - t : t;
          made.push(node(`${name}@${t}`, 'Gather', [scan.inputs[i]!, at(place)], { axis: inputAxes[j]! }));
          now.set(name, `${name}@${t}`);
        }
      });
      for (const one of body.nodes) {
        const outputs = [one.name, ...(one.outputs ?? [])];
        for (const name of outputs) now.set(name, `${name}@${t}`);
        made.push({
          ...one,
          name: `${one.name}@${t}`,
          inputs: one.inputs.map((name) => now.get(name) ?? name),
          ...(one.outputs && { outputs: one.outputs.map((name) => `${name}@${t}`) }),
        });
      }
      carried = body.outputs.slice(0, states).map((name) => now.get(name) ?? name);
      body.outputs.slice(states).forEach((name, j) => {
        made.push(node(`${scan.name}.${j}@${t}`, 'Unsqueeze', [now.get(name) ?? name, ints(outputAxes[j]!)]));
        given[j]!.push(`${scan.name}.${j}@${t}`);
      });
    }
    const results = [scan.name, ...(scan.outputs ?? [])];
    results.forEach((name, i) => {
      if (name === '') return;
      if (i < states) made.push(node(name, 'Identity', [carried[i]!]));
      else {
        const parts = given[i - states]!;
        const axis = outputAxes[i - states]!;
        made.push(node(name, 'Concat', outputDirections[i - states] === 1 ? parts.toReversed() : parts, { axis }));
      }
    });
    return made;
  });
  return { ...withDims(graph, { T: steps }), nodes, tensors };
};

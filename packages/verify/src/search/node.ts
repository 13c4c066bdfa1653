import { kindOf, sizeOf, type OpName, type Tensor } from '@kirchhoff/graph';
import { appliesTo, type RuleCase } from '@kirchhoff/rule';
import { families } from './affine.js';
import type { AffineNode } from './bench.js';
import type { Draw } from './drawing.js';
import type { Values } from './point.js';
import { anatomyOf, mentions } from './anatomy.js';
import { floats, inline, input, integers, node, type Example } from './single.js';
import { wireAveragePool, wireReduce, type Geometry, type Wiring } from './wiring.js';

/** Where a message goes: an element of an operand. */
export interface Place {
  readonly operand: string;
  readonly at: number;
}

/** One output of a node (or one row of an axis) in numbers: a point without its relevance. */
export interface Occurrence {
  readonly output: Values;
  readonly sources: readonly Values[];
  /** Positions in the output whose relevance belongs here: one, or one for each element of an axis. */
  readonly outputs: readonly number[];
  readonly to: (source: number, message: string) => Place;
}

/** A graph whose last node `y` is in question, with everything that meets there written out independently. */
export interface NodeCase extends Example {
  readonly op: OpName;
  /** The shape of y. */
  readonly shape: readonly number[];
  /** Elements of every computed operand. */
  readonly operands: Readonly<Record<string, number>>;
  readonly occurrences: readonly Occurrence[];
  /** Whether every sum in float32 is exact, so that what cancels does so on every backend. */
  readonly exact: boolean;
}

/** Draws a node; undefined where what was drawn does not suit the rule. */
export type NodeMaker = (draw: Draw) => NodeCase | undefined;

const inexact: ReadonlySet<string> = new Set(['AveragePool', 'GlobalAveragePool', 'ReduceMean', 'Mean', 'Div']);

const ofAffine = (made: AffineNode, bounded: boolean): NodeCase | undefined => {
  const { op, graph, inputs, operands, wiring } = made;
  if (bounded && operands.some((operand) => operand !== undefined && operand.low === undefined)) return undefined;
  const occurrences = wiring.meetings.map(({ connections, b }, o): Occurrence => {
    const sources = connections.map(({ port, source, w }): Values => {
      const { x, low, high } = operands[port]!;
      return { x: x[source]!, w, ...(low && high ? { low: low[source]!, high: high[source]! } : {}) };
    });
    return {
      output: { b, y: sources.reduce((total, { x = 0, w = 0 }) => total + x * w, 0) + b },
      sources,
      outputs: [o],
      to: (i) => ({ operand: operands[connections[i]!.port]!.name, at: connections[i]!.source }),
    };
  });
  const named = operands.flatMap((operand) => (operand ? [[operand.name, operand.x.length] as const] : []));
  return {
    op,
    graph,
    inputs,
    shape: wiring.shape,
    operands: Object.fromEntries(named),
    occurrences,
    exact: !inexact.has(op),
  };
};

const affineMakers = (ruleCase: RuleCase): readonly NodeMaker[] => {
  const bounded = Object.hasOwn(anatomyOf(ruleCase).source, 'low');
  return Object.values(families).map((make) => (draw: Draw) => {
    const made = make(draw);
    const y = made.graph.nodes.at(-1)!;
    const kind = kindOf(y, (name) => Object.hasOwn(made.graph.tensors, name));
    const suits = appliesTo(ruleCase.on, kind) && (ruleCase.ops?.includes(made.op) ?? true);
    return suits ? ofAffine(made, bounded) : undefined;
  });
};

const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

const productMaker =
  ({ messages }: RuleCase): NodeMaker =>
  (draw) => {
    const shape = [draw.integer(1, 2), draw.integer(1, 3)];
    const count = sizeOf(shape);
    const byRole = Object.hasOwn(messages, 'gate');
    const [first, second] = [draw.coarse(count), draw.coarse(count)];
    const names = byRole ? (['gate_pre', 'signal_pre'] as const) : (['a', 'b'] as const);
    const swapped = byRole && draw.flag();
    const activations = byRole ? [node('gate', 'Sigmoid', ['gate_pre']), node('signal', 'Tanh', ['signal_pre'])] : [];
    const ports = byRole ? ['gate', 'signal'] : ['a', 'b'];
    const y = {
      ...node('y', 'Mul', swapped ? ports.toReversed() : ports),
      ...(byRole && { roles: swapped ? { gate: 1, signal: 0 } : { gate: 0, signal: 1 } }),
    };
    const occurrences = first.map((one, i): Occurrence => {
      const other = second[i]!;
      const [gate, signal] = [sigmoid(one), Math.tanh(other)];
      return {
        output: byRole
          ? { gate_pre: one, signal_pre: other, gate, signal, y: gate * signal }
          : { a: one, b: other, y: one * other },
        sources: [],
        outputs: [i],
        to: (_, message) => ({ operand: message, at: i }),
      };
    });
    return {
      op: 'Mul',
      graph: {
        name: 'product',
        inputs: names.map((name) => input(name, ['N', shape[1]!])),
        nodes: [...activations, y],
        outputs: ['y'],
        tensors: {},
      },
      inputs: { [names[0]]: floats(shape, first), [names[1]]: floats(shape, second) },
      shape,
      operands: Object.fromEntries(ports.map((name) => [name, count])),
      occurrences,
      exact: true,
    };
  };

const quotientMaker: NodeMaker = (draw) => {
  const shape = [draw.integer(1, 2), draw.integer(1, 3)];
  const count = sizeOf(shape);
  const [scale, signal] = [draw.coarse(count), draw.coarse(count)];
  const last = draw.flag();
  const y = {
    ...node('y', 'Mul', last ? ['signal', 'scale'] : ['scale', 'signal']),
    roles: last ? { scale: 1, signal: 0 } : { scale: 0, signal: 1 },
  };
  return {
    op: 'Mul',
    graph: {
      name: 'quotient',
      inputs: ['scale', 'signal'].map((name) => input(name, ['N', shape[1]!])),
      nodes: [y],
      outputs: ['y'],
      tensors: {},
    },
    inputs: { scale: floats(shape, scale), signal: floats(shape, signal) },
    shape,
    operands: { scale: count, signal: count },
    occurrences: scale.map((one, i) => ({
      output: { scale: one, signal: signal[i]!, y: one * signal[i]! },
      sources: [],
      outputs: [i],
      to: (_, message) => ({ operand: message, at: i }),
    })),
    exact: true,
  };
};

const contractionMaker =
  ({ messages }: RuleCase): NodeMaker =>
  (draw) => {
    const [N, M, K, P] = [draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 2)];
    const byRole = Object.hasOwn(messages, 'gate');
    const [a, b] = byRole ? ['gate', 'signal'] : ['a', 'b'];
    const A = draw.coarse(N * M * K, byRole ? 0 : -2, byRole ? 1 : 2);
    const B = draw.coarse(N * K * P);
    const range = byRole ? { low: 0, high: 1 } : undefined;
    const occurrences: Occurrence[] = [];
    for (let n = 0; n < N; n++)
      for (let m = 0; m < M; m++)
        for (let p = 0; p < P; p++) {
          const at = (k: number): readonly [number, number] => [(n * M + m) * K + k, (n * K + k) * P + p];
          const sources = Array.from({ length: K }, (_, k) => ({ [a]: A[at(k)[0]]!, [b]: B[at(k)[1]]! }));
          occurrences.push({
            output: { y: sources.reduce((total, one) => total + one[a]! * one[b]!, 0) },
            sources,
            outputs: [(n * M + m) * P + p],
            to: (k, message) => ({ operand: message, at: message === a ? at(k)[0] : at(k)[1] }),
          });
        }
    return {
      op: 'MatMul',
      graph: {
        name: 'contraction',
        inputs: [input(a, ['N', M, K], range), input(b, ['N', K, P], byRole ? { low: -2, high: 2 } : undefined)],
        nodes: [{ ...node('y', 'MatMul', [a, b]), ...(byRole && { roles: { gate: 0, signal: 1 } }) }],
        outputs: ['y'],
        tensors: {},
      },
      inputs: { [a]: floats([N, M, K], A), [b]: floats([N, K, P], B) },
      shape: [N, M, P],
      operands: { [a]: A.length, [b]: B.length },
      occurrences,
      exact: true,
    };
  };

const elementwiseMakers = (ruleCase: RuleCase): readonly NodeMaker[] => {
  const { ops, complete } = anatomyOf(ruleCase);
  return ops.map((op) => (draw: Draw) => {
    const shape = [draw.integer(1, 2), draw.integer(1, 4)];
    const x = draw.coarse(sizeOf(shape));
    const points = x.map((value) => complete(op, {}, [{ x: value }]));
    if (points.some((point) => point === undefined)) return undefined;
    return {
      op,
      graph: {
        name: 'elementwise',
        inputs: [input('x', ['N', shape[1]!])],
        nodes: [node('y', op, ['x'])],
        outputs: ['y'],
        tensors: {},
      },
      inputs: { x: floats(shape, x) },
      shape,
      operands: { x: x.length },
      occurrences: points.map((point, i) => ({
        output: point!.output,
        sources: point!.sources,
        outputs: [i],
        to: () => ({ operand: 'x', at: i }),
      })),
      exact: true,
    };
  });
};

const ofWindows = (
  y: NodeCase['graph']['nodes'][number],
  wiring: Wiring,
  shape: readonly number[],
  x: number[],
): NodeCase => ({
  op: y.op,
  graph: {
    name: 'maximum',
    inputs: [input('x', ['N', ...shape.slice(1)])],
    nodes: [y],
    outputs: ['y'],
    tensors: { axes: integers(1) },
  },
  inputs: { x: floats(shape, x) },
  shape: wiring.shape,
  operands: { x: x.length },
  occurrences: wiring.meetings.map(({ connections }, o): Occurrence => {
    const values = connections.map(({ source }) => x[source]!);
    const top = Math.max(...values);
    const first = values.indexOf(top);
    return {
      output: { y: top },
      sources: values.map((value, i) => ({ x: value, winner: Number(i === first) })),
      outputs: [o],
      to: (i) => ({ operand: 'x', at: connections[i]!.source }),
    };
  }),
  exact: true,
});

const times = <T>(count: number, of: () => T): T[] => Array.from({ length: count }, of);

const poolMaker: NodeMaker = (draw) => {
  const dims = draw.integer(1, 2);
  const kernel = times(dims, () => draw.integer(2, 3));
  const geometry: Geometry = {
    kernel,
    strides: times(dims, () => draw.integer(1, 2)),
    dilations: times(dims, () => 1),
    begins: kernel.map(() => draw.integer(0, 1)),
    ends: kernel.map(() => draw.integer(0, 1)),
  };
  const shape = [draw.integer(1, 2), draw.integer(1, 2), ...kernel.map((k) => k + draw.integer(0, 2))];
  const pads = [...geometry.begins, ...geometry.ends];
  const y = node('y', 'MaxPool', ['x'], { kernel_shape: kernel, strides: geometry.strides, pads });
  return ofWindows(y, wireAveragePool(shape, geometry, false, false), shape, draw.coarse(sizeOf(shape)));
};

const globalMaker: NodeMaker = (draw) => {
  const shape = [draw.integer(1, 2), draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 3)];
  return ofWindows(
    node('y', 'GlobalMaxPool', ['x']),
    wireReduce(shape, [2, 3], true, false),
    shape,
    draw.coarse(sizeOf(shape)),
  );
};

const reduceMaker: NodeMaker = (draw) => {
  const shape = [draw.integer(1, 2), draw.integer(1, 3), draw.integer(1, 3)];
  const keep = draw.flag();
  const y = node('y', 'ReduceMax', ['x', 'axes'], { keepdims: Number(keep) });
  return ofWindows(y, wireReduce(shape, [1], keep, false), shape, draw.coarse(sizeOf(shape)));
};

const axisMakers = (ruleCase: RuleCase): readonly NodeMaker[] => {
  const { ops, complete } = anatomyOf(ruleCase);
  return ops.map((op) => (draw: Draw) => {
    // A power of 2: means are exact.
    const [N, n] = [draw.integer(1, 2), draw.pick([1, 2, 4])];
    const x = draw.coarse(N * n);
    const occurrences = Array.from({ length: N }, (_, row): Occurrence => {
      const made = complete(
        op,
        {},
        x.slice(row * n, (row + 1) * n).map((value) => ({ x: value })),
      )!;
      return {
        output: made.output,
        sources: made.sources,
        outputs: made.sources.map((_, i) => row * n + i),
        to: (i) => ({ operand: 'x', at: row * n + i }),
      };
    });
    const scale: Readonly<Record<string, Tensor['shape']>> = op === 'LayerNormalization' ? { scale: [n] } : {};
    return {
      op,
      graph: {
        name: 'axis',
        inputs: [input('x', ['N', n])],
        nodes: [node('y', op, ['x', ...Object.keys(scale)], { axis: -1 })],
        outputs: ['y'],
        tensors: Object.fromEntries(
          Object.entries(scale).map(([name, shape]) => [name, inline(shape, Array<number>(n).fill(1))]),
        ),
      },
      inputs: { x: floats([N, n], x) },
      shape: [N, n],
      operands: { x: x.length },
      occurrences,
      exact: true,
    };
  });
};

const onlyOps = (ruleCase: RuleCase, makers: Readonly<Partial<Record<OpName, NodeMaker>>>): readonly NodeMaker[] =>
  Object.entries(makers).flatMap(([op, make]) => ((ruleCase.ops?.includes(op as OpName) ?? true) ? [make] : []));

/**
 * Every family of single nodes that a case of a rule governs. Empty for kinds without an operator of their own, and where
 * the case says no more than that the operator's derivative counts.
 */
export const nodeMakers = (ruleCase: RuleCase): readonly NodeMaker[] => {
  if (mentions(ruleCase, 'pullback')) return [];
  switch (ruleCase.on) {
    case 'affine':
    case 'weighted':
    case 'plain':
      return affineMakers(ruleCase);
    case 'product':
      return [productMaker(ruleCase)];
    case 'quotient':
      return [quotientMaker];
    case 'contraction':
      return [contractionMaker(ruleCase)];
    case 'elementwise':
      return elementwiseMakers(ruleCase);
    case 'maximum':
      return onlyOps(ruleCase, { MaxPool: poolMaker, GlobalMaxPool: globalMaker, ReduceMax: reduceMaker });
    case 'axis':
      return axisMakers(ruleCase);
    case 'other':
      return [];
  }
};

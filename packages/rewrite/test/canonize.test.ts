import {
  infer,
  printGraph,
  resolveTensors,
  type Graph,
  type InlineTensor,
  type Node,
  type TypedGraph,
} from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { applyPatches, type Patch } from 'immer';
import { describe, expect, test } from 'vitest';
import { canonize, type Canonized } from '../src/index.js';

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const float = (
  shape: readonly number[],
  data = Array<number>(shape.reduce((n, d) => n * d, 1)).fill(0.5),
): InlineTensor => ({
  type: 'float32',
  shape,
  data,
});

const typedOf = (
  nodes: readonly Node[],
  tensors: Readonly<Record<string, InlineTensor>>,
  outputs = [nodes.at(-1)!.name],
): TypedGraph => {
  const graph: Graph = {
    name: 'g',
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 1, 4, 4] }],
    nodes,
    outputs,
    tensors,
  };
  return right(infer(graph, right(resolveTensors(graph, () => E.left([])))));
};

const W = float([2, 1, 3, 3]);

const told = ({ log }: Canonized): readonly string[] =>
  log.flatMap(({ rewrite, changes }) => changes.map((change) => `${rewrite}: ${change}`));

/** A network with something for every rewrite to do. */
const all = typedOf(
  [
    { name: 'drop', op: 'Dropout', inputs: ['x'] },
    { name: 'pad', op: 'Pad', inputs: ['drop', 'pads'] },
    { name: 'conv', op: 'Conv', inputs: ['pad', 'W'] },
    { name: 'shift', op: 'Add', inputs: ['conv', 'k'] },
    { name: 'norm', op: 'BatchNormalization', inputs: ['shift', 'one', 'one', 'one', 'one'] },
    { name: 'relu', op: 'Relu', inputs: ['norm'] },
    { name: 'same', op: 'Conv', inputs: ['relu', 'V'], attrs: { auto_pad: 'SAME_UPPER' } },
    { name: 'pass', op: 'Identity', inputs: ['same'] },
    { name: 'flat', op: 'Flatten', inputs: ['pass'] },
    { name: 'dense', op: 'MatMul', inputs: ['flat', 'D'] },
    { name: 'score', op: 'Add', inputs: ['dense', 'bias'] },
    { name: 'probability', op: 'Softmax', inputs: ['score'] },
  ],
  {
    pads: { type: 'int64', shape: [8], data: [0, 0, 1, 1, 0, 0, 1, 1] },
    W,
    k: float([2, 1, 1]),
    one: float([2]),
    V: float([1, 2, 2, 2]),
    D: float([16, 3]),
    bias: float([3]),
  },
);

describe('canonize', () => {
  test('tells what it changed', () => {
    expect(told(right(canonize(all)))).toMatchInlineSnapshot(`
      [
        "remove-pass-through: drop (Dropout) removed",
        "remove-pass-through: pass (Identity) removed",
        "strip-softmax-head: probability (Softmax) taken off; the output is now score",
        "explicit-pads: same (Conv): auto_pad SAME_UPPER written out",
        "fold-pad: pad (Pad) folded into conv (Conv)",
        "fold-bias: shift (Add) folded into conv (Conv)",
        "fold-bias: score (Add) folded into dense (MatMul)",
        "fold-batch-norm: norm (BatchNormalization) folded into conv (Conv)",
      ]
    `);
  });

  test('gives a graph that reads like this', () => {
    const { typed } = right(canonize(all));
    expect(printGraph(all.graph, all)).toMatchInlineSnapshot(`
      "graph g
        input x: float32[N,1,4,4]
        tensor pads: int64[8] = 0,0,1,1,0,0,1,1
        tensor W: float32[2,1,3,3] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,… (18)
        tensor k: float32[2,1,1] = 0.5,0.5
        tensor one: float32[2] = 0.5,0.5
        tensor V: float32[1,2,2,2] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5
        tensor D: float32[16,3] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,… (48)
        tensor bias: float32[3] = 0.5,0.5,0.5
        drop: float32[N,1,4,4] = Dropout(x)
        pad: float32[N,1,6,6] = Pad(drop, pads)
        conv: float32[N,2,4,4] = Conv(pad, W)
        shift: float32[N,2,4,4] = Add(conv, k)
        norm: float32[N,2,4,4] = BatchNormalization(shift, one, one, one, one)
        relu: float32[N,2,4,4] = Relu(norm)
        same: float32[N,1,4,4] = Conv(relu, V) auto_pad=SAME_UPPER
        pass: float32[N,1,4,4] = Identity(same)
        flat: float32[N,16] = Flatten(pass)
        dense: float32[N,3] = MatMul(flat, D)
        score: float32[N,3] = Add(dense, bias)
        probability: float32[N,3] = Softmax(score)
        output probability"
    `);
    expect(printGraph(typed.graph, typed)).toMatchInlineSnapshot(`
      "graph g
        input x: float32[N,1,4,4]
        tensor pads: int64[8] = 0,0,1,1,0,0,1,1
        tensor W: float32[2,1,3,3] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,… (18)
        tensor k: float32[2,1,1] = 0.5,0.5
        tensor one: float32[2] = 0.5,0.5
        tensor V: float32[1,2,2,2] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5
        tensor D: float32[16,3] = 0.5,0.5,0.5,0.5,0.5,0.5,0.5,0.5,… (48)
        tensor bias: float32[3] = 0.5,0.5,0.5
        shift.bias.shape: int64[1] = Constant() value_ints=[-1]
        shift.bias: float32[2] = Reshape(k, shift.bias.shape)
        norm.epsilon: float32[] = Constant() value_float=0.00001
        norm.variance: float32[2] = Add(one, norm.epsilon)
        norm.deviation: float32[2] = Sqrt(norm.variance)
        norm.scale: float32[2] = Div(one, norm.deviation)
        norm.scale.shape: int64[4] = Constant() value_ints=[-1,1,1,1]
        norm.scale.wide: float32[2,1,1,1] = Reshape(norm.scale, norm.scale.shape)
        norm.weight: float32[2,1,3,3] = Mul(W, norm.scale.wide)
        norm.centre: float32[2] = Sub(shift.bias, one)
        norm.shift: float32[2] = Mul(norm.centre, norm.scale)
        norm.bias: float32[2] = Add(one, norm.shift)
        conv: float32[N,2,4,4] = Conv(x, norm.weight, norm.bias) pads=[1,1,1,1]
        relu: float32[N,2,4,4] = Relu(conv)
        same: float32[N,1,4,4] = Conv(relu, V) pads=[0,0,1,1]
        flat: float32[N,16] = Flatten(same)
        dense: float32[N,3] = Gemm(flat, D, bias)
        output dense"
    `);
  });

  test('replays from its log', () => {
    const { typed, log } = right(canonize(all));
    let graph = all.graph;
    for (const { patches } of log) graph = applyPatches(graph, patches as Patch[]);
    expect(graph).toEqual(typed.graph);
  });

  test('keeps its log as plain JSON', () => {
    const { log } = right(canonize(all));
    expect(JSON.parse(JSON.stringify(log))).toEqual(log);
  });

  test('is done after one time', () => {
    const { typed } = right(canonize(all));
    expect(right(canonize(typed))).toEqual({ typed, log: [] });
  });

  test('leaves the graph that it was given as it was', () => {
    const before = structuredClone(all.graph);
    canonize(all);
    expect(all.graph).toEqual(before);
  });

  test('does nothing where nothing is to be done', () => {
    const plain = typedOf([{ name: 'y', op: 'Conv', inputs: ['x', 'W'] }], { W });
    const { typed, log } = right(canonize(plain));
    expect(log).toEqual([]);
    expect(typed.graph).toBe(plain.graph);
  });
});

describe('a softmax head', () => {
  const flat: Node = { name: 'flat', op: 'Flatten', inputs: ['x'] };
  const head: Node = { name: 'p', op: 'Softmax', inputs: ['flat'] };

  test('is taken off, and the log says which output is explained now', () => {
    const { typed, log } = right(canonize(typedOf([flat, head], {})));
    expect(typed.graph.outputs).toEqual(['flat']);
    expect(typed.graph.nodes.map(({ name }) => name)).toEqual(['flat']);
    expect(log.flatMap(({ changes }) => changes)).toEqual(['p (Softmax) taken off; the output is now flat']);
  });

  test('stays where another node reads it', () => {
    const most: Node = { name: 'q', op: 'ReduceMax', inputs: ['p'] };
    const { typed } = right(canonize(typedOf([flat, head, most], {}, ['p', 'q'])));
    expect(typed.graph.outputs).toEqual(['flat', 'q']);
    expect(typed.graph.nodes.map(({ name }) => name)).toEqual(['flat', 'p', 'q']);
  });

  test('leaves no output twice', () => {
    const log: Node = { name: 'q', op: 'Log', inputs: ['p'] };
    const { typed } = right(canonize(typedOf([flat, head, log], {}, ['p', 'q', 'flat'])));
    expect(typed.graph.outputs).toEqual(['p.score', 'q.score', 'flat']);
    expect(typed.graph.nodes.map(({ name, op }) => `${name} ${op}`)).toEqual([
      'flat Flatten',
      'p.score Identity',
      'q.score Identity',
    ]);
  });

  test('stays inside a network', () => {
    const after: Node = { name: 'y', op: 'Relu', inputs: ['p'] };
    expect(right(canonize(typedOf([flat, head, after], {}))).log).toEqual([]);
  });
});

describe('what is not folded', () => {
  test.each<[string, readonly Node[], readonly string[]]>([
    [
      'a linear node that another node reads, too',
      [
        { name: 'c', op: 'Conv', inputs: ['x', 'W'] },
        { name: 'a', op: 'Add', inputs: ['c', 'k'] },
        { name: 'y', op: 'Add', inputs: ['a', 'c'] },
      ],
      ['Conv', 'Add', 'Add'],
    ],
    [
      'a linear node that is an output',
      [
        { name: 'c', op: 'Conv', inputs: ['x', 'W'] },
        { name: 'y', op: 'Add', inputs: ['c', 'k'] },
      ],
      ['Conv', 'Add'],
    ],
    [
      'an Add of two computed values',
      [
        { name: 'c', op: 'Conv', inputs: ['x', 'W'] },
        { name: 'y', op: 'Add', inputs: ['c', 'c'] },
      ],
      ['Conv', 'Add'],
    ],
    [
      'a Pad that two nodes read',
      [
        { name: 'p', op: 'Pad', inputs: ['x', 'pads'] },
        { name: 'c', op: 'Conv', inputs: ['p', 'W'] },
        { name: 'd', op: 'Conv', inputs: ['p', 'W'] },
        { name: 'y', op: 'Sub', inputs: ['c', 'd'] },
      ],
      ['Pad', 'Conv', 'Conv', 'Sub'],
    ],
    [
      'a Pad of channels',
      [
        { name: 'p', op: 'Pad', inputs: ['x', 'deep'] },
        { name: 'y', op: 'Conv', inputs: ['p', 'W2'] },
      ],
      ['Pad', 'Conv'],
    ],
    [
      'a Pad before MaxPool',
      [
        { name: 'p', op: 'Pad', inputs: ['x', 'pads'] },
        { name: 'y', op: 'MaxPool', inputs: ['p'], attrs: { kernel_shape: [2, 2] } },
      ],
      ['Pad', 'MaxPool'],
    ],
  ])('%s', (name, nodes, ops) => {
    const tensors = {
      W,
      W2: float([2, 2, 3, 3]),
      k: float([2, 1, 1]),
      pads: { type: 'int64', shape: [8], data: [0, 0, 1, 1, 0, 0, 1, 1] } as const,
      deep: { type: 'int64', shape: [8], data: [0, 1, 0, 0, 0, 0, 0, 0] } as const,
    };
    const outputs = name.endsWith('an output') ? ['y', 'c'] : ['y'];
    const { typed } = right(canonize(typedOf(nodes, tensors, outputs)));
    expect(typed.graph.nodes.map(({ op }) => op)).toEqual(ops);
  });
});

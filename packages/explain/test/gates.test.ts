import { explain, prepare, prepareModel, type Model } from '@kirchhoff/explain';
import { sizeOf, tensor, type Dim, type InlineTensor, type Node, type OpName } from '@kirchhoff/graph';
import { entriesOf, findComposite, type Composite } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import { book, drawer, graphOf, inline, input, node, problemsOf, right } from './support.js';

const draw = drawer(31);
const values = (...shape: readonly number[]): InlineTensor =>
  inline(shape, draw.fine(shape.reduce((a, b) => a * b, 1)));

const [features, hidden, tokens] = [3, 4, 5] as const;
const weights = {
  wg: values(features, hidden),
  wu: values(features, hidden),
  both: values(features, 2 * hidden),
  inner: values(hidden, hidden),
  over: values(tokens, tokens),
  square: values(features, features),
  decay: inline([hidden], [-0.5, -1, -0.25, -2]),
  ones: inline([hidden], [1, 1, 1, 1]),
  one: inline([], [1]),
  wd: values(hidden, 2),
  w3: values(features, 2),
  conv: values(hidden, 2, 1, 1),
  less: values(2, hidden, 1, 1),
  more: values(hidden, 2, 1, 1),
  flat: { type: 'int64', shape: [2], data: [0, -1] } as const,
  pixels: values(4 * hidden, 2),
};

const dense = (name: string, x: string, w: string): Node => node(name, 'MatMul', [x, w]);
const activated = (name: string, op: OpName, x: string): Node => node(name, op, [x]);
const silu = (name: string, x: string): readonly Node[] => [
  node(`${name}.s`, 'Sigmoid', [x]),
  node(name, 'Mul', [x, `${name}.s`]),
];
const halves = (x: string): Node => node('g', 'Split', [x], { axis: -1, num_outputs: 2 }, ['u']);
const product = (name: string, ...of: readonly [string, string]): Node => node(name, 'Mul', of);

/** A network, and for each of its products the operand that is the gate; `undefined` where that is not known. */
interface Family {
  readonly shape: readonly Dim[];
  readonly nodes: readonly Node[];
  readonly gates: Readonly<Record<string, string | undefined>>;
}

const twoLayers = [dense('g', 'x', 'wg'), dense('u', 'x', 'wu')];
const row = ['N', features] as const;

const gated = (nodes: readonly Node[], h: readonly [string, string], gates: Family['gates']): Family => ({
  shape: row,
  nodes: [...nodes, product('h', ...h), dense('y', 'h', 'wd')],
  gates,
});

const families: Readonly<Record<string, Family>> = {
  GLU: gated([...twoLayers, activated('s', 'Sigmoid', 'g')], ['u', 's'], { h: 's' }),
  ReGLU: gated([...twoLayers, activated('a', 'Relu', 'g')], ['a', 'u'], { h: 'a' }),
  SwiGLU: gated([...twoLayers, ...silu('a', 'g')], ['a', 'u'], { a: 'a.s', h: 'a' }),
  'SwiGLU, the other way round': gated([...twoLayers, ...silu('a', 'g')], ['u', 'a'], { a: 'a.s', h: 'a' }),
  'GEGLU of one layer split': gated([dense('gu', 'x', 'both'), halves('gu'), activated('a', 'Gelu', 'g')], ['u', 'a'], {
    h: 'a',
  }),
  'a product of two layers': gated(twoLayers, ['g', 'u'], { h: undefined }),
  'a product of two activations': gated(
    [...twoLayers, activated('a', 'Tanh', 'g'), activated('c', 'Relu', 'u')],
    ['a', 'c'],
    { h: undefined },
  ),
  highway: {
    shape: row,
    nodes: [
      dense('e', 'x', 'square'),
      dense('t.in', 'e', 'square'),
      activated('t', 'Sigmoid', 't.in'),
      dense('h.in', 'e', 'square'),
      activated('h', 'Relu', 'h.in'),
      product('new', 'h', 't'),
      node('rest', 'Sub', ['one', 't']),
      product('old', 'rest', 'e'),
      node('sum', 'Add', ['new', 'old']),
      dense('y', 'sum', 'w3'),
    ],
    gates: { new: 't', old: 'rest' },
  },
  'a value times a layer over itself': gated(
    [dense('g', 'x', 'wg'), activated('a', 'Relu', 'g'), dense('c', 'a', 'inner')],
    ['a', 'c'],
    { h: undefined },
  ),
  gMLP: {
    shape: ['N', tokens, features],
    nodes: [
      dense('gu.in', 'x', 'both'),
      activated('gu', 'Gelu', 'gu.in'),
      halves('gu'),
      node('norm', 'LayerNormalization', ['u', 'ones']),
      node('space', 'MatMul', ['over', 'norm']),
      product('h', 'g', 'space'),
      node('mean', 'GlobalAveragePool', ['h.t']),
      node('row', 'Reshape', ['mean', 'flat']),
      dense('y', 'row', 'wd'),
    ].toSpliced(6, 0, node('h.t', 'Transpose', ['h'], { perm: [0, 2, 1] })),
    gates: { h: undefined },
  },
  'squeeze and excite': {
    shape: ['N', 2, 2, 2],
    nodes: [
      node('c', 'Conv', ['x', 'conv']),
      activated('r', 'Relu', 'c'),
      node('pool', 'GlobalAveragePool', ['r']),
      node('few', 'Conv', ['pool', 'less']),
      activated('few.r', 'Relu', 'few'),
      node('many', 'Conv', ['few.r', 'more']),
      activated('s', 'HardSigmoid', 'many'),
      product('h', 's', 'r'),
      node('row', 'Reshape', ['h', 'flat']),
      dense('y', 'row', 'pixels'),
    ],
    gates: { h: 's' },
  },
  'the gates of Mamba': {
    shape: row,
    nodes: [
      dense('gu', 'x', 'both'),
      halves('gu'),
      ...silu('z', 'g'),
      ...silu('a', 'u'),
      dense('step.in', 'a', 'inner'),
      activated('step', 'Softplus', 'step.in'),
      node('log', 'Mul', ['step', 'decay']),
      activated('keep', 'Exp', 'log'),
      dense('state', 'a', 'inner'),
      product('kept', 'keep', 'state'),
      product('driven', 'step', 'a'),
      node('next', 'Add', ['kept', 'driven']),
      product('h', 'next', 'z'),
      dense('y', 'h', 'wd'),
    ],
    gates: { z: 'z.s', a: 'a.s', kept: 'keep', driven: 'step', h: 'z' },
  },
};

const modelOf = ({ shape, nodes }: Family): Model => {
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const tensors = Object.fromEntries(Object.entries(weights).filter(([name]) => used.has(name)));
  const graph = graphOf([input('x', shape, { low: -1, high: 1 })], nodes, tensors);
  return right(prepareModel('gated', graph, new Map()));
};

const withStandard: readonly Composite[] = [...book.composites.values()].filter(
  (composite) =>
    composite.name !== 'standard' &&
    right(entriesOf(book, composite)).some(({ place }) => place.startsWith('standard')),
);

describe.each(Object.entries(families))('%s', (_, family) => {
  const model = modelOf(family);
  const unknown = Object.keys(family.gates).filter((name) => family.gates[name] === undefined);

  test('the gate is found, or said not to be', () => {
    const { plan } = right(prepare(model, right(findComposite(book, 'default')), book));
    for (const [name, gate] of Object.entries(family.gates)) {
      const { gate: port, rule } = plan.assignments.get(name)!;
      const { inputs } = model.typed.graph.nodes.find((one) => one.name === name)!;
      expect([name, port === undefined ? undefined : inputs[port], rule.name]).toEqual([
        name,
        gate,
        gate === undefined ? 'uniform' : 'signal-take-all',
      ]);
    }
    expect(plan.undecided).toEqual(unknown);
  });

  test('no composite with the standard rows stops at it', () => {
    for (const composite of withStandard)
      expect([composite.name, problemsOf(prepare(model, composite, book))]).toEqual([composite.name, 'no problem']);
  });

  test.each(['reference', 'ort'] as const)('the ledger closes on %s', async (backend) => {
    const shape = family.shape.map((dim) => (typeof dim === 'string' ? 2 : dim));
    const x = tensor('float32', shape, draw.fine(sizeOf(shape)));
    for (const name of ['default', 'attention', 'epsilon-alpha2-beta1']) {
      const { report } = right(await explain(model, right(findComposite(book, name)), book, { x }, { backend }));
      for (const { ledger } of report.samples) expect(ledger!.closure).toBeLessThan(backend === 'ort' ? 1e-5 : 1e-12);
    }
  });
});

import { checkRewrites, explain, prepareModel, type Model } from '@kirchhoff/explain';
import { decodeOnnx } from '@kirchhoff/onnx';
import { infer, tensor, type Graph, type Node } from '@kirchhoff/graph';
import { decodeComposite, findComposite } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { attention } from './families/attention.js';
import { classic, type Network } from './families/classic.js';
import { mobile } from './families/mobile.js';
import { recurrent } from './families/recurrent.js';
import { book, graphOf, inline, input, integers, node, problemsOf, right } from './support.js';

const imported = (network: Network): Model => {
  const { graph, store } = right(decodeOnnx(network(), { place: 'model.onnx' }));
  return right(prepareModel('model', graph, store));
};

const modelOf = (graph: Graph): Model => right(prepareModel('model', graph, new Map()));

const normalised = graphOf(
  [input('x', ['N', 2, 4, 4], { low: [0, -1], high: [1, 3] })],
  [
    node('conv', 'Conv', ['x', 'W']),
    node('norm', 'BatchNormalization', ['conv', 'gamma', 'beta', 'mean', 'variance']),
    node('relu', 'Relu', ['norm']),
    node('pool', 'GlobalAveragePool', ['relu']),
    node('flat', 'Flatten', ['pool']),
    node('p', 'Softmax', ['flat']),
  ],
  {
    W: inline([2, 2, 1, 1], [1, -0.5, 0.25, 2]),
    gamma: inline([2], [0.5, 2]),
    beta: inline([2], [0.25, -0.5]),
    mean: inline([2], [0.1, 0.3]),
    variance: inline([2], [0.5, 1.5]),
  },
);

/** The model after one more change, logged as if a rewrite had made it. */
const tampered = (model: Model, name: string, change: (node: Node) => Node): Model => {
  const { graph, store } = model.typed;
  const at = graph.nodes.findIndex((one) => one.name === name);
  const nodes = graph.nodes.map((one, i) => (i === at ? change(one) : one));
  return {
    ...model,
    typed: right(infer({ ...graph, nodes }, store)),
    rewrites: [
      ...model.rewrites,
      { rewrite: 'tamper', changes: ['changed'], patches: [{ op: 'replace', path: ['nodes', at], value: nodes[at] }] },
      { rewrite: 'innocent', changes: ['nothing'], patches: [] },
    ],
  };
};

describe('rewrites on random data', () => {
  test.each([
    ['resnet', classic],
    ['densenet-caffe', classic],
    ['mobilenet-v3 of opset 12', mobile],
    ['convnext of opset 16', attention],
    ['vit of opset 14', attention],
    ['last states of PyTorch', recurrent],
    ['bidirectional lstm of Keras', recurrent],
  ] as const)('%s: keep every value', async (name, networks: Readonly<Record<string, Network>>) => {
    const model = imported(networks[name]!);
    expect(model.rewrites.length).toBeGreaterThan(0);
    const soundness = right(await checkRewrites(model));
    expect(soundness.kind === 'sound' && soundness.largest).toBeLessThanOrEqual(1e-5);
  });

  test('one that moves a value is refused by its name', async () => {
    const model = modelOf(normalised);
    expect(right(await checkRewrites(model)).kind).toBe('sound');
    const wrong = tampered(model, 'relu', (one) => ({ ...one, op: 'LeakyRelu' }));
    expect(problemsOf(await checkRewrites(wrong))).toMatch(
      /^the rewrite "tamper" moves the output by 0\.\d+ of its largest value on random data, where 1e-5 is allowed \(changed\)/,
    );
  });

  test('indices stay inside their table', async () => {
    const tokens = graphOf(
      [{ name: 'ids', type: 'int64', shape: ['N', 'T'] }],
      [
        node('same', 'Identity', ['ids']),
        node('rows', 'Gather', ['table', 'same']),
        node('mean', 'ReduceMean', ['rows', 'axes'], { keepdims: 0 }),
        node('y', 'Identity', ['mean']),
      ],
      { table: inline([3, 2], [1, 2, 3, 4, 5, 6]), axes: integers(1) },
    );
    expect(right(await checkRewrites(modelOf(tokens)))).toEqual({ kind: 'sound', largest: 0 });
  });

  test('where the model takes no random data, it says why', async () => {
    const roots = graphOf(
      [input('x', ['N', 2])],
      [node('same', 'Identity', ['x']), node('root', 'Sqrt', ['same']), node('y', 'Relu', ['root'])],
      {},
    );
    const soundness = right(await checkRewrites(modelOf(roots)));
    expect(soundness.kind === 'untried' && soundness.why).toMatch(/NaN/);
  });
});

describe('the rewrites that a composite needs', () => {
  const x = tensor('float32', [1, 2, 4, 4], Array(32).fill(0.5));
  const needing = (...canonizers: readonly string[]) => ({
    ...right(decodeComposite({ composite: 'mine', summary: '', canonizers, rules: [{ include: 'epsilon-plus' }] })),
  });
  const without = right(prepareModel('model', normalised, new Map(), undefined, { without: ['fold-batch-norm'] }));

  test('are there, or it is refused', async () => {
    const composite = needing('fold-batch-norm');
    expect(E.isRight(await explain(modelOf(normalised), composite, book, { x }))).toBe(true);
    expect(problemsOf(await explain(without, composite, book, { x }))).toContain(
      'this composite needs the rewrite "fold-batch-norm", which was left out of the model',
    );
  });

  test('are those of its includes, too', async () => {
    const mine = right(decodeComposite({ composite: 'mine', summary: '', rules: [{ include: 'lstm-uniform' }] }));
    const graph = imported(recurrent['lstm of Keras']!).original;
    const model = right(
      prepareModel('lstm', graph, imported(recurrent['lstm of Keras']!).typed.store, undefined, {
        without: ['write-out-gates'],
      }),
    );
    expect(problemsOf(await explain(model, mine, book, { x }))).toBe(
      'this composite needs the rewrite "write-out-gates", which was left out of the model; open the model with it, or take another composite',
    );
    expect(right(findComposite(book, 'lstm-uniform')).canonizers).toEqual(['write-out-gates']);
  });

  test('are names of rewrites', async () => {
    expect(problemsOf(await explain(without, needing('fold-batch-norms'), book, { x }))).toContain(
      'there is none (did you mean "fold-batch-norm"?)',
    );
  });
});

import { explain, prepareModel, type Model } from '@kirchhoff/explain';
import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { decodeOnnx } from '@kirchhoff/onnx';
import { canonizers } from '@kirchhoff/rewrite';
import { decodeComposite, findComposite, type Composite } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../onnx/test/exporter.js';
import { attention } from './families/attention.js';
import { classic, classifier, type Network } from './families/classic.js';
import { mobile } from './families/mobile.js';
import { book, greatest, right } from './support.js';

/**
 * What a rewrite may do to an explanation. `nothing`: under any rule the map is the same with and without it.
 * `epsilon`: it merges weighted sums into one, which a rule that is not linear in the connections (z-plus, alpha-beta, flat)
 * may tell from several; epsilon with a small epsilon, and the gradient, may not. `kind`: what were several nodes is one of
 * another kind, with a rule of its own (or, where they prepare an input, with none). `score`: another value is explained. `padding`: zeros around a map are no longer
 * elements of it, which flat counts.
 */
type Border = 'nothing' | 'epsilon' | 'kind' | 'score' | 'padding';

const borders: Readonly<Record<string, Border>> = {
  'remove-pass-through': 'nothing',
  'fold-constants': 'nothing',
  'explicit-pads': 'nothing',
  'slices-to-split': 'nothing',
  'reduce-to-pool': 'nothing',
  'join-reshapes': 'nothing',
  'repeat-shared': 'nothing',
  'raise-batch-norm': 'epsilon',
  'fold-batch-norm': 'epsilon',
  'fold-batch-norm-forward': 'epsilon',
  'fold-scale': 'epsilon',
  'fold-bias': 'epsilon',
  'fold-pad': 'padding',
  'join-layer-norm': 'kind',
  'split-layer-norm': 'kind',
  'join-activations': 'kind',
  'join-softmax': 'kind',
  'write-out-gates': 'kind',
  'write-out-norms': 'kind',
  'write-quotients': 'kind',
  'write-out-computed-weights': 'kind',
  'mark-preamble': 'kind',
  'strip-softmax-head': 'score',
  'strip-sigmoid-head': 'score',
};

/** Epsilon on every affine node: so small that several in a row do what one does. */
const faint: Composite = right(
  decodeComposite({
    composite: 'faint',
    summary: '',
    rules: [{ match: { kind: 'affine' }, rule: 'epsilon', parameters: { epsilon: 1e-12 } }, { include: 'standard' }],
  }),
);

const named = (name: string): Composite => right(findComposite(book, name));

const composites: { readonly [B in Border]: readonly Composite[] } = {
  nothing: [named('epsilon-plus-flat'), named('epsilon-alpha2-beta1')],
  epsilon: [faint],
  padding: [faint, named('epsilon-alpha2-beta1')],
  kind: [],
  score: [],
};

const open = (network: Network, without: readonly string[] = []): Model => {
  const { graph, store } = right(decodeOnnx(network(), { place: 'model.onnx' }));
  return right(prepareModel('model', graph, store, undefined, { without }));
};

const picture = (side: number): Tensor => {
  const next = seeded(99);
  return tensor('float32', [1, 3, side, side], Array.from({ length: 3 * side * side }, next));
};

/** The relevance of the picture for one class, in float64. */
const mapOf = async (model: Model, composite: Composite): Promise<Float64Array> => {
  const [{ name, shape }] = model.typed.graph.inputs as [Model['typed']['graph']['inputs'][number]];
  const explained = await explain(
    model,
    composite,
    book,
    { [name]: picture(Number(shape[2])) },
    { backend: 'reference', ledger: false, target: { kind: 'index', index: 1 } },
  );
  return toNumbers(right(explained).relevance[name]!.data);
};

/** How far two maps lie apart, as a part of the greatest value of the second. */
const apart = (found: Float64Array, wanted: Float64Array): number =>
  found.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i]!)), 0) / greatest(wanted);

const families: Readonly<Record<string, Network>> = {
  densenet: classic['densenet']!,
  'densenet-caffe': classic['densenet-caffe']!,
  resnet: classic['resnet']!,
  googlenet: classic['googlenet']!,
  squeezenet: classic['squeezenet']!,
  'shufflenet-v2': mobile['shufflenet-v2']!,
  'mobilenet-v2': mobile['mobilenet-v2']!,
  'efficientnet-lite': mobile['efficientnet-lite']!,
  'vit of opset 17': attention['vit of opset 17']!,
  swin: attention['swin']!,
};

test('every rewrite says what it may do to an explanation', () => {
  expect(Object.keys(borders).toSorted()).toEqual(canonizers.map(({ name }) => name).toSorted());
});

describe.each(Object.entries(families))('%s', (_, network) => {
  test('each rewrite leaves the map where it promises to', async () => {
    const whole = open(network);
    const wanted = new Map<Composite, Float64Array>();
    for (const rewrite of new Set(whole.rewrites.map((entry) => entry.rewrite))) {
      for (const composite of composites[borders[rewrite]!]) {
        if (!wanted.has(composite)) wanted.set(composite, await mapOf(whole, composite));
        const found = await mapOf(open(network, [rewrite]), composite);
        expect([rewrite, composite.name, apart(found, wanted.get(composite)!) < 1e-6]).toEqual([
          rewrite,
          composite.name,
          true,
        ]);
      }
    }
  });
});

/** Two branches of convolutions side by side, and what follows them. */
const branches = (seed: number, order: 'norm after Concat' | 'norm after each' | 'norm over pooled'): Network =>
  classifier(seed, 17, 8, (g, l, image) => {
    const [one, two] = [l.conv(image, 3, 4, 3, { bias: false }), l.conv(image, 3, 2, 1)];
    const parts = [4, 2].map((c) => [1, 0, 0, 1].map((mean) => g.weight([c], 0.2, mean)));
    const joint = [0, 1, 2, 3].map((i) => g.put('Concat', [parts[0]![i]!, parts[1]![i]!], { axis: 0 }));
    const norm = (x: string, parameters: readonly string[]): string => g.put('BatchNormalization', [x, ...parameters]);
    const joined =
      order === 'norm after Concat'
        ? norm(l.concat(one, two), joint)
        : order === 'norm after each'
          ? l.concat(norm(one, parts[0]!), norm(two, parts[1]!))
          : norm(l.concat(one, l.maxPool(two, 3, 1, 1)), joint);
    return l.dense(l.flatten(l.globalPool(l.relu(l.conv(l.relu(joined), 6, 4, 3)))), 4, 5);
  });

describe('a normalisation behind a Concat', () => {
  test('goes into all branches, as if it had been written behind each of them', async () => {
    const [after, each] = [open(branches(1, 'norm after Concat')), open(branches(1, 'norm after each'))];
    expect(after.rewrites.map(({ rewrite }) => rewrite)).toContain('raise-batch-norm');
    for (const composite of [named('epsilon-plus-flat'), named('epsilon-alpha2-beta1')])
      expect(apart(await mapOf(after, composite), await mapOf(each, composite))).toBeLessThan(1e-9);
  });

  test.each([
    ['a pool stands before it', branches(1, 'norm over pooled')],
    ['it is the transition of a DenseNet', classic['densenet']!],
  ] as const)('stays whole where %s', (_, network) => {
    const { rewrites, typed } = open(network);
    expect(rewrites.map(({ rewrite }) => rewrite)).not.toContain('raise-batch-norm');
    expect(typed.graph.nodes.some(({ op }) => op === 'BatchNormalization')).toBe(true);
  });
});

import { explain, prepareModel, type Model } from '@kirchhoff/explain';
import { tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { decodeOnnx } from '@kirchhoff/onnx';
import { canonizers } from '@kirchhoff/rewrite';
import { findComposite } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import { seeded } from '../../onnx/test/exporter.js';
import { attention } from './families/attention.js';
import { classic, classifier, type Network } from './families/classic.js';
import { mobile } from './families/mobile.js';
import { book, difference, greatest, problemsOf, right } from './support.js';

const open = (network: Network, without: readonly string[] = []): Model => {
  const { graph, store } = right(decodeOnnx(network(), { place: 'model.onnx' }));
  return right(prepareModel('model', graph, store, undefined, { without }));
};

const picture = (side: number): Tensor => {
  const next = seeded(99);
  return tensor('float32', [1, 3, side, side], Array.from({ length: 3 * side * side }, next));
};

const map = async (model: Model, composite: string): Promise<Float64Array> => {
  const [input] = model.typed.graph.inputs;
  const side = Number(input!.shape[2]);
  const found = await explain(
    model,
    right(findComposite(book, composite)),
    book,
    { [input!.name]: picture(side) },
    { backend: 'reference', ledger: false, target: { kind: 'index', index: 1 } },
  );
  return toNumbers(right(found).relevance[input!.name]!.data);
};

const apart = (a: Float64Array, b: Float64Array): number =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0) / greatest(b);
describe('x', () => {
  test('y', async () => {
    for (const [name, network] of Object.entries({ ...classic, ...mobile, ...attention })) {
      const whole = open(network);
      for (const rewrite of new Set(whole.rewrites.map((r) => r.rewrite))) {
        for (const composite of ['epsilon-plus-flat', 'epsilon-alpha2-beta1', 'gradient']) {
          try {
            const a = await map(whole, composite);
            const b = await map(open(network, [rewrite]), composite);
            console.log(name, rewrite, composite, apart(a, b).toExponential(1));
          } catch (e) { console.log(name, rewrite, composite, String(e).slice(0, 200)); }
        }
      }
    }
  }, 600000);
});

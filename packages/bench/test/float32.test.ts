import { prepareModel, uniformFrom, type Model } from '@kirchhoff/explain';
import { tensor, type Graph, type StoredTensor, type Tensor } from '@kirchhoff/graph';
import { relevance, type Explanation } from '@kirchhoff/relevance';
import { findComposite, makePlan } from '@kirchhoff/rule';
import { backends, type Backend } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import { networks, type Size } from '../src/networks.js';
import { demand, openRulebook } from '../src/subject.js';

const book = demand(openRulebook());

const modelOf = (size: Size): Model => {
  const { graph, weights } = networks.resnet50(size);
  const store = new Map<string, StoredTensor>(
    [...weights].map(([key, { type, shape, data }]) => [key, { type, shape, read: () => data }]),
  );
  return demand(prepareModel('resnet50', graph, store));
};

const explanationOf = (model: Model, name: string, parameters: Readonly<Record<string, number>>): Explanation => {
  const standard = demand(findComposite(book, 'standard'));
  const plan = demand(makePlan(model.typed, standard, book, { rule: { name, parameters } }));
  return demand(relevance(model.typed, plan, { target: { kind: 'argmax' }, ledger: false }));
};

const picturesOf = (side: number): Tensor => {
  const next = uniformFrom(9);
  const count = 2 * 3 * side * side;
  return tensor(
    'float32',
    [2, 3, side, side],
    Float32Array.from({ length: count }, () => next() * 4.9 - 2.2),
  );
};

type Values = Readonly<Record<string, Tensor>>;

const run = async (graph: Graph, { typed }: Model, side: number, on: Backend['name']): Promise<Values> => {
  const session = await backends[on].compile(graph, typed.store, { threads: 1 });
  const values = await session.run({ image: picturesOf(side) });
  await session.close();
  return values;
};

const numbers = ({ data }: Tensor): readonly number[] => Array.from(data, Number);

/** The largest difference, relative to the largest value. */
const worst = (found: Tensor, exact: Tensor): number => {
  const [a, b] = [numbers(found), numbers(exact)];
  const most = (values: readonly number[]): number => values.reduce((m, value) => Math.max(m, Math.abs(value)), 0);
  return most(a.map((value, i) => value - b[i]!)) / most(b);
};

/** The root of the mean squared difference, relative to that of the values. */
const usual = (found: Tensor, exact: Tensor): number => {
  const [a, b] = [numbers(found), numbers(exact)];
  const size = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  return size(a.map((value, i) => value - b[i]!)) / size(b);
};

const unit = 2 ** -24;

describe('float32 in residual networks, by depth', () => {
  test.each([1, 4, 8, 16])('%i blocks: the relevance of the picture', async (blocks) => {
    const model = modelOf({ side: 32, share: 1 / 8, blocks });
    for (const [rule, parameters] of [
      ['epsilon', {}],
      ['alpha-beta', { alpha: 1 }],
      ['alpha-beta', { alpha: 2 }],
    ] as const) {
      const { graph } = explanationOf(model, rule, parameters);
      const [found, exact] = [await run(graph, model, 32, 'ort'), await run(graph, model, 32, 'reference')];
      const error = worst(found['relevance.image']!, exact['relevance.image']!);
      expect(error, rule).toBeLessThan((16 + 4 * blocks) * unit);
    }
  });

  test('the values that are summed under alpha-beta are as exact as those of the model alone', async () => {
    const model = modelOf({ side: 32, share: 1 / 2 });
    const sums = model.typed.graph.nodes.filter(({ name }) => name.endsWith('.add')).map(({ name }) => name);
    const own: Graph = { ...model.typed.graph, outputs: sums };
    const exact = await run(own, model, 32, 'reference');
    const alone = await run(own, model, 32, 'ort');
    const explained = await run(
      { ...explanationOf(model, 'alpha-beta', { alpha: 2 }).graph, outputs: sums },
      model,
      32,
      'ort',
    );
    expect(sums).toHaveLength(16);
    for (const name of sums) {
      const [one, other] = [explained, alone].map((values) => usual(values[name]!, exact[name]!));
      expect(one!, name).toBeLessThan(1.2 * other!);
    }
  });
});

import { infer, samplesIn, toNumbers, type Samples, type Tensor } from '@kirchhoff/graph';
import { backends } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { explain, openExplainer, prepare, prepareModel, type Model } from '@kirchhoff/explain';
import { randomBatch, type RandomBatch } from './random-batch.js';
import { book, floats, right } from './support.js';

/** As many graphs as the suite has time for; a long run draws more. */
const count = Number(process.env['KIRCHHOFF_GRAPHS'] ?? 100);

type Inputs = Readonly<Record<string, Tensor>>;

/** Inputs of so many samples. */
interface Batch {
  readonly inputs: Inputs;
  readonly size: number;
}

/** The sample that each element belongs to. */
const owners = (shape: readonly number[], samples: Samples, size: number): readonly number[] => {
  if (samples.kind !== 'apart') return [];
  const behind = shape.slice(samples.axis + 1).reduce((a, b) => a * b, 1);
  const inner = Number(samples.inner) * behind;
  return Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.floor(i / inner) % size);
};

const along = (axis: number): Samples => ({ kind: 'apart', axis, outer: 1, inner: 1 });

/** What a tensor holds for one sample, in order. */
const part = ({ shape, data }: Tensor, samples: Samples, size: number, n: number): readonly number[] => {
  const all = toNumbers(data);
  return owners(shape, samples, size).flatMap((owner, i) => (owner === n ? [all[i]!] : []));
};

const axesOf = (model: Model): ReadonlyMap<string, number> =>
  model.batch.kind === 'proved' ? model.batch.axes : new Map();

/** The inputs of one sample alone, as a batch of one. */
const alone = (model: Model, { inputs, size }: Batch, n: number): Inputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => {
      const axis = axesOf(model).get(name);
      if (axis === undefined) return [name, input];
      return [name, floats(input.shape.with(axis, 1), [...part(input, along(axis), size, n)])];
    }),
  );

/** The same inputs but for one sample's. */
const perturbed = (model: Model, { inputs, size }: Batch, n: number): Inputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => {
      const axis = axesOf(model).get(name);
      if (axis === undefined) return [name, input];
      const owner = owners(input.shape, along(axis), size);
      return [
        name,
        floats(
          input.shape,
          [...toNumbers(input.data)].map((v, i) => (owner[i] === n ? 3 * v + 0.37 : v)),
        ),
      ];
    }),
  );

const forward = async ({ start, typed: { store } }: Model, inputs: Inputs): Promise<Tensor> => {
  const session = await backends.reference.compile(start, store);
  const outputs = await session.run(inputs).finally(session.close);
  return outputs[start.outputs[0]!]!;
};

const largest = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
};

const expectClose = (found: readonly number[], wanted: readonly number[], scale: number): void => {
  expect(found).toHaveLength(wanted.length);
  expect(largest(found.map((value, i) => value - wanted[i]!))).toBeLessThanOrEqual(1e-5 * scale + 1e-7);
};

type Outcome = 'refused by shapes' | 'one sample' | 'forward only' | 'explained';

/** Holds one graph to what was proved of it. */
const check = async (drawn: RandomBatch): Promise<Outcome> => {
  const { graph } = drawn;
  const prepared = prepareModel(graph.name, graph, new Map());
  if (E.isLeft(prepared)) return 'refused by shapes';
  const model = prepared.right;
  if (model.batch.kind !== 'proved') return 'one sample';
  const inputs = drawn.inputs(axesOf(model));
  const [first] = axesOf(model);
  const samples = inputs[first![0]]!.shape[first![1]]!;
  const batch = { inputs, size: samples };
  const whole = await forward(model, inputs);
  const output = model.start.outputs[0]!;
  const found = samplesIn(right(infer(model.start, model.typed.store)), model.batch.symbol).get(output)!;
  const own = Array.from({ length: samples }, (_, n) => part(whole, found, samples, n));
  for (let n = 0; n < samples; n++) {
    expectClose(part(await forward(model, alone(model, batch, n)), found, 1, 0), own[n]!, largest(own[n]!));
    const moved = await forward(model, perturbed(model, batch, n));
    for (let other = 0; other < samples; other++)
      if (other !== n) expect(part(moved, found, samples, other)).toEqual(own[other]);
  }
  const options = { backend: 'reference' } as const;
  const composite = book.composites.get('attention')!;
  const plan = prepare(model, composite, book, options);
  if (E.isLeft(plan)) return 'forward only';
  const together = await explain(model, composite, book, inputs, options);
  if (E.isLeft(together)) return 'forward only';
  const explainer = await openExplainer(model, plan.right, options);
  if (E.isLeft(explainer)) return 'forward only';
  for (let n = 0; n < samples; n++) {
    const one = await explainer.right.run(alone(model, batch, n));
    if (E.isLeft(one)) continue;
    const ledger = together.right.report.samples[n]!.ledger!;
    const single = one.right.report.samples[0]!;
    expect(ledger.closure).toBeLessThan(1e-5);
    const scale = Math.max(...ledger.nodes.map((node) => Math.abs(node.in)), 1e-3);
    for (const node of ledger.nodes) expect(Math.abs(node.undeclared)).toBeLessThanOrEqual(1e-4 * scale);
    expect(together.right.report.samples[n]!.target).toBe(single.target);
    for (const [name, axis] of axesOf(model)) {
      const map = part(together.right.relevance[name]!, along(axis), samples, n);
      expectClose(map, part(one.right.relevance[name]!, along(axis), 1, 0), Math.max(largest(map), scale));
    }
  }
  await explainer.right.close();
  return 'explained';
};

describe('random graphs with samples along random axes', () => {
  test(`what is proved of ${count} of them is true`, async () => {
    const outcomes: Record<Outcome, number> = {
      'refused by shapes': 0,
      'one sample': 0,
      'forward only': 0,
      explained: 0,
    };
    const failed: string[] = [];
    for (let seed = 0; seed < count; seed++) {
      try {
        outcomes[await check(randomBatch(seed))]++;
      } catch (thrown) {
        failed.push(`graph ${seed}: ${String(thrown)}`);
      }
    }
    if (process.env['KIRCHHOFF_GRAPHS'] !== undefined) console.log(outcomes);
    expect(failed).toEqual([]);
    expect(outcomes.explained).toBeGreaterThan(count / 4);
    expect(outcomes['one sample']).toBeGreaterThan(count / 10);
  }, 3_600_000);

  test.each([493, 1509])(
    'graph %i: states that begin alike, beside rows that two axes share with the samples',
    async (seed) => {
      expect(await check(randomBatch(seed))).toBe('explained');
    },
  );
});

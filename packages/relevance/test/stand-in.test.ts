import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { infer, resolveTensors, tensor, type Graph, type TypedGraph } from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import { makePlan, makeRulebook, type PlanOptions } from '@kirchhoff/rule';
import { reference } from '@kirchhoff/runtime';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { relevance, type Explanation } from '../src/index.js';

const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

const folder = fileURLToPath(new URL('../../../rules', import.meta.url));
const documentsIn = (path: string) =>
  readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .map((place) => ({ place, json: JSON.parse(readFileSync(`${path}/${place}`, 'utf8')) as unknown }));

/** What conv1 receives does not vanish where relu1 is 0: flat has no factor x. */
const mixed = {
  composite: 'mixed',
  summary: 'flat above, epsilon below.',
  rules: [
    { match: { name: 'conv1' }, rule: 'epsilon' },
    { match: { kind: 'affine' }, rule: 'flat' },
    { include: 'standard' },
  ],
};
const book = right(
  makeRulebook(documentsIn(folder), [...documentsIn(`${folder}/composites`), { place: 'mixed', json: mixed }]),
);

const sizes = { k1: 18, b1: 2, k2: 36, b2: 2, W: 24, c: 3 } as const;
const inputs = 36;
const needed = inputs + Object.values(sizes).reduce((n, size) => n + size, 0);

/** conv1 → relu1 → conv2 → + relu1 → relu2 → pool → flat → head: a Relu behind a weighted node and one behind a sum. */
const network = (numbers: readonly number[]): TypedGraph => {
  let used = inputs;
  const take = (name: keyof typeof sizes, shape: readonly number[]) => ({
    [name]: { type: 'float64' as const, shape, data: numbers.slice(used, (used += sizes[name])) },
  });
  const graph: Graph = {
    name: 'g',
    inputs: [{ name: 'x', type: 'float64', shape: ['N', 1, 6, 6], range: { low: -2, high: 2 } }],
    nodes: [
      { name: 'conv1', op: 'Conv', inputs: ['x', 'k1', 'b1'] },
      { name: 'relu1', op: 'Relu', inputs: ['conv1'] },
      { name: 'conv2', op: 'Conv', inputs: ['relu1', 'k2', 'b2'], attrs: { pads: [1, 1, 1, 1] } },
      { name: 'sum', op: 'Add', inputs: ['conv2', 'relu1'] },
      { name: 'relu2', op: 'Relu', inputs: ['sum'] },
      { name: 'pool', op: 'MaxPool', inputs: ['relu2'], attrs: { kernel_shape: [2, 2], strides: [2, 2] } },
      { name: 'flat', op: 'Flatten', inputs: ['pool'] },
      { name: 'head', op: 'Gemm', inputs: ['flat', 'W', 'c'] },
    ],
    outputs: ['head'],
    tensors: {
      ...take('k1', [2, 1, 3, 3]),
      ...take('b1', [2]),
      ...take('k2', [2, 2, 3, 3]),
      ...take('b2', [2]),
      ...take('W', [8, 3]),
      ...take('c', [3]),
    },
  };
  return right(infer(graph, right(resolveTensors(graph, () => E.left([])))));
};

const explained = (typed: TypedGraph, composite: string, options: PlanOptions, facts: boolean): Explanation => {
  const plan = right(makePlan(typed, book.composites.get(composite)!, book, options));
  return right(relevance(typed, plan, { target: { kind: 'argmax' }, facts }));
};

const forRule = (name: string): readonly [string, PlanOptions] => ['standard', { rule: { name, parameters: {} } }];

const cases: readonly (readonly [string, PlanOptions])[] = [
  ...['epsilon', 'z-plus', 'alpha-beta', 'generalized-gamma', 'flat', 'epsilon-shared-bias', 'w-square'].map(forRule),
  ['epsilon-gamma-box', {}],
  ['epsilon-plus-flat', {}],
  ['mixed', {}],
];

/** Halves: many sums are exactly 0, where the sign of the output decides. */
const numbers = fc.array(
  fc.integer({ min: -3, max: 3 }).map((n) => n / 2),
  { minLength: needed, maxLength: needed },
);

describe('a Relu stands in for the output before it', () => {
  test.each(cases)('%s %o: the same relevance and the same leaks as without facts', async (composite, options) => {
    await fc.assert(
      fc.asyncProperty(numbers, async (drawn) => {
        const typed = network(drawn);
        const x = tensor('float64', [1, 1, 6, 6], drawn.slice(0, inputs));
        const [first, second] = await Promise.all(
          [true, false].map(async (facts) => {
            const { graph, relevance, ledger } = explained(typed, composite, options, facts);
            const outputs = await (await reference.compile(graph, typed.store)).run({ x });
            const leaks = ledger.flatMap((entry) => [
              [`${entry.node} in`, outputs[entry.in]!.data[0]] as const,
              ...Object.entries(entry.leaks).map(
                ([cause, name]) => [`${entry.node} ${cause}`, outputs[name]!.data[0]] as const,
              ),
            ]);
            return { map: Array.from(outputs[relevance['x']!]!.data, Number), leaks: new Map(leaks) };
          }),
        );
        // Without a stabiliser, small denominators make relevances, and with them rounding, arbitrarily large.
        const scale = Math.max(1, ...[...second!.leaks.values()].map((value) => Math.abs(Number(value))));
        first!.map.forEach((value, i) => expect(Math.abs(value - second!.map[i]!) / scale).toBeLessThan(1e-9));
        for (const [name, value] of first!.leaks) {
          expect(Math.abs(Number(value) - Number(second!.leaks.get(name) ?? 0)) / scale, name).toBeLessThan(1e-9);
        }
      }),
      { seed: 42, numRuns: 8 },
    );
  });

  test('generalized gamma needs one side only: three passes, not four', () => {
    const typed = network(Array.from({ length: needed }, (_, i) => (i % 5) - 2));
    const runs = (facts: boolean): number => {
      const { passes } = explained(typed, ...forRule('generalized-gamma'), facts);
      const { forward, adjoint } = passes.find(({ node }) => node === 'conv1')!;
      return forward + adjoint;
    };
    expect(runs(true)).toBeLessThan(runs(false));
  });

  test('but not where relevance may differ from 0 while the Relu is 0', () => {
    const typed = network(Array.from({ length: needed }, (_, i) => (i % 5) - 2));
    const signs = (composite: string, options: PlanOptions): boolean =>
      explained(typed, composite, options, true).graph.nodes.some(
        ({ op, inputs }) => op === 'GreaterOrEqual' && inputs.includes('conv1'),
      );
    expect([signs('mixed', {}), signs(...forRule('epsilon'))]).toEqual([true, false]);
  });
});

import { tensor, type Tensor } from '@kirchhoff/graph';
import { makeRulebook, type Composite } from '@kirchhoff/rule';
import { describe, expect, it, test } from 'vitest';
import { explain, ledgerOf, roundingOf, type ExplainOptions, type Model, type SampleLedger } from '../src/index.js';
import { uniformFrom } from '../src/random.js';
import { inline, tiny } from './small.js';
import { book, documentsIn, right, rulesFolder } from './support.js';

const leaky = {
  rule: 'leaky',
  summary: 'Epsilon that loses a part without a word.',
  cite: [],
  on: 'affine',
  parameters: { loss: { default: 0 } },
  message: '(1 - loss) * ratio(x*w, total(x*w) + b) * R',
  leaks: { bias: 'ratio(b, total(x*w) + b) * R', dead: '(total(x*w) + b == 0) * R' },
};
const rules = right(
  makeRulebook(
    [...documentsIn(rulesFolder), { place: 'leaky.json', json: leaky }],
    documentsIn(`${rulesFolder}/composites`),
  ),
);

const next = uniformFrom(7);
const numbers = (count: number, low: number): number[] => Array.from({ length: count }, () => low + (1 - low) * next());

const network = tiny(
  [{ name: 'x', type: 'float32', shape: ['N', 2, 8, 8] }],
  [
    { name: 'c', op: 'Conv', inputs: ['x', 'w', 'b'] },
    { name: 'a', op: 'Relu', inputs: ['c'] },
    { name: 'f', op: 'Flatten', inputs: ['a'] },
    { name: 'y', op: 'Gemm', inputs: ['f', 'v'] },
  ],
  {
    w: inline([4, 2, 3, 3], numbers(72, -0.5)),
    b: inline([4], numbers(4, -1)),
    v: inline([144, 2], numbers(288, -0.5)),
  },
);
const pictures = tensor('float32', [2, 2, 8, 8], numbers(256, 0));

const ledgers = async (
  model: Model,
  composite: Composite,
  x: Tensor,
  options: ExplainOptions,
): Promise<readonly SampleLedger[]> => {
  const { report } = right(await explain(model, composite, rules, { x }, { compile: { threads: 1 }, ...options }));
  return report.samples.map(({ ledger }) => ledger!);
};

const withRules = (
  rows: Readonly<Record<string, readonly [rule: string, parameters: Record<string, number>]>>,
): Composite => ({
  ...book.composites.get('default')!,
  rows: [
    ...Object.entries(rows).map(([op, [rule, parameters]]) => ({
      match: { op: [op as 'Gemm' | 'Conv'] },
      rule,
      parameters,
      place: op,
    })),
    { include: 'standard', place: 'standard' },
  ],
});

describe.each(['ort', 'reference'] as const)('on %s', (backend) => {
  test.each([1e-3, 1e-4])('a hidden leak of %d of what passes is named, sample by sample', async (loss) => {
    const composite = withRules({ Gemm: ['epsilon', {}], Conv: ['leaky', { loss }] });
    for (const { open, nodes } of await ledgers(network, composite, pictures, { backend })) {
      const { node, rule, undeclared, bound } = open[0]!;
      expect([open.length, node, rule]).toEqual([1, 'c', 'leaky']);
      const { out } = nodes.find((one) => one.node === 'c')!;
      expect(Math.abs(undeclared - (out * loss) / (1 - loss))).toBeLessThan(bound);
    }
  });

  it('names both nodes whose errors cancel in the whole', async () => {
    const loss = 1e-3;
    const composite = withRules({ Gemm: ['leaky', { loss: -loss }], Conv: ['leaky', { loss: loss / (1 + loss) }] });
    const model = { ...network, typed: network.typed };
    for (const { open } of await ledgers(model, composite, pictures, { backend }))
      expect(open.map(({ node }) => node).toSorted()).toEqual(['c', 'y']);
  });

  it('is told without the ledger of every node as with it', async () => {
    const closed = withRules({ Gemm: ['epsilon', {}], Conv: ['epsilon', {}] });
    const leaking = withRules({ Gemm: ['epsilon', {}], Conv: ['leaky', { loss: 1e-3 }] });
    for (const { open, nodes, leaks } of await ledgers(network, closed, pictures, { backend, ledger: false })) {
      expect([open, nodes]).toEqual([[], []]);
      expect(Object.keys(leaks).toSorted()).toEqual(['bias', 'stabilizer']);
    }
    for (const { open } of await ledgers(network, leaking, pictures, { backend, ledger: false }))
      expect(open.map(({ node }) => node)).toEqual(['c']);
  });
});

it('relevance that is lost between nodes leaves the whole open, and no node', () => {
  const numbersOf = { seed: 2, in: 2, out: 2, size: 2 };
  const outputs = Object.fromEntries(
    Object.entries(numbersOf).map(([name, value]) => [name, tensor('float32', [1], [value])]),
  );
  const entry = {
    node: 'y',
    rule: 'epsilon',
    in: 'in',
    magnitude: 'size',
    out: 'out',
    spread: 'size',
    peak: 'size',
    shapes: [[1, 4]],
    leaks: {},
  };
  const view = {
    asked: 'argmax',
    relevance: {},
    at: {},
    sent: {},
    target: undefined,
    score: undefined,
    seed: 'seed',
    sample: [1],
    ledger: [entry],
    leaked: undefined,
  };
  const source = { view, outputs, backend: 'ort', count: () => 4, fromValue: true } as const;
  expect(ledgerOf(source, 0, { sum: 2, size: 2, terms: 4 }).open).toEqual([]);
  const [opening] = ledgerOf(source, 0, { sum: 1.999, size: 2, terms: 4 }).open;
  expect(opening!.node).toBeNull();
  expect(opening!.undeclared).toBeCloseTo(0.001, 12);
});

it('rounding grows with the root of what is summed, and is not more than its part', () => {
  const part = (terms: number): number => roundingOf('ort', terms, 1) * 2 ** 24;
  expect(part(100) - 8).toBeCloseTo(10, 6);
  expect(part(10000) - 8).toBeCloseTo(100, 6);
  expect(roundingOf('reference', 100, 1) / roundingOf('ort', 100, 1)).toBeCloseTo(2 ** -29, 15);
});

describe('relevance that outgrows what it started from', () => {
  const gate = tiny(
    [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    [
      { name: 'h', op: 'Gemm', inputs: ['x', 'w'] },
      { name: 's', op: 'Sigmoid', inputs: ['h'] },
      { name: 'y', op: 'Gemm', inputs: ['s', 'v'] },
    ],
    { w: inline([2, 1], [1, -1]), v: inline([1, 1], [2]) },
  );
  const difference = tiny(
    [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    [{ name: 'y', op: 'Gemm', inputs: ['x', 'w'] }],
    { w: inline([2, 1], [1, -1]) },
  );
  const zero = withRules({ Gemm: ['zero', {}] });
  // 1 − (1 − 2⁻¹⁰) is 2⁻¹⁰ exactly.
  const near = tensor('float32', [2, 2], [1, 1 - 2 ** -10, 1, 0.5]);

  it('is said of the node whose denominator all but vanishes, and of the sample in which it does', async () => {
    const [one, other] = await ledgers(gate, zero, near, { backend: 'reference' });
    expect(one!.outgrown).toMatchObject({ node: 'h', rule: 'zero' });
    expect(one!.outgrown!.factor).toBeCloseTo(2 * 2 ** 10 - 1, 0);
    expect(other!.outgrown).toBeNull();
    expect([one!.open, other!.open]).toEqual([[], []]);
  });

  it('is not said of a score near 0 whose evidence is not, but of its unit', async () => {
    const [value] = await ledgers(difference, zero, near, { backend: 'reference' });
    expect(value!.outgrown).toBeNull();
    const [unit] = await ledgers(difference, zero, near, { backend: 'reference', seed: 'one' });
    expect(unit!.outgrown).toMatchObject({ node: 'y', rule: 'zero' });
  });
});

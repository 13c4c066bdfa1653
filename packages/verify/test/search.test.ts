import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  drawAttention,
  drawFrom,
  drawings,
  drawNetwork,
  drawRecurrent,
  graphOfPoint,
  judgeOf,
  measureExactness,
  nodeMakers,
  points,
  replay,
  smallPoints,
  verify,
  type Drawing,
} from '../src/index.js';
import { mentions } from '../src/search/anatomy.js';
import { graphCounterexample } from '../src/search/counterexample.js';
import { typedOf } from '../src/search/run.js';
import { book, right, ruleFrom } from './rulebook.js';

const simplest: Drawing = { choices: [], pool: [0.5] };

describe('random graphs', () => {
  test.each([
    ['network', drawNetwork],
    ['recurrent', drawRecurrent],
    ['attention', drawAttention],
  ] as const)('%s: every one of them is a graph whose shapes fit', (_, draw) => {
    const ops = new Set<string>();
    fc.assert(
      fc.property(drawings, (drawing) => {
        const { graph, inputs } = draw(drawFrom(drawing));
        typedOf(graph).graph.nodes.forEach(({ op }) => ops.add(op));
        expect(Object.keys(inputs).toSorted()).toEqual(graph.inputs.map(({ name }) => name).toSorted());
      }),
      { seed: 42, numRuns: 100 },
    );
    expect(ops.size).toBeGreaterThan(5);
  });

  test('the simplest network is one convolution of one pixel, the simplest sequence one step of one number', () => {
    const network = drawNetwork(drawFrom(simplest));
    expect(network.graph.nodes.map(({ op }) => op)).toEqual(['Conv']);
    expect(network.inputs['image']?.shape).toEqual([1, 1, 1, 1]);
    expect(drawRecurrent(drawFrom(simplest)).inputs['x']?.shape).toEqual([1, 1, 1]);
  });

  test('what fails only for deep networks shrinks to the least that does', () => {
    const { counterexample } = fc.check(
      fc.property(drawings, (drawing) => !drawNetwork(drawFrom(drawing)).graph.nodes.some(({ op }) => op === 'Add')),
      { seed: 42, numRuns: 200 },
    );
    const { graph } = drawNetwork(drawFrom(counterexample![0]));
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Conv', 'Relu', 'Conv', 'Add', 'Relu']);
  });
});

describe('random nodes', () => {
  test.each(
    [...book.rules.values()].flatMap((rule) =>
      rule.cases.filter((one) => !mentions(one, 'pullback')).map((one) => [rule.name, one.on, rule, one] as const),
    ),
  )('%s on %s: small ones come first, and every point is a graph', (_, __, rule, ruleCase) => {
    const few = [...smallPoints(rule, ruleCase)];
    expect(few.length).toBeGreaterThan(10);
    expect(few[0]!.sources.length).toBeLessThanOrEqual(1);
    const random = fc.sample(points(rule, ruleCase), { seed: 42, numRuns: 20 });
    for (const point of [few[0]!, few.at(-1)!, ...random]) {
      expect(() => typedOf(graphOfPoint(ruleCase, point).graph)).not.toThrow();
      expect(Number.isFinite(judgeOf(rule, ruleCase).weigh(point).sent)).toBe(true);
    }
    expect(nodeMakers(ruleCase).length).toBeGreaterThan(0);
  });
});

test('a failure of whole graphs shrinks to a small one that can be run again', async () => {
  const rule = ruleFrom({
    rule: 'lossy',
    summary: 'Loses a tenth at every sum.',
    on: 'affine',
    let: { D: 'stab(total(x*w) + b, 1/100)' },
    message: '9/10 * ratio(x*w, D) * R',
    leaks: { bias: 'ratio(b, D) * R', stabilizer: 'ratio(1/100*sgn(total(x*w) + b), D) * R' },
  });
  const { entries } = await verify(book, [rule], { cases: 30, seed: 42 });
  const network = entries.find(({ law }) => law === 'network')!;
  expect(network.verdict).toBe('refuted');
  const again = right(await replay(book, JSON.parse(JSON.stringify(network.counterexample))));
  expect(again.closure).toBeCloseTo(network.counterexample!.got, 10);
}, 60_000);

test('stored counterexamples hold the rule, the graph and the inputs', () => {
  const rule = book.rules.get('epsilon')!;
  const [ruleCase] = rule.cases;
  const example = drawNetwork(drawFrom(simplest));
  const broken = { says: 'said', expected: 1, got: 2 };
  const stored = graphCounterexample({ rule, ruleCase: ruleCase! }, 'ledger', 7, example, { epsilon: 1 }, broken);
  expect(ruleFrom(stored.rule).cases[0]!.leaks).toEqual(ruleCase!.leaks);
  expect(stored).toMatchObject({ law: 'ledger', seed: 7, parameters: { epsilon: 1 }, expected: 1, got: 2 });
});

test('ledgers of random graphs, half of them recurrent, close in float64', async () => {
  const { graphs, recurrent, worst } = await measureExactness(book, { graphs: 60, seed: 42 });
  expect([graphs, recurrent]).toEqual([60, 30]);
  expect(worst).toBeLessThanOrEqual(1e-9);
}, 60_000);

import type { Range } from '@kirchhoff/graph';
import { backends } from '@kirchhoff/runtime';
import { describe, expect, test } from 'vitest';
import { explainRun, floats, graphOf, inline, input, node, planOf, typedOf } from './support.js';

/** One dense output y = W·x + b, and what each source gets of R = y, worked out by hand. */
interface Pin {
  readonly rule: string;
  readonly parameters?: Readonly<Record<string, number>>;
  readonly W: readonly number[];
  readonly b: number;
  readonly x: readonly number[];
  readonly range?: Range;
  readonly relevance: readonly number[];
}

const pins: Readonly<Record<string, Pin>> = {
  // y = −1: P = 1, N = −2, R = −1.
  'alpha-beta 1 0': { rule: 'alpha-beta', parameters: { alpha: 1 }, W: [1, -1], b: -1, x: [1, 1], relevance: [-1, 0] },
  'alpha-beta 2 1': { rule: 'alpha-beta', W: [1, -1], b: -1, x: [1, 1], relevance: [-2, 0.5] },
  // y = 2·3 − 4 = 2 > 0: 1.5·6 over 1.5·6 − 4 = 5, −4 over 5.
  'generalized gamma, y > 0': {
    rule: 'generalized-gamma',
    parameters: { gamma: 0.5, stabilizer: 0 },
    W: [2, -1],
    b: 0,
    x: [3, 4],
    relevance: [(9 / 5) * 2, (-4 / 5) * 2],
  },
  // y = 2·1 − 5 = −3 < 0: 2 over 2 − 1.5·5 = −5.5, −7.5 over −5.5.
  'generalized gamma, y < 0': {
    rule: 'generalized-gamma',
    parameters: { gamma: 0.5, stabilizer: 0 },
    W: [2, -1],
    b: 0,
    x: [1, 5],
    relevance: [(2 / -5.5) * -3, (-7.5 / -5.5) * -3],
  },
  // y = −1 with a negative bias: −1·(1 + γ) of the bias stays in the total: 1 − 2·(1.5) = −2.
  'generalized gamma, y < 0, bias': {
    rule: 'generalized-gamma',
    parameters: { gamma: 0.5, stabilizer: 0 },
    W: [1],
    b: -2,
    x: [1],
    relevance: [(1 / -2) * -1],
  },
  // y = 0: all of R is dead.
  'generalized gamma, y = 0': {
    rule: 'generalized-gamma',
    parameters: { gamma: 0.5, stabilizer: 0 },
    W: [1, -1],
    b: 0,
    x: [1, 1],
    relevance: [0, 0],
  },
  // w² = 9, 16; y = 3 − 4 + 1 = 0 is irrelevant to the shares: R is 0. With x = (2, 1): y = 3.
  'w-square': { rule: 'w-square', W: [3, -4], b: 1, x: [2, 1], relevance: [(9 / 25) * 3, (16 / 25) * 3] },
  'w-square with bias': {
    rule: 'w-square',
    parameters: { include_bias: 1 },
    W: [3, -4],
    b: 1,
    x: [2, 1],
    relevance: [(9 / 26) * 3, (16 / 26) * 3],
  },
  // Bounds differ by channel: low (0, −1), high (1, 3). w = (2, −1): 2·0.5 − 2·0 = 1, −1·1 + 3 = 2; y = 0.
  'z-box by channel': {
    rule: 'z-box',
    W: [2, -1],
    b: 1,
    x: [0.5, 1],
    range: { low: [0, -1], high: [1, 3] },
    relevance: [(1 / 3) * 1, (2 / 3) * 1],
  },
  // Positive contributions 6 and 4 over 10; the bias is no part of the total.
  excitation: { rule: 'excitation', W: [2, 1, -1], b: 5, x: [3, 4, 1], relevance: [(6 / 10) * 14, (4 / 10) * 14, 0] },
  // y = 2; (x·w + (b + ε)/2)/(y + ε) with ε = 0: (3 − 1/2)/2, (0 − 1/2)/2 of R = 2.
  'epsilon with shared bias': {
    rule: 'epsilon-shared-bias',
    parameters: { epsilon: 0 },
    W: [3, 1],
    b: -1,
    x: [1, 0],
    relevance: [2.5, -0.5],
  },
};

describe.each(Object.values(backends))('worked by hand, on $name', (backend) => {
  test.each(Object.entries(pins))('%s', async (_, { rule, parameters = {}, W, b, x, range, relevance }) => {
    const graph = graphOf([input('x', ['N', x.length], range)], [node('y', 'Gemm', ['x', 'W', 'b'])], {
      W: inline([x.length, 1], W),
      b: inline([1], [b]),
    });
    const typed = typedOf(graph);
    const plan = planOf(typed, 'standard', { rule: { name: rule, parameters } });
    const inputs = { x: floats([1, x.length], x) };
    const { at } = await explainRun(typed, plan, inputs, { target: { kind: 'argmax' } }, backend.name);
    relevance.forEach((wanted, i) => expect(at('x')[i]).toBeCloseTo(wanted, 5));
  });
});

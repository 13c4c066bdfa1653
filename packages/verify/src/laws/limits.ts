import type { Point } from '../search/point.js';
import { agreement, type NamedLaw } from './pair.js';

const of = ({ sources }: Point, name: string): readonly number[] => sources.map((source) => source[name] ?? 0);
const R = ({ output }: Point): number => output['R'] ?? 0;
const b = ({ output }: Point): number => output['b'] ?? 0;

const total = (point: Point, part: (contribution: number) => number = (v) => v): number =>
  point.sources.reduce((sum, { x = 0, w = 0 }) => sum + part(x * w), 0);

const positiveTotal = (point: Point): number => total(point, (v) => Math.max(v, 0)) + Math.max(b(point), 0);

const away = (value: number): boolean => Math.abs(value) >= 0.05;

const inputsNotNegative = (point: Point): boolean => of(point, 'x').every((x) => x >= 0);

const equalWeights = (point: Point): boolean => {
  const [first = 0, ...rest] = of(point, 'w').map(Math.abs);
  return away(first) && rest.every((w) => w === first);
};

/** What one rule becomes at the edge of its parameters, and what its name promises. */
export const limits: readonly NamedLaw[] = [
  agreement({
    name: 'α = 1 is z⁺',
    rule: 'alpha-beta',
    at: { alpha: 1, stabilizer: 0 },
    is: ['z-plus', { stabilizer: 0 }],
  }),
  agreement({
    name: 'z⁺ is α = 1, β = 0',
    rule: 'z-plus',
    at: { stabilizer: 0 },
    is: ['alpha-beta', { alpha: 1, stabilizer: 0 }],
  }),
  agreement({
    name: 'α-β is α·z⁺ − β·z⁻, apart',
    rule: 'alpha-beta',
    at: { alpha: 2, stabilizer: 0 },
    is: (point) => {
      const P = positiveTotal(point);
      const N = total(point, (v) => Math.min(v, 0)) + Math.min(b(point), 0);
      const part = (v: number, d: number): number => (d === 0 ? 0 : v / d);
      return point.sources.map(
        ({ x = 0, w = 0 }) => (2 * part(Math.max(x * w, 0), P) - part(Math.min(x * w, 0), N)) * R(point),
      );
    },
  }),
  agreement({ name: 'γ = 0 is zero', rule: 'gamma', at: { gamma: 0, stabilizer: 0 }, is: ['zero', {}] }),
  agreement({
    name: 'γ → 0 tends to zero',
    rule: 'gamma',
    at: { gamma: 1e-9, stabilizer: 0 },
    is: ['zero', {}],
    where: (point) => away(total(point) + b(point)),
    within: 1e-5,
  }),
  agreement({
    name: 'γ → ∞ tends to z⁺ for x ≥ 0',
    rule: 'gamma',
    at: { gamma: 1e9, stabilizer: 0 },
    is: ['z-plus', { stabilizer: 0 }],
    where: (point) => inputsNotNegative(point) && positiveTotal(point) > 0.05,
    within: 1e-5,
  }),
  agreement({
    name: 'generalized γ is γ for x ≥ 0 and y > 0',
    rule: 'generalized-gamma',
    at: { gamma: 0.5, stabilizer: 0 },
    is: ['gamma', { gamma: 0.5, stabilizer: 0 }],
    where: (point) => inputsNotNegative(point) && (point.output['y'] ?? 0) > 0.05,
  }),
  agreement({ name: 'ε = 0 is zero', rule: 'epsilon', at: { epsilon: 0 }, is: ['zero', {}] }),
  agreement({
    name: 'ε → 0 tends to zero',
    rule: 'epsilon',
    at: { epsilon: 1e-10 },
    is: ['zero', {}],
    where: (point) => away(total(point) + b(point)),
    within: 1e-5,
  }),
  agreement({
    name: 'ε keeps the sign of the total, and sgn(0) = 1',
    rule: 'epsilon',
    at: { epsilon: 0.5 },
    is: (point) => {
      const z = total(point) + b(point);
      return point.sources.map(({ x = 0, w = 0 }) => (x * w * R(point)) / (z + (z < 0 ? -0.5 : 0.5)));
    },
  }),
  agreement({
    name: 'zero is x·w / y',
    rule: 'zero',
    at: {},
    is: (point) => {
      const y = total(point) + b(point);
      return point.sources.map(({ x = 0, w = 0 }) => (y === 0 ? 0 : (x * w * R(point)) / y));
    },
    where: ({ output }) => output['y'] === 0 || away(output['y'] ?? 0),
  }),
  agreement({
    name: 'w² is flat where weights are equal in size',
    rule: 'w-square',
    at: { include_bias: 0, stabilizer: 0 },
    is: ['flat', { stabilizer: 0 }],
    where: equalWeights,
  }),
  agreement({
    name: 'flat is w² where weights are equal in size',
    rule: 'flat',
    at: { stabilizer: 0 },
    is: ['w-square', { include_bias: 0, stabilizer: 0 }],
    where: equalWeights,
  }),
  agreement({
    name: 'excitation with its bias is z⁺',
    rule: 'excitation',
    at: { include_bias: 1, stabilizer: 0 },
    is: ['z-plus', { stabilizer: 0 }],
  }),
  agreement({
    name: 'excitation is z⁺ without bias',
    rule: 'excitation',
    at: { include_bias: 0, stabilizer: 0 },
    is: ['z-plus', { stabilizer: 0 }],
    where: (point) => b(point) <= 0,
  }),
  agreement({
    name: 'shared bias is zero where there is none',
    rule: 'epsilon-shared-bias',
    at: { epsilon: 0 },
    is: ['zero', {}],
    where: (point) => b(point) === 0 && (total(point) === 0 || away(total(point))),
  }),
  agreement({
    name: 'z-box with low = 0 = high is zero without bias',
    rule: 'z-box',
    at: { stabilizer: 0 },
    is: ['zero', {}],
    where: (point) =>
      b(point) === 0 &&
      [...of(point, 'low'), ...of(point, 'high')].every((v) => v === 0) &&
      (total(point) === 0 || away(total(point))),
  }),
  agreement({
    name: 'z-box measures from low where w > 0, from high where w < 0',
    rule: 'z-box',
    at: { stabilizer: 0 },
    is: (point) => {
      const parts = point.sources.map(({ x = 0, w = 0, low = 0, high = 0 }) => w * (x - (w > 0 ? low : high)));
      const all = parts.reduce((sum, part) => sum + part, 0);
      return parts.map((part) => (all === 0 ? 0 : (part * R(point)) / all));
    },
    where: (point) => point.sources.every(({ x = 0, low = 0, high = 0 }) => low <= x && x <= high && low < high),
  }),
  agreement({ name: 'the signal takes all', rule: 'signal-take-all', at: {}, is: (point) => [0, R(point)] }),
  agreement({
    name: 'gate and signal get half each',
    rule: 'gate-half',
    at: {},
    is: (point) => [R(point) / 2, R(point) / 2],
  }),
  agreement({
    name: 'gate and signal share by size',
    rule: 'gate-absolute',
    at: { stabilizer: 0 },
    is: (point) => {
      const [gate, signal] = [Math.abs(point.output['gate_pre'] ?? 0), Math.abs(point.output['signal_pre'] ?? 0)];
      const all = gate + signal;
      return all === 0 ? [0, 0] : [(gate / all) * R(point), (signal / all) * R(point)];
    },
  }),
  agreement({
    name: 'the first maximum takes all',
    rule: 'winner-take-all',
    at: {},
    is: (point) => {
      const x = of(point, 'x');
      const first = x.indexOf(Math.max(...x));
      return x.map((_, i) => (i === first ? R(point) : 0));
    },
  }),
  agreement({ name: 'an activation hands on R', rule: 'pass', at: {}, is: (point) => [R(point)] }),
  agreement({
    name: 'operands of a sum get equal shares',
    rule: 'equal-split',
    at: {},
    is: (point) => point.sources.map(() => R(point) / point.sources.length),
  }),
];

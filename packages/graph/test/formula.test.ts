import * as fc from 'fast-check';
import { all, create } from 'mathjs/number';
import { describe, expect, test } from 'vitest';
import { attributesOf, formulaOf, kindOf, opNames, operators, type Attributes, type OpName } from '@kirchhoff/graph';

const math = create(all ?? {}, { relTol: 1e-300, absTol: 0, predictable: true });
math.import({ where: (c: number | boolean, a: number, b: number): number => (c ? a : b) });

const evaluate = (formula: string, scope: Readonly<Record<string, number>>): number =>
  Number(math.evaluate(formula, { ...scope }));

const numbersIn = (attrs: Attributes): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(attrs).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));

/** Symbols that stand for constant operands. */
const operands = { exponent: 3, low: -1, high: 1.5, slope: 0.25, other: 0.5 };
const points = [-3.2, -1.1, -0.3, 0.2, 0.9, 2.7, 4];
/** Where operators have a value that is not defined everywhere. */
const domains: Readonly<Partial<Record<OpName, readonly [number, number]>>> = {
  Log: [0.001, 20],
  Sqrt: [0.001, 20],
  Asin: [-0.999, 0.999],
  Acos: [-0.999, 0.999],
  Acosh: [1.001, 20],
  Atanh: [-0.999, 0.999],
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.log1p(Math.exp(x));

/** What ONNX says of each, written as a program. */
const meanings: Readonly<Record<string, (x: number) => number>> = {
  Relu: (x) => (x > 0 ? x : 0),
  LeakyRelu: (x) => (x < 0 ? 0.01 * x : x),
  PRelu: (x) => (x < 0 ? 0.25 * x : x),
  Elu: (x) => (x < 0 ? Math.expm1(x) : x),
  Selu: (x) => 1.0507009873554805 * (x <= 0 ? 1.6732632423543772 * Math.expm1(x) : x),
  Celu: (x) => Math.max(0, x) + Math.min(0, Math.expm1(x)),
  Sigmoid: sigmoid,
  HardSigmoid: (x) => Math.max(0, Math.min(1, 0.2 * x + 0.5)),
  HardSwish: (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)),
  Tanh: Math.tanh,
  Softplus: softplus,
  Softsign: (x) => x / (1 + Math.abs(x)),
  Mish: (x) => x * Math.tanh(softplus(x)),
  ThresholdedRelu: (x) => (x > 1 ? x : 0),
  Clip: (x) => Math.min(Math.max(x, -1), 1.5),
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Abs: Math.abs,
  Sign: Math.sign,
  Neg: (x) => -x,
  Sin: Math.sin,
  Cos: Math.cos,
  Tan: Math.tan,
  Asin: Math.asin,
  Acos: Math.acos,
  Atan: Math.atan,
  Sinh: Math.sinh,
  Cosh: Math.cosh,
  Asinh: Math.asinh,
  Acosh: Math.acosh,
  Atanh: Math.atanh,
  Pow: (x) => x ** 3,
  Max: (x) => Math.max(x, 0.5),
  Min: (x) => Math.min(x, 0.5),
};

const withFormula = opNames.filter((op) => operators[op].formula !== undefined);
const scopeOf = (op: OpName): Readonly<Record<string, number>> => ({ ...operands, ...numbersIn(attributesOf({ op })) });
const pointsOf = (op: OpName): readonly number[] => {
  const [least, most] = domains[op] ?? [-Infinity, Infinity];
  return points.filter((x) => x >= least && x <= most);
};

describe('formulas', () => {
  test.each(Object.keys(meanings) as OpName[])('%s says what ONNX says', (op) => {
    const formula = formulaOf(op, attributesOf({ op }))?.formula ?? '';
    for (const x of pointsOf(op))
      expect(evaluate(formula, { ...scopeOf(op), x })).toBeCloseTo(meanings[op]?.(x) ?? NaN, 6);
  });

  test('Gelu, exact and by tanh', () => {
    const [exact, approximate] = ['none', 'tanh'].map((how) => formulaOf('Gelu', { approximate: how })?.formula ?? '');
    expect(evaluate(exact ?? '', { x: 1 })).toBeCloseTo(0.8413447460685429, 12);
    expect(evaluate(approximate ?? '', { x: 1 })).toBeCloseTo(0.8411919906082768, 12);
    expect(evaluate(exact ?? '', { x: -2 })).toBeCloseTo(-0.04550026389635842, 12);
  });

  test('every elementwise operator has one', () => {
    const elementwise = opNames.filter((op) => {
      const inputs = operators[op].inputs.map((_, i) => (i === 0 ? 'x' : 'c'));
      const attrs = Object.fromEntries(
        Object.entries(operators[op].attrs).map(([key, spec]) => [key, spec.default ?? 1]),
      );
      return kindOf({ name: 'y', op, inputs, attrs }, (name) => name === 'c') === 'elementwise';
    });
    expect(elementwise.length).toBeGreaterThan(20);
    expect(elementwise.filter((op) => !withFormula.includes(op))).toEqual([]);
  });

  test.each(withFormula.filter((op) => operators[op].derivative !== undefined))('the stable derivative of %s', (op) => {
    const { formula, derivative } = formulaOf(op, attributesOf({ op })) ?? { formula: '' };
    const step = 1e-5;
    for (const x of pointsOf(op)) {
      const at = (v: number): number => evaluate(formula, { ...scopeOf(op), x: v });
      const slope = (at(x + step) - at(x - step)) / (2 * step);
      expect(evaluate(derivative ?? '', { ...scopeOf(op), x, y: at(x) })).toBeCloseTo(slope, 6);
    }
  });

  test('stable derivatives stay finite far out', () => {
    for (const op of ['Sigmoid', 'Softplus', 'Tanh'] as const) {
      const { formula = '', derivative = '' } = formulaOf(op, {}) ?? {};
      for (const x of [-800, 800]) {
        const y = evaluate(formula, { x });
        expect(Number.isFinite(evaluate(derivative, { x, y }))).toBe(true);
      }
    }
  });
});

describe('facts', () => {
  const unaries = withFormula.filter(
    (op) => operators[op].inputs.length === 1 && operators[op].inputs[0]?.variadic !== true,
  );
  test.each(unaries)('%s stays within its bounds', (op) => {
    const attrs = attributesOf({ op });
    const formula = formulaOf(op, attrs)?.formula ?? '';
    const [least, most] = domains[op] ?? [-20, 20];
    const ends = fc.tuple(
      fc.double({ min: least, max: most, noNaN: true }),
      fc.double({ min: least, max: most, noNaN: true }),
    );
    fc.assert(
      fc.property(ends, fc.double({ min: 0, max: 1, noNaN: true }), ([a, b], share) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const x = Math.min(high, Math.max(low, low + share * (high - low)));
        fc.pre(op !== 'Reciprocal' || Math.abs(x) > 1e-9);
        const bounds = operators[op].facts({ attrs, inputs: [{ low, high }], types: [] });
        const y = evaluate(formula, { ...scopeOf(op), x });
        const slack = 1e-12 * Math.max(1, Math.abs(y));
        expect(y).toBeGreaterThanOrEqual(bounds.low - slack);
        expect(y).toBeLessThanOrEqual(bounds.high + slack);
      }),
      { seed: 42, numRuns: 60 },
    );
  });
});

describe('attributesOf', () => {
  test('fills in what has a default, keeps what is given, leaves the optional out', () => {
    expect(attributesOf({ op: 'Gemm', attrs: { transB: 1 } })).toEqual({ alpha: 1, beta: 1, transA: 0, transB: 1 });
    expect(attributesOf({ op: 'Conv' })).toEqual({ auto_pad: 'NOTSET', group: 1 });
  });
});

import { derivative, evaluateExpr, fromNumber, printExpr, substitute, type Expr } from '@kirchhoff/formula';
import { describe, expect, it } from 'vitest';
import { read, scalarScope } from './read.js';

const scope = scalarScope('x', 'y', 'alpha', 'gamma', 'low', 'high');
const parameters = { alpha: 0.25, gamma: 1.5, low: -1, high: 2 };
const at = (expr: Expr, x: number): number => evaluateExpr(expr, { x, ...parameters });

const operators: readonly (readonly [name: string, formula: string, kinks: readonly number[]])[] = [
  ['Relu', 'max(x, 0)', [0]],
  ['Relu, the other way round', 'max(0, x)', [0]],
  ['Relu as pos', 'pos(x)', [0]],
  ['LeakyRelu', 'where(x >= 0, x, alpha*x)', [0]],
  ['Elu', 'where(x > 0, x, alpha*(exp(min(x, 0)) - 1))', [0]],
  ['Selu', 'gamma*where(x > 0, x, alpha*exp(x) - alpha)', [0]],
  ['Sigmoid', '1/(1 + exp(-x))', []],
  ['Tanh', 'tanh(x)', []],
  ['Gelu', '0.5*x*(1 + erf(x/sqrt(2)))', []],
  ['Gelu by tanh', '0.5*x*(1 + tanh(sqrt(2/3.141592653589793)*(x + 0.044715*x^3)))', []],
  ['HardSigmoid', 'max(0, min(1, alpha*x + 0.5))', [-2, 2]],
  ['HardSwish', 'x*max(0, min(1, x/6 + 0.5))', [-3, 3]],
  ['Softplus', 'max(x, 0) + log(1 + exp(-abs(x)))', [0]],
  ['Clip', 'min(max(x, low), high)', [-1, 2]],
  ['Abs', 'abs(x)', [0]],
  ['Erf', 'erf(x)', []],
  ['Sin, Cos and Atan', 'sin(x)*cos(2*x) + atan(x^2)', []],
  ['Pow', 'x^3 + (x^2 + 1)^0.5 + abs(x)^gamma', [0]],
  ['Sqrt and Log', 'sqrt(x^2 + 1)*log(x^2 + 2)', []],
  ['others', 'neg(x)*x + stab(x, 0.5) + ratio(x, x^2 + 1) + sgn(x)*(x > 1)', [0, 1]],
  ['nested', 'exp(-pos(tanh(max(x, x^2, 0.5))))^2/3', [-0.71, 0, 0.5, 1]],
];

const points = [-4.3, -2.6, -1.7, -0.9, -0.3, 0.2, 0.7, 1.4, 2.3, 3.6];

describe('derivative', () => {
  it.each(operators)('%s: %s', (_, formula, kinks) => {
    const expr = read(formula, scope);
    const slope = derivative(expr, 'x');
    for (const x of points) {
      if (kinks.some((k) => Math.abs(k - x) < 0.01)) continue;
      const h = 1e-5;
      const quotient = (at(expr, x + h) - at(expr, x - h)) / (2 * h);
      expect(Math.abs(at(slope, x) - quotient), `at ${x}: ${printExpr(slope)}`).toBeLessThan(
        1e-7 * Math.max(1, Math.abs(quotient)),
      );
    }
  });

  it.each([
    ['max(x, 0)', 0, 0],
    ['max(0, x)', 0, 0],
    ['pos(x)', 0, 0],
    ['neg(x)', 0, 0],
    ['abs(x)', 0, 0],
    ['min(max(x, low), high)', -1, 0],
    ['min(max(x, low), high)', 2, 0],
    ['max(0, min(1, alpha*x + 0.5))', 2, 0],
    ['where(x > 0, x, alpha*x)', 0, 0.25],
    ['max(x, 0) + log(1 + exp(-abs(x)))', 0, 0],
  ])('%s at its kink %d has slope %d', (formula, x, slope) => {
    expect(at(derivative(read(formula, scope), 'x'), x)).toBe(slope);
  });

  it('knows nothing but its symbol to vary, whatever the symbols are called', () => {
    const expr = read('alpha*x^2 + exp(gamma)*high', scope);
    expect(printExpr(derivative(expr, 'x'))).toBe('alpha*(2*x)');
    expect(printExpr(derivative(expr, 'high'))).toBe('exp(gamma)');
    expect(printExpr(derivative(expr, 'y'))).toBe('0');
  });

  it('keeps constants exact', () => {
    const third = substitute(read('alpha*x', scope), { alpha: read('1/3', scope) });
    expect(derivative(third, 'x')).toEqual(read('1/3', scope));
    expect(derivative(read('0.1*x + 0.2*x', scope), 'x')).toEqual(fromNumber(0.3));
  });
});

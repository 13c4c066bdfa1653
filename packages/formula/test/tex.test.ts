import { toTex } from '@kirchhoff/formula';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyExpr } from './anyExpr.js';
import { read } from './read.js';

const scope = {
  symbols: ['x', 'w', 'b', 'y', 'R', 'low', 'high', 'epsilon', 'gamma', 'stabilizer', 'dydx', 'D', 'include_bias'],
  functions: ['pos', 'neg', 'abs', 'sgn', 'stab', 'ratio', 'where', 'min', 'max', 'exp', 'total'] as const,
};

describe('toTex', () => {
  it.each([
    [
      'ratio(x*w, stab(total(x*w) + b, epsilon))*R',
      '\\frac{x \\, w}{\\sum_{i} x_{i} \\, w_{i} + b + \\epsilon \\, \\mathrm{sgn}\\left(\\sum_{i} x_{i} \\, w_{i} + b\\right)} \\, R',
    ],
    ['x*(w + gamma*pos(w))', 'x \\, \\left(w + \\gamma \\, w^{+}\\right)'],
    ['pos(x*w)', '\\left(x \\, w\\right)^{+}'],
    ['(D == 0)*R', '\\left[D = 0\\right] \\, R'],
    ['dydx*R', '\\frac{\\partial y}{\\partial x} \\, R'],
    ['1e-6*y', '10^{-6} \\, y'],
    ['2*3', '2 \\cdot 3'],
    ['total(x)*R', '\\left(\\sum_{i} x_{i}\\right) \\, R'],
    ['-x - (y - b)', '-x - \\left(y - b\\right)'],
    ['low*neg(w)', 'l \\, w^{-}'],
    ['include_bias^2', '\\mathrm{include\\_bias}^{2}'],
    [
      'where(y > 0 and b >= 0, x, where(y < 0, w, 0))',
      '\\begin{cases} x & \\text{if } \\left(y > 0\\right) \\land \\left(b \\ge 0\\right) \\\\ w & \\text{if } y < 0 \\\\ 0 & \\text{otherwise} \\end{cases}',
    ],
  ])('%s', (text, tex) => {
    expect(toTex(read(text, scope))).toBe(tex);
  });

  it('takes a formula as well as its tree', () => {
    const expr = read('x^2');
    expect(toTex({ text: 'x^2', expr })).toBe(toTex(expr));
  });

  it('balances braces and \\left with \\right', () => {
    fc.assert(
      fc.property(anyExpr, (expr) => {
        const tex = toTex(expr);
        const count = (pattern: RegExp): number => tex.match(pattern)?.length ?? 0;
        expect([count(/\{/g), count(/\\left/g)]).toEqual([count(/\}/g), count(/\\right/g)]);
        expect(tex).not.toMatch(/undefined|\\cdot[a-z]|\\,[a-z]/);
      }),
      { seed: 42, numRuns: 500 },
    );
  });
});

import * as E from 'fp-ts/lib/Either.js';
import { printProblems } from '@kirchhoff/message';
import {
  printExpr,
  separate,
  substitute,
  unbounded,
  type Bound,
  type Expr,
  type Separated,
  type SeparateOptions,
} from '@kirchhoff/formula';
import { describe, expect, it } from 'vitest';
import { read, ruleScope } from './read.js';
import { sideOf } from './sides.js';

type Facts = Readonly<Record<string, Bound>>;

const nonneg: Facts = { x: { low: 0, high: Infinity, nonzero: false } };
const anything: Facts = {};
const unbiased: Facts = { b: { low: 0, high: 0, nonzero: false } };

const options = (facts: Facts): SeparateOptions => ({ side: sideOf, bounds: (symbol) => facts[symbol] ?? unbounded });

/** Reads a formula with its lets put in, each of which may use those before it. */
const withLets = (text: string, lets: Readonly<Record<string, string>>): Expr => {
  const scope = { ...ruleScope, symbols: [...ruleScope.symbols, ...Object.keys(lets)] };
  const trees: Record<string, Expr> = {};
  for (const [name, value] of Object.entries(lets)) trees[name] = substitute(read(value, scope), trees);
  return substitute(read(text, scope), trees);
};

const separated = (
  message: string,
  facts: Facts,
  lets: Readonly<Record<string, string>> = {},
  outputs: Readonly<Record<string, string>> = {},
): Separated => {
  const others = Object.fromEntries(Object.entries(outputs).map(([name, text]) => [name, withLets(text, lets)]));
  const result = separate(withLets(message, lets), others, options(facts));
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return result.right;
};

const shown = ({
  passes,
  terms,
}: Separated): { readonly passes: readonly string[]; readonly terms: readonly string[] } => ({
  passes: passes.map((p) => `${printExpr(p.source)} | ${printExpr(p.connection)}`),
  terms: terms.map((t) => `${printExpr(t.source)} | ${printExpr(t.connection)} | ${printExpr(t.output)}`),
});

const gammaLets = { D: 'stab(total(x*(w + 0.25*pos(w))) + b + 0.25*pos(b), 1e-6)' };
const alphaBetaLets = { P: 'total(pos(x*w)) + pos(b)', N: 'total(neg(x*w)) + neg(b)' };
const boxed = 'x*w - low*pos(w) - high*neg(w)';
const generalized =
  'where(y > 0, ratio(x*w + 0.25*pos(x*w), total(x*w + 0.25*pos(x*w)) + b + 0.25*pos(b)), ' +
  'where(y < 0, ratio(x*w + 0.25*neg(x*w), total(x*w + 0.25*neg(x*w)) + b + 0.25*neg(b)), 0))*R';

describe('the yardstick: forward passes and terms (adjoint passes)', () => {
  it.each<[string, string, Facts, Readonly<Record<string, string>>, number, number]>([
    ['epsilon', 'ratio(x*w, stab(total(x*w) + b, 1e-6))*R', anything, {}, 0, 1],
    ['zero', 'ratio(x*w, total(x*w) + b)*R', anything, {}, 0, 1],
    ['zero without bias', 'ratio(x*w, total(x*w))*R', unbiased, {}, 0, 1],
    ['excitation', 'ratio(pos(x*w), total(pos(x*w)))*R', nonneg, {}, 1, 1],
    ['z-plus after a Relu', 'ratio(pos(x*w), P)*R', nonneg, alphaBetaLets, 1, 1],
    ['z-plus', 'ratio(pos(x*w), P)*R', anything, alphaBetaLets, 2, 2],
    ['alpha-beta after a Relu', '(2*ratio(pos(x*w), P) - 1*ratio(neg(x*w), N))*R', nonneg, alphaBetaLets, 2, 2],
    ['alpha-beta, alpha = 1', '(1*ratio(pos(x*w), P) - 0*ratio(neg(x*w), N))*R', nonneg, alphaBetaLets, 1, 1],
    ['alpha-beta', '(2*ratio(pos(x*w), P) - 1*ratio(neg(x*w), N))*R', anything, alphaBetaLets, 4, 4],
    ['gamma', 'ratio(x*(w + 0.25*pos(w)), D)*R', nonneg, gammaLets, 1, 1],
    [
      'gamma, multiplied out',
      'ratio(x*w + 0.25*x*pos(w), total(x*w + 0.25*pos(x*w)) + b + 0.25*pos(b))*R',
      nonneg,
      {},
      1,
      1,
    ],
    ['generalized gamma after a Relu', generalized, nonneg, {}, 2, 2],
    ['generalized gamma', generalized, anything, {}, 4, 4],
    ['z-box', `ratio(${boxed}, total(${boxed}))*R`, anything, {}, 2, 2],
    ['flat', 'ratio(1, total(1))*R', anything, {}, 1, 1],
    ['w-square', 'ratio(w^2, total(w^2))*R', anything, {}, 1, 1],
    ['absolute values', 'ratio(abs(x*w), total(abs(x*w)))*R', anything, {}, 1, 1],
    ['gradient', 'w*R', anything, {}, 0, 1],
    ['nothing', '0', anything, {}, 0, 0],
    ['shared bias', 'ratio(x*w + (b + 0.001*sgn(y))/total(1), stab(y, 0.001))*R', anything, {}, 1, 2],
  ])('%s', (_, message, facts, lets, passes, terms) => {
    const result = separated(message, facts, lets);
    expect([result.passes.length, result.terms.length]).toEqual([passes, terms]);
  });
});

describe('separate', () => {
  it('uses y where a total and the bias stand together, in every place', () => {
    const lets = { D: 'stab(total(x*w) + b, 1e-6)' };
    const leaks = { bias: 'ratio(b, D)*R', stabilizer: 'ratio(1e-6*sgn(total(x*w) + b), D)*R', dead: '(D == 0)*R' };
    const result = separated('ratio(x*w, D)*R', anything, lets, leaks);
    expect(shown(result)).toEqual({ passes: [], terms: ['x | w | R/stab(y, 1e-6)'] });
    expect(Object.entries(result.outputs).map(([name, expr]) => `${name}: ${printExpr(expr)}`)).toEqual([
      'bias: b/stab(y, 1e-6)*R',
      'stabilizer: 1e-6*sgn(y)/stab(y, 1e-6)*R',
      'dead: 0',
    ]);
  });

  it('recognises y under a common factor, in any order, and where the weight is a known number', () => {
    expect(shown(separated('x*w*(2*b + total(2*w*x))', anything)).terms).toEqual(['x | w | 2*y']);
    const mean = { w: { low: 0.25, high: 0.25, nonzero: true } };
    expect(shown(separated('ratio(x*w, total(x*w) + b)*R', mean))).toEqual({
      passes: [],
      terms: ['x | 1 | ratio(0.25*R, y)'],
    });
    const residual = { w: { low: 1, high: 1, nonzero: true }, ...unbiased };
    expect(shown(separated('ratio(x*w, total(x*w) + b)*R', residual))).toEqual({
      passes: [],
      terms: ['x | 1 | ratio(R, y)'],
    });
    expect(shown(separated('total(pos(x*w))*w + total(neg(x*w))*w + b*w', nonneg)).passes).toEqual([
      'x | pos(w)',
      'x | neg(w)',
    ]);
    expect(shown(separated('(total(pos(x*w)) + total(neg(x*w)) + b)*w', nonneg))).toEqual({
      passes: [],
      terms: ['1 | w | y'],
    });
  });

  it('does not take a total without its bias for y', () => {
    const result = separated('ratio(x*w, total(x*w))*R', anything);
    expect(shown(result)).toEqual({ passes: ['x | w'], terms: ['x | w | ratio(R, pass0)'] });
    expect(printExpr(result.forward!)).toBe('pass0 + b');
  });

  it('says where y comes for free, and only there', () => {
    const both = separated('(2*ratio(pos(x*w), P) - ratio(neg(x*w), N))*R', nonneg, alphaBetaLets);
    expect(printExpr(both.forward!)).toBe('pass0 + pass1 + b');
    expect(separated('ratio(pos(x*w), P)*R', nonneg, alphaBetaLets).forward).toBeUndefined();
    const four = separated(generalized, anything);
    expect(printExpr(four.forward!)).toBe('pass0 + pass3 + pass2 + pass1 + b');
  });

  it('merges R into the numerator, so that no 1/d overflows', () => {
    expect(shown(separated('ratio(x, total(w^2))*w*R*R', anything)).terms).toEqual(['x | w | ratio(R^2, pass0)']);
    expect(shown(separated('where(y > 0, x*w/y, 0)*R', anything)).terms).toEqual(['x | w | where(y > 0, R/y, 0)']);
    expect(shown(separated('ratio(x*w, x*w*y)*R', anything)).terms).toEqual([
      'ratio(x, x) | ratio(w, w) | ratio(R, y)',
    ]);
  });

  it('never obtains a total by subtraction', () => {
    const low = { ...unbiased, low: { low: 0, high: 0, nonzero: false } };
    const result = shown(separated(`ratio(${boxed}, total(${boxed}))*R`, low));
    expect(result).toEqual({
      passes: ['x | pos(w)', 'x - high | neg(w)'],
      terms: ['x | pos(w) | ratio(R, pass0 + pass1)', 'x - high | neg(w) | ratio(R, pass0 + pass1)'],
    });
    const positive = shown(separated('ratio(pos(x*w), total(pos(x*w)))*ratio(R, total(x*w) + b)', nonneg));
    expect(positive.passes).toEqual(['x | pos(w)']);
  });

  it('gives the message and its totals the same derived weights', () => {
    expect(shown(separated('ratio(x*(w + 0.25*pos(w)), D)*R', nonneg, gammaLets))).toEqual({
      passes: ['x | w + 0.25*pos(w)'],
      terms: ['x | w + 0.25*pos(w) | R/stab(pass0 + b + 0.25*pos(b), 1e-6)'],
    });
    const both = shown(separated(generalized, nonneg));
    expect(both.passes).toEqual(['x | pos(w)', 'x | neg(w)']);
    expect(both.terms.map((t) => t.split(' | ')[1])).toEqual(['pos(w)', 'neg(w)']);
  });

  it('pulls what belongs to the output out of a total, totals included', () => {
    expect(shown(separated('x*w*total(x*R*total(abs(w)))', anything))).toEqual({
      passes: ['1 | abs(w)', 'x | 1'],
      terms: ['x | w | R*pass0*pass1'],
    });
  });

  it('reads indicators of products, sums of disjoint cases', () => {
    expect(shown(separated('(x*w > 0)*R', anything)).terms).toEqual(['x > 0 | w > 0 | R', 'x < 0 | w < 0 | R']);
    expect(shown(separated('(x*w > 0 and R*x != 0)*R', nonneg)).terms).toEqual([
      '(x > 0)*(x != 0) | w > 0 | (R != 0)*R',
    ]);
    expect(shown(separated('where(w > 0, x, -x)*R', anything)).terms).toEqual([
      'x | where(w > 0, 1, 0) - where(w > 0, 0, 1) | R',
    ]);
  });

  it.each([
    ['exp(x*w)*R', '"exp(x*w)" does not separate into a source, a connection and an output factor'],
    [
      'pos(x*w + b)*R',
      '"pos(x*w + b)" does not separate into a source, a connection and an output factor: pos is applied to a sum',
    ],
    [
      'x/(x + w)',
      '"x/(x + w)" does not separate into a source, a connection and an output factor: its divisor is a sum',
    ],
    ['where(x*w > 0, x, w)', 'its condition looks at more than one side'],
    ['(x*w > 1)*R', '"x*w > 1" does not separate into a source, a connection and an output factor: a comparison'],
    ['(x + w)^0.5', 'its exponent is no small non-negative integer'],
    ['total(max(x, w))*x', '"max(x, w)" does not separate'],
    ['(x + w + y)^8', 'it expands into more than 256 products'],
  ])('refuses %s, quoting what does not separate', (text, message) => {
    const result = separate(read(text), {}, options(anything));
    const said = E.isLeft(result) ? printProblems(result.left) : 'separated';
    expect(said).toContain(message);
    expect(said).toContain('the reference backend can still run the rule, message by message');
  });

  it('reports all that does not separate at once, each once', () => {
    const result = separate(read('sgn(x*w) + exp(x*w) + sgn(x*w)'), { leak: read('x*R') }, options(anything));
    expect(E.isLeft(result) ? result.left.map((p) => p.message.split(' ')[0]) : []).toEqual([
      '"sgn(x*w)"',
      '"exp(x*w)"',
      '"x*R"',
    ]);
  });
});

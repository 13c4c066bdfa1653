import * as E from 'fp-ts/lib/Either.js';
import * as fc from 'fast-check';
import { printProblems } from '@kirchhoff/message';
import { apply, Fraction, num, parseFormula, printExpr, sym } from '@kirchhoff/formula';
import { describe, expect, it } from 'vitest';
import { anyExpr } from './anyExpr.js';
import { read, ruleScope } from './read.js';

const refusal = (text: string): string => {
  const parsed = parseFormula(text, ruleScope);
  return E.isLeft(parsed) ? printProblems(parsed.left) : 'accepted';
};

describe('parseFormula', () => {
  it.each([
    ['x*w + b', apply('add', apply('multiply', sym('x'), sym('w')), sym('b'))],
    ['ratio(x*w, y)*R', apply('multiply', apply('ratio', apply('multiply', sym('x'), sym('w')), sym('y')), sym('R'))],
    ['-x^2', apply('unaryMinus', apply('pow', sym('x'), num(2)))],
    ['x^-2', apply('pow', sym('x'), num(-2))],
    ['2^3^2', apply('pow', num(2), apply('pow', num(3), num(2)))],
    ['+x - -3', apply('subtract', sym('x'), num(-3))],
    ['1/3*x', apply('multiply', num(new Fraction(1n, 3n)), sym('x'))],
    ['x/1/3', apply('divide', apply('divide', sym('x'), num(1)), num(3))],
    ['1e-6', num(new Fraction(1n, 1_000_000n))],
    ['0.1', num(new Fraction(1n, 10n))],
    ['.5e1', num(5)],
    [
      'not x > 0 and y <= 0 or b == 0',
      apply(
        'or',
        apply('and', apply('larger', apply('not', sym('x')), num(0)), apply('smallerEq', sym('y'), num(0))),
        apply('equal', sym('b'), num(0)),
      ),
    ],
    ['max(x, 0, b)', apply('max', sym('x'), num(0), sym('b'))],
    ['pos (x)', apply('pos', sym('x'))],
  ])('reads %s', (text, expr) => {
    expect(read(text)).toEqual(expr);
  });

  it('keeps literals exact that float64 does not hold', () => {
    expect(read('0.1 + 0.2')).toEqual(apply('add', num(new Fraction(1n, 10n)), num(new Fraction(1n, 5n))));
    expect(read('1.67326319217681884765625')).toEqual(num(new Fraction(167326319217681884765625n, 10n ** 23n)));
  });

  it.each([
    ['x*q', 'column 3: unknown symbol "q"'],
    ['poz(x)', 'column 1: unknown function "poz" (did you mean "pos"?)'],
    ['x + lowe*1', 'column 5: unknown symbol "lowe" (did you mean "low"?)'],
    ['R (x+w)', 'column 1: "R" is no function and cannot be called; for a product write R*(...)'],
    ['pos*2', 'column 1: "pos" is a function'],
    ['1/2 x', 'column 5: there is no operator before "x"'],
    ['2x', 'column 2: there is no operator before "x"'],
    ['(x)(w)', 'column 4: there is no operator before "("'],
    ['x not w', 'column 3: there is no operator before "not"'],
    ['x = 3', 'column 3: "=" has no meaning in a formula'],
    ['"x"', 'column 1: "\\"" has no meaning'],
    ['x[1]', 'column 2: "[" has no meaning'],
    ['1:3', 'column 2: ":" has no meaning'],
    ['x ? w : b', 'column 3: "?" has no meaning'],
    ['x; w', 'column 2: ";" has no meaning'],
    ["x'", 'column 2: "\'" has no meaning'],
    ['x!', 'column 2: "!" has no meaning'],
    ['true', 'column 1: unknown symbol "true"'],
    ['NaN + Infinity', 'column 7: unknown symbol "Infinity"'],
    ['i*e*pi', 'column 3: unknown symbol "e"'],
    ['x mod w', 'column 3: unknown symbol "mod"'],
    ['5 cm', 'column 3: unknown symbol "cm"'],
    ['0 < x < 1', 'column 7: comparisons cannot be chained at "<"'],
    ['pos(x, w)', 'column 1: pos takes 1 argument, found 2'],
    ['x + ratio(x)', 'column 5: ratio takes 2 arguments, found 1'],
    ['max(x)', 'column 1: max takes at least 2 arguments, found 1'],
    ['pos()', 'column 1: pos takes 1 argument, found 0'],
    ['1e999', 'column 1: the number "1e999" does not fit float64'],
    ['x*1e-400', 'column 3: the number "1e-400" does not fit float64'],
    ['erf(x)', 'column 1: unknown function "erf"'],
    ['', 'the formula is empty'],
    ['(x', 'column 3: cannot read the formula: Parenthesis ) expected'],
    ['x +', 'cannot read the formula: Unexpected end of expression'],
    ['x)', 'column 2: cannot read the formula'],
    ['x,w', 'cannot read the formula'],
  ])('refuses %s', (text, message) => {
    expect(refusal(text)).toContain(message);
  });

  it('reports every unknown name at once', () => {
    const parsed = parseFormula('ratio(xx, DD) * RR + poss(1)', ruleScope);
    expect(E.isLeft(parsed) ? parsed.left.map((p) => p.at) : []).toEqual([
      'column 7',
      'column 11',
      'column 17',
      'column 22',
    ]);
  });

  it('refuses what would exhaust the stack, and says where', () => {
    expect(refusal(`${'('.repeat(5000)}x`)).toContain('more than 2000');
    expect(refusal(`${'('.repeat(300)}x${')'.repeat(300)}`)).toContain(
      'column 101: parentheses are nested more than 100 deep',
    );
  });

  it('never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      'x',
      'w',
      'pos',
      'R',
      '(',
      ')',
      ',',
      '+',
      '-',
      '*',
      '/',
      '^',
      '<',
      '==',
      'and',
      'not',
      ' ',
      '1',
      '2.5e-3',
      '.',
      '=',
      'sum',
      '#',
      '\n',
      '\u{1F600}',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (texts) => {
        const parsed = parseFormula(texts.join(''), ruleScope);
        expect(E.isRight(parsed) || parsed.left.length > 0).toBe(true);
      }),
      { seed: 42, numRuns: 2000 },
    );
  });
});

describe('printExpr', () => {
  it.each([
    'total(x*w) + b',
    'x*(w + 0.25*pos(w))',
    'x - (w - b)',
    '(x + w)^2',
    '-x^2',
    '(-x)^2',
    'x/(w*b)',
    '1e-6*sgn(y)',
    'where(y > 0, x, -w)',
    '(x < w) == (y < b)',
    'not (x < w)',
    '1/3*x',
    'x*-2',
  ])('gives %s back as it was written', (text) => {
    expect(printExpr(read(text))).toBe(text);
  });

  it('drops what is superfluous', () => {
    expect(printExpr(read('((x)*(w))+(b)-(+0.50)'))).toBe('x*w + b - 0.5');
  });

  it('prints every tree so that it parses back to the same tree', () => {
    fc.assert(
      fc.property(anyExpr, (expr) => {
        expect(read(printExpr(expr))).toEqual(expr);
      }),
      { seed: 42, numRuns: 1500 },
    );
  });
});

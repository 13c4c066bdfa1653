import { compileOracle } from '@kirchhoff/formula';
import { describe, expect, it } from 'vitest';

const value = (text: string, scope: Record<string, number> = {}, lets: Record<string, string> = {}): number =>
  compileOracle(text, lets)(scope, []);

describe('compileOracle', () => {
  it.each([
    ['sgn(0)', 1],
    ['sgn(-0.5)', -1],
    ['stab(0, 0.25)', 0.25],
    ['stab(-1, 0.25)', -1.25],
    ['pos(-3) + neg(-3)', -3],
    ['ratio(1, 0)', 0],
    ['ratio(0, 0)', 0],
    ['ratio(1, 4)', 0.25],
    ['where(1 > 2, 1/0, 5)', 5],
    ['where(2 > 1, 5, ratio(1, 0)/0)', 5],
    ['(3 > 2)*7', 7],
    ['(2 > 1 and not (1 > 2)) + 1', 2],
    ['max(0, 1e-20) > 0', 1],
    ['1e-20 > 0', 1],
    ['1e-16 + 1 == 1', 1],
    ['0.1 + 0.2 == 0.3', 0],
    ['-2^2', -4],
    ['2^-1', 0.5],
    ['1e-6*1e6', 1],
  ])('%s is %d', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  it('reads single letters as symbols, never as units or constants', () => {
    expect(value('b + i + e', { b: 1, i: 2, e: 3 })).toBe(6);
    expect(() => value('b + 1')).toThrow('no value was given for "b"');
    expect(() => value('e + 1')).toThrow('no value was given for "e"');
  });

  it('sums over the sources, with the output outside of them', () => {
    const oracle = compileOracle('ratio(x*w, total(x*w) + b)*R', {});
    const sources = [
      { x: 1, w: 2 },
      { x: 3, w: -4 },
    ];
    expect(sources.map((s) => oracle({ ...s, b: 5, R: 10 }, sources))).toEqual([-4, 24]);
    expect(() => oracle({ x: 1, w: 1, b: 0, R: 1 }, [{ x: 1 }, { w: 1 }])).not.toThrow();
    expect(() => oracle({ b: 0, R: 1 }, sources)).toThrow('no value was given for "x"');
  });

  it('puts lets in as trees, each after those before it, inside totals too', () => {
    const oracle = compileOracle('total(v)/D', { v: 'x + w', D: 'total(v)*2 - c' });
    const sources = [
      { x: 1, w: 2 },
      { x: 3, w: 4 },
    ];
    expect(oracle({ c: 10 }, sources)).toBe(1);
  });
});

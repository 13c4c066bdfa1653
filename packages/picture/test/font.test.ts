import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadFont } from '../src/index.js';
import { ellipsise, numberText, percentText, wrap, type Style } from '../src/text.js';
import { face, noto } from './noto.js';

const style: Style = { size: 12, weight: 'regular', colour: '#000000' };
const words = fc.array(fc.stringMatching(/^[\w→ε⁺.,/-]{1,14}$/u), { maxLength: 12 }).map((list) => list.join(' '));

test('text becomes outlines: each character from the first font that has it', () => {
  const latin = loadFont(face('latin-400'));
  const greek = loadFont(face('greek-400'));
  const both = loadFont([face('latin-400'), face('greek-400')]);
  expect(both.path('a', 0, 10, 12)).toBe(latin.path('a', 0, 10, 12));
  expect(both.path('ε', 0, 10, 12)).toBe(greek.path('ε', 0, 10, 12));
  expect(both.width('aε', 12)).toBeCloseTo(latin.width('a', 12) + greek.width('ε', 12));
});

test('arrows and raised signs are drawn where no font has them', () => {
  const box = noto.path('漢', 0, 20, 20);
  for (const character of ['→', '←', '⁺', '⁻']) {
    const path = noto.path(character, 0, 20, 20);
    expect(path).toMatch(/^M/u);
    expect(path).not.toBe(box);
  }
  expect(noto.width('⁺', 20)).toBeLessThan(noto.width('+', 20));
});

test('path data is made of numbers only, wherever the text stands', () => {
  fc.assert(
    fc.property(words, fc.double({ min: 0, max: 500, noNaN: true }), (text, x) => {
      expect(noto.path(text, x, x / 3, 12.5)).toMatch(/^[Mlqcz\d. -]*$/u);
    }),
    { seed: 42 },
  );
});

test('the outlines of a text begin where they are put and end where the next would begin', () => {
  const [, first = ''] = /^M([\d.]+)/u.exec(noto.path('H', 100, 50, 20)) ?? [];
  expect(Number(first)).toBeGreaterThanOrEqual(100);
  expect(Number(first)).toBeLessThan(100 + noto.width('H', 20));
});

test('bytes that are no font are refused', () => {
  expect(() => loadFont(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer)).toThrow(
    /^font 0: not a font that can be read/u,
  );
  expect(() => loadFont([])).toThrow('no font was given');
});

test('shortened and wrapped texts fit', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 10, max: 200 }), fc.integer({ min: 1, max: 3 }), (text, width, most) => {
      const lines = wrap(text, width, most, style, noto);
      expect(lines.length).toBeLessThanOrEqual(most);
      for (const line of [...lines, ellipsise(text, width, style, noto)]) {
        expect(noto.width(line, style.size)).toBeLessThanOrEqual(width);
      }
    }),
    { seed: 42 },
  );
});

test('a text that fits is left alone, a longer one breaks at hyphens and spaces and then ends in an ellipsis', () => {
  expect(wrap('3 → 3 (97 %)', 112, 2, style, noto)).toEqual(['3 → 3 (97 %)']);
  expect(wrap('epsilon-plus-flat', 60, 2, style, noto)).toEqual(['epsilon-', 'plus-flat']);
  expect(wrap('gradient times input, smoothed', 70, 2, style, noto)).toEqual(['gradient', 'times inpu…']);
  expect(wrap('', 70, 2, style, noto)).toEqual([]);
});

test('numbers are short and true to their size', () => {
  expect([0, 8.3149, -0.0123456, 999.96, 16162, 1.5e-7, -2.5e12].map(numberText)).toEqual([
    '0',
    '8.31',
    '−0.0123',
    '1000',
    '16162',
    '1.50e−7',
    '−2.50e12',
  ]);
  expect([0, 1, 0.0234, -0.5, 0.9962, 0.00001, 1.234].map(percentText)).toEqual([
    '0 %',
    '100 %',
    '2.3 %',
    '−50 %',
    '99.6 %',
    '1.0e−3 %',
    '123 %',
  ]);
});

test('signs of control characters are drawn as on keys, not as empty boxes', () => {
  const box = noto.path('\u{1f995}', 0, 0, 10);
  for (const sign of '␀␁␉␊␛␟␡') {
    expect(noto.path(sign, 0, 0, 10)).not.toBe(box);
    expect(noto.width(sign, 10)).toBeCloseTo(
      noto.width(`^${sign === '␡' ? '?' : String.fromCharCode(sign.charCodeAt(0) - 0x2400 + 64)}`, 7.5),
    );
  }
});

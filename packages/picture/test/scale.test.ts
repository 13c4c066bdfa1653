import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { colourOf, hexOf, limitOf, type Rgb } from '../src/index.js';
import { insideGamut, labOf } from '../src/scale.js';

const linear = (c: number): number => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);

/** Relative luminance as WCAG defines it. */
const luminance = ([r, g, b]: Rgb): number => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

const part = fc.double({ min: 0, max: 1, noNaN: true });
const steps = Array.from({ length: 101 }, (_, i) => i / 100);

test('zero is a neutral near-white', () => {
  expect(hexOf(colourOf(0, 1))).toBe('#f7f7f7');
  expect(colourOf(-0, 3)).toEqual(colourOf(0, 3));
});

test('the ends are a deep blue and a deep red', () => {
  expect([hexOf(colourOf(-1, 1)), hexOf(colourOf(1, 1))]).toMatchInlineSnapshot(`
    [
      "#22428c",
      "#880c1a",
    ]
  `);
});

test('the scale is symmetric: equal strength is equally dark, red above zero and blue below', () => {
  fc.assert(
    fc.property(part, (t) => {
      expect(labOf(t)[0]).toBe(labOf(-t)[0]);
      const [warm, cool] = [colourOf(t, 1), colourOf(-t, 1)];
      expect(warm[0]).toBeGreaterThanOrEqual(warm[2]);
      expect(cool[2]).toBeGreaterThanOrEqual(cool[0]);
    }),
    { seed: 42 },
  );
});

test('both arms only ever get darker away from zero', () => {
  for (const sign of [-1, 1]) {
    const lights = steps.map((t) => luminance(colourOf(sign * t, 1)));
    lights.slice(1).forEach((light, i) => expect(light).toBeLessThan(lights[i] ?? 0));
  }
});

test('no colour is cut off at the edge of sRGB', () => {
  expect(steps.flatMap((t) => [t, -t]).filter((t) => !insideGamut(t))).toEqual([]);
});

test('for and against stay apart for readers with deuteranopia and protanopia', () => {
  // Machado, Oliveira and Fernandes 2009, severity 1, in linear-light sRGB.
  const deutan = [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881];
  const protan = [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998];
  for (const matrix of [deutan, protan]) {
    const seen = (colour: Rgb): readonly number[] =>
      [0, 3, 6].map((row) => colour.reduce((sum, c, i) => sum + (matrix[row + i] ?? 0) * linear(c), 0));
    for (const t of [0.25, 0.5, 0.75, 1]) {
      const [warm, cool] = [seen(colourOf(t, 1)), seen(colourOf(-t, 1))];
      const distance = Math.hypot(...warm.map((c, i) => c - (cool[i] ?? 0)));
      expect(distance).toBeGreaterThan(0.12);
    }
  }
});

test('only the ratio of value and limit counts, and values beyond the limit get its colour', () => {
  fc.assert(
    fc.property(part, fc.integer({ min: -20, max: 20 }), (t, exponent) => {
      const limit = 2 ** exponent;
      expect(colourOf(t * limit, limit)).toEqual(colourOf(t, 1));
      expect(colourOf((1 + t) * limit, limit)).toEqual(colourOf(limit, limit));
    }),
    { seed: 42 },
  );
});

test('what is not finite has no colour', () => {
  expect(() => colourOf(Number.NaN, 1)).toThrow('the value NaN has no colour');
  expect(() => colourOf(Infinity, 1)).toThrow('the value Infinity has no colour');
  for (const limit of [0, -1, Number.NaN, Infinity]) {
    expect(() => colourOf(0, limit)).toThrow(`the colour limit is ${limit}`);
  }
});

test('the limit is the largest |R|, or a quantile of it', () => {
  expect(limitOf([[1, -3], [2]])).toBe(3);
  const spike = [...Array.from({ length: 999 }, (_, i) => i / 999), 500];
  expect(limitOf([spike], 0.999)).toBeCloseTo(998 / 999);
  expect(limitOf([spike], 1)).toBe(500);
});

test('the limit of maps that are mostly zero is still above zero', () => {
  expect(limitOf([[0, 0, 0]])).toBe(1);
  expect(limitOf([])).toBe(1);
  expect(limitOf([[0, 0, 0, 5]], 0.5)).toBe(5);
  expect(() => limitOf([[0, Number.NaN]])).toThrow('the value NaN has no colour');
  expect(() => limitOf([[1]], 0)).toThrow('the quantile is 0');
});

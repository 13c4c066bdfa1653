import { opNames } from '@kirchhoff/graph';
import { describe, expect, it } from 'vitest';
import { curvesOf } from '../src/curve.js';
import { curveSvg } from '../src/picture.js';

const drawn = opNames.flatMap((op) => curvesOf(op).map((curve) => [`${op} ${curve.variant}`.trim(), curve] as const));

/** The pieces of the lines of one colour: moves of the pen. */
const piecesOf = (svg: string, color: string): number => {
  const [, path = ''] = new RegExp(`stroke="${color}"[^>]*aria-label="line"><path d="([^"]*)"`).exec(svg) ?? [];
  return path.match(/M/g)?.length ?? 0;
};

const svgOf = (op: (typeof opNames)[number]): string => {
  const [curve] = curvesOf(op);
  if (curve === undefined) throw new Error(`${op} has no formula`);
  return curveSvg(curve);
};

describe('curves', () => {
  it('are those of all operators with a formula', () => {
    expect(drawn.length).toBeGreaterThan(25);
  });

  it.each(drawn)('%s: the derivative is the slope', (_, curve) => {
    const h = 1e-5;
    const places = [-3.3, -1.9, -0.9, -0.7, -0.2, 0.4, 0.8, 1.1, 2.6, 2.9, 3.7].filter((x) =>
      Number.isFinite(curve.valueAt(x)),
    );
    expect(places.length).toBeGreaterThan(3);
    for (const x of places) {
      const quotient = (curve.valueAt(x + h) - curve.valueAt(x - h)) / (2 * h);
      expect(Math.abs(curve.slopeAt(x) - quotient)).toBeLessThan(1e-6 * Math.max(1, Math.abs(quotient)));
    }
  });
});

describe('pictures', () => {
  it.each(drawn)('%s is a document with two curves and no holes in its numbers', (_, curve) => {
    const svg = curveSvg(curve);
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg.match(/aria-label="line"/g)).toHaveLength(2);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('break a line where it jumps, and only there', () => {
    expect(piecesOf(svgOf('Relu'), '#3b82f6')).toBe(1);
    expect(piecesOf(svgOf('Relu'), '#e8710a')).toBe(2);
    expect(piecesOf(svgOf('Clip'), '#e8710a')).toBe(3);
    expect(piecesOf(svgOf('Reciprocal'), '#3b82f6')).toBe(2);
    expect(piecesOf(svgOf('Sigmoid'), '#e8710a')).toBe(1);
  });

  it('leave out what is not defined', () => {
    expect(piecesOf(svgOf('Log'), '#e8710a')).toBe(1);
  });
});

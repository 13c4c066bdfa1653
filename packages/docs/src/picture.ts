import { line, plot, ruleX, ruleY, text } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Curve } from './curve.js';

/** Colours that can be read on white and on black alike. */
const colors = { y: '#3b82f6', dydx: '#e8710a', axes: '#7d8590' };

const reach = 4;
const step = 0.05;

/** Between the places where activations have their kinks, never on them. */
const places: readonly number[] = Array.from({ length: (2 * reach) / step }, (_, i) => -reach + (i + 0.5) * step);

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Whether the curve breaks between two neighbours: it moves much further than on either side. */
const breaks = (ys: readonly number[], i: number): boolean => {
  const move = (at: number): number => Math.abs((ys[at + 1] ?? NaN) - (ys[at] ?? NaN));
  const beside = [move(i - 1), move(i + 1)].filter((m) => !Number.isNaN(m));
  return move(i) > 0.05 && beside.every((m) => move(i) > 5 * m);
};

/** Sampled points, rounded; NaN where nothing is to be drawn: out of reach, not defined, or over a jump. */
const pointsOf = (f: (x: number) => number): readonly Point[] => {
  const ys = places.map(f);
  return places.flatMap((x, i) => {
    const y = ys[i] ?? NaN;
    const drawn = Number.isFinite(y) && Math.abs(y) <= reach;
    const point = { x, y: drawn ? Math.round(y * 1e4) / 1e4 : NaN };
    return breaks(ys, i) ? [point, { x, y: NaN }] : [point];
  });
};

const domainOf = (points: readonly Point[]): readonly [number, number] => {
  const ys = points.map(({ y }) => y).filter((y) => !Number.isNaN(y));
  return [Math.min(-0.5, ...ys) - 0.25, Math.max(1, ...ys) + 0.25];
};

/** The curve and its derivative over −4 … 4 as an SVG document that stands on a light or a dark page. */
export const curveSvg = (curve: Curve): string => {
  const { document } = parseHTML('<!DOCTYPE html><html><body></body></html>');
  const value = pointsOf(curve.valueAt);
  const slope = pointsOf((x) => (Number.isFinite(curve.valueAt(x)) ? curve.slopeAt(x) : NaN));
  const axis = { stroke: colors.axes, strokeOpacity: 0.6 };
  const named = (name: string, fill: string, dx: number) =>
    text([name], { frameAnchor: 'top-left', fill, dx, dy: -16, fontSize: 12, fontWeight: 'bold' });
  const svg: { readonly outerHTML: string; readonly setAttribute: (name: string, value: string) => void } = plot({
    document,
    width: 360,
    height: 220,
    marginTop: 24,
    marginLeft: 36,
    style: { color: colors.axes, background: 'transparent', fontFamily: 'sans-serif' },
    x: { domain: [-reach, reach], label: null, ticks: 9 },
    y: { domain: domainOf([...value, ...slope]), label: null, ticks: 6 },
    marks: [
      ruleX([0], axis),
      ruleY([0], axis),
      line(value, { x: 'x', y: 'y', stroke: colors.y, strokeWidth: 2.5 }),
      line(slope, { x: 'x', y: 'y', stroke: colors.dydx, strokeWidth: 1.5, strokeDasharray: '4 3' }),
      named('y', colors.y, 0),
      named('dy/dx', colors.dydx, 16),
    ],
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  return `${svg.outerHTML.replace(/\d+\.\d{3,}/g, (digits) => String(Math.round(Number(digits) * 100) / 100))}\n`;
};

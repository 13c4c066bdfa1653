import { barX, dot, line, plot, ruleX, ruleY, text, type PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { ComparisonMethod, ComparisonMetric } from './comparison.js';

/** Hues that stand on white and on black alike. */
const hues = { strong: '#3b82f6', warm: '#e8710a', quiet: '#7d8590' } as const;
const causeHues = ['#3b82f6', '#e8710a', '#8b5cf6', '#0d9488', '#db2777', '#a16207', '#7d8590', '#65a30d'];

const draw = (options: PlotOptions, label: string): string => {
  const { document } = parseHTML('<!DOCTYPE html><html><body></body></html>');
  const figure: { readonly outerHTML: string; readonly setAttribute: (name: string, value: string) => void } = plot({
    document,
    style: { background: 'transparent', fontFamily: 'inherit', fontSize: '12px' },
    ...options,
  });
  figure.setAttribute('role', 'img');
  figure.setAttribute('aria-label', label);
  return figure.outerHTML.replace(/\d+\.\d{3,}/g, (digits) => String(Math.round(Number(digits) * 100) / 100));
};

/** Characters of a name that stand beside a chart; the name itself stands in the tables. */
const longestName = 28;

const shortName = (name: string): string =>
  name.length <= longestName ? name : `${name.slice(0, longestName - 1).replace(/[\ud800-\udbff]$/, '')}…`;

const leftFor = (names: readonly string[]): number =>
  16 + 6.6 * names.reduce((longest, name) => Math.max(longest, shortName(name).length), 0);

/** Mean and interval of every method under one metric, in the order of the methods. */
export const metricChart = ({ title, values }: ComparisonMetric, methods: readonly ComparisonMethod[]): string => {
  const rows = methods.flatMap(({ name }, i) => {
    const value = values[i];
    return value === null || value === undefined ? [] : [{ name, ...value }];
  });
  if (rows.length === 0) return '';
  const names = rows.map(({ name }) => name);
  return draw(
    {
      width: 380,
      height: 46 + 19 * rows.length,
      marginLeft: leftFor(names),
      marginTop: 8,
      x: { label: null, ticks: 4, grid: true },
      y: { domain: names, label: null, tickFormat: shortName },
      marks: [
        line(
          rows.flatMap(({ name, low, high }) => [
            { name, x: low },
            { name, x: high },
          ]),
          { x: 'x', y: 'name', z: 'name', stroke: hues.strong, strokeWidth: 2 },
        ),
        dot(rows, { x: 'mean', y: 'name', r: 3.5, fill: hues.strong }),
      ],
    },
    title,
  );
};

/** How the decision falls while parts are removed: a small chart for each method, the random order's curve in grey. */
export const curveCharts = (methods: readonly ComparisonMethod[], random: readonly number[]): readonly string[] => {
  const points = (values: readonly number[]) => values.map((y, k) => ({ x: k / (values.length - 1), y }));
  const channels = { x: 'x', y: 'y' } as const;
  return methods.flatMap(({ name, curves }) =>
    curves === null
      ? []
      : [
          draw(
            {
              width: 178,
              height: 130,
              marginLeft: 30,
              marginTop: 24,
              marginBottom: 22,
              x: { domain: [0, 1], ticks: [0, 0.5, 1], label: null },
              y: { domain: [0, 1], ticks: [0, 0.5, 1], label: null },
              marks: [
                ruleY([0], { strokeOpacity: 0.4 }),
                line(points(random), { ...channels, stroke: hues.quiet, strokeOpacity: 0.7 }),
                line(points(curves.least), {
                  ...channels,
                  stroke: hues.warm,
                  strokeWidth: 1.8,
                  strokeDasharray: '5 3',
                }),
                line(points(curves.most), { ...channels, stroke: hues.strong, strokeWidth: 2.2 }),
                text([name], { text: shortName, frameAnchor: 'top', dy: -16, fontWeight: 600 }),
              ],
            },
            `${name}: probability of the decision while parts are removed`,
          ),
        ],
  );
};

/** The causes that parts went to, in the order in which they first appear, the inputs first. */
export const causesOf = (methods: readonly ComparisonMethod[]): readonly (readonly [cause: string, hue: string])[] => {
  const causes = [...new Set(methods.flatMap(({ parts = {} }) => Object.keys(parts)))];
  return causes.map((cause, i) => [cause, causeHues[i % causeHues.length]!]);
};

/** Where what is explained went, as stacked bars about 0: inputs, bias, stabiliser and the other causes. */
export const ledgerChart = (methods: readonly ComparisonMethod[]): string => {
  const drawn = methods.filter(({ parts }) => parts !== undefined);
  if (drawn.length === 0) return '';
  const causes = causesOf(methods);
  const names = drawn.map(({ name }) => name);
  const bars = drawn.flatMap(({ name, parts = {} }) =>
    Object.entries(parts).map(([cause, value]) => ({ name, cause, value })),
  );
  return draw(
    {
      width: 660,
      height: 46 + 24 * drawn.length,
      marginLeft: leftFor(names),
      marginTop: 8,
      x: { label: null, grid: true, ticks: 6, tickFormat: '.0%' },
      y: { domain: names, label: null, tickFormat: shortName },
      color: { domain: causes.map(([cause]) => cause), range: causes.map(([, hue]) => hue) },
      marks: [barX(bars, { x: 'value', y: 'name', fill: 'cause', insetTop: 3, insetBottom: 3 }), ruleX([0])],
    },
    'where what is explained went',
  );
};

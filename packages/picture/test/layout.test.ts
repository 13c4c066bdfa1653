import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sheet } from '../src/index.js';
import { layoutBars } from '../src/bars.js';
import type { Box } from '../src/box.js';
import { layoutSheet } from '../src/layout.js';
import { noto } from './noto.js';

const overlapping = (boxes: readonly Box[]): readonly (readonly [Box, Box])[] =>
  boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap((b) => {
      const apart =
        a.x + a.width <= b.x + 1e-6 ||
        b.x + b.width <= a.x + 1e-6 ||
        a.y + a.height <= b.y + 1e-6 ||
        b.y + b.height <= a.y + 1e-6;
      return apart ? [] : [[a, b] as const];
    }),
  );

const outside = (boxes: readonly Box[], width: number, height: number): readonly Box[] =>
  boxes.filter((b) => b.x < 0 || b.y < 0 || b.x + b.width > width || b.y + b.height > height);

const text = fc.oneof(
  fc.constant(''),
  fc.string({ maxLength: 60 }),
  fc
    .array(fc.constantFrom('epsilon', 'plus-flat', '→', 'ε', '97 %', 'W'.repeat(40)), { maxLength: 9 })
    .map((a) => a.join(' ')),
);
const picture = fc
  .tuple(fc.constantFrom(5, 28, 64, 97, 224), fc.constantFrom(5, 28, 60, 224))
  .map(([h, w]) => ({ shape: [h, w], data: new Float32Array(h * w) }));
const sheets: fc.Arbitrary<Sheet> = fc.integer({ min: 1, max: 4 }).chain((columns) =>
  fc.record(
    {
      title: text,
      subtitle: text,
      target: text,
      share: fc.constantFrom('map', 'row', 'column', 'sheet'),
      unit: fc.constantFrom('relevance', 'share'),
      quantile: fc.constantFrom(1, 0.999),
      columns: fc.array(fc.record({ title: text, subtitle: text }), { minLength: columns, maxLength: columns }),
      rows: fc.array(
        fc.record({
          input: picture,
          caption: text,
          maps: fc.array(
            fc.tuple(picture, fc.double(), text).map(([map, total, note]) => ({ ...map, total, note })),
            { minLength: columns, maxLength: columns },
          ),
        }),
        { minLength: 1, maxLength: 3 },
      ),
    },
    { requiredKeys: ['title', 'columns', 'rows'] },
  ),
);

test('nothing of a sheet overlaps, and nothing lies outside of it', () => {
  fc.assert(
    fc.property(sheets, fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (sheet, limit) => {
      const limits = sheet.rows.map(({ maps }) => maps.map((_, i) => limit * (i + 1)));
      const { width, height, texts, pictures, bar } = layoutSheet(sheet, limits, noto);
      const boxes = [...texts, ...pictures, bar];
      expect(overlapping(boxes)).toEqual([]);
      expect(outside(boxes, width, height)).toEqual([]);
      expect(pictures.length).toBe(sheet.rows.length * (sheet.columns.length + 1));
    }),
    { seed: 42, numRuns: 60 },
  );
});

test('small pictures are enlarged by a whole factor to 96 pixels or more, large ones shown at no more than 448', () => {
  const layout = (side: number) => {
    const map = { shape: [side, side], data: new Float32Array(side * side) };
    const sheet = { title: '', columns: [{ title: '' }], rows: [{ input: map, caption: '', maps: [map] }] };
    return layoutSheet(sheet, [[1]], noto).pictures.map(({ factor, width, height }) => [factor, width, height]);
  };
  expect(layout(28)).toEqual([
    [4, 112, 112],
    [4, 112, 112],
  ]);
  expect(layout(224)).toEqual([
    [1, 224, 224],
    [1, 224, 224],
  ]);
  expect(layout(896)).toEqual([
    [1, 448, 448],
    [1, 448, 448],
  ]);
});

test('nothing of the bars overlaps, and bars keep to their field', () => {
  const entry = fc.record({ label: text, value: fc.double({ min: -1e9, max: 1e9, noNaN: true }) });
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 8 }),
      fc.record({ title: text, of: fc.double({ min: -1e3, max: 1e3, noNaN: true }) }, { requiredKeys: [] }),
      (entries, options) => {
        const { width, height, texts, bars, field } = layoutBars(entries, options, noto);
        expect(overlapping([...texts, field])).toEqual([]);
        expect(overlapping(bars)).toEqual([]);
        expect(outside([...texts, ...bars, field], width, height)).toEqual([]);
        for (const bar of bars) {
          expect(bar.x).toBeGreaterThanOrEqual(field.x - 1e-6);
          expect(bar.x + bar.width).toBeLessThanOrEqual(field.x + field.width + 1e-6);
        }
      },
    ),
    { seed: 42, numRuns: 60 },
  );
});

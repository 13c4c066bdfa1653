import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textSegments, type TextSheet } from '../src/index.js';
import { insideGamut, type Rgb } from '../src/scale.js';
import { contrast, darkColours, darkGround, inkOn, lightColours, lightGround } from '../src/text-colour.js';
import { breakSegments } from '../src/text-lines.js';
import { shadeSheet } from '../src/text-sheet.js';
import { review } from './review.js';

const seed = { seed: 42 };

describe('textSegments', () => {
  const tokens = [
    { form: '보', pos: 'VV', id: 5, known: true, segment: 0 },
    { form: '았', pos: 'EP', id: 6, known: true, segment: 0 },
    { form: '쀍', id: 1, known: false, segment: 1 },
  ];
  const segments = ['봤', '쀍', ' ', '끝'].map((text, start) => ({ text, start, end: start + 1 }));

  test('names the tokens of each segment', () => {
    expect(textSegments({ text: '봤쀍 끝', tokens, segments })).toEqual([
      {
        text: '봤',
        tokens: [
          { name: '보/VV', known: true },
          { name: '았/EP', known: true },
        ],
      },
      { text: '쀍', tokens: [{ name: '쀍', known: false }] },
      { text: ' ', tokens: [] },
      { text: '끝', tokens: [] },
    ]);
  });

  test('marks what was not read', () => {
    const truncated = { kept: 3, from: 2, notice: 'too long' };
    const unread = textSegments({ text: '봤쀍 끝', tokens, segments, truncated }).map((segment) => segment.unread);
    expect(unread).toEqual([undefined, undefined, true, true]);
  });
});

describe('shadeSheet', () => {
  const positions = (sheet: TextSheet): readonly (readonly (readonly (number | undefined)[])[])[] =>
    shadeSheet(sheet).map((lines) => lines.map(({ shades }) => shades.map((shade) => shade?.position)));

  test('shares are parts of Σ|R|; the lines of a sample share a limit', () => {
    const [first] = shadeSheet(review);
    expect(first?.map(({ shades }) => shades.map((shade) => shade && [shade.value, shade.part]))).toEqual([
      [[6, 0.6], undefined, [-2, -0.2], [2, 0.2]],
      [[0.01, 0.25], undefined, [0, 0], [-0.03, -0.75]],
    ]);
    expect(first?.map(({ limit, total }) => [limit, total])).toEqual([
      [0.75, 6],
      [0.75, -0.5],
    ]);
    expect(positions(review)[0]?.[0]).toEqual([0.6 / 0.75, undefined, -0.2 / 0.75, 0.2 / 0.75]);
  });

  test('amounts, each line by itself', () => {
    expect(positions({ ...review, unit: 'relevance', share: 'map' })[0]).toEqual([
      [1, undefined, -2 / 6, 2 / 6],
      [0.01 / 0.03, undefined, 0, -1],
    ]);
  });

  test('positions lie in [−1, 1], and relevance of 0 throughout is neutral', () => {
    const [sample] = review.samples;
    const zero = {
      ...review,
      samples: [
        {
          ...sample!,
          values: [
            [0, null, 0, 0],
            [0, null, 0, 0],
          ],
        },
      ],
    };
    expect(positions(zero)[0]?.[0]).toEqual([0, undefined, 0, 0]);
    for (const share of ['map', 'row', 'column', 'sheet'] as const)
      for (const unit of ['share', 'relevance'] as const)
        for (const position of positions({ ...review, share, unit }).flat(2))
          expect(Math.abs(position ?? 0)).toBeLessThanOrEqual(1);
  });

  const [sample] = review.samples;
  const withSample = (change: object): TextSheet => ({ ...review, samples: [{ ...sample!, ...change }] });
  test.each([
    [{ ...review, samples: [] }, '/samples: a sheet without samples cannot be drawn; give at least one of its samples'],
    [{ ...review, methods: [] }, '/methods: a sheet without methods cannot be drawn; give at least one of its methods'],
    [
      withSample({ values: [[1, null, 2, 3]] }),
      '/samples/0/values: 1 rows of values for 2 methods; give one row per method, in the order of the methods',
    ],
    [
      withSample({ totals: [1, 2, 3] }),
      '/samples/0/totals: 3 rows of values for 2 methods; give one row per method, in the order of the methods',
    ],
    [
      withSample({ values: [[1, null, 2, 3], [1]] }),
      '/samples/0/values/1: 1 values for 4 segments; give one per segment: a number, or null where no token stands',
    ],
    [
      withSample({
        values: [
          [1, null, 2, Number.NaN],
          [1, null, 2, 3],
        ],
      }),
      '/samples/0/values/0/3: the value NaN has no colour; relevance must be finite: find the node that made it with the reference backend',
    ],
  ])('refuses what cannot be drawn: %#', (sheet, message) => {
    expect(() => shadeSheet(sheet)).toThrow(message);
  });
});

describe('colours', () => {
  const steps = Array.from({ length: 81 }, (_, i) => i / 40 - 1);

  test('text can be read on every ground, light and dark', () => {
    for (const t of steps)
      for (const ground of [lightGround(t), darkGround(t)])
        expect(contrast(inkOn(ground), ground)).toBeGreaterThanOrEqual(4.1);
  });

  test('the dark scale is near-black at 0, lighter away from it, blue below and red above', () => {
    const luminous = ([r, g, b]: Rgb): number => contrast([0, 0, 0], [r, g, b]);
    const sizes = steps.filter((t) => t >= 0);
    sizes.slice(1).forEach((t, i) => {
      expect(luminous(darkGround(t))).toBeGreaterThan(luminous(darkGround(sizes[i]!)));
      expect(luminous(darkGround(-t))).toBeGreaterThan(luminous(darkGround(-sizes[i]!)));
    });
    expect(Math.max(...darkGround(0)) - Math.min(...darkGround(0))).toBeLessThanOrEqual(1);
    for (const t of sizes.filter((size) => size >= 0.1)) {
      const [[warmRed, , warmBlue], [coolRed, , coolBlue]] = [darkGround(t), darkGround(-t)];
      expect(warmRed).toBeGreaterThan(warmBlue);
      expect(coolBlue).toBeGreaterThan(coolRed);
    }
  });

  test('of text are those of all pictures', () => {
    expect(steps.every(insideGamut)).toBe(true);
    expect(lightColours(0)).toEqual({ ground: '#f7f7f7', ink: '#1b1f24' });
    expect(lightColours(1).ink).toBe('#ffffff');
    expect(darkColours(0).ink).toBe('#ffffff');
  });
});

describe('breakSegments', () => {
  const measure = (text: string): number => [...text].length;
  const linesOf = (parts: readonly string[], width: number): readonly string[] =>
    breakSegments(
      parts.map((text) => ({ text })),
      measure,
      width,
    ).map((line) => line.map(({ text }) => text).join('|'));

  test('breaks between words and at line breaks, and inside a word where it must', () => {
    expect(linesOf(['재미있', '어요', '. ', '봤', '다'], 6)).toEqual(['재미있|어요|.', '봤|다']);
    expect(linesOf(['a\nb\r\n\nc'], 9)).toEqual(['a', 'b', '', 'c']);
    expect(linesOf(['abcdefgh', ' i'], 3)).toEqual(['abc', 'def', 'gh', 'i']);
    expect(linesOf(['  a'], 9)).toEqual(['  |a']);
    expect(linesOf([], 9)).toEqual(['']);
  });

  test('keeps every visible character in order, within the width', () => {
    const part = fc.array(fc.constantFrom('가', 'b', ' ', '\n', '\t', '!'), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 9 }), fc.integer({ min: 1, max: 12 }), (parts, width) => {
        const segments = parts.map((characters) => ({ text: characters.join('') }));
        const lines = breakSegments(segments, measure, width);
        const black = (text: string): string => text.replaceAll(/\s/gu, '');
        expect(
          black(
            lines
              .flat()
              .map(({ text }) => text)
              .join(''),
          ),
        ).toBe(black(segments.map(({ text }) => text).join('')));
        for (const line of lines) {
          let x = 0;
          for (const piece of line) {
            expect(piece.x).toBe(x);
            x += piece.width;
          }
          expect(x).toBeLessThanOrEqual(width);
        }
        lines.flat().forEach(({ text, segment }) => expect(black(segments[segment]!.text)).toContain(black(text)));
      }),
      { ...seed, numRuns: 300 },
    );
  });
});

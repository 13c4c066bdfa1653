import { stripVTControlCharacters } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { charactersOf, textAnsi, textHtml, textSvg, type TextSheet } from '../src/index.js';
import type { Box } from '../src/box.js';
import stringWidth from 'string-width';
import { layoutTexts } from '../src/text-svg.js';
import { dots, noto } from './noto.js';
import { review } from './review.js';

const part = fc.array(fc.constantFrom('봤', '다', ' ', '\n', '<b>', '&', '"', '\u001b[2J', 'word', '.'), {
  minLength: 1,
  maxLength: 5,
});
const sheets: fc.Arbitrary<TextSheet> = fc.integer({ min: 1, max: 3 }).chain((methods) =>
  fc.record({
    title: fc.string({ maxLength: 40 }),
    methods: fc.array(fc.record({ title: fc.string({ maxLength: 30 }), subtitle: fc.string({ maxLength: 30 }) }), {
      minLength: methods,
      maxLength: methods,
    }),
    share: fc.constantFrom('map', 'row', 'column', 'sheet'),
    unit: fc.constantFrom('share', 'relevance'),
    samples: fc.array(
      fc.array(part, { maxLength: 12 }).chain((parts) =>
        fc.record({
          caption: fc.string({ maxLength: 60 }),
          notice: fc.string({ maxLength: 60 }),
          segments: fc.constant(
            parts.map((characters, i) => ({
              text: characters.join(''),
              tokens: [{ name: `${characters.join('')}/X`, known: i % 3 > 0 }],
            })),
          ),
          values: fc.array(
            fc.array(fc.option(fc.double({ min: -9, max: 9, noNaN: true })), {
              minLength: parts.length,
              maxLength: parts.length,
            }),
            { minLength: methods, maxLength: methods },
          ),
        }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  }),
);

describe('textHtml', () => {
  test('is a page that needs nothing else', () => {
    const page = textHtml(review);
    expect(page).toMatch(/^<!doctype html>/u);
    expect(page).not.toMatch(/https?:|<script|@import|url\(|src=|href=/u);
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(page).toContain('prefers-color-scheme:dark');
  });

  test('shows each segment with its tokens and its number', () => {
    const page = textHtml(review);
    expect(page.match(/<p class="text" lang="ko">[\s\S]*?<\/p>/gu)?.slice(0, 2)).toMatchInlineSnapshot(`
      [
        "<p class="text" lang="ko"><span class="s" style="--g:#ad3c36;--i:#ffffff;--dg:#b6665a;--di:#ffffff" title="보/VV + 았/EP
      R = +6.00 (60 % of Σ|R|)">봤</span> <span class="s unknown" style="--g:#a9c9e4;--i:#1b1f24;--dg:#38444d;--di:#ffffff" title="&lt;쀍&gt;/NNG (unknown to the model)
      R = −2.00 (−20 % of Σ|R|)">&lt;쀍&gt;</span><span class="s" style="--g:#f0b4a8;--i:#1b1f24;--dg:#523c38;--di:#ffffff" title="다/EF
      R = +2.00 (20 % of Σ|R|)">다</span></p>",
        "<p class="text" lang="ko"><span class="s" style="--g:#eba497;--i:#1b1f24;--dg:#614039;--di:#ffffff" title="보/VV + 았/EP
      R = +0.0100 (25 % of Σ|R|)">봤</span> <span class="s unknown" style="--g:#f7f7f7;--i:#1b1f24;--dg:#262626;--di:#ffffff" title="&lt;쀍&gt;/NNG (unknown to the model)
      R = 0 (0 % of Σ|R|)">&lt;쀍&gt;</span><span class="s" style="--g:#22428c;--i:#ffffff;--dg:#719cca;--di:#1b1f24" title="다/EF
      R = −0.0300 (−75 % of Σ|R|)">다</span></p>",
      ]
    `);
    expect(page).toContain('<div class="sum">Σ R = −0.500</div>');
    expect(page).toContain('<p class="notice" role="note">the text is too long</p>');
    expect(page).toContain('<b>epsilon</b> <small>ε = 0.001</small>');
    expect(page).toContain('speaks against 긍정');
    expect(page).toContain('<td lang="ko" class="tokens">보/VV + 았/EP</td>');
    expect(page).toContain('Underlined: a token that the model does not know.');
    expect(page).toContain('Struck out: not read by the model.');
  });

  test('lets no text become markup, and keeps the text whole', () => {
    fc.assert(
      fc.property(sheets, (sheet) => {
        const page = textHtml(sheet);
        const tags = new Set(Array.from(page.matchAll(/<\/?([a-z0-9]+)/gu), ([, name]) => name));
        const known =
          'html head meta title style body main header h1 p section h2 small div b span details summary table thead tr th tbody td footer';
        expect([...tags].filter((name) => !known.split(' ').includes(name ?? ''))).toEqual([]);
        expect(page).not.toContain('\u001b');
        const texts = Array.from(
          page.matchAll(/<p class="text" lang="ko">([\s\S]*?)<\/p>/gu),
          ([, inner = '']) => inner,
        );
        const plain = texts.map((inner) =>
          inner
            .replaceAll(/<[^>]*>/gu, '')
            .replaceAll('&lt;', '<')
            .replaceAll('&gt;', '>')
            .replaceAll('&quot;', '"')
            .replaceAll('&#39;', "'")
            .replaceAll('&amp;', '&')
            .replaceAll('␛', '\u001b'),
        );
        const written = sheet.samples.flatMap(({ segments, values }) =>
          values.map(() => segments.map(({ text }) => text).join('')),
        );
        expect(plain).toEqual(written);
      }),
      { seed: 42, numRuns: 60 },
    );
  });
});

describe('textAnsi', () => {
  test('shows the text, its methods, sums and a legend', () => {
    expect(stripVTControlCharacters(textAnsi(review, { columns: 60 }))).toMatchInlineSnapshot(`
      "Verdicts & reasons
      nsmc-lstm

      → 긍정 (98 %)  limit ±75 %
      epsilon ε = 0.001  Σ R = 6.00
        봤 <쀍>다
      gradient  Σ R = −0.500
        봤 <쀍>다

      → 부정 (61 %)  limit ±100 %
      the text is too long
      epsilon ε = 0.001  Σ R = 1.00
        좋 끝
      gradient  Σ R = −2.00
        좋 끝

      speaks against 긍정                          speaks for 긍정
      Colour: the segment’s part of its line’s Σ|R|. The lines
      of a sample share one colour limit. Underlined: a token
      that the model does not know. Struck out: not read by the
      model."
    `);
  });

  test('colours in 24 bits, on a light or a dark scale', () => {
    const esc = '\u001b';
    const drawn = textAnsi({ ...review, unit: 'relevance', share: 'map' });
    expect(drawn).toContain(`${esc}[48;2;136;12;26;38;2;255;255;255m봤${esc}[0m`);
    expect(drawn).toMatch(new RegExp(`${esc}\\[48;2;\\d+;\\d+;\\d+;38;2;\\d+;\\d+;\\d+;4m<쀍>`, 'u'));
    expect(drawn).toContain(`${esc}[2;9m끝${esc}[0m`);
    expect(textAnsi(review, { dark: true })).not.toBe(textAnsi(review));
  });

  test('fits the terminal, and no text can command it', () => {
    fc.assert(
      fc.property(sheets, fc.integer({ min: 20, max: 60 }), (sheet, columns) => {
        const drawn = textAnsi(sheet, { columns });
        const plain = stripVTControlCharacters(drawn);
        expect(plain).not.toMatch(/(?!\n)\p{Cc}/u);
        const rows = plain.split('\n').filter((row) => row.startsWith('  '));
        for (const row of rows) expect(stringWidth(row)).toBeLessThanOrEqual(columns);
      }),
      { seed: 42, numRuns: 60 },
    );
  });
});

describe('textSvg', () => {
  const overlapping = (boxes: readonly Box[]): number =>
    boxes.reduce(
      (count, a, i) =>
        count +
        boxes
          .slice(i + 1)
          .filter(
            (b) =>
              a.x + a.width > b.x + 1e-6 &&
              b.x + b.width > a.x + 1e-6 &&
              a.y + a.height > b.y + 1e-6 &&
              b.y + b.height > a.y + 1e-6,
          ).length,
      0,
    );

  test('nothing overlaps, and nothing lies outside', () => {
    fc.assert(
      fc.property(sheets, fc.integer({ min: 300, max: 900 }), (sheet, width) => {
        const layout = layoutTexts(sheet, { width }, noto);
        const boxes = [...layout.texts, ...layout.segments, layout.bar];
        expect(overlapping(boxes)).toBe(0);
        expect(
          boxes.filter((b) => b.x < 0 || b.y < 0 || b.x + b.width > layout.width || b.y + b.height > layout.height),
        ).toEqual([]);
      }),
      { seed: 42, numRuns: 60 },
    );
  });

  test('draws grounds, dotted lines below unknown tokens and lines through what is not read', () => {
    const svg = textSvg(review, dots);
    expect(svg).toContain('width="720"');
    expect(svg).not.toMatch(/<text|font-family|https?:\/\/(?!www\.w3\.org)/u);
    expect(svg.match(/rx="3"/gu)).toHaveLength(8);
    expect(svg.match(/stroke-dasharray/gu)).toHaveLength(2);
    expect(svg.match(/<path stroke="#57606a" stroke-width="1" d="M/gu)).toHaveLength(2);
    expect(svg).toContain('aria-label="&lt;쀍&gt;"');
  });

  test('says which letters its font must have', () => {
    for (const letter of '긍정봤쀍끝ε&') expect(charactersOf(review)).toContain(letter);
  });
});

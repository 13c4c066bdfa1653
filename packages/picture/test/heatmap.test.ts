import { Refusal } from '@kirchhoff/message';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { heatmapSheet, ledgerBars, type Sheet } from '../src/index.js';
import { dots, noto } from './noto.js';

const small: Sheet = {
  title: 'A <tiny> sheet',
  columns: [{ title: 'epsilon', subtitle: 'ε = 0.1' }],
  rows: [
    {
      input: { shape: [1, 2], data: [0, 1] },
      caption: '1 → 1',
      maps: [{ shape: [1, 2], data: [-1, 3] }],
    },
  ],
  target: '“1”',
};

const refused = (sheet: Sheet): unknown => {
  try {
    return heatmapSheet(sheet, dots);
  } catch (error) {
    return error instanceof Refusal ? error.message : error;
  }
};

test('a small sheet, drawn exactly', () => {
  const svg = heatmapSheet(small, dots).replaceAll(/base64,[\w+/=]+/gu, (data) => `base64,(${data.length})`);
  expect(svg).toMatchInlineSnapshot(`
    "<svg xmlns="http://www.w3.org/2000/svg" width="396" height="325" viewBox="0 0 396 325" role="img" aria-label="A &lt;tiny&gt; sheet">
    <rect x="0" y="0" width="396" height="325" fill="#ffffff"/>
    <image x="87" y="108.08" width="96" height="48" preserveAspectRatio="none" style="image-rendering:pixelated" role="img" aria-label="1 → 1" href="data:image/png;base64,(199)"/>
    <rect x="86.5" y="107.58" width="97" height="49" fill="none" stroke="#d0d4da"/>
    <image x="213" y="108.08" width="96" height="48" preserveAspectRatio="none" style="image-rendering:pixelated" role="img" aria-label="epsilon: 1 → 1" href="data:image/png;base64,(215)"/>
    <rect x="212.5" y="107.58" width="97" height="49" fill="none" stroke="#d0d4da"/>
    <image x="28" y="233" width="340" height="12" preserveAspectRatio="none" style="image-rendering:pixelated" role="img" aria-label="colour scale" href="data:image/png;base64,(1459)"/>
    <rect x="27.5" y="232.5" width="341" height="13" fill="none" stroke="#d0d4da"/>
    <path role="img" aria-label="A &lt;tiny&gt; sheet" fill="#1b1f24" d="M28.0 45.3z"/>
    <path role="img" aria-label="input" fill="#57606a" d="M121.3 97.3z"/>
    <path role="img" aria-label="epsilon" fill="#1b1f24" d="M239.1 81.9z"/>
    <path role="img" aria-label="ε = 0.1" fill="#57606a" d="M241.8 97.3z"/>
    <path role="img" aria-label="1 → 1" fill="#1b1f24" d="M120.0 172.3z"/>
    <path role="img" aria-label="limit ±75 %" fill="#57606a" d="M106.1 187.1z"/>
    <path role="img" aria-label="Σ R = 2.00" fill="#57606a" d="M234.8 170.8z"/>
    <path role="img" aria-label="speaks against “1”" fill="#1b1f24" d="M28.0 226.9z"/>
    <path role="img" aria-label="speaks for “1”" fill="#1b1f24" d="M284.0 226.9z"/>
    <path role="img" aria-label="−75 %" fill="#57606a" d="M28.0 258.7z"/>
    <path role="img" aria-label="0" fill="#57606a" d="M195.4 258.7z"/>
    <path role="img" aria-label="+75 %" fill="#57606a" d="M341.8 258.7z"/>
    <path role="img" aria-label="Colour: relevance per pixel as a part of its map’s Σ|R|. The" fill="#57606a" d="M40.5 279.0z"/>
    <path role="img" aria-label="maps of a row share the limit printed below its input." fill="#57606a" d="M56.3 293.3z"/>
    </svg>
    "
  `);
});

test.each(
  [...Array.from({ length: 33 }, (_, n) => (n === 32 ? 0x7f : n)), 0x85, 0xd800, 0xfffe, 0xffff].map((code) => [
    code.toString(16),
    String.fromCharCode(code),
  ]),
)('labels and names that hold U+%s are drawn', async (_, character) => {
  const word = `a${character}b`;
  const sheet = { ...small, title: word, target: word, rows: [{ ...small.rows[0]!, caption: word }] };
  const bars = ledgerBars([{ label: word, value: 1 }], { title: word }, dots);
  for (const svg of [heatmapSheet(sheet, dots), bars]) {
    const { width = 0 } = await sharp(Buffer.from(svg)).metadata();
    expect(width).toBeGreaterThan(100);
  }
});

test('a sheet becomes a PNG in which the colours of the maps are found', async () => {
  const png = await sharp(Buffer.from(heatmapSheet({ ...small, share: 'map', overlay: false }, noto)))
    .png()
    .toBuffer();
  expect(png.length).toBeGreaterThan(2000);
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const colours = new Set<string>();
  for (let i = 0; i < data.length; i += info.channels) colours.add(data.subarray(i, i + 3).toString('hex'));
  for (const colour of ['ffffff', '000000']) expect(colours).toContain(colour);
  expect(colours.size).toBeGreaterThan(100);
});

test('under the default, a map shows the same colours whatever its scale', () => {
  const scaled = (by: number): Sheet => ({
    ...small,
    rows: small.rows.map((row) => ({ ...row, maps: [{ shape: [1, 2], data: [-by, 3 * by], total: 2 }] })),
  });
  expect(heatmapSheet(scaled(4096), dots)).toBe(heatmapSheet(scaled(1), dots));
  expect(heatmapSheet({ ...scaled(4096), unit: 'relevance' }, dots)).not.toBe(
    heatmapSheet({ ...scaled(1), unit: 'relevance' }, dots),
  );
});

test('a sheet in which nothing is relevant is neutral, not broken', () => {
  const rows = small.rows.map((row) => ({ ...row, maps: [{ shape: [1, 2], data: [0, 0] }] }));
  expect(heatmapSheet({ ...small, rows, overlay: true }, dots)).toContain('aria-label="Σ R = 0"');
});

test('the legend says what the colours mean and which maps share a limit', () => {
  const labels = (sheet: Sheet): string =>
    [...heatmapSheet(sheet, noto).matchAll(/aria-label="([^"]*)"/gu)].map((m) => m[1]).join(' ');
  expect(labels(small)).toContain('speaks for “1”');
  expect(labels({ ...small, share: 'map' })).toContain('limit ±75 %');
  expect(labels({ ...small, unit: 'relevance', share: 'column' })).toContain('limit ±3.00');
  expect(labels({ ...small, share: 'sheet' })).toContain('share one limit.');
  expect(labels({ ...small, quantile: 0.99 })).toContain('99 % quantile');
});

test('a sheet that cannot be drawn is refused, naming the place', () => {
  const [row] = small.rows;
  if (row === undefined) throw new Error('the sheet has a row');
  expect(refused({ ...small, rows: [] })).toBe(
    '/rows: a sheet without rows cannot be drawn; give at least one of its rows',
  );
  expect(refused({ ...small, columns: [] })).toBe(
    '/columns: a sheet without columns cannot be drawn; give at least one of its columns',
  );
  expect(refused({ ...small, rows: [row, { ...row, maps: [] }] })).toBe(
    '/rows/1/maps: 0 maps for 1 columns; give one map per column, in the order of the columns',
  );
  const broken = { ...row, maps: [{ shape: [1, 2], data: [1, Number.NaN] }] };
  expect(refused({ ...small, rows: [broken] })).toBe(
    '/rows/0/maps/0: the value NaN has no colour; relevance must be finite: find the node that made it with the reference backend',
  );
  const taller = { ...row, maps: [{ shape: [2, 2], data: [1, 1, 1, 1] }] };
  expect(refused({ ...small, rows: [taller], overlay: true })).toBe(
    '/rows/0/maps/0: the outline is 96 × 48, the map 96 × 96; draw the outline of the same input at the same size',
  );
  expect(refused({ ...small, rows: [{ ...row, input: { shape: [4], data: [1, 2, 3, 4] } }] })).toMatch(
    /^\/rows\/0\/input: shape \[4\]/u,
  );
});

test('ledger bars, drawn exactly', () => {
  const svg = ledgerBars(
    [
      { label: 'inputs', value: 8 },
      { label: 'bias', value: -2 },
      { label: 'dead', value: 0 },
    ],
    { title: 'Where 6 went', of: 6 },
    dots,
  );
  expect(svg).toMatchInlineSnapshot(`
    "<svg xmlns="http://www.w3.org/2000/svg" width="415" height="158" viewBox="0 0 415 158" role="img" aria-label="Where 6 went">
    <rect x="0" y="0" width="415" height="158" fill="#ffffff"/>
    <rect x="70" y="47" width="240" height="63" fill="#f6f7f8"/>
    <rect x="190" y="51" width="120" height="13" fill="#c55c50"/>
    <rect x="160" y="72" width="30" height="13" fill="#5184bc"/>
    <rect x="189.5" y="47" width="1" height="63" fill="#8c959f"/>
    <rect x="20" y="113" width="374.25" height="1" fill="#d0d4da"/>
    <path role="img" aria-label="Where 6 went" fill="#1b1f24" d="M20.0 32.8z"/>
    <path role="img" aria-label="inputs" fill="#1b1f24" d="M20.0 61.6z"/>
    <path role="img" aria-label="8.00" fill="#1b1f24" d="M330.0 61.6z"/>
    <path role="img" aria-label="133 %" fill="#57606a" d="M368.0 61.1z"/>
    <path role="img" aria-label="bias" fill="#1b1f24" d="M32.0 82.6z"/>
    <path role="img" aria-label="−2.00" fill="#1b1f24" d="M324.0 82.6z"/>
    <path role="img" aria-label="−33 %" fill="#57606a" d="M368.0 82.1z"/>
    <path role="img" aria-label="dead" fill="#1b1f24" d="M32.0 103.6z"/>
    <path role="img" aria-label="0" fill="#1b1f24" d="M348.0 103.6z"/>
    <path role="img" aria-label="0 %" fill="#57606a" d="M378.5 103.1z"/>
    <path role="img" aria-label="sum" fill="#1b1f24" d="M38.0 131.6z"/>
    <path role="img" aria-label="6.00" fill="#1b1f24" d="M330.0 131.6z"/>
    <path role="img" aria-label="100 %" fill="#57606a" d="M368.0 131.1z"/>
    </svg>
    "
  `);
});

test('ledger bars refuse what they cannot draw', () => {
  expect(() => ledgerBars([], {}, dots)).toThrow('/entries: no entries to draw');
  expect(() => ledgerBars([{ label: 'bias', value: Infinity }], {}, dots)).toThrow(
    '/entries/0/value: the value Infinity',
  );
});

import { inXml, pictureSays, textSays, visible } from '@kirchhoff/message';
import { endText, limitText } from './layout.js';
import { darkColours, darkGround, lightColours, lightGround } from './text-colour.js';
import { hexOf, type Rgb } from './scale.js';
import type { SheetColumn } from './sheet.js';
import {
  legendNotes,
  shadeSheet,
  type Shade,
  type ShadedLine,
  type TextSample,
  type TextSegment,
  type TextSheet,
} from './text-sheet.js';
import { numberText, percentText } from './text.js';

/** A text as it is shown: white space as it is, other control characters as signs. */
export const shown = (text: string): string => inXml(text.replaceAll(/\r\n?/gu, '\n'));

/** A number with its sign. */
export const signed = (value: number): string => (value > 0 ? `+${numberText(value)}` : numberText(value));

const tokenText = ({ name, known }: TextSegment['tokens'][number]): string =>
  known ? visible(name) : `${visible(name)} (${textSays.words.unknown})`;

/** What one learns on pointing at a segment. */
const hoverOf = ({ tokens, unread }: TextSegment, shade: Shade | undefined): string =>
  [
    ...(tokens.length > 0 ? [tokens.map(tokenText).join(' + ')] : []),
    ...(unread === true ? [textSays.words.unread] : []),
    ...(shade ? [textSays.words.relevance(signed(shade.value), percentText(shade.part))] : []),
  ].join('\n');

const paint = (position: number): string => {
  const [light, dark] = [lightColours(position), darkColours(position)];
  return `--g:${light.ground};--i:${light.ink};--dg:${dark.ground};--di:${dark.ink}`;
};

/** A segment as a span in its colours for light and dark screens. */
export const segmentHtml = (segment: TextSegment, shade: Shade | undefined): string => {
  const text = shown(segment.text);
  const hover = hoverOf(segment, shade);
  if (hover === '') return text;
  const unknown = segment.tokens.some(({ known }) => !known);
  const names = [
    ...(shade ? ['s'] : []),
    ...(unknown ? ['unknown'] : []),
    ...(segment.unread === true ? ['unread'] : []),
  ].join(' ');
  const style = shade ? ` style="${paint(shade.position)}"` : '';
  const classes = names === '' ? '' : ` class="${names}"`;
  return `<span${classes}${style} title="${inXml(hover)}">${text}</span>`;
};

const methodHtml = ({ title, subtitle }: SheetColumn): string =>
  `<b>${shown(title)}</b>${subtitle === undefined ? '' : ` <small>${shown(subtitle)}</small>`}`;

const lineHtml = (sheet: TextSheet, sample: TextSample, method: number, { shades, total }: ShadedLine): string => {
  const language = inXml(sheet.language ?? 'ko');
  const text = sample.segments.map((segment, k) => segmentHtml(segment, shades[k])).join('');
  return `<div class="line">
<div class="method">${methodHtml(sheet.methods[method]!)}</div>
<p class="text" lang="${language}">${text}</p>
<div class="sum">${inXml(pictureSays.words.total(numberText(total)))}</div>
</div>`;
};

const cellHtml = (shade: Shade | undefined): string =>
  shade === undefined
    ? '<td></td>'
    : `<td class="s" style="${paint(shade.position)}" title="${inXml(percentText(shade.part))}">${inXml(signed(shade.value))}</td>`;

const numbersHtml = (sheet: TextSheet, { segments }: TextSample, lines: readonly ShadedLine[]): string => {
  const { words } = textSays;
  const language = inXml(sheet.language ?? 'ko');
  const rows = segments.flatMap(({ text, tokens }, k) => {
    if (tokens.length === 0) return [];
    const names = tokens.map((token) => inXml(tokenText(token))).join(' + ');
    return [
      `<tr><th scope="row" lang="${language}">${shown(text)}</th><td lang="${language}" class="tokens">${names}</td>${lines.map(({ shades }) => cellHtml(shades[k])).join('')}</tr>`,
    ];
  });
  return `<details><summary>${words.numbers}</summary>
<div class="scroll"><table>
<thead><tr><th scope="col">${words.segment}</th><th scope="col">${words.tokens}</th>${sheet.methods.map((method) => `<th scope="col">${methodHtml(method)}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div></details>`;
};

const limitHtml = (sheet: TextSheet, lines: readonly ShadedLine[]): string =>
  (sheet.share ?? 'row') === 'row'
    ? ` <small class="limit">${inXml(pictureSays.words.limit(limitText(lines[0]!.limit, sheet.unit)))}</small>`
    : '';

const sampleHtml = (sheet: TextSheet, sample: TextSample, lines: readonly ShadedLine[]): string => `<section>
<h2 lang="${inXml(sheet.language ?? 'ko')}">${shown(sample.caption)}${limitHtml(sheet, lines)}</h2>
${sample.notice === undefined ? '' : `<p class="notice" role="note">${shown(sample.notice)}</p>\n`}${lines.map((line, m) => lineHtml(sheet, sample, m, line)).join('\n')}
${numbersHtml(sheet, sample, lines)}
</section>`;

/** The stops of the legend's gradient. */
const stops = (groundOf: (t: number) => Rgb): string =>
  Array.from({ length: 17 }, (_, i) => hexOf(groundOf(i / 8 - 1))).join(',');

const legendHtml = (sheet: TextSheet, shaded: readonly (readonly ShadedLine[])[]): string => {
  const { words } = pictureSays;
  const end = endText(
    shaded.map((lines) => lines.map(({ limit }) => limit)),
    sheet.unit,
  );
  return `<footer>
<div class="ends"><span>${shown(words.against(sheet.target))}</span><span>${shown(words.inFavour(sheet.target))}</span></div>
<div class="bar" role="img" aria-label="${words.scale}"></div>
<div class="ticks"><span>−${inXml(end)}</span><span>0</span><span>+${inXml(end)}</span></div>
<p>${legendNotes(sheet).map(inXml).join(' ')}</p>
</footer>`;
};

const css = `:root{color-scheme:light dark;--page:#fff;--ink:#1b1f24;--soft:#57606a;--hair:#d0d4da;--warn:#fff4d6;--warnink:#6b4e00;--bar:linear-gradient(90deg,${stops(lightGround)})}
@media (prefers-color-scheme:dark){:root{--page:#15181c;--ink:#e6e8eb;--soft:#9aa4af;--hair:#353b43;--warn:#3a2f10;--warnink:#f0d48a;--bar:linear-gradient(90deg,${stops(darkGround)})}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,"Noto Sans","Noto Sans KR","Apple SD Gothic Neo","Malgun Gothic",sans-serif;-webkit-text-size-adjust:100%}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 2.5rem}
h1{font-size:1.45rem;line-height:1.25;margin:0;text-wrap:balance}
header p{margin:.3rem 0 0;color:var(--soft)}
section{margin-top:1.6rem;padding-top:1.1rem;border-top:1px solid var(--hair)}
h2{font-size:1rem;font-weight:600;margin:0 0 .5rem;overflow-wrap:anywhere}
small,.sum,.limit{font-weight:400;color:var(--soft);font-size:.8rem;font-variant-numeric:tabular-nums}
.limit{white-space:nowrap;margin-left:.4rem}
.line{margin:.55rem 0}
.method{font-size:.85rem;overflow-wrap:anywhere}
.method b{font-weight:600}
.text{margin:.1rem 0;font-size:1.15rem;line-height:1.85;white-space:pre-wrap;word-break:keep-all;overflow-wrap:anywhere}
.s{background:var(--g);color:var(--i);padding:.16em .05em;border-radius:.18em}
@media (prefers-color-scheme:dark){.s{background:var(--dg);color:var(--di)}}
.text .s{-webkit-box-decoration-break:clone;box-decoration-break:clone;margin-right:1px;cursor:help}
.text .s:hover{outline:2px solid var(--ink);outline-offset:1px}
.unknown{text-decoration:underline dotted 2px;text-underline-offset:.22em}
.unread{color:var(--soft);text-decoration:line-through}
.notice{margin:.2rem 0 .6rem;padding:.4rem .7rem;border-radius:.35rem;background:var(--warn);color:var(--warnink);font-size:.88rem}
details{margin-top:.5rem;font-size:.88rem}
summary{color:var(--soft);cursor:pointer;width:max-content}
.scroll{overflow-x:auto}
table{border-collapse:separate;border-spacing:2px;margin-top:.4rem}
th,td{padding:.15rem .55rem;text-align:left;white-space:nowrap;font-weight:400}
thead th{color:var(--soft);font-size:.8rem;vertical-align:bottom}
td.s{text-align:right;font-variant-numeric:tabular-nums;padding:.15rem .55rem}
td.tokens{color:var(--soft);white-space:normal;min-width:6.5rem}
footer{margin-top:2rem;padding-top:1.1rem;border-top:1px solid var(--hair);font-size:.85rem}
.ends,.ticks{display:flex;justify-content:space-between;gap:1rem;max-width:32rem;margin:0 auto}
.ends span:last-child,.ticks span:last-child{text-align:right}
.ticks{color:var(--soft);font-size:.8rem;font-variant-numeric:tabular-nums}
.bar{height:.85rem;max-width:32rem;margin:.2rem auto;border:1px solid var(--hair);border-radius:.2rem;background:var(--bar)}
footer p{max-width:44rem;margin:.7rem auto 0;color:var(--soft);text-align:center;text-wrap:pretty}
@media (min-width:44rem){.line{display:grid;grid-template-columns:9.5rem 1fr max-content;column-gap:1rem;align-items:baseline}.method{text-align:right}.method small{display:block}.sum{min-width:6rem;text-align:right}h2,.notice,details{margin-left:10.5rem}}
@media print{*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}`;

/**
 * Draws a sheet as an HTML page that needs nothing but itself, for light and dark screens of any width: each text as it was
 * written, once per method, each segment on the zero-centred scale, its tokens and its number on pointing at it and in a
 * table below. Throws `Refusal` as `shadeSheet` does.
 */
export const textHtml = (sheet: TextSheet): string => {
  const shaded = shadeSheet(sheet);
  const subtitle = sheet.subtitle === undefined ? '' : `\n<p>${shown(sheet.subtitle)}</p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${inXml(visible(sheet.title))}</title>
<style>
${css}
</style>
</head>
<body>
<main>
<header>
<h1>${shown(sheet.title)}</h1>${subtitle}
</header>
${sheet.samples.map((sample, i) => sampleHtml(sheet, sample, shaded[i]!)).join('\n')}
${legendHtml(sheet, shaded)}
</main>
</body>
</html>
`;
};

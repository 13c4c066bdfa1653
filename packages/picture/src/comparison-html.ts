import { inXml, pictureSays } from '@kirchhoff/message';
import { causesOf, curveCharts, ledgerChart, metricChart } from './comparison-chart.js';
import { comparisonCss } from './comparison-style.js';
import type { Comparison, ComparisonMetric, ComparisonModel, ComparisonSample, Interval } from './comparison.js';
import { inUnit, limitsOf } from './limit.js';
import { heatRaster, inputRaster, pixelRelevance, planeOf, pngDataUri, type Pixels } from './raster.js';
import { darkColours, lightColours } from './text-colour.js';
import { segmentHtml, shown } from './text-html.js';
import { shadeSheet, type TextSheet } from './text-sheet.js';

const number = (value: number): string => {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : value.toFixed(3);
};

const picture = (address: string, label: string, names = ''): string =>
  `<img${names === '' ? '' : ` class="${names}"`} src="${address}" alt="${inXml(label)}">`;

/** The |R| share that this part of all places stay below ends the scale: a single spike does not bleach the rest. */
const quantile = 0.995;

const pictureTiles = (sample: ComparisonSample & { readonly kind: 'picture' }, methods: readonly string[]): string => {
  const { input, bounds, maps, mask } = sample;
  const flat = maps.map((map): Pixels & { readonly data: Float64Array } => {
    const { width, height } = planeOf(map);
    return { shape: [height, width], data: inUnit(pixelRelevance(map), 'share') };
  });
  const values = [flat.map(({ data }) => data)];
  const [shared] = limitsOf(values, 'row', quantile);
  const [own] = limitsOf(values, 'map', quantile);
  const tiles = flat.map((map, m) => {
    const name = methods[m] ?? '';
    const draw = (limit: number, kind: string): string =>
      picture(pngDataUri(heatRaster(map, limit)), `${name}: ${sample.caption}`, kind);
    return `<figure>${draw(shared![m]!, 'shared')}${draw(own![m]!, 'own')}<figcaption>${inXml(name)}</figcaption></figure>`;
  });
  const seen = `<figure>${picture(pngDataUri(inputRaster(input, bounds)), sample.caption)}<figcaption>${inXml(pictureSays.comparison.input)}</figcaption></figure>`;
  const truth =
    mask === undefined
      ? ''
      : `<figure>${picture(pngDataUri(inputRaster(mask, { low: 0, high: 1 })), `${pictureSays.comparison.mask}: ${sample.caption}`)}<figcaption>${inXml(pictureSays.comparison.mask)}</figcaption></figure>`;
  return `<div class="tiles">${seen}${truth}${tiles.join('')}</div>`;
};

const textLines = (sample: ComparisonSample & { readonly kind: 'text' }, methods: readonly string[]): string => {
  const sheet: TextSheet = {
    title: '',
    methods: methods.map((title) => ({ title })),
    samples: [{ caption: sample.caption, segments: sample.segments, values: sample.values }],
  };
  const lines = (share: 'row' | 'map', name: string): string =>
    shadeSheet({ ...sheet, share })[0]!
      .map(({ shades }, m) => {
        const text = sample.segments.map((segment, k) => segmentHtml(segment, shades[k])).join('');
        return `<div class="text ${name}"><b>${inXml(methods[m] ?? '')}</b><p lang="ko">${text}</p></div>`;
      })
      .join('\n');
  return `${lines('row', 'shared')}\n${lines('map', 'own')}`;
};

const sampleHtml = (sample: ComparisonSample, methods: readonly string[]): string =>
  `<h4>${shown(sample.caption)}</h4>\n${sample.kind === 'picture' ? pictureTiles(sample, methods) : textLines(sample, methods)}`;

const interval = ({ mean, low, high }: Interval): string =>
  `${number(mean)}<small>${number(low)} … ${number(high)}</small>`;

const bestOf = ({ better, values }: ComparisonMetric): number | undefined => {
  const means = values.flatMap((value) => (value === null ? [] : [value.mean]));
  if (better === 'neither' || means.length === 0) return undefined;
  return better === 'higher' ? Math.max(...means) : Math.min(...means);
};

const metricTable = ({ metrics, methods }: ComparisonModel, of: 'values' | 'againstRandom'): string => {
  const best = metrics.map((metric) => (of === 'values' ? bestOf(metric) : undefined));
  const heads = metrics.map(
    ({ title, direction, summary, cite }) =>
      `<th scope="col" title="${inXml(`${summary} ${cite}`)}">${inXml(title)}<br><small>${inXml(direction)}</small></th>`,
  );
  const rows = methods.map(({ name }, m) => {
    const cells = metrics.map((metric, k) => {
      const value = metric[of][m] ?? null;
      if (value === null) return '<td>–</td>';
      const missing = value.undefined > 0 ? ` <small>${pictureSays.comparison.without(value.undefined)}</small>` : '';
      return `<td${value.mean === best[k] ? ' class="best"' : ''}>${interval(value)}${missing}</td>`;
    });
    return `<tr><th scope="row">${inXml(name)}</th>${cells.join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr><th></th>${heads.join('')}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
};

const agreementTable = (
  { methods }: ComparisonModel,
  { title, summary, cells }: ComparisonModel['agreement'][number],
): string => {
  const paint = (value: number): string => {
    const [light, dark] = [lightColours(value), darkColours(value)];
    return `--g:${light.ground};--i:${light.ink};--dg:${dark.ground};--di:${dark.ink}`;
  };
  const rows = methods.map(({ name }, i) => {
    const row = methods.map((_, j) => {
      const value = cells[i]?.[j] ?? null;
      return value === null
        ? '<td>–</td>'
        : `<td class="s" style="${paint(Math.max(-1, Math.min(1, value)))}">${value.toFixed(2)}</td>`;
    });
    return `<tr><th scope="row">${inXml(name)}</th>${row.join('')}</tr>`;
  });
  return `<h4>${inXml(title)}</h4><p class="soft">${inXml(summary)}</p>
<div class="scroll"><table class="agree"><thead><tr><th></th>${methods.map(({ name }) => `<th scope="col">${inXml(name)}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
};

const methodsHtml = ({ methods }: ComparisonModel): string => {
  const { comparison } = pictureSays;
  const entries = methods.map(({ name, summary, cite, settings, plan, passes, milliseconds, constant }) => {
    const rules = plan.map(({ rule, nodes }) => `<b>${inXml(rule)}</b> ${inXml(nodes.join(', '))}`).join('; ');
    const parts = [
      inXml(summary),
      settings.length > 0 ? `<small>${inXml(settings.join(', '))}</small>` : '',
      cite.length > 0 ? `<small>${inXml(cite.join('; '))}</small>` : '',
      `<small>${inXml(comparison.cost(passes, milliseconds, constant))}</small>`,
      rules === '' ? '' : `<details><summary>${comparison.rules}</summary>${rules}</details>`,
    ];
    return `<dt>${inXml(name)}</dt><dd>${parts.filter((part) => part !== '').join('<br>')}</dd>`;
  });
  return `<dl>${entries.join('\n')}</dl>`;
};

const rulesTable = ({ claims, rules }: ComparisonModel): string => {
  const heads = claims.map(({ title, summary }) => `<th scope="col" title="${inXml(summary)}">${inXml(title)}</th>`);
  const rows = rules.map(({ rule, verdicts }) => {
    const cells = verdicts.map((one) =>
      one === null ? '<td>–</td>' : `<td class="${inXml(one.verdict)}">${inXml(one.verdict)}</td>`,
    );
    return `<tr><th scope="row">${inXml(rule)}</th>${cells.join('')}</tr>`;
  });
  const evidence = rules.flatMap(({ rule, verdicts }) =>
    verdicts.flatMap((one, i) =>
      one === null
        ? []
        : [`<dt>${inXml(`${rule} · ${claims[i]!.title}`)}</dt><dd>${inXml(`${one.verdict}: ${one.evidence}`)}</dd>`],
    ),
  );
  return `<div class="scroll"><table class="rules"><thead><tr><th></th>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>
<details><summary>${pictureSays.comparison.evidence}</summary><dl>${evidence.join('\n')}</dl></details>`;
};

const idOf = (name: string): string => name.replaceAll(/[^A-Za-z0-9-]/gu, '-');

const modelHtml = (model: ComparisonModel): string => {
  const { comparison } = pictureSays;
  const { name, summary, count, samples, methods, metrics, random, agreement, skipped } = model;
  const names = methods.map((method) => method.name);
  const ledger = ledgerChart(methods);
  const curves = curveCharts(methods, random ?? []);
  const key = causesOf(methods).map(([cause, hue]) => `<span><i style="background:${hue}"></i>${inXml(cause)}</span>`);
  const left = skipped.map(({ method, reason }) => `<dt>${inXml(method)}</dt><dd>${inXml(reason)}</dd>`);
  return `<section id="${idOf(name)}">
<h2>${inXml(name)}</h2>
<p>${inXml(summary)}</p>
<h3>${comparison.maps}</h3>
<p class="soft">${inXml(comparison.shownOf(samples.length, count))}</p>
${samples.map((sample) => sampleHtml(sample, names)).join('\n')}
<h3>${comparison.metrics}</h3>
<p class="soft">${inXml(comparison.intervals(count))}</p>
${metricTable(model, 'values')}
<details><summary>${comparison.againstRandom}</summary>${metricTable(model, 'againstRandom')}</details>
<details><summary>${comparison.charts}</summary><div class="charts">${metrics
    .map((metric) => {
      const chart = metricChart(metric, methods);
      return chart === ''
        ? ''
        : `<div><h4>${inXml(metric.title)}</h4><p class="soft">${inXml(`${metric.summary} ${metric.direction}. ${metric.cite}.`)}</p><div class="scroll">${chart}</div></div>`;
    })
    .join('\n')}</div></details>
${curves.length === 0 ? '' : `<h3>${comparison.curves}</h3><p class="soft">${inXml(comparison.curvesNote)}</p><div class="curves">${curves.join('\n')}</div>`}
${ledger === '' ? '' : `<h3>${comparison.ledger}</h3><p class="soft">${inXml(comparison.ledgerNote)}</p><div class="key">${key.join('')}</div><div class="scroll">${ledger}</div>`}
<h3>${comparison.agreement}</h3>
${agreement.map((one) => agreementTable(model, one)).join('\n')}
${model.rules.length === 0 ? '' : `<h3>${comparison.ruleVerdicts}</h3><p class="soft">${inXml(comparison.ruleVerdictsNote)}</p>${rulesTable(model)}`}
<h3>${comparison.methods}</h3>
${methodsHtml(model)}
${left.length === 0 ? '' : `<h3>${comparison.leftOut}</h3><dl>${left.join('\n')}</dl>`}
</section>`;
};

/**
 * A comparison as one HTML page that needs nothing but itself: every method on every sample under one zero-centred scale
 * (or, switched, each on its own), metrics with intervals, curves, ledgers, agreement, and how to make it again.
 */
export const comparisonHtml = ({ title, subtitle, command, models }: Comparison): string => {
  const { comparison } = pictureSays;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${inXml(title)}</title>
<style>
${comparisonCss}
</style>
</head>
<body>
<main>
<header><h1>${inXml(title)}</h1><p>${inXml(subtitle)}</p></header>
<nav><ul>${models.map(({ name }) => `<li><a href="#${idOf(name)}">${inXml(name)}</a></li>`).join('')}</ul></nav>
<div class="switch"><label><input type="radio" name="scale" checked> ${comparison.sharedScale}</label><label><input type="radio" name="scale" id="own"> ${comparison.ownScale}</label></div>
${models.map(modelHtml).join('\n')}
<h2>${comparison.again}</h2>
<pre>${inXml(command)}</pre>
</main>
</body>
</html>
`;
};

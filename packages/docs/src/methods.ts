import { metricNames, metrics, type MetricRow } from '@kirchhoff/compare';
import { methodNames, methods, type Method } from '@kirchhoff/compare';
import { compareSays } from '@kirchhoff/message';
import { code, notice, page, table } from './markdown.js';

const needed: { readonly [Need in MetricRow['needs']]: string } = {
  map: 'nothing more',
  model: 'forward passes',
  method: 'further explanations',
  mask: 'masks',
};

const adds: { readonly [Complete in Method['complete']]: string } = {
  exact: 'its difference from the baseline’s, exactly',
  leaks: 'less declared leaks',
  remainder: 'less a remainder, which is told',
  no: 'no',
};

const parametersOf = ({ parameters }: Method): string =>
  Object.entries(parameters)
    .map(([name, { default: usual, summary }]) => `${code(`${name}=${usual}`)} ${summary}`)
    .join('; ');

/** `docs/methods.md`: every method beside LRP and every metric, as `compare` names them. */
export const methodsPage = (): string =>
  page([
    notice,
    '# Methods and metrics',
    'What [`compare`](compare.md) can set side by side. Every composite of rules ([composites](composites.md)) is a method, too.',
    '## Methods',
    table(
      ['method', 'is', 'adds up to the score', 'needs', 'parameters', 'source'],
      methodNames.map((name) => {
        const method = methods[name];
        const { summary, complete, needs, cite } = method;
        return [code(name), summary, adds[complete], needs.join(', '), parametersOf(method), cite.join('; ')];
      }),
    ),
    '## Metrics',
    table(
      ['metric', 'is', 'direction', 'takes', 'source'],
      metricNames.map((name) => {
        const { summary, better, needs, cite } = metrics[name];
        return [code(name), summary, compareSays.words[better], needed[needs], cite];
      }),
    ),
  ]);

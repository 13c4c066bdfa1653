import { inMarkdown } from '@kirchhoff/message';
import type { Verdict } from './laws/law.js';
import { laws } from './laws/index.js';
import type { Entry, Table } from './verify.js';

/** How a verdict is written in a cell of the table. */
const cells: { readonly [V in Verdict]: string } = {
  proved: 'proved',
  'shown false': 'shown false',
  tested: 'tested',
  refuted: 'REFUTED',
  vacuous: 'VACUOUS',
  silent: '–',
};

const cellOf = (entry: Entry | undefined): string => (entry === undefined ? '' : cells[entry.verdict]);

/** Rule × law as rows of cells, headings first. */
export const verdictRows = ({ entries }: Table): readonly (readonly string[])[] => {
  const rules = [...new Set(entries.map(({ rule }) => rule))];
  const names = laws.map(({ name }) => name).filter((name) => entries.some(({ law }) => law === name));
  const rows = rules.map((rule) => [
    rule,
    ...names.map((name) => cellOf(entries.find((entry) => entry.rule === rule && entry.law === name))),
  ]);
  return [['rule', ...names], ...rows];
};

/** The laws between rules as rows of cells, headings first. */
export const namedRows = ({ named }: Table): readonly (readonly string[])[] => [
  ['law', 'rules', 'verdict'],
  ...named.map((entry) => [entry.law, entry.rule, cellOf(entry)]),
];

const line = (cells: readonly string[]): string => `| ${cells.map(inMarkdown).join(' | ')} |`;

const markdownOf = ([head = [], ...rows]: readonly (readonly string[])[]): string =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');

/** The verdicts as a page: no figures, so that it is the same whatever the seed. */
export const verdictPage = (table: Table): string =>
  [
    '<!-- Written by `kirchhoff verify --markdown`: change the rules, not this page. -->',
    '# Which laws the rules keep',
    'Every rule in `rules/` is held to every law; adding a rule is adding a row. **proved**: for every node, by algebra. **shown false**: the rule itself says that it does not hold, and a counterexample shows it. **tested**: random search found no counterexample. –: nothing is claimed.',
    '## The laws',
    laws.map(({ name, says }) => `- **${name}**: ${says}.`).join('\n'),
    '## Rule by rule',
    markdownOf(verdictRows(table)),
    '## Between rules',
    markdownOf(namedRows(table)),
  ].join('\n\n') + '\n';

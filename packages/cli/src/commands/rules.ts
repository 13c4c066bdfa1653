import { toTex } from '@kirchhoff/formula';
import { within, type Problem, type Result } from '@kirchhoff/message';
import {
  findComposite,
  findRule,
  type Claim,
  type Composite,
  type Rule,
  type RuleCase,
  type Rulebook,
} from '@kirchhoff/rule';
import type { Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { table } from '../columns.js';
import { openRulebook } from '@kirchhoff/explain/node';
import { rulesOption, type Run } from '../options.js';

const parametersOf = (rule: Rule): string =>
  Object.entries(rule.parameters)
    .map(([name, parameter]) => `${name}=${parameter.default}`)
    .join(' ');

const onOf = (rule: Rule): string => rule.cases.map(({ on, ops }) => ops?.join(' ') ?? on).join(', ');

const listing = (book: Rulebook): string => {
  const rules = [...book.rules.values()].map((rule) => [rule.name, onOf(rule), parametersOf(rule), rule.summary]);
  const composites = [...book.composites.values()].map(({ name, summary }) => [name, summary]);
  return [table(['rule', 'on', 'parameters', 'summary'], rules), '', table(['composite', 'summary'], composites)].join(
    '\n',
  );
};

const bounds = (minimum: number, maximum: number): string =>
  `${Number.isFinite(minimum) ? minimum : '-∞'} … ${Number.isFinite(maximum) ? maximum : '∞'}`;

const claimText = (name: string, claim: Claim | undefined): string => {
  if (claim === undefined) return `${name}: nothing claimed`;
  if (claim.holds === 'never') return `${name}: no`;
  return `${name}: ${claim.when === undefined ? 'always' : `where ${claim.when.text}`}`;
};

const caseText = (rule: Rule, ruleCase: RuleCase): readonly string[] => {
  const lines = [`on ${ruleCase.ops?.join(' ') ?? ruleCase.on}`];
  for (const [name, { text }] of Object.entries(ruleCase.lets)) lines.push(`  let ${name} = ${text}`);
  for (const [port, { text, expr }] of Object.entries(ruleCase.messages)) {
    lines.push(`  ${port === 'message' ? 'message' : `message to ${port}`} = ${text}`, `    TeX: ${toTex(expr)}`);
  }
  const leaks = Object.entries(ruleCase.leaks);
  if (leaks.length > 0) {
    lines.push('  leaks');
    for (const [cause, { text }] of leaks) lines.push(`    ${cause} = ${text}`);
  } else if (rule.quantity === 'relevance') {
    lines.push('  leaks nothing');
  }
  if (rule.quantity === 'relevance') {
    lines.push(
      `  ${claimText('conservative', ruleCase.conservative)}`,
      `  ${claimText('positive', ruleCase.positive)}`,
    );
  }
  return lines;
};

const describeRule = (rule: Rule): string =>
  [
    `${rule.name}: ${rule.summary}`,
    `hands on ${rule.quantity}${rule.cite.length > 0 ? `; cite ${rule.cite.join(', ')}` : ''}`,
    ...Object.entries(rule.parameters).map(
      ([name, { default: value, minimum, maximum }]) => `parameter ${name} = ${value} (${bounds(minimum, maximum)})`,
    ),
    ...rule.cases.flatMap((one) => ['', ...caseText(rule, one)]),
  ].join('\n');

const describeComposite = (composite: Composite): string =>
  [
    `${composite.name}: ${composite.summary}`,
    ...(composite.cite.length > 0 ? [`cite ${composite.cite.join(', ')}`] : []),
    ...composite.rows.map((row, i) =>
      'include' in row ? `${i + 1}. include ${row.include}` : `${i + 1}. ${row.place}: rule ${row.rule}`,
    ),
    ...(composite.finish ? [`finish: ${composite.finish.text}`] : []),
  ].join('\n');

/** `rules [NAME]`: all rules and composites, or one of them in full. */
const rulesCommand = (book: Rulebook, name: string | undefined): Result<string> => {
  if (name === undefined) return E.right(listing(book));
  const composite = findComposite(book, name);
  if (!book.rules.has(name) && E.isRight(composite)) return E.right(describeComposite(composite.right));
  return E.map((rule: Rule) =>
    E.isRight(composite)
      ? `${describeRule(rule)}\n\ncomposite ${describeComposite(composite.right)}`
      : describeRule(rule),
  )(E.mapLeft((problems: readonly Problem[]) => within('rules', problems))(findRule(book, name)));
};

/** Adds `rules`. */
export const addRules = (program: Command, run: Run): void => {
  program
    .command('rules')
    .argument('[name]', 'a rule or a composite')
    .description('List the rules and composites, or show one in full.')
    .addOption(rulesOption())
    .action((name: string | undefined, flags: { readonly rules: readonly string[] }) =>
      run(async () => {
        const book = openRulebook(flags.rules);
        return E.isLeft(book) ? book : rulesCommand(book.right, name);
      }),
    );
};

import { toTex, type Formula } from '@kirchhoff/formula';
import { addProblems, type Problem, type Result } from '@kirchhoff/message';
import {
  entriesOf,
  type Bound,
  type Claim,
  type Composite,
  type Entry,
  type Match,
  type Parameter,
  type Rule,
  type RuleCase,
  type Rulebook,
} from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { code, codes, equations, link, notice, page, table } from './markdown.js';
import { citesOf, referenceText, type Bibliography } from './reference.js';

const cites = (keys: readonly string[]): string =>
  keys.length === 0 ? '' : `- From: ${keys.map((key) => link(key, `#${key}`)).join(', ')}`;

const boundText = ({ minimum, maximum }: Bound): string => {
  if (Number.isFinite(minimum) && Number.isFinite(maximum)) return `from ${minimum} to ${maximum}`;
  if (Number.isFinite(minimum)) return `at least ${minimum}`;
  return Number.isFinite(maximum) ? `at most ${maximum}` : 'any number';
};

const parametersTable = (parameters: Readonly<Record<string, Parameter>>): string =>
  table(
    ['parameter', 'default', 'allowed'],
    Object.entries(parameters).map(([name, parameter]) => [
      code(name),
      code(String(parameter.default)),
      boundText(parameter),
    ]),
  );

const upright = (name: string): string => `\\mathrm{${name.replaceAll('_', '\\_')}}`;

const letTex = (name: string): string => toTex({ kind: 'symbol', name });

const messageTex = (port: string): string => `R_{${port === 'message' ? 'x' : letTex(port)} \\leftarrow y}`;

const formulas = (
  all: Readonly<Record<string, Formula>>,
  left: (name: string) => string,
): readonly (readonly [string, string])[] => Object.entries(all).map(([name, formula]) => [left(name), toTex(formula)]);

const claimText = (property: string, claim: Claim): string => {
  if (claim.holds === 'never') return `- Not ${property}: there are counterexamples`;
  return `- ${property[0]?.toUpperCase()}${property.slice(1)} ${claim.when === undefined ? 'always' : `where ${code(claim.when.text)}`}`;
};

const claims = ({ conservative, positive }: RuleCase): string =>
  [
    ...(conservative === undefined ? [] : [claimText('conservative', conservative)]),
    ...(positive === undefined ? [] : [claimText('positive', positive)]),
  ].join('\n');

const onText = ({ on, ops }: RuleCase): string => (ops === undefined ? `${code(on)} nodes` : codes(ops));

const caseBlocks = (rule: Rule, one: RuleCase): readonly string[] => {
  const leaks = formulas(one.leaks, (cause) => `L_{${upright(cause)}}`);
  return [
    ...(rule.cases.length > 1 ? [`### On ${onText(one)}: ${rule.name}`] : []),
    equations([...formulas(one.messages, messageTex), ...formulas(one.lets, letTex)]),
    ...(rule.quantity === 'gradient' ? [] : [leaks.length === 0 ? 'It leaks nothing.' : 'What it leaks, by cause:']),
    equations(leaks),
    claims(one),
  ];
};

const ruleBlocks = (rule: Rule): readonly string[] => [
  `## ${rule.name}`,
  rule.summary,
  [
    `- On: ${rule.cases.map(onText).join('; ')}`,
    `- Hands on: ${rule.quantity}${rule.quantity === 'gradient' ? ', which keeps no ledger' : ''}`,
    cites(rule.cite),
    `- Document: [rules/${rule.name}.json](../rules/${rule.name}.json)`,
  ]
    .filter((line) => line !== '')
    .join('\n'),
  parametersTable(rule.parameters),
  ...rule.cases.flatMap((one) => caseBlocks(rule, one)),
];

/** What a match speaks of before its conditions: operators, a kind, or any node. */
const subject = ({ op, kind, weighted }: Match): string => {
  if (op !== undefined) return codes(op);
  if (kind !== undefined) return `${code(kind)} nodes`;
  return weighted === true ? 'weighted nodes' : 'nodes';
};

/** The nodes that a match takes, in words. */
const matchText = (match: Match): string => {
  const { op, kind, weighted, name, first, last, depth, facts } = match;
  const conditions = [
    op !== undefined && weighted === true ? 'with constant weights' : '',
    op !== undefined && kind !== undefined ? `of kind ${code(kind)}` : '',
    weighted === false ? 'that are not weighted' : '',
    name === undefined ? '' : `whose name fits ${code(name)}`,
    first === undefined ? '' : first ? 'that come first' : 'that do not come first',
    last === undefined ? '' : last ? 'that come last' : 'that do not come last',
    depth === undefined ? '' : `with weighted nodes before them: ${boundText(depth)}`,
    facts?.x === undefined ? '' : `whose computed inputs are proven to be ${boundText(facts.x)}`,
    facts?.y === undefined ? '' : `whose output is proven to be ${boundText(facts.y)}`,
  ].filter((condition) => condition !== '');
  return Object.keys(match).length === 0 ? 'every node' : [subject(match), ...conditions].join(' ');
};

const entryRow = ({ match, rule, parameters, place }: Entry, i: number): readonly string[] => [
  String(i + 1),
  matchText(match),
  link(code(rule), `#${rule}`),
  codes(Object.entries(parameters).map(([name, value]) => `${name} = ${value}`)),
  place,
];

const startText = { value: "the explained output's own value", one: 'a unit' } as const;

const compositeBlocks = (composite: Composite, entries: readonly Entry[]): readonly string[] => [
  `## Composite ${composite.name}`,
  composite.summary,
  [
    `- Starts from: ${startText[composite.seed ?? 'value']}`,
    composite.finish === undefined ? '' : `- At each input, what arrived becomes ${code(composite.finish.text)}`,
    composite.quantity === undefined ? '' : `- The finished map holds: ${composite.quantity}`,
    cites(composite.cite),
    `- Document: [rules/composites/${composite.name}.json](../rules/composites/${composite.name}.json)`,
  ]
    .filter((line) => line !== '')
    .join('\n'),
  table(['', 'nodes', 'rule', 'parameters', 'written in'], entries.map(entryRow)),
];

const references = (book: Rulebook, bibliography: Bibliography): readonly string[] =>
  [...citesOf(book).keys()].flatMap((key) => {
    const found = bibliography[key];
    return found === undefined ? [] : [`### ${key}`, referenceText(found)];
  });

const links = (names: Iterable<string>, prefix: string): string =>
  [...names].map((name) => link(code(name), `#${prefix}${name}`)).join(', ');

/** `docs/rules-reference.md`: every rule and composite of the rulebook with its formulas, and the papers they come from. */
export const rulesPage = (book: Rulebook, bibliography: Bibliography): Result<string> => {
  const problems: Problem[] = [];
  const composites = [...book.composites.values()].flatMap((composite) => {
    const entries = entriesOf(book, composite);
    if (E.isRight(entries)) return compositeBlocks(composite, entries.right);
    addProblems(problems, entries.left);
    return [];
  });
  if (problems.length > 0) return E.left(problems);
  return E.right(
    page([
      '# Rules and composites',
      notice,
      'Every document of [rules](../rules), as formulas. [The rule language](rules.md) says what the symbols mean and ' +
        'what leaks and claims are, [Composites](composites.md) how nodes are matched: the first row that fits a node governs it. ' +
        '$`R_{x \\leftarrow y}`$ is the message from an output $`y`$ of relevance $`R`$ to one of its sources $`x`$ over a ' +
        'connection $`w`$; what an input receives is the sum of its messages. $`L`$ is what leaks, and ' +
        '$`R = \\sum_i R_{x_i \\leftarrow y} + \\sum L`$ at every node. $`\\sum_i`$ runs over all sources of the output, $`\\sum_j`$ along the axis of an `axis` node, ' +
        '$`v^{+}`$ is $`\\max(v, 0)`$, $`v^{-}`$ is $`\\min(v, 0)`$, a bracket $`[\\,\\cdot\\,]`$ is 1 where what it says ' +
        'holds and else 0, a fraction over 0 is 0, and $`\\mathrm{sgn}(0)`$ is 1.',
      [`- Rules: ${links(book.rules.keys(), '')}`, `- Composites: ${links(book.composites.keys(), 'composite-')}`].join(
        '\n',
      ),
      ...[...book.rules.values()].flatMap(ruleBlocks),
      ...composites,
      '## References',
      ...references(book, bibliography),
    ]),
  );
};

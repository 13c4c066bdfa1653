import { withRules, type Rule, type RuleCase, type Rulebook } from '@kirchhoff/rule';
import { laws, namedLaws } from './laws/index.js';
import { subjectOf, type Effort, type Finding } from './laws/law.js';

/** A finding with the rule and the law that it is about. */
export interface Entry extends Finding {
  /** The rule's name, and the kind of node where it has several cases. */
  readonly rule: string;
  readonly law: string;
}

/** Rule × law, and the laws between rules. */
export interface Table {
  readonly entries: readonly Entry[];
  readonly named: readonly Entry[];
}

export interface VerifyOptions extends Effort {
  /** Only laws of these names; default: all, and those between rules. */
  readonly only?: readonly string[];
  /** Told before each rule and each law between rules: how many of all are done, and what comes. */
  readonly onProgress?: (done: number, all: number, what: string) => void;
}

/** Of a rule that is refuted, further laws are searched by so much less. */
const lessOnceRefuted = 4;

/** What a row of the table is called. */
export const rowName = ({ name, cases }: Rule, { on, ops }: RuleCase): string =>
  cases.length === 1 ? name : `${name} (${ops?.join(', ') ?? on})`;

/**
 * Holds rules to every law, and to the laws between rules that name one of them first. `book` is what governs the other
 * nodes of random graphs, and what they are compared with; a rule of the same name gives way to the one on trial.
 */
export const verify = async (book: Rulebook, rules: readonly Rule[], options: VerifyOptions): Promise<Table> => {
  const { onProgress = () => undefined, only } = options;
  const held = only === undefined ? laws : laws.filter(({ name }) => only.includes(name));
  const subjects = rules.flatMap((rule) => rule.cases.map((ruleCase) => [rule, ruleCase] as const));
  const names = new Set(rules.map(({ name }) => name));
  const tried = withRules(book, rules);
  const between = namedLaws.filter(
    (law) => only === undefined && names.has(law.rules[0]!) && law.rules.every((name) => tried.rules.has(name)),
  );
  const all = subjects.length + between.length;
  let done = 0;
  const entries: Entry[] = [];
  for (const [rule, ruleCase] of subjects) {
    const row = rowName(rule, ruleCase);
    onProgress(done++, all, row);
    const subject = subjectOf(book, rule, ruleCase);
    let effort: Effort = options;
    for (const law of held) {
      const finding = await law.check(subject, effort);
      if (finding === undefined) continue;
      entries.push({ rule: row, law: law.name, ...finding });
      if (finding.verdict === 'refuted') effort = { ...options, cases: Math.ceil(options.cases / lessOnceRefuted) };
    }
  }
  const named: Entry[] = [];
  for (const law of between) {
    onProgress(done++, all, law.name);
    named.push({ rule: law.rules.join(', '), law: law.name, ...(await law.check(tried, options)) });
  }
  onProgress(all, all, '');
  return { entries, named };
};

/** The claims that do not stand: refuted ones and vacuous ones. */
export const failuresOf = ({ entries, named }: Table): readonly Entry[] =>
  [...entries, ...named].filter(({ verdict }) => verdict === 'refuted' || verdict === 'vacuous');

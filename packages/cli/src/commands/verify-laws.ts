import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { outputNames, readDocument, writeAllAtomically } from '@kirchhoff/explain/node';
import { printGraph } from '@kirchhoff/graph';
import { each, problem, short, verifySays, within, type Result } from '@kirchhoff/message';
import { decodeRule, findRule, type Rule, type Rulebook } from '@kirchhoff/rule';
import {
  counterexampleFile,
  failuresOf,
  measureExactness,
  namedRows,
  printProofs,
  replay,
  texOfProofs,
  verdictPage,
  verdictRows,
  verify,
  type Entry,
  type Exactness,
  type Table,
  type VerifyOptions,
} from '@kirchhoff/verify';
import * as E from 'fp-ts/lib/Either.js';
import { table } from '../columns.js';

export interface VerifyArguments {
  readonly book: Rulebook;
  readonly subjects: readonly string[];
  readonly cases: number;
  readonly seed: number;
  /** How many random graphs to measure the closure of ledgers on; 0 for none. */
  readonly graphs: number;
  readonly form: 'text' | 'json' | 'markdown';
  /** Where counterexamples go, if anywhere. */
  readonly out: string | undefined;
  readonly progress: (text: string) => void;
}

/** What is to be printed, and whether every claim stands. */
export interface Told {
  readonly text: string;
  readonly failures: number;
}

const subjectOf = (book: Rulebook, name: string): Result<Rule> => {
  if (name.endsWith('.json') || existsSync(name)) return readDocument(name, decodeRule);
  const found = findRule(book, name);
  return E.isLeft(found) ? E.left([problem('verify', verifySays.unknownSubject(name, [...book.rules.keys()]))]) : found;
};

const subjectsOf = (book: Rulebook, names: readonly string[]): Result<readonly Rule[]> => {
  if (names.length === 0) return E.right([...book.rules.values()]);
  return each(names.map((name) => subjectOf(book, name)));
};

const tabled = ([headings = [], ...rows]: readonly (readonly string[])[]): string => table(headings, rows);

/** What the verdicts rest on: at length where there are few rules, for failures alone where there are many. */
const evidenceOf = (shown: readonly Entry[]): readonly string[] =>
  shown.map(({ rule, law, verdict, evidence }) => `${rule} · ${law}: ${verdict}. ${evidence}`);

const exactnessText = ({ graphs, recurrent, worst, at }: Exactness): readonly string[] => [
  `ledgers of ${graphs} random graphs (${recurrent} recurrent) in float64: worst closure ${worst.toExponential(1)}`,
  ...(at === undefined ? [] : [`worst case, under ${at.composite}:`, printGraph(at.graph)]),
];

const textOf = (found: Table, few: boolean, exactness: Exactness | undefined): string => {
  const failures = failuresOf(found);
  const shown = few ? [...found.entries, ...found.named] : failures;
  return [
    tabled(verdictRows(found)),
    ...(found.named.length > 0 ? ['', tabled(namedRows(found))] : []),
    ...(shown.length > 0 ? ['', ...evidenceOf(shown)] : []),
    ...(exactness === undefined ? [] : ['', ...exactnessText(exactness)]),
  ].join('\n');
};

/** Files may hold rules of the same name: each is tried alone, and its rows bear the name of its file. */
const oneByOne = async (
  book: Rulebook,
  subjects: readonly string[],
  rules: readonly Rule[],
  effort: VerifyOptions,
): Promise<Table> => {
  const entries: Entry[] = [];
  const named: Entry[] = [];
  for (const [i, rule] of rules.entries()) {
    const found = await verify(book, [rule], effort);
    const label = basename(subjects[i] ?? rule.name, '.json');
    for (const one of found.entries.map((entry) => ({ ...entry, rule: label }))) entries.push(one);
    for (const one of found.named.map((entry) => ({ ...entry, rule: label }))) named.push(one);
  }
  return { entries, named };
};

/** `verify [NAME|FILE…]`: holds rules to every law; writes counterexamples to `out`. */
export const verifyCommand = async (args: VerifyArguments): Promise<Result<Told>> => {
  const { book, subjects, cases, seed, graphs, form, out, progress } = args;
  const rules = subjectsOf(book, subjects);
  if (E.isLeft(rules)) return rules;
  const onProgress = (done: number, all: number, what: string): void => progress(`${done}/${all} ${what}`);
  const effort = { cases, seed, onProgress };
  const alike = new Set(rules.right.map(({ name }) => name)).size < rules.right.length;
  const found = alike ? await oneByOne(book, subjects, rules.right, effort) : await verify(book, rules.right, effort);
  const exactness =
    graphs === 0
      ? undefined
      : await measureExactness(book, { graphs, seed, onProgress: (done, all) => progress(`graph ${done}/${all}`) });
  progress('');
  const failures = failuresOf(found);
  const made = failures.flatMap(({ rule, counterexample }) =>
    counterexample === undefined ? [] : [counterexampleFile(rule, counterexample)],
  );
  const names = outputNames(made.map(([file]) => file.replace(/\.json$/, '')));
  const files = made.map(([, text], i) => [`${names[i]!}.json`, text] as const);
  if (out !== undefined && files.length > 0) {
    const written = writeAllAtomically(out, files);
    if (E.isLeft(written)) return written;
  }
  const saved = out === undefined ? [] : files.map(([file]) => join(out, file));
  const texts = {
    json: () => JSON.stringify({ format: 'kirchhoff-verdicts/1', cases, seed, ...found, exactness }, null, 2),
    markdown: () => verdictPage(found).trimEnd(),
    text: () =>
      [
        textOf(found, subjects.length > 0, exactness),
        ...(saved.length > 0 ? ['', `wrote ${saved.join(', ')}`] : []),
      ].join('\n'),
  };
  return E.right({ text: texts[form](), failures: failures.length });
};

export type ProofForm = 'text' | 'tex';

/** `verify [NAME|FILE…] --proof`: what is proved of rules, step by step. */
export const proofCommand = (book: Rulebook, subjects: readonly string[], form: ProofForm): Result<string> =>
  E.map((rules: readonly Rule[]) => (form === 'tex' ? texOfProofs(rules) : printProofs(rules)))(
    subjectsOf(book, subjects),
  );

/** `verify --replay FILE`: runs a stored counterexample again. */
export const replayCommand = async (book: Rulebook, path: string): Promise<Result<string>> => {
  const json = readDocument(path, (value) => E.right(value));
  if (E.isLeft(json)) return json;
  const replayed = await replay(book, json.right);
  if (E.isLeft(replayed)) return E.left(within(path, replayed.left));
  const { counterexample, seed, inputs, leaks, closure } = replayed.right;
  return E.right(
    [
      `${counterexample.rule.name} · ${counterexample.law}: ${counterexample.says}`,
      `again: R ${short(seed)}, Σ messages ${short(inputs)}, Σ leaks ${short(leaks)}, closure ${closure.toExponential(1)}`,
    ].join('\n'),
  );
};

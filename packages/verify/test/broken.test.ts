import { readdirSync } from 'node:fs';
import { sizeOf } from '@kirchhoff/graph';
import { withRules, type Rule } from '@kirchhoff/rule';
import { describe, expect, test } from 'vitest';
import {
  failuresOf,
  laws,
  namedLaws,
  replay,
  subjectOf,
  verify,
  type Counterexample,
  type Finding,
} from '../src/index.js';
import { book, json, right, root, ruleFrom } from './rulebook.js';

/** One rule that is wrong in one way, and the law that must find it out. */
interface Broken {
  readonly file: string;
  readonly twin: string;
  readonly wrong: string;
  readonly seen: string;
  readonly refutedBy: string;
}

const index = json('specs/broken.json') as readonly Broken[];
const effort = { cases: 100, seed: 42 };

const findingOf = async (law: string, rule: Rule): Promise<Finding | undefined> => {
  const named = namedLaws.find(({ name }) => name === law);
  if (named !== undefined) return named.check(withRules(book, [rule]), effort);
  return laws.find(({ name }) => name === law)?.check(subjectOf(book, rule, rule.cases[0]!), effort);
};

const numbersIn = ({ inputs }: Counterexample): number =>
  Object.entries(inputs).reduce((count, [name, { shape }]) => (name === 'target' ? count : count + sizeOf(shape)), 0);

describe('every wrong rule in specs/broken is refuted, and the right one is not', () => {
  test.each(index.map((one) => [`${one.file}: ${one.wrong}`, one] as const))('%s', async (_, one) => {
    const rule = ruleFrom(json(`specs/broken/${one.file}`));
    const found = await findingOf(one.refutedBy, rule);
    expect(found?.verdict).toBe(one.file === 'epsilon-vacuous.json' ? 'vacuous' : 'refuted');
    const twin = book.rules.get(one.twin)!;
    expect(rule.name).toBe(twin.name);
    expect(['proved', 'shown false', 'tested']).toContain((await findingOf(one.refutedBy, twin))?.verdict);
    const { counterexample } = found!;
    if (counterexample === undefined) return;
    // One or two sources: small enough to work out by hand.
    expect(numbersIn(counterexample)).toBeLessThanOrEqual(2);
    if (one.refutedBy !== 'ledger') return;
    const replayed = await replay(book, JSON.parse(JSON.stringify(counterexample)));
    if (one.file === 'winner-every-tie.json') {
      // x == y does not separate, and maxima are not written out connection by connection.
      expect(replayed._tag).toBe('Left');
      return;
    }
    const { seed, inputs, leaks, closure } = right(replayed);
    expect(closure).toBeGreaterThan(1e-9);
    expect(seed).toBe(counterexample.expected);
    expect(inputs + leaks).toBeCloseTo(counterexample.got, 5);
  });

  test('at least twenty, one for each file', () => {
    const files = readdirSync(`${root}specs/broken`);
    expect(index.map(({ file }) => file).toSorted()).toEqual(files.toSorted());
    expect(files.length).toBeGreaterThanOrEqual(20);
  });
});

test('a refuted rule fails the table, with its counterexample', async () => {
  const rule = ruleFrom(json('specs/broken/gate-takes-all.json'));
  const failures = failuresOf(await verify(book, [rule], effort));
  expect(failures.map(({ law, verdict }) => [law, verdict])).toEqual([['the signal takes all', 'refuted']]);
  expect(failures[0]?.counterexample?.inputs['gate_pre']?.shape).toEqual([1, 1]);
});

test('what is no counterexample is not replayed', async () => {
  const replayed = await replay(book, { format: 'something else' });
  expect(replayed._tag).toBe('Left');
});

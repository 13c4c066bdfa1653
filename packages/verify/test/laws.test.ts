import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { failuresOf, laws, namedLaws, verdictPage, verify, type Entry, type Table } from '../src/index.js';
import { book, root, ruleFrom } from './rulebook.js';

const fresh = Math.floor(Math.random() * 2 ** 31);
const effort = { cases: 60 };

/** What the runs with the fixed seed found, for the page of verdicts. */
const entries: Entry[] = [];
const named: Entry[] = [];

const verdicts = (list: readonly Entry[]): readonly string[] =>
  list.map(({ rule, law, verdict }) => `${rule}: ${law}: ${verdict}`);

/** What was found with the fixed seed of what a table speaks of: another seed must find the same. */
const known = (table: Table): readonly Entry[] => {
  const asked = new Set([...table.entries, ...table.named].map(({ rule, law }) => `${rule}: ${law}`));
  return [...entries, ...named].filter(({ rule, law }) => asked.has(`${rule}: ${law}`));
};

describe('every rule in rules/ keeps every law', () => {
  // The fresh seed is in the name of the test: a failure can be repeated.
  test.each([...book.rules.values()].flatMap((rule) => [42, fresh].map((seed) => [rule.name, seed, rule] as const)))(
    '%s, seed %i',
    async (_, seed, rule) => {
      const table = await verify(book, [rule], { ...effort, cases: seed === 42 ? 60 : 20, seed });
      if (seed === 42) {
        entries.push(...table.entries);
        named.push(...table.named);
      } else expect(verdicts([...table.entries, ...table.named])).toEqual(verdicts(known(table)));
      expect(failuresOf(table).map(({ law, evidence }) => `${law}: ${evidence}`)).toEqual([]);
      expect(new Set(table.entries.map(({ law }) => law)).size).toBeGreaterThanOrEqual(5);
    },
    60_000,
  );
});

test('docs/laws.md says what they found', () => {
  const order = namedLaws.map(({ name }) => name);
  const page = verdictPage({ entries, named: named.toSorted((a, b) => order.indexOf(a.law) - order.indexOf(b.law)) });
  expect(readFileSync(`${root}docs/laws.md`, 'utf8').replaceAll(/[ -]+(?=\|)/g, ' ')).toBe(
    page.replaceAll(/[ -]+(?=\|)/g, ' '),
  );
});

test('laws between rules speak of rules that are there', () => {
  const missing = namedLaws.flatMap(({ rules }) => rules.filter((name) => !book.rules.has(name)));
  expect(missing).toEqual([]);
  expect(new Set(laws.map(({ name }) => name)).size).toBe(laws.length);
});

test("a stranger's rule is under all laws without a line of TypeScript", async () => {
  const rule = ruleFrom({
    rule: 'stranger',
    summary: 'Shares by the size of each contribution.',
    on: 'affine',
    let: { A: 'total(abs(x*w)) + abs(b)' },
    message: 'ratio(abs(x*w), A) * R',
    leaks: { bias: 'ratio(abs(b), A) * R', dead: '(A == 0) * R' },
    claims: { conservative: { when: 'b == 0 and A > 0' }, positive: { when: 'R >= 0' } },
  });
  const { entries: found } = await verify(book, [rule], { ...effort, seed: 42 });
  expect(found.map(({ law }) => law)).toEqual(laws.map(({ name }) => name));
  expect(found.filter(({ verdict }) => verdict !== 'tested' && verdict !== 'proved')).toEqual([]);
});

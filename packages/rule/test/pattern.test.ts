import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitsPattern } from '../src/pattern.js';

/** The definition: a star is nothing, or a character and a star. */
const fits = (pattern: string, name: string): boolean =>
  pattern === ''
    ? name === ''
    : pattern.startsWith('*')
      ? fits(pattern.slice(1), name) || (name !== '' && fits(pattern, name.slice(1)))
      : name.startsWith(pattern[0]!) && fits(pattern.slice(1), name.slice(1));

test.each([
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['features.*', 'features.0', true],
  ['features.*', 'features', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['*.weight', 'a.weight.weight', true],
  ['a*b*a', 'aba', true],
  ['*ab*ab*', 'abab', true],
  ['*ab*ab*', 'aab', false],
  ['a.c', 'abc', false],
  ['*', 'two\nlines', true],
])('%j and %j: %s', (pattern, name, expected) => {
  expect(fitsPattern(pattern, name)).toBe(expected);
});

test('the definition holds', () => {
  const of = (...letters: string[]) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((all) => all.join(''));
  fc.assert(
    fc.property(of('a', 'b', '*'), of('a', 'b'), (pattern, name) => {
      expect(fitsPattern(pattern, name)).toBe(fits(pattern, name));
    }),
    { seed: 12, numRuns: 2000 },
  );
});

test('sixty stars and a name of a million letters are no work', () => {
  expect(fitsPattern(`${'a*'.repeat(60)}!`, 'a'.repeat(1e6))).toBe(false);
  expect(fitsPattern(`*b${'a'.repeat(5e5)}*`, 'a'.repeat(1e6))).toBe(false);
  expect(fitsPattern('a*'.repeat(5e5), 'a'.repeat(1e6))).toBe(true);
});

import { printProblems } from '@kirchhoff/message';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../src/json.js';

const told = (text: string): string => {
  const parsed = parseJson(text);
  return E.isLeft(parsed) ? printProblems(parsed.left) : 'valid';
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('parseJson', () => {
  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false }), fc.constantFrom(0, 1, 4), (text, indent) => {
        const value: unknown = JSON.parse(text);
        expect(parseJson(JSON.stringify(value, null, indent))).toEqual(E.right(value));
      }),
      { seed: 42 },
    );
  });

  test('refuses what JSON.parse refuses: a text with one character changed', () => {
    const marks = fc.constantFrom(
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\\',
      '\n',
      '\t',
      ' ',
      '0',
      '-',
      '.',
      'e',
      'x',
      '\u0001',
    );
    fc.assert(
      fc.property(fc.json(), fc.nat(), marks, (text, at, mark) => {
        const place = at % (text.length + 1);
        const changed = text.slice(0, place) + mark + text.slice(place + 1);
        const parsed = parseJson(changed);
        const repeats = E.isLeft(parsed) && parsed.left[0]?.message.includes('written twice');
        expect(repeats || E.isRight(parsed) === parses(changed)).toBe(true);
      }),
      { seed: 42, numRuns: 1000 },
    );
  });

  test.each([
    ['', 'line 1 column 1: malformed JSON: expected a value, found the end of the text'],
    ['{ "a": 1,\n  "b": }', 'line 2 column 8: malformed JSON: expected a value, found "}"'],
    ['[1, 2', 'line 1 column 6: malformed JSON: expected "," or "]", found the end of the text'],
    ['{ a: 1 }', 'line 1 column 3: malformed JSON: expected a key in double quotes, found "a"'],
    ['{ "a" 1 }', 'line 1 column 7: malformed JSON: expected ":", found "1"'],
    ['[1,]', 'line 1 column 4: malformed JSON: expected a value, found "]"'],
    ['"line\nbreak"', 'line 1 column 1: malformed JSON: expected a text that is closed on its line, found "\\""'],
    ['[NaN]', 'line 1 column 2: malformed JSON: expected a value, found "NaN"'],
    ['1 2', 'line 1 column 3: malformed JSON: expected the end of the text, found "2"'],
    ['{ "a": 1, "\\u0061": 2 }', 'line 1 column 11: the key "a" is written twice; keep one of them'],
    ['['.repeat(300), 'line 1 column 257: nested more than 256 deep; no document of ours needs that'],
  ])('%j: %s', (text, message) => {
    expect(told(text)).toBe(message);
  });

  test('a byte order mark is no part of the text', () => {
    expect(parseJson('\uFEFF{"a": 1}')).toEqual(E.right({ a: 1 }));
  });
});

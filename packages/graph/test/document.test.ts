import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { describe, expect, test } from 'vitest';
import { decodeDocument, described } from '../src/document.js';

const bound = t.exact(t.partial({ minimum: t.number, maximum: t.number }));
const entry = t.union([t.exact(t.type({ match: bound, rule: t.string })), t.exact(t.type({ include: t.string }))]);
const codec = t.exact(
  t.intersection([
    t.type({ name: t.string, rules: t.array(entry) }),
    t.partial({
      on: t.union([t.keyof({ affine: null, product: null }), t.exact(t.type({ op: t.array(t.string) }))]),
      claim: t.union([t.literal(false), bound]),
      texts: t.record(t.string, t.string),
      count: described('a whole number', (value): value is number => Number.isInteger(value)),
      flag: t.boolean,
      pair: t.readonlyArray(t.number),
    }),
  ]),
);

const told = (json: unknown): string => {
  const decoded = decodeDocument(codec, json);
  return E.isLeft(decoded) ? printProblems(decoded.left) : 'valid';
};
const base = { name: 'x', rules: [] };

describe('decodeDocument', () => {
  test('gives the value that the codec describes', () => {
    const json = {
      ...base,
      rules: [{ include: 'y' }, { match: { minimum: 1 }, rule: 'z' }],
      on: { op: ['Conv'] },
      claim: false,
    };
    expect(decodeDocument(codec, json)).toEqual(E.right(json));
  });

  test.each([
    [null, 'must be an object with "name", "rules", found null'],
    [[], 'must be an object with "name", "rules", found []'],
    [{}, 'the key "name" is missing; write a text\nthe key "rules" is missing; write a list'],
    [{ nam: 'x', rules: [] }, 'unknown key "nam" (did you mean "name"?)'],
    [{ ...base, count: 1.5 }, '/count: must be a whole number, found 1.5'],
    [{ ...base, flag: 'yes' }, '/flag: must be true or false, found "yes"'],
    [{ ...base, texts: { 'a/b~c': 1 } }, '/texts/a~1b~0c: must be a text, found 1'],
    [{ ...base, pair: [1, '2'] }, '/pair/1: must be a number, found "2"'],
    [{ ...base, on: 'afine' }, '/on: must be one of affine, product, found "afine" (did you mean "affine"?)'],
    [{ ...base, on: 3 }, '/on: must be one of affine, product or an object with "op", found 3'],
    [{ ...base, on: { op: 'Conv' } }, '/on/op: must be a list, found "Conv"'],
    [{ ...base, claim: true }, '/claim: must be false or an object, found true'],
    [{ ...base, claim: { minimun: 1 } }, '/claim: unknown key "minimun" (did you mean "minimum"?)'],
    [{ ...base, rules: [{ match: {}, rulle: 'z' }] }, '/rules/0: unknown key "rulle" (did you mean "rule"?)'],
    [
      { ...base, rules: [{ match: { minimum: '1' }, rule: 2 }] },
      '/rules/0/match/minimum: must be a number, found "1"\n/rules/0/rule: must be a text, found 2',
    ],
  ])('%j', (json, message) => {
    expect(told(json)).toBe(message);
  });
});

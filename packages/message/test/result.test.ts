import * as E from 'fp-ts/lib/Either.js';
import { expect, test } from 'vitest';
import { all, each, problem, type Result } from '@kirchhoff/message';

const wrong = (...places: readonly string[]): Result<never> => E.left(places.map((at) => problem(at, 'wrong')));

test('results by name are one: all values, or all problems', () => {
  expect(all({ a: E.right(1), b: E.right('two') })).toEqual(E.right({ a: 1, b: 'two' }));
  expect(all({ a: wrong('x', 'y'), b: E.right(2), c: wrong('z') })).toEqual(wrong('x', 'y', 'z'));
});

test('results in a row are one, however many', () => {
  expect(each([])).toEqual(E.right([]));
  expect(each(Array.from({ length: 100_000 }, (_, i) => E.right(i)))).toMatchObject({ right: { length: 100_000 } });
  expect(each([E.right(1), wrong('x'), wrong('y', 'z')])).toEqual(wrong('x', 'y', 'z'));
});

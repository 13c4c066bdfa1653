import { describe, expect, it } from 'vitest';
import { packages } from './repository.js';

const longest = 400;

const comments = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm;
const escapes: readonly (readonly [string, RegExp])[] = [
  ['no any', /\bas\s+any\b|<any>|\bany\[\]|:\s*any\s*[,;)=>|}\]]/],
  ['no cast through unknown', /\bas\s+unknown\s+as\b/],
];
const silenced = /@ts-(?:ignore|expect-error|nocheck)/;
const unfinished = /\b(?:TODO|FIXME|XXX)\b/;

const files = packages.flatMap(({ sources }) => sources);

describe('sources', () => {
  it('are there', () => {
    expect(packages.filter(({ sources }) => sources.length === 0).map(({ name }) => name)).toEqual([]);
  });

  it(`have at most ${longest} lines each`, () => {
    const lengths = files.map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }));
    expect(lengths.filter(({ lines }) => lines > longest)).toEqual([]);
  });

  it.each(escapes)('hold %s', (_, pattern) => {
    const found = files.filter(({ text }) => pattern.test(text.replace(comments, '')));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  it('silence no type error and leave nothing for later', () => {
    const found = files.filter(({ text }) => silenced.test(text) || unfinished.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  it('are not called utils', () => {
    expect(files.filter(({ path }) => /\/utils?(\.ts|\/)/.test(path)).map(({ path }) => path)).toEqual([]);
  });
});

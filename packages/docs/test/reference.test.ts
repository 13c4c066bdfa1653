import { decodeRule, type Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { checkCites, decodeBibliography, type Bibliography } from '../src/reference.js';

const known: Bibliography = {
  bach2015pixel: { authors: ['A'], title: 'On Pixels', venue: 'PLOS ONE', year: 2015 },
};

const bookCiting = (...cite: readonly string[]): Rulebook => {
  const rule = decodeRule({ rule: 'r', summary: 'A rule.', cite, on: 'elementwise', message: 'R', leaks: {} });
  return { rules: new Map(E.isRight(rule) ? [['r', rule.right]] : []), composites: new Map() };
};

describe('references', () => {
  it('that are cited must be there', () => {
    expect(checkCites(bookCiting('bach2015pixel'), known)).toEqual([]);
    expect(checkCites(bookCiting('bach2015pixels'), known)).toEqual([
      {
        at: 'rules/r.json /cite',
        message:
          '"bach2015pixels" is not in docs/references.json (did you mean "bach2015pixel"?); add its authors, title, venue and year there',
      },
    ]);
  });

  it('need authors, title, venue and year', () => {
    expect(E.isRight(decodeBibliography(known))).toBe(true);
    const decoded = decodeBibliography({ someone2020: { authors: ['B'], title: 'T', venue: 'V', year: '2020' } });
    expect(E.isLeft(decoded) ? decoded.left.map(({ at }) => at) : []).toEqual(['/someone2020/year']);
  });
});

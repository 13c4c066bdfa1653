import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { decodeComposite, decodeRule } from '../src/index.js';

const folder = fileURLToPath(new URL('../../../specs/invalid/rules', import.meta.url));
const documents = readdirSync(folder).filter((name) => name.endsWith('.json'));

const judge = (name: string): string => {
  const json = JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')) as object;
  const decoded = 'composite' in json ? decodeComposite(json) : decodeRule(json);
  return E.isLeft(decoded) ? printProblems(decoded.left) : 'valid';
};

describe('invalid rule and composite documents', () => {
  test('there are documents to judge, and none of them is valid', () => {
    expect(documents.length).toBeGreaterThan(20);
    expect(documents.filter((name) => judge(name) === 'valid')).toEqual([]);
  });

  test.each(documents)('%s says what is wrong with it', async (name) => {
    await expect(`${judge(name)}\n`).toMatchFileSnapshot(`${folder}/${name.replace(/\.json$/, '.txt')}`);
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { decodeGraph, infer, parseJson, resolveTensors } from '../src/index.js';

const folder = fileURLToPath(new URL('../../../specs/invalid/graphs', import.meta.url));
const documents = readdirSync(folder).filter((name) => name.endsWith('.json'));

const judge = (text: string): string => {
  const json = parseJson(text);
  if (E.isLeft(json)) return printProblems(json.left);
  const graph = decodeGraph(json.right);
  if (E.isLeft(graph)) return printProblems(graph.left);
  const store = resolveTensors(graph.right, () => E.left([]));
  if (E.isLeft(store)) return printProblems(store.left);
  const typed = infer(graph.right, store.right);
  return E.isLeft(typed) ? printProblems(typed.left) : 'valid';
};

describe('invalid graph documents', () => {
  test('there are documents to judge', () => {
    expect(documents.length).toBeGreaterThan(10);
  });

  test.each(documents)('%s says what is wrong with it', (name) => {
    const expected = readFileSync(`${folder}/${name.replace(/\.json$/, '.txt')}`, 'utf8');
    expect(`${judge(readFileSync(`${folder}/${name}`, 'utf8'))}\n`).toBe(expected);
  });
});

import type { Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { decodeGraph, infer, parseJson, resolveTensors } from '../src/index.js';
import { documents } from './documents.js';
import { mutated } from './mutate.js';

/** The way of a document from text to types. */
const read = (json: unknown): E.Either<readonly Problem[], unknown> => {
  const parsed = parseJson(JSON.stringify(json));
  if (E.isLeft(parsed)) return parsed;
  const graph = decodeGraph(parsed.right);
  if (E.isLeft(graph)) return graph;
  const store = resolveTensors(graph.right, (file) => E.left([{ at: file, message: 'no file here' }]));
  return E.isLeft(store) ? store : infer(graph.right, store.right);
};

/** Mutations of each document; more by hand, as of the other readers: `SPOILT=10000`. */
const count = Math.ceil(Number(process.env['SPOILT'] ?? 0) / documents.length) || 200;

describe('graph documents with slips', () => {
  test.each(documents.map((document, i) => [i, document] as const))('document %i is sound', (_, document) => {
    expect(E.isRight(read(document))).toBe(true);
  });

  test.each(documents.map((document, i) => [i, document] as const))(
    `${count} mutations of document %i are read, or refused with problems that name a place`,
    { timeout: 3_600_000 },
    (_, document) => {
      const counts = { read: 0, refused: 0 };
      for (let seed = 0; seed < count; seed++) {
        const result = read(mutated(document, seed));
        if (E.isRight(result)) counts.read++;
        else {
          counts.refused++;
          expect(result.left.length).toBeGreaterThan(0);
          for (const { at, message } of result.left) {
            expect(message).not.toBe('');
            expect(at === '' ? message : at).toMatch(at === '' ? /format|must be|unknown key|is missing/ : /^[/\w]/);
          }
        }
      }
      expect(counts.read).toBeGreaterThan(10);
      expect(counts.refused).toBeGreaterThan(count / 2);
    },
  );
});

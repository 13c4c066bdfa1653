import { pointerTo } from '@kirchhoff/graph';
import { problem, textSays, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';

/** The ids of tokens, and how many ids there are (the largest and one). */
export interface Vocabulary {
  readonly ids: ReadonlyMap<string, number>;
  readonly size: number;
}

const isRecord = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

const fromList = (list: readonly unknown[], problems: Problem[]): Map<string, number> => {
  const ids = new Map<string, number>();
  list.forEach((word, i) => {
    const first = typeof word === 'string' ? ids.get(word) : undefined;
    if (typeof word !== 'string') problems.push(problem(pointerTo('', i), textSays.badWord(word)));
    else if (first !== undefined) problems.push(problem(pointerTo('', i), textSays.repeatedWord(word, first)));
    else ids.set(word, i);
  });
  return ids;
};

const fromRecord = (record: Readonly<Record<string, unknown>>, problems: Problem[]): Map<string, number> => {
  const ids = new Map<string, number>();
  const words = new Map<number, string>();
  for (const [word, id] of Object.entries(record)) {
    if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) {
      problems.push(problem(pointerTo('', word), textSays.badId(id)));
      continue;
    }
    const first = words.get(id);
    if (first !== undefined) problems.push(problem(pointerTo('', word), textSays.repeatedId(id, first)));
    ids.set(word, id);
    words.set(id, word);
  }
  return ids;
};

/** Decodes a vocabulary: a list of tokens in the order of their ids, or an object of ids by token. */
export const decodeVocabulary = (json: unknown): Result<Vocabulary> => {
  const problems: Problem[] = [];
  if (!Array.isArray(json) && !isRecord(json)) return E.left([problem('', textSays.noVocabulary(json))]);
  const ids = Array.isArray(json) ? fromList(json, problems) : fromRecord(json, problems);
  if (problems.length > 0) return E.left(problems);
  let size = 0;
  for (const id of ids.values()) size = Math.max(size, id + 1);
  return size === 0 ? E.left([problem('', textSays.emptyVocabulary())]) : E.right({ ids, size });
};

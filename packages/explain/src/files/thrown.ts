import { describeFailure } from './failure.js';
import { cliSays, problem, Refusal, type Problem } from '@kirchhoff/message';

const outOfMemory = /allocation failed|Invalid (?:typed )?array length|Invalid string length|Cannot create a string/i;

const problemOf = (thrown: Error): Problem => {
  if ('code' in thrown && 'path' in thrown && typeof thrown.path === 'string')
    return problem(thrown.path, describeFailure(thrown.path, thrown));
  return problem(
    '',
    outOfMemory.test(thrown.message) ? cliSays.tooLargeForMemory() : cliSays.unexpected(thrown.message),
  );
};

/** Whatever was thrown, as problems. */
export const problemsOf = (thrown: unknown): readonly Problem[] => {
  if (thrown instanceof Refusal) return thrown.problems;
  return [thrown instanceof Error ? problemOf(thrown) : problem('', cliSays.unexpected(String(thrown)))];
};

import { cliSays, problem, Refusal, type Problem } from '@kirchhoff/message';

/** Whatever was thrown, as problems. */
export const problemsOf = (thrown: unknown): readonly Problem[] =>
  thrown instanceof Refusal
    ? thrown.problems
    : [problem('', cliSays.unexpected(thrown instanceof Error ? thrown.message : String(thrown)))];

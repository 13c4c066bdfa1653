import { printProblems, problem, Refusal, withFields, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';

/** What is wrong, all of it at once: each problem with its place (`rule /message column 7`, `target`) and its remedy. */
export class KirchhoffError extends Error {
  override readonly name = 'KirchhoffError';

  constructor(
    /** Each with its place (`at`) and what is wrong there (`message`). */
    readonly problems: readonly Problem[],
  ) {
    super(printProblems(problems));
  }
}

/** Problems whose options bear the names that they have in code. */
const called = (problems: readonly Problem[]): readonly Problem[] =>
  problems.map(({ at, message }) => ({ at: withFields(at), message: withFields(message) }));

/** The value. @throws KirchhoffError with every problem */
export const demand = <A>(result: Result<A>): A => {
  if (E.isLeft(result)) throw new KirchhoffError(called(result.left));
  return result.right;
};

/** What a room refuses by throwing is one of the problems, too. */
const asError = (thrown: unknown): unknown =>
  thrown instanceof Refusal ? new KirchhoffError(called(thrown.problems)) : thrown;

/** Runs a step of this door. @throws KirchhoffError */
export const guardedNow = <A>(step: () => Result<A>): A => {
  try {
    return demand(step());
  } catch (thrown) {
    throw asError(thrown);
  }
};

/** The same for a step that takes its time. */
export const guarded = async <A>(step: () => Promise<Result<A>> | Result<A>): Promise<A> => {
  try {
    return demand(await step());
  } catch (thrown) {
    throw asError(thrown);
  }
};

/** A problem as a result. */
export const refused = (at: string, message: string): Result<never> => E.left([problem(at, message)]);

import { sequenceS } from 'fp-ts/lib/Apply.js';
import * as E from 'fp-ts/lib/Either.js';
import type { Problem } from './problem.js';

/** What was asked for, or every problem that stands in its way. */
export type Result<A> = E.Either<readonly Problem[], A>;

/** One list of problems after another. (fp-ts's own would bring its whole module of arrays into a browser.) */
const problems = { concat: (a: readonly Problem[], b: readonly Problem[]): readonly Problem[] => [...a, ...b] };

/** Results by name as one result: all values, or the problems of all that have some, in the order of their names. */
export const all = sequenceS(E.getApplicativeValidation(problems));

/** Results in a row as one result: all values, or all problems. */
export const each = <A>(results: readonly Result<A>[]): Result<readonly A[]> => {
  const wrong = results.filter(E.isLeft);
  return wrong.length === 0
    ? E.right(results.filter(E.isRight).map(({ right }) => right))
    : E.left(wrong.flatMap(({ left }) => left));
};

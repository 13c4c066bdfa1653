import { sequenceS } from 'fp-ts/lib/Apply.js';
import * as E from 'fp-ts/lib/Either.js';
import * as RA from 'fp-ts/lib/ReadonlyArray.js';
import type { Problem } from './problem.js';

/** What was asked for, or every problem that stands in its way. */
export type Result<A> = E.Either<readonly Problem[], A>;

/** Results by name as one result: all values, or the problems of all that have some, in the order of their names. */
export const all = sequenceS(E.getApplicativeValidation(RA.getSemigroup<Problem>()));

/** Results in a row as one result: all values, or all problems. */
export const each = <A>(results: readonly Result<A>[]): Result<readonly A[]> => {
  const { left, right } = RA.separate(results);
  return left.length === 0 ? E.right(right) : E.left(left.flat());
};

import { Refusal, verifySays } from '@kirchhoff/message';
import type { Broken } from '../search/counterexample.js';

/** What `act` finds; a graph that cannot be explained is a finding, too. */
export const judged = async <A>(act: () => Promise<A>): Promise<A | Broken> => {
  try {
    return await act();
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { says: verifySays.failed(thrown.message), expected: 0, got: Number.NaN };
  }
};

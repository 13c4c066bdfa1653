import * as fc from 'fast-check';

/** For so many milliseconds what breaks a law is made smaller. */
const shrinkTime = 5000;

/** The first counterexample of a property; made smaller, as far as time allows. Undefined where there is none. */
export const counterexampleOf = async <Ts>(
  property: fc.IAsyncProperty<Ts>,
  options: fc.Parameters<Ts>,
): Promise<Ts | undefined> => {
  const first = await fc.check(property, { ...options, endOnFailure: true });
  if (first.counterexample === null) return undefined;
  const smaller = await fc.check(property, { ...options, interruptAfterTimeLimit: shrinkTime });
  return smaller.counterexample ?? first.counterexample;
};

import { verifySays } from '@kirchhoff/message';
import { provePositive } from '../proof/index.js';
import { claimLaw } from './claim.js';
import { rounding } from './law.js';

/** Where it is claimed, no message is negative. */
export const positive = claimLaw({
  name: 'positive',
  says: 'where it is claimed, no message is negative',
  prove: provePositive,
  fair: ({ point: { output, sources } }) => [output, ...sources].every(({ R = 0 }) => R >= 0),
  broken: ({ weighed: { messages, scale } }) => {
    const least = Math.min(0, ...messages);
    return Number.isNaN(scale) || least >= -rounding * Math.max(1, scale)
      ? undefined
      : { says: verifySays.negativeMessage(least), expected: 0, got: least };
  },
});

import { verifySays } from '@kirchhoff/message';
import { proveConservative } from '../proof/index.js';
import { claimLaw } from './claim.js';
import { rounding } from './law.js';

/** Where it is claimed, the messages of a node sum to what it received. */
export const conservative = claimLaw({
  name: 'conservative',
  says: 'where it is claimed, Σ messages = R',
  prove: proveConservative,
  fair: () => true,
  broken: ({ weighed: { received, sent, scale } }) =>
    Math.abs(received - sent) <= rounding * Math.max(1, scale)
      ? undefined
      : { says: verifySays.notConservative(received, sent), expected: received, got: sent },
});

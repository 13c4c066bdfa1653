import { conservative } from './conservative.js';
import { engines } from './engines.js';
import { finite } from './finite.js';
import { homogeneous } from './homogeneous.js';
import type { Law } from './law.js';
import { ledger } from './ledger.js';
import { limits } from './limits.js';
import { networkLaws } from './network.js';
import type { NamedLaw } from './pair.js';
import { positive } from './positive.js';
import { wholeLaws } from './whole.js';

/** Every law that every rule is held to, whatever its name. */
export const laws: readonly Law[] = [ledger, conservative, positive, finite, homogeneous, engines, ...networkLaws];

/** Laws between rules that are known by name. */
export const namedLaws: readonly NamedLaw[] = [...limits, ...wholeLaws];

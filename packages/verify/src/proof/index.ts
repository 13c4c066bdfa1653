export { proofsOf, proveConservative, proveLedger, provePositive, type CaseProofs, type Proof } from './prove.js';
export { printProofs, texOfProofs } from './page.js';
export { printSteps, printStory, type Step } from './story.js';
export type { Assumption } from './cell.js';
export { composeLedger, type ComposedLedger } from './compose.js';
export { witnessOf, type Witness } from './witness.js';

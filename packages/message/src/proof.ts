// Why something is not proved.

export const signUnknown = (value: string): string =>
  `the sign of ${value} at one source does not follow from the signs that the formulas ask for; ask for it with pos, neg, abs or where`;

export const dividesByZero = (formula: string): string =>
  `${formula} has no value there; write ratio(…), which is 0 where it divides by 0`;

export const noValue = (formula: string): string =>
  `${formula} has no value there; keep its argument where it has one, with abs, max or where`;

export const tooManySplits = (splitters: readonly string[]): string =>
  `the formulas ask for the signs of too many things at each source (${splitters.join(', ')}); use fewer`;

export const noParameters = 'no parameters are allowed by their bounds; correct minimum and maximum';

export const remains = (cell: string, polynomial: string): string => `where ${cell}: ${polynomial} is not 0`;

export const mayBeNegative = (cell: string, message: string): string => `where ${cell}: ${message} may be negative`;

export const undecided = (cell: string, why: string): string => `where ${cell}: ${why}`;

export const mayVanish = (denominator: string): string =>
  `${denominator}, which is divided by, may be 0; divide by ratio(…) where there is a source`;

export const ledgerOpen = (remainder: string): string =>
  `the ledger, from which it would follow, is not proved: ${remainder}`;

export const tooManyCases = (most: number): string => `the proof needs more than ${most} cases; simplify the formulas`;

export const proved = 'proved, for every number of sources';

export const notProved = (remainder: string): string => `not proved, ${remainder}`;
export const tooManyDecisions = (most: number): string =>
  `the proof asks for more than ${most} signs; simplify the formulas`;

// Why nothing is to be proved.

export const gradientKeepsNone = 'gradients keep no ledger and claim nothing';

export const functionRule = 'defined as a function, not as formulas: nothing can be proved of it';

export const nothingClaimed = 'nothing is claimed';

export const claimedFalse = 'claimed not to hold: that takes a counterexample, not a proof';

// The proof, told.

export const everywhere = 'everywhere';

export const caseTitle = (number: number, cell: string): string => `Case ${number}: ${cell}`;

export const ledgerIdentity = 'R - Σ messages = Σ leaks';

export const anySource = 'any source';

export const wherever = (cell: string): string => `where ${cell}`;

export const goalTitle = 'What is to be shown';

export const goalText = (identity: string): string =>
  `${identity}, whatever the number of sources, for every value of the parameters within their bounds`;

export const totalsTitle = 'Totals';

export const totalsText = (atoms: readonly string[]): string =>
  `Only this is used of a sum over sources: that it is linear. What belongs to the output is taken out of it, and each sum that remains is one indeterminate: ${atoms.join(', ')}`;

export const conditionTitle = 'The condition';

export const putIn = (name: string, value: string): string => `so ${name} = ${value}`;

export const leaksText = 'each leak is 0 for itself';

export const cancelText = 'the leaks add up to 0';

export const signText = 'no factor and no term is negative';

export const vacuousText = (condition: string): string =>
  `"${condition}" holds for no node: the claim is about nothing`;

// Graphs.

export const composed = (proved: number, unproved: number): string =>
  unproved === 0
    ? `The ledger of all ${proved} nodes is proved: seed = Σ relevance of inputs + Σ leaks, by induction over the nodes from the seed to the inputs.`
    : `The ledger of ${proved} of ${proved + unproved} nodes is proved; of the graph's ledger, seed = Σ relevance of inputs + Σ leaks, what is missing is that of the others.`;

export const noProof = 'its rule was not among those proved';

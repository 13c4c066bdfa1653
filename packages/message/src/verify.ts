import { didYouMean } from './nearest.js';

/** A number as a person reads it: at most six significant digits. */
export const figure = (value: number): string => {
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(6))) : value.toExponential(2);
};

const named = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} = ${figure(value)}`)
    .join(', ');

/** The numbers of one node: parameters, its output, its sources. */
export const nodeNumbers = (
  op: string,
  parameters: Readonly<Record<string, number>>,
  output: Readonly<Record<string, number>>,
  sources: readonly Readonly<Record<string, number>>[],
): string =>
  `${op}: ${[
    ...sources.map((source, i) => `${sources.length > 1 ? `source ${i + 1}: ` : ''}${named(source)}`),
    named(output),
    named(parameters),
  ]
    .filter((part) => part !== '')
    .join('; ')}`;

// What was found.

const counted = (cases: number): string => `${cases} ${cases === 1 ? 'case' : 'cases'}`;

export const tested = (cases: number): string => `no counterexample in ${counted(cases)}`;

export const provedToo = 'proved for every node';

export const ledgerBroken = (received: number, sent: number, leaked: number): string =>
  `R = ${figure(received)}, but Σ messages ${figure(sent)} + Σ leaks ${figure(leaked)} = ${figure(sent + leaked)}`;

export const notConservative = (received: number, sent: number): string =>
  `R = ${figure(received)}, but Σ messages = ${figure(sent)}`;

export const negativeMessage = (message: number): string => `a message is ${figure(message)}`;

export const notFinite = (value: number): string => `a message or leak is ${value}`;

export const vacuous = (condition: string, cases: number): string =>
  `"${condition}" held in none of ${counted(cases)}: a claim about nothing; correct the condition, or write false`;

export const unwitnessed = (condition: string): string => `no node was drawn at which "${condition}" holds`;

export const falsePromise = (cases: number): string =>
  `claimed false, but no counterexample in ${counted(cases)}; claim it, with a "when" if it needs one`;

export const shownFalse = (numbers: string): string => `does not hold, as claimed: ${numbers}`;

export const silentHolds = (cases: number): string => `nothing claimed; it held in ${counted(cases)}`;

export const silentFails = (numbers: string): string => `nothing claimed; it fails at ${numbers}`;

export const needed = (parts: readonly string[]): string => `needed: ${parts.join('; ')}`;

export const notNeeded = (parts: readonly string[]): string => `no counterexample without: ${parts.join('; ')}`;

export const notHomogeneous = (factor: number, found: number, wanted: number): string =>
  `${figure(factor)}·R gives a message ${figure(found)}, not ${figure(wanted)}`;

/** How it is written that nothing is claimed. */
export const nothing = '–';

export const gradientKeepsNone = 'gradients keep no ledger and claim nothing';

export const functionRule = 'defined as a function: tested on graphs only';

export const apart = (one: string, other: string, where: string): string => `${one} and ${other} differ: ${where}`;

export const closureOf = (closure: number, allowed: number): string =>
  `the ledger misses ${closure.toExponential(1)} of what passed (allowed ${allowed.toExponential(0)})`;

export const failed = (reason: string): string => `could not be explained: ${reason}`;

export const nowhere = 'no random graph has a node for it';

// The command.

export const unknownSubject = (name: string, known: readonly string[]): string =>
  `there is no rule "${name}"${didYouMean(name, known)}; name a rule, or a file (.json) that holds one`;

export const noCount = (option: string, text: string): string =>
  `"${text}" is no whole number above 0; give ${option} such as 200`;

export const noSeed = (text: string): string => `"${text}" is no whole number; give a seed such as 42`;

export const refutedClaims = (count: number): string =>
  `${count} ${count === 1 ? 'claim is' : 'claims are'} refuted or vacuous`;

export const auditNeeds =
  '--model needs --input FILE (a picture or a .npy array) or --text TEXT to have something to audit';

export const noLedger =
  'gradients keep no ledger, so there is nothing to audit; choose a composite that hands on relevance';

export const notReplayable = (found: string): string =>
  `this is no counterexample (${found}); give a file that kirchhoff verify --out wrote`;

import { didYouMean } from './nearest.js';

/** What a node does that lets one sample into another: the part of a sentence after its name. */
export const adds = (axis: number): string => `takes all samples of axis ${axis} together`;
export const neighbours = (axis: number): string => `lets neighbours along axis ${axis} into one another`;
export const steps = (axis: number): string => `goes along axis ${axis} step by step`;
export const picks = (axis: number): string => `picks places along axis ${axis} by their number`;
export const shifts = (axis: number): string => `moves samples along axis ${axis}`;
export const apartElsewhere = (axes: readonly number[]): string =>
  `reads operands whose samples lie at different places (axes ${axes.join(' and ')} of its output)`;
export const fixed = (axis: number, size: number | string): string =>
  `reads a constant that has a number of samples, ${size}, at axis ${axis}`;
export const counts = (): string => 'computes with the number of samples';
export const decidedBy = (): string => 'does one thing or another by the number of samples';
export const ownNumbers = (): string => 'computes with the place of each sample in the batch';
export const shapes = (): string => 'takes a shape or an axis from values of the samples';
export const loses = (): string => 'leaves no axis on which each sample lies by itself';
export const numbered = (): string => 'gives positions counted over all samples';
export const sharedState = (): string => 'carries from step to step a state in which samples do not lie apart';
export const unlike = (): string => 'does not do the same to every sample';

/** Why samples are not apart, with the node. */
export const mixes = (node: string, op: string, what: string): string => `node "${node}" (${op}) ${what}`;
/** An output that no sample axis reaches. */
export const notCarried = (output: string): string => `output "${output}" is the same for all samples`;
export const openedShape = (
  node: string,
  before: readonly (number | string)[],
  after: readonly (number | string)[],
): string =>
  `the shape of "${node}" was [${before.join(', ')}] for one number of samples, and is [${after.join(', ')}]`;
export const openedSizes = (
  node: string,
  before: readonly (number | string)[],
  after: readonly (number | string)[],
): string => `"${node}" was told [${before.join(', ')}] for one number of samples, and is told [${after.join(', ')}]`;
export const openedIndices = (node: string, operand: string): string =>
  `"${operand}", which leads each sample to itself, is reckoned from its number where "${node}" reads it`;
export const openedConstant = (node: string, operand: string, axis: number): string =>
  `"${operand}", equal for all samples along axis ${axis}, is read by "${node}" once for each`;
/** Axes that are free, but that nothing says are those of samples. */
export const noWitness = (axes: readonly (readonly [string, number])[]): string =>
  `nothing says that the places along ${axes.map(([name, axis]) => `axis ${axis} of "${name}"`).join(', ')} are samples`;
export const statedNone = (): string => 'no input is said to have samples';
export const unknownInput = (name: string, known: readonly string[]): string =>
  `the model has no input "${name}"${didYouMean(name, known)}`;
/** A stated axis that cannot be proved. */
export const notApart = (axes: readonly (readonly [string, number | 'none'])[], why: string): string =>
  `samples do not lie apart along ${axes.map(([name, axis]) => `axis ${axis} of "${name}"`).join(', ')}: ${why}; leave the axis out, or write NAME=none for a model of one sample`;

/** Where the samples of a model lie, for `inspect`. */
export const found = (axes: readonly (readonly [string, number])[]): string =>
  `samples lie along ${axes.map(([name, axis]) => `axis ${axis} of "${name}"`).join(', ')}`;
/** That a model is explained as one sample, and why. */
export const single = (why: string): string => `one sample: ${why}`;
/** An output that is not explained; samples that lie apart in the explained one may meet there. */
export const otherOutput = (name: string, type: string, meet: boolean): string =>
  `${name} (${type}${meet ? ', in which samples meet' : ''})`;

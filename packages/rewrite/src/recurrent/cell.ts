import type { ElementType, Maker, Roles } from '@kirchhoff/graph';
import type { Activation } from './activation.js';
import type { Constants } from './constants.js';

/** Every product of a gate and what it lets through is written gate first. */
export const gated: Roles = { gate: 0, signal: 1 };

/** What one step of one direction is written from. */
export interface Step {
  /** Nodes around the Scan: weights, laid out once. */
  readonly outside: Maker;
  /** Nodes of the body. */
  readonly inside: Maker;
  readonly constants: Constants;
  /** The element of the sequence [N, I] and the states before it [N, H]. */
  readonly x: string;
  readonly h: string;
  readonly c: string;
  readonly hidden: number;
  readonly input: number;
  /** [R, W] of all gates, side by side: [gates·H, H + I]. */
  readonly weight: string;
  /** [Wb, Rb] of all gates, [2·gates·H], where the node has biases. */
  readonly bias: string | undefined;
  /** Peephole weights of the input, output and forget gates, [3·H], where the node has them. */
  readonly peepholes: string | undefined;
  readonly activations: readonly Activation[];
  /** What goes into a gate or candidate is kept within ± this, where the node says so. */
  readonly clip: number | undefined;
  /** Whether the forget gate of an LSTM is 1 − the input gate. */
  readonly coupled: boolean;
  /** The type of the sequence and the states. */
  readonly type: ElementType;
}

/** One kind of recurrent layer. */
export interface Cell {
  /** How many blocks of H rows the weights have. */
  readonly gates: number;
  readonly states: readonly ('h' | 'c')[];
  /** Activations of one direction where the node names none. */
  readonly activations: readonly string[];
  /** Writes one step; returns the next states, `h` first. */
  readonly write: (step: Step) => readonly string[];
}

/** The activation `index` of the direction, applied to `x` as it is. */
export const activateFreely = (
  { inside, constants, activations, type }: Step,
  index: number,
  part: string,
  x: string,
): string => {
  const nodes = activations[index]!;
  return nodes.reduce((value, { op, attrs, operand }, i) => {
    const name = i === nodes.length - 1 ? part : `${part}_${op.toLowerCase()}`;
    return inside.make(name, op, operand === undefined ? [value] : [value, constants.scalar(type, operand)], attrs);
  }, x);
};

/** The activation `index` of the direction, applied to `x` within the node's `clip`. */
export const activate = (step: Step, index: number, part: string, x: string): string => {
  const { inside, constants, clip, type } = step;
  const limits = clip === undefined ? [] : [constants.scalar(type, -clip), constants.scalar(type, clip)];
  const argument = clip === undefined ? x : inside.make(`${part}_clipped`, 'Clip', [x, ...limits]);
  return activateFreely(step, index, part, argument);
};

/** x·Wᵀ + b as one node. */
export const affine = ({ inside }: Step, part: string, x: string, { weight, bias }: Parameters): string =>
  inside.make(part, 'Gemm', [x, weight, ...(bias === undefined ? [] : [bias])], { transB: 1 });

export interface Parameters {
  readonly weight: string;
  readonly bias: string | undefined;
}

/** Consecutive rows (or along `axis`) of a constant, cut by sizes; the whole where there is one part. */
export const cutRows = (
  { outside, constants }: Step,
  value: string,
  parts: readonly string[],
  sizes: readonly number[],
  axis = 0,
): readonly string[] =>
  parts.length === 1
    ? [value]
    : outside.makeAll(parts, 'Split', [value, constants.ints(...sizes)], axis === 0 ? undefined : { axis });

/** Biases of consecutive blocks of gates: of the input's part, and of the state's. */
export const biasesOf = (
  step: Step,
  parts: readonly string[],
  blocks: readonly number[],
): readonly { readonly fromInput: string; readonly fromState: string }[] | undefined => {
  if (step.bias === undefined) return undefined;
  const sizes = [...blocks, ...blocks].map((count) => count * step.hidden);
  const names = ['input', 'state'].flatMap((from) => parts.map((part) => `${part}_${from}_bias`));
  const cut = step.outside.makeAll(names, 'Split', [step.bias, step.constants.ints(...sizes)]);
  return parts.map((_, i) => ({ fromInput: cut[i]!, fromState: cut[parts.length + i]! }));
};

/** Weights and biases of consecutive blocks of gates, each block an affine node over [h, x]: `b` is Wb + Rb. */
export const parametersOf = (
  step: Step,
  parts: readonly string[],
  blocks: readonly number[],
): readonly Parameters[] => {
  const weights = cutRows(
    step,
    step.weight,
    parts.map((part) => `${part}_weight`),
    blocks.map((count) => count * step.hidden),
  );
  const biases = biasesOf(step, parts, blocks);
  return parts.map((part, i) => ({
    weight: weights[i]!,
    bias: biases && step.outside.make(`${part}_bias`, 'Add', [biases[i]!.fromInput, biases[i]!.fromState]),
  }));
};

/** States before values of the sequence: [h, x]. */
export const beside = ({ inside, x }: Step, part: string, h: string): string =>
  inside.make(part, 'Concat', [h, x], { axis: 1 });

import { samplesSays } from '@kirchhoff/message';
import { equalDim, mulDim } from '../dim.js';
import type { Attributes, Dim, Node } from '../graph.js';
import type { KnownTensor, ValueType } from '../operators/row.js';
import type { Apart, Mixed, Samples } from './samples.js';

/** One node, as the question reaches it whether it keeps samples apart. */
export interface SamplesCall {
  readonly node: Node;
  readonly attrs: Attributes;
  /** The number of samples. */
  readonly batch: Dim;
  readonly inputs: readonly (Samples | undefined)[];
  readonly types: readonly (ValueType | undefined)[];
  readonly outputs: readonly (ValueType | undefined)[];
  readonly known: (port: number) => KnownTensor | undefined;
  /**
   * Whether an operand that is the same for all samples, and has their number at `axis`, is equal along it; `along` says what
   * is merged with them there.
   */
  readonly equalAlong: (port: number, axis: number, along?: Apart) => boolean;
  /** How samples lie in a constant of indices that lead each sample to itself, in steps of `stride`; undefined where they do not. */
  readonly leadsHome: (port: number, stride: Dim) => Apart | undefined;
  /** Samples of the values of a nested graph (Scan), given those of its inputs. */
  readonly inside: (inputs: readonly Samples[]) => (name: string) => Samples;
}

/** Samples of all outputs (one answer stands for all), of a node of which at least one data operand has them apart. */
export type SamplesRule = (call: SamplesCall) => Samples | readonly Samples[];

export const mixed = ({ node }: SamplesCall, why: string): Mixed => ({
  kind: 'mixed',
  node: node.name,
  why: samplesSays.mixes(node.name, node.op, why),
});

export const shapeAt = (call: SamplesCall, port: number): readonly Dim[] => call.types[port]?.shape ?? [];

/** The operand's samples where it has them apart. */
export const apartAt = ({ inputs }: SamplesCall, port: number): Apart | undefined => {
  const found = inputs[port];
  return found?.kind === 'apart' ? found : undefined;
};

/** Small integers of an operand. */
export const numbersAt = ({ known }: SamplesCall, port: number): readonly Dim[] | undefined => known(port)?.values;

export const moved = (samples: Apart, axis: number): Apart => ({ ...samples, axis });

/** An operand, and at which axis of the output its first axis comes to lie. */
export interface Laid {
  readonly port: number;
  readonly shift: number;
}

/** Whether samples lie along an axis as those of another value do. */
const liesAs = ({ outer, inner, even }: Apart, other: Apart): boolean =>
  even === true
    ? equalDim(mulDim(outer, inner), mulDim(other.outer, other.inner))
    : equalDim(outer, other.outer) && equalDim(inner, other.inner);

/**
 * Operands laid upon one another, axis upon axis: those with samples have them at one place, and the others are alike for
 * all samples there: equal along the axis, or of size 1 where the operator broadcasts.
 */
export const laidTogether = (call: SamplesCall, operands: readonly Laid[], broadcasts = true): Samples => {
  const found = operands.flatMap(({ port, shift }) => {
    const samples = apartAt(call, port);
    return samples === undefined ? [] : [moved(samples, samples.axis + shift)];
  });
  const [some] = found;
  if (some === undefined) return mixed(call, samplesSays.loses());
  const first = found.find(({ even }) => even !== true) ?? some;
  const others = found.filter((one) => one !== first);
  const odd = others.find((one) => one.axis !== first.axis);
  if (odd !== undefined) return mixed(call, samplesSays.apartElsewhere([first.axis, odd.axis]));
  if (others.some((one) => !liesAs(one, first))) return mixed(call, samplesSays.unlike());
  for (const { port, shift } of operands) {
    const axis = first.axis - shift;
    const dim = shapeAt(call, port)[axis];
    if (call.inputs[port]?.kind !== 'same' || axis < 0 || dim === undefined) continue;
    if (dim === 1 && broadcasts) continue;
    if (!call.equalAlong(port, axis, first)) return mixed(call, samplesSays.fixed(axis, dim));
  }
  return first;
};

/** All operands that are there, broadcast to the output. */
export const broadcast = (call: SamplesCall, ports: readonly number[] = call.inputs.map((_, i) => i)): Samples => {
  const rank = call.outputs[0]?.shape.length ?? 0;
  const given = ports.filter((port) => call.types[port] !== undefined);
  return laidTogether(
    call,
    given.map((port) => ({ port, shift: rank - shapeAt(call, port).length })),
  );
};

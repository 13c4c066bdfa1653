import type { OpName } from '@kirchhoff/graph';
import { widened } from './element.js';
import { spelledSince } from './opset.js';

/** A node on its way into a document: attributes and further inputs that an older opset spelled differently. */
export interface Spelling {
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Lists of integers that were attributes and are inputs now, in the order of the inputs. */
  readonly lists: readonly { readonly name: string; readonly values: readonly number[] }[];
}

type Adaptation = (attrs: Readonly<Record<string, unknown>>, inputs: number, outputs: number) => Spelling;

const isInts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number');

/** Reductions took their axes as an attribute before opset 18. */
const axesToInput: Adaptation = ({ axes, ...attrs }) => ({
  attrs,
  lists: isInts(axes) ? [{ name: 'axes', values: axes }] : [],
});

/** Before opset 18 the number of equal parts followed from the outputs. */
const countParts: Adaptation = (attrs, inputs, outputs) => ({
  attrs: inputs > 1 ? attrs : { ...attrs, num_outputs: outputs },
  lists: [],
});

const unchanged: Adaptation = (attrs) => ({ attrs, lists: [] });

const adaptations: { readonly [Op in OpName]?: Adaptation } = {
  // Opset 14 took outputs away that only training has.
  BatchNormalization: unchanged,
  ReduceL2: axesToInput,
  ReduceMax: axesToInput,
  ReduceMean: axesToInput,
  ReduceMin: axesToInput,
  ReduceProd: axesToInput,
  Split: countParts,
};

/** The opset from which on an operator can be read. */
export const readableSince = (op: OpName): number => (adaptations[op] === undefined ? spelledSince[op] : 0);

/** Attributes that an operator had in an older opset and that are inputs now. */
export const formerAttributes = (op: OpName, opset: number): readonly string[] =>
  opset < spelledSince[op] && adaptations[op] === axesToInput ? ['axes'] : [];

/** Attributes that name an element type: half-precision floats are read as float32, so casting to one casts to that. */
const typeAttributes: { readonly [Op in OpName]?: string } = { Cast: 'to', EyeLike: 'dtype' };

const withoutHalf = (op: OpName, attrs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const name = typeAttributes[op];
  const code = name === undefined ? undefined : attrs[name];
  return name !== undefined && typeof code === 'number' ? { ...attrs, [name]: widened(code) } : attrs;
};

/** The attributes of a node in the spelling of opset 21. */
export const adapted = (
  op: OpName,
  opset: number,
  attrs: Readonly<Record<string, unknown>>,
  inputs: number,
  outputs: number,
): Spelling =>
  (opset < spelledSince[op] ? (adaptations[op] ?? unchanged) : unchanged)(withoutHalf(op, attrs), inputs, outputs);

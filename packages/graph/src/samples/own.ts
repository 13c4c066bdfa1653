import { fromFront } from '../axis.js';
import { samplesSays } from '@kirchhoff/message';
import { equalDim } from '../dim.js';
import type { OpName } from '../operators/index.js';
import { int } from '../operators/attribute.js';
import { apartAt, mixed, moved, numbersAt, shapeAt, type SamplesCall, type SamplesRule } from './call.js';
import { apart, count, type Apart, type Own, type Samples } from './samples.js';

/** Operators that move values and leave each as it is. */
const movers: readonly OpName[] = [
  'Identity',
  'Cast',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Expand',
  'Tile',
];

/** The numbers of all samples in order: 0, 1, 2, … up to how many there are. */
export const numbersOfSamples = (call: SamplesCall): Samples | undefined => {
  if (call.node.op !== 'Range') return undefined;
  const [start, end, step] = [0, 1, 2].map((port) => numbersAt(call, port)?.[0]);
  return start === 0 && step === 1 && end !== undefined && equalDim(end, call.batch) && end !== 1
    ? { ...apart(0), own: 'each' }
    : undefined;
};

/** Which coordinate of a vector of indices along the last axis is the sample's own number, in what lays such vectors together. */
const coordinate = (call: SamplesCall): Own | undefined => {
  const rank = call.outputs[0]?.shape.length ?? 0;
  if (fromFront(int(call.attrs, 'axis'), rank) !== rank - 1) return undefined;
  const port = call.inputs.findIndex((one) => one?.kind === 'apart' && one.own === 'each');
  return port >= 0 && call.inputs.every((_, i) => shapeAt(call, i).at(-1) === 1) ? port : undefined;
};

/** The axis of data that a vector of indices names by the sample's own number; undefined where none is. */
const named = (call: SamplesCall, { own }: Apart): number | undefined => {
  if (own === 'each') return shapeAt(call, 1).at(-1) === 1 ? 0 : undefined;
  return own;
};

/** What picks from the samples, or puts into them, by their own numbers: each picks from itself. */
const pickers: { readonly [Op in OpName]?: (call: SamplesCall, indices: Apart) => Samples | undefined } = {
  Gather: (call, indices) => {
    const data = apartAt(call, 0);
    const axis = fromFront(int(call.attrs, 'axis'), shapeAt(call, 0).length);
    return data !== undefined && data.axis === axis && indices.own === 'each' && isAlone(data)
      ? moved(data, axis + indices.axis)
      : undefined;
  },
  GatherND: (call, indices) => {
    const data = apartAt(call, 0);
    const lead = shapeAt(call, 1).length - 1;
    return data !== undefined &&
      int(call.attrs, 'batch_dims') === 0 &&
      data.axis === named(call, indices) &&
      isAlone(data) &&
      indices.axis < lead
      ? moved(data, indices.axis)
      : undefined;
  },
  ScatterND: (call, indices) => {
    const [data, updates] = [apartAt(call, 0), apartAt(call, 2)];
    const fits =
      updates === undefined ? call.inputs[2]?.kind === 'same' : updates.axis === indices.axis && isAlone(updates);
    return data !== undefined && data.axis === named(call, indices) && isAlone(data) && fits ? data : undefined;
  },
};

const isAlone = ({ outer, inner }: Apart): boolean => outer === 1 && inner === 1;

const without = (samples: Samples | undefined): Samples | undefined =>
  samples?.kind === 'apart'
    ? { kind: 'apart', axis: samples.axis, outer: samples.outer, inner: samples.inner }
    : samples;

const marked = (found: Samples | readonly Samples[], own: Own | undefined): Samples | readonly Samples[] =>
  'kind' in found && found.kind === 'apart' && own !== undefined ? { ...found, own } : found;

/**
 * A node that reads the samples' own numbers (`Range` of how many there are). What moves them keeps them; an index that is the
 * sample's own number into the axis of samples leads each to itself; arithmetic on them counts.
 */
export const withOwnNumbers = (call: SamplesCall, rule: SamplesRule): Samples | readonly Samples[] => {
  const { op } = call.node;
  const bare = { ...call, inputs: call.inputs.map(without) };
  const first = apartAt(call, 0);
  if (movers.includes(op)) {
    const keeps = first?.own === 'each' || op === 'Identity' || op === 'Cast';
    return keeps ? marked(rule(bare), first?.own) : count;
  }
  if (op === 'Concat') return marked(rule(bare), coordinate(call));
  const indices = apartAt(call, 1);
  const picked = indices?.own === undefined ? undefined : pickers[op]?.({ ...call, inputs: bare.inputs }, indices);
  if (picked !== undefined) return picked;
  const others = call.inputs.some((one) => one?.kind === 'apart' && one.own === undefined);
  return others ? mixed(call, samplesSays.ownNumbers()) : count;
};

/** Whether any operand holds numbers of samples. */
export const readsOwnNumbers = ({ inputs }: SamplesCall): boolean =>
  inputs.some((one) => one?.kind === 'apart' && one.own !== undefined);

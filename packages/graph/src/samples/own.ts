import { fromFront } from '../axis.js';
import { samplesSays } from '@kirchhoff/message';
import { addDim, equalDim, mulDim, subDim } from '../dim.js';
import type { Dim } from '../graph.js';
import type { OpName } from '../operators/index.js';
import { int } from '../operators/attribute.js';
import { apartAt, mixed, moved, numbersAt, shapeAt, type SamplesCall, type SamplesRule } from './call.js';
import { apart, count, each, type Apart, type Own, type Samples, type Strided } from './samples.js';

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

/** Element types (as ONNX numbers them) that hold every number of a sample: float32, int32, int64, double. */
const wide = [1, 6, 7, 11];

/** Whether a node leaves numbers as they are: a type that is too narrow would wrap them around. */
const keepsNumbers = ({ node, attrs }: SamplesCall): boolean =>
  movers.includes(node.op) && (node.op !== 'Cast' || wide.includes(Number(attrs['to'])));

/** The numbers of all samples in order: 0, 1, 2, … up to how many there are. */
export const numbersOfSamples = (call: SamplesCall): Samples | undefined => {
  if (call.node.op !== 'Range') return undefined;
  const [start, end, step] = [0, 1, 2].map((port) => numbersAt(call, port)?.[0]);
  return start === 0 && step === 1 && end !== undefined && equalDim(end, call.batch) && end !== 1
    ? { ...apart(0), own: each }
    : undefined;
};

const isStrided = (samples: Samples | undefined): samples is Apart & { readonly own: Strided } =>
  samples?.kind === 'apart' && typeof samples.own === 'object';

const isEach = (samples: Samples | undefined): boolean =>
  isStrided(samples) && samples.own.stride === 1 && samples.own.below === 1;

/** Whether one size is known to be no more than another. */
const atMost = (a: Dim, b: Dim): boolean =>
  a === 1 || equalDim(a, b) || (typeof a === 'number' && typeof b === 'number' && a <= b);

/** Whether a number of this form is a place of its sample along an axis. */
const leadsHome = ({ own }: Apart, data: Apart): boolean =>
  typeof own === 'object' && data.outer === 1 && equalDim(own.stride, data.inner) && atMost(own.below, own.stride);

/** The number that an operand holds everywhere. */
const factorAt = (call: SamplesCall, port: number): Dim | undefined => {
  const [first, ...others] = call.inputs[port]?.kind === 'apart' ? [] : (numbersAt(call, port) ?? []);
  return first !== undefined && others.every((one) => equalDim(one, first)) ? first : undefined;
};

/** Below what the integers of an operand are, where they are none below 0. */
const belowAt = (call: SamplesCall, port: number): Dim | undefined => {
  const values = numbersAt(call, port);
  if (values?.every((one) => typeof one === 'number' && one >= 0) === true)
    return Math.max(0, ...values.map(Number)) + 1;
  const samples = call.inputs[port];
  return samples?.kind === 'same' || samples?.kind === 'apart' ? samples.below : undefined;
};

/** What a product with one number, or a sum with something smaller, makes of the samples' own numbers. */
const reckoned = (call: SamplesCall): Own | undefined => {
  const port = call.inputs.findIndex(isStrided);
  const own = call.inputs[port];
  if (!isStrided(own) || call.inputs.length !== 2) return undefined;
  const { stride, below } = own.own;
  const other = call.inputs[1 - port];
  if (call.node.op === 'Mul') {
    const factor = factorAt(call, 1 - port);
    if (factor === undefined || (typeof factor === 'number' && factor < 1)) return undefined;
    return { stride: mulDim(stride, factor), below: addDim(mulDim(subDim(below, 1), factor), 1) };
  }
  if (call.node.op !== 'Add' || (other?.kind === 'apart' && other.own !== undefined)) return undefined;
  const more = belowAt(call, 1 - port);
  return more === undefined ? undefined : { stride, below: subDim(addDim(below, more), 1) };
};

/**
 * Below what the integers that a node makes are: of a Range that begins at 0, of the place of a greatest value, and of what
 * is moved.
 */
export const boundOf = (call: SamplesCall): Dim | undefined => {
  const { op } = call.node;
  if (op === 'Range') {
    const [start, end, step] = [0, 1, 2].map((port) => numbersAt(call, port)?.[0]);
    return start === 0 && step === 1 ? end : undefined;
  }
  if (op === 'ArgMax' || op === 'ArgMin') {
    const shape = shapeAt(call, 0);
    return shape[fromFront(int(call.attrs, 'axis'), shape.length)];
  }
  return keepsNumbers(call) ? belowAt(call, 0) : undefined;
};

/** Which coordinate of a vector of indices along the last axis is the sample's own number, in what lays such vectors together. */
const coordinate = (call: SamplesCall): Own | undefined => {
  const rank = call.outputs[0]?.shape.length ?? 0;
  if (fromFront(int(call.attrs, 'axis'), rank) !== rank - 1) return undefined;
  const port = call.inputs.findIndex((one) => isEach(one));
  return port >= 0 && call.inputs.every((_, i) => shapeAt(call, i).at(-1) === 1) ? port : undefined;
};

/** The axis of data that a vector of indices names by the sample's own number; undefined where none is. */
const named = (call: SamplesCall, indices: Apart): number | undefined => {
  if (isEach(indices)) return shapeAt(call, 1).at(-1) === 1 ? 0 : undefined;
  return typeof indices.own === 'number' ? indices.own : undefined;
};

/** What picks from the samples, or puts into them, by their own numbers: each picks from itself. */
const pickers: { readonly [Op in OpName]?: (call: SamplesCall, indices: Apart) => Samples | undefined } = {
  Gather: (call, indices) => {
    const data = apartAt(call, 0);
    const axis = fromFront(int(call.attrs, 'axis'), shapeAt(call, 0).length);
    return data !== undefined && data.axis === axis && leadsHome(indices, data)
      ? apart(axis + indices.axis, indices.outer, indices.inner)
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
  if (keepsNumbers(call)) {
    const keeps = isStrided(first) || op === 'Identity' || op === 'Cast';
    return keeps ? marked(rule(bare), first?.own) : count;
  }
  if (op === 'Concat') return marked(rule(bare), coordinate(call));
  const reckonedOwn = reckoned(call);
  if (reckonedOwn !== undefined) return marked(rule(bare), reckonedOwn);
  const indices = apartAt(call, 1);
  const picked = indices?.own === undefined ? undefined : pickers[op]?.({ ...call, inputs: bare.inputs }, indices);
  if (picked !== undefined) return picked;
  const others = call.inputs.some((one) => one?.kind === 'apart' && one.own === undefined);
  return others ? mixed(call, samplesSays.ownNumbers()) : count;
};

/** Whether any operand holds numbers of samples. */
export const readsOwnNumbers = ({ inputs }: SamplesCall): boolean =>
  inputs.some((one) => one?.kind === 'apart' && one.own !== undefined);

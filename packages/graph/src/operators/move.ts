import { graphSays, refuse } from '@kirchhoff/message';
import { addDim, ceilDivDim, divDim, equalDim, mulDim, subDim } from '../dim.js';
import type { Dim } from '../graph.js';
import { atLeast, choice, flag, int, intDefault, optional, optionalInt, required, string } from './attribute.js';
import { bounds, hull, passing, point, withZero } from './bounds.js';
import { allNumbers, elementAt, rebuild } from './known.js';
import { row, type Row } from './row.js';
import type { FactsContext, InferContext, Interval, KnownTensor, ValueType } from './row.js';
import {
  axesOnce,
  axisOf,
  broadcast,
  input,
  numbersOf,
  optionalPort,
  port,
  presentInputs,
  replaceAt,
  requireKnown,
  requireRank,
  requireSameShape,
  sameShape,
  variadicPort,
} from './shape.js';
import { anyTypes, indexTypes } from './types.js';

const concatAxis = (context: InferContext): number =>
  axisOf(context, int(context.attrs, 'axis'), input(context, 0).shape);

const inferConcat = (context: InferContext): readonly ValueType[] => {
  const types = presentInputs(context);
  const { type } = input(context, 0);
  const axis = concatAxis(context);
  const shapes = types.map((t) => t.shape);
  const first = input(context, 0).shape;
  for (const shape of shapes)
    requireSameShape(
      context,
      replaceAt(first, axis, 1),
      replaceAt(shape, axis, 1),
      graphSays.concatClash(shapes, axis),
    );
  const size = shapes.reduce<Dim>((sum, s) => addDim(sum, s[axis] ?? 0), 0);
  return [{ type, shape: replaceAt(first, axis, size) }];
};

const evaluateConcat = (context: InferContext): KnownTensor | undefined => {
  const parts: KnownTensor[] = [];
  for (let i = 0; i < context.inputs.length; i++) {
    const known = context.known(i);
    if (known === undefined) return undefined;
    parts.push(known);
  }
  const axis = concatAxis(context);
  const [first] = parts;
  if (first === undefined) return undefined;
  const total = parts.reduce((n, p) => n + (p.shape[axis] ?? 0), 0);
  return rebuild(replaceAt(first.shape, axis, total), (index) => {
    let place = index[axis] ?? 0;
    for (const part of parts) {
      const size = part.shape[axis] ?? 0;
      if (place < size) return elementAt(part, replaceAt(index, axis, place));
      place -= size;
    }
    return undefined;
  });
};

/** One axis of a Slice; `size` is the number of elements kept. */
interface Cut {
  readonly axis: number;
  readonly start: Dim;
  readonly step: number;
  readonly size: Dim;
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Whether a symbolic position lies at or beyond the end of its axis, for every value ≥ 1 of the symbols. */
const reaches = (position: Dim, size: Dim): boolean => {
  const rest = subDim(position, size);
  return typeof rest === 'number' && rest >= 0;
};

const cutSymbolic = (context: InferContext, size: Dim, start: Dim, end: Dim, step: number): readonly [Dim, Dim] => {
  const huge = 2 ** 31 - 1;
  const place = (value: Dim): Dim =>
    typeof value === 'number' && value < 0 && value > -huge ? addDim(size, value) : value;
  const whole = (value: Dim): boolean => (typeof value === 'number' && value >= huge) || reaches(value, size);
  const [from, to] = [place(start), place(end)];
  if (step > 0) {
    const first: Dim = typeof from === 'number' && from < 0 ? 0 : from;
    const last: Dim = whole(to) ? size : typeof to === 'number' && to < 0 ? 0 : to;
    return [first, divDim(addDim(subDim(last, first), step - 1), step)];
  }
  const first: Dim = whole(from) ? subDim(size, 1) : from;
  const last: Dim = typeof end === 'number' && end <= -huge ? -1 : to;
  if (typeof first === 'number' && typeof last === 'string')
    return refuse(context.name, graphSays.symbolicValue('the end of a slice', last));
  return [first, ceilDivDim(subDim(first, last), -step)];
};

/** The first place that a Slice keeps of an axis of this size, and how many. */
export const stretch = (size: number, start: number, end: number, step: number): { start: number; size: number } => {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const from = clamp(start < 0 ? start + size : start, 0, step > 0 ? size : size - 1);
  const to = clamp(end < 0 ? end + size : end, low, high);
  return { start: from, size: Math.max(0, Math.ceil((to - from) / step)) };
};

const cutAxis = (context: InferContext, size: Dim, start: Dim, end: Dim, step: number, axis: number): Cut => {
  if (step === 0) refuse(context.name, graphSays.zeroStep(axis));
  if (typeof size === 'number' && typeof start === 'number' && typeof end === 'number')
    return { axis, step, ...stretch(size, start, end, step) };
  const [from, kept] = cutSymbolic(context, size, start, end, step);
  return { axis, start: from, step, size: kept };
};

const cutsOf = (context: InferContext): readonly Cut[] => {
  const { shape } = input(context, 0);
  const starts = requireKnown(context, 1, 'starts').values;
  const ends = requireKnown(context, 2, 'ends').values;
  const given =
    context.inputs[3] === undefined ? undefined : numbersOf(context, requireKnown(context, 3, 'axes'), 'an axis');
  const axes = given ?? starts.map((_, i) => i);
  const steps =
    context.inputs[4] === undefined ? undefined : numbersOf(context, requireKnown(context, 4, 'steps'), 'a step');
  if (ends.length !== starts.length) refuse(context.name, graphSays.wrongLength('ends', ends.length, starts.length));
  if (axes.length !== starts.length) refuse(context.name, graphSays.wrongLength('axes', axes.length, starts.length));
  return axesOnce(context, axes, shape).map((axis, i) => {
    return cutAxis(context, shape[axis] ?? 0, starts[i] ?? 0, ends[i] ?? 0, steps?.[i] ?? 1, axis);
  });
};

const inferSlice = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  return [{ type, shape: cutsOf(context).reduce<readonly Dim[]>((s, cut) => replaceAt(s, cut.axis, cut.size), shape) }];
};

const evaluateSlice = (context: InferContext): KnownTensor | undefined => {
  const known = context.known(0);
  if (known === undefined) return undefined;
  const cuts = cutsOf(context);
  const shape = cuts.reduce<readonly Dim[]>((s, cut) => replaceAt(s, cut.axis, cut.size), known.shape);
  if (!allNumbers(shape)) return undefined;
  return rebuild(shape, (index) => {
    const source = [...index];
    for (const { axis, start, step } of cuts) source[axis] = Number(start) + (index[axis] ?? 0) * step;
    return elementAt(known, source);
  });
};

const inferExpand = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  return [{ type, shape: broadcast(context, [shape, requireKnown(context, 1, 'shape').values]) }];
};

const evaluateExpand = (context: InferContext): KnownTensor | undefined => {
  const known = context.known(0);
  const [result] = inferExpand(context);
  return known !== undefined && result !== undefined && allNumbers(result.shape)
    ? rebuild(result.shape, (index) => elementAt(known, index))
    : undefined;
};

const inferTile = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  const repeats = requireKnown(context, 1, 'repeats').values;
  if (repeats.length !== shape.length)
    refuse(context.name, graphSays.wrongLength('repeats', repeats.length, shape.length));
  return [{ type, shape: shape.map((d, i) => mulDim(d, repeats[i] ?? 1)) }];
};

const inferPad = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  const pads = requireKnown(context, 1, 'pads').values;
  const axes =
    context.inputs[3] === undefined
      ? shape.map((_, i) => i)
      : axesOnce(context, numbersOf(context, requireKnown(context, 3, 'axes'), 'an axis'), shape);
  if (pads.length !== 2 * axes.length)
    refuse(context.name, graphSays.wrongLength('pads', pads.length, 2 * axes.length));
  const padded = shape.map((d, axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? d : addDim(d, addDim(pads[at] ?? 0, pads[at + axes.length] ?? 0));
  });
  const negative = padded.find((d) => typeof d === 'number' && d < 0);
  if (negative !== undefined) refuse(context.name, graphSays.dimensionClash('the padded input', padded, shape));
  return [{ type, shape: padded }];
};

const padFacts = (context: FactsContext): Interval =>
  string(context.attrs, 'mode') === 'constant'
    ? hull(bounds(context, 0), context.inputs[2] ?? point(0))
    : bounds(context, 0);

const evenParts = (context: InferContext, total: Dim, parts: number): readonly Dim[] => {
  const size = ceilDivDim(total, parts);
  const last = subDim(total, mulDim(size, parts - 1));
  if (typeof last === 'number' && last < 0) refuse(context.name, graphSays.splitClash(total, [parts]));
  return Array.from({ length: parts }, (_, i) => (i === parts - 1 ? last : size));
};

const inferSplit = (context: InferContext): readonly ValueType[] => {
  const { type, shape } = input(context, 0);
  const axis = axisOf(context, int(context.attrs, 'axis'), shape);
  const total = shape[axis] ?? 0;
  const count = optionalInt(context.attrs, 'num_outputs');
  if ((context.inputs[1] === undefined) === (count === undefined)) {
    refuse(
      context.name,
      graphSays.exactlyOne(['the input split', 'the attribute num_outputs'], count === undefined ? 0 : 2),
    );
  }
  if (count !== undefined && count !== context.outputCount)
    refuse(context.name, graphSays.wrongOutputCount(context.outputCount, count));
  const parts = count === undefined ? requireKnown(context, 1, 'split').values : evenParts(context, total, count);
  if (parts.length !== context.outputCount)
    refuse(context.name, graphSays.wrongOutputCount(context.outputCount, parts.length));
  if (!equalDim(parts.reduce<Dim>(addDim, 0), total)) refuse(context.name, graphSays.splitClash(total, parts));
  return parts.map((size) => ({ type, shape: replaceAt(shape, axis, size) }));
};

const inferTrilu = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  requireRank(context, 'input', x.shape, 2);
  return [x];
};

const inferReversed = (context: InferContext): readonly ValueType[] => {
  const x = input(context, 0);
  const lengths = input(context, 1);
  requireRank(context, 'input', x.shape, 2);
  const [batch, time] = [int(context.attrs, 'batch_axis'), int(context.attrs, 'time_axis')];
  const samples = x.shape[batch] ?? 1;
  if (batch + time !== 1 || batch * time !== 0) refuse(context.name, graphSays.badPermutation([batch, time], x.shape));
  if (!sameShape(lengths.shape, [samples]))
    refuse(context.name, graphSays.dimensionClash('sequence_lens', lengths.shape, [samples]));
  return [x];
};

/** Operators that place values elsewhere, repeat them or leave some out. */
export const move = {
  Concat: row({
    summary: 'Inputs one after another along an axis.',
    inputs: [variadicPort('inputs')],
    types: { T: anyTypes },
    outputs: ['concat_result'],
    attrs: { axis: required('int') },
    kind: 'structural',
    infer: inferConcat,
    evaluate: evaluateConcat,
    facts: (context) => hull(...context.inputs.map((_, i) => bounds(context, i))),
  }),
  Slice: row({
    summary: 'Elements from start (included) to end (excluded) in steps, along the named axes.',
    inputs: [
      port('data'),
      port('starts', 'Tind'),
      port('ends', 'Tind'),
      optionalPort('axes', 'Tind'),
      optionalPort('steps', 'Tind'),
    ],
    types: { T: anyTypes, Tind: indexTypes },
    outputs: ['output'],
    attrs: {},
    kind: 'structural',
    infer: inferSlice,
    evaluate: evaluateSlice,
    facts: passing,
  }),
  Split: row({
    summary: 'Consecutive parts along an axis, each an output: by sizes or into equal ones.',
    inputs: [port('input'), optionalPort('split', 'int64')],
    types: { T: anyTypes },
    outputs: ['outputs'],
    variadicOutputs: true,
    attrs: { axis: intDefault(0), num_outputs: atLeast(1, optional('int')) },
    kind: 'structural',
    infer: inferSplit,
    facts: passing,
  }),
  Expand: row({
    summary: 'Broadcast to a shape.',
    inputs: [port('input'), port('shape', 'int64')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: {},
    kind: 'structural',
    infer: inferExpand,
    evaluate: evaluateExpand,
    facts: passing,
  }),
  Tile: row({
    summary: 'Repeated along each axis.',
    inputs: [port('input'), port('repeats', 'int64')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: {},
    kind: 'structural',
    infer: inferTile,
    facts: passing,
  }),
  Pad: row({
    summary: 'With elements added (or, for negative pads, removed) at the ends of axes.',
    inputs: [port('data'), port('pads', 'int64'), optionalPort('constant_value'), optionalPort('axes', 'Tind')],
    types: { T: anyTypes, Tind: indexTypes },
    outputs: ['output'],
    attrs: { mode: choice('constant', 'reflect', 'edge', 'wrap') },
    kind: 'structural',
    infer: inferPad,
    facts: padFacts,
  }),
  Trilu: row({
    summary:
      'The upper triangle of the last two axes (the lower one where upper is 0) from diagonal k on, elsewhere 0.',
    inputs: [port('input'), optionalPort('k', 'int64')],
    types: { T: anyTypes },
    outputs: ['output'],
    attrs: { upper: flag(1) },
    kind: 'structural',
    infer: inferTrilu,
    facts: (context) => withZero(bounds(context, 0)),
  }),
  ReverseSequence: row({
    summary: 'Each sample turned round along the time axis, up to its own length.',
    inputs: [port('input'), port('sequence_lens', 'int64')],
    types: { T: anyTypes },
    outputs: ['Y'],
    attrs: { batch_axis: flag(1), time_axis: flag(0) },
    kind: 'structural',
    infer: inferReversed,
    facts: passing,
  }),
} satisfies Record<string, Row>;

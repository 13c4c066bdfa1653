import { fromFront } from '../axis.js';
import { samplesSays } from '@kirchhoff/message';
import { addDim, equalDim, exactDivDim, mulDim } from '../dim.js';
import type { Dim } from '../graph.js';
import { int } from '../operators/attribute.js';
import { apartAt, laidTogether, mixed, moved, numbersAt, shapeAt, type SamplesCall, type SamplesRule } from './call.js';
import { apart, count, same, type Apart, type Samples } from './samples.js';

/** How often all samples follow one another in a stretch of their axis, from its start; undefined where it cuts them. */
const rounds = (call: SamplesCall, { inner }: Apart, length: Dim): Dim | undefined =>
  exactDivDim(length, mulDim(call.batch, inner));

/** Parts beside one another; along the samples' own axis, all samples of one part and then all of the next. */
export const concat: SamplesRule = (call) => {
  const rank = call.outputs[0]?.shape.length ?? 0;
  const axis = fromFront(int(call.attrs, 'axis'), rank);
  const laid = laidTogether(
    {
      ...call,
      inputs: call.inputs.map((one) => (one?.kind === 'apart' && one.axis === axis ? { ...one, outer: 1 } : one)),
    },
    call.inputs.map((_, port) => ({ port, shift: 0 })),
    false,
  );
  if (laid.kind !== 'apart' || laid.axis !== axis) return laid;
  const outer = call.inputs.reduce<Dim>((sum, one) => (one?.kind === 'apart' ? addDim(sum, one.outer) : sum), 0);
  return call.inputs.every((one) => one?.kind === 'apart')
    ? apart(laid.axis, outer, laid.inner)
    : mixed(call, samplesSays.unlike());
};

/** Consecutive parts: along the samples' own axis each must hold all samples. */
export const split: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  const axis = fromFront(int(call.attrs, 'axis'), shapeAt(call, 0).length);
  if (axis !== samples.axis) return samples;
  return call.outputs.map((type): Samples => {
    const outer = type && rounds(call, samples, type.shape[axis] ?? 0);
    return outer === undefined ? mixed(call, samplesSays.picks(axis)) : { ...samples, outer };
  });
};

/** Places from a start to an end, in steps. */
export const slice: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  const { length: rank } = shapeAt(call, 0);
  const starts = numbersAt(call, 1);
  const axes = call.types[3] === undefined ? starts?.map((_, i) => i) : numbersAt(call, 3);
  const steps = call.types[4] === undefined ? starts?.map(() => 1) : numbersAt(call, 4);
  if (
    starts === undefined ||
    axes === undefined ||
    steps === undefined ||
    !axes.every((axis) => typeof axis === 'number')
  )
    return mixed(call, samplesSays.shapes());
  const at = axes.findIndex((axis) => fromFront(axis, rank) === samples.axis);
  if (at < 0) return samples;
  const [before, after] = [shapeAt(call, 0)[samples.axis]!, call.outputs[0]?.shape[samples.axis] ?? 0];
  if (steps[at] !== 1) return mixed(call, samplesSays.picks(samples.axis));
  if (equalDim(before, after)) return samples;
  const [lead, outer] = [rounds(call, samples, starts[at]!), rounds(call, samples, after)];
  return lead === undefined || outer === undefined
    ? mixed(call, samplesSays.picks(samples.axis))
    : { ...samples, outer };
};

/** The axis of a shape in which the number of samples stands. */
const axisOfCount = ({ batch }: SamplesCall, shape: readonly Dim[]): number =>
  typeof batch === 'number' ? -1 : shape.findIndex((dim) => exactDivDim(dim, batch) !== undefined);

/** A value repeated for every sample, in a shape that names their number. */
const repeated = (call: SamplesCall, unit: Dim): Samples => {
  const shape = call.outputs[0]?.shape ?? [];
  const axis = axisOfCount(call, shape);
  if (axis < 0) return same;
  const inner = exactDivDim(shape[axis]!, mulDim(call.batch, unit));
  if (inner === undefined) return count;
  const samples = apart(axis, 1, mulDim(inner, unit));
  return unit === 1 ? { ...samples, even: true } : samples;
};

/** Broadcast to a shape: samples keep their axis, counted from the last; what is the same for all is so at each place. */
export const expand: SamplesRule = (call) => {
  const samples = apartAt(call, 0);
  return samples === undefined
    ? repeated(call, 1)
    : moved(samples, samples.axis + (call.outputs[0]?.shape.length ?? 0) - shapeAt(call, 0).length);
};

export const constantOfShape: SamplesRule = (call) => repeated(call, 1);

/** Repetitions follow one another. */
export const tile: SamplesRule = (call) => {
  const samples = apartAt(call, 0);
  if (samples === undefined) {
    const axis = axisOfCount(call, call.outputs[0]?.shape ?? []);
    return repeated(call, shapeAt(call, 0)[axis] ?? 1);
  }
  const outer = rounds(call, samples, call.outputs[0]?.shape[samples.axis] ?? 0);
  return outer === undefined ? mixed(call, samplesSays.unlike()) : { ...samples, outer };
};

/** Places are added at both ends of axes. */
export const pad: SamplesRule = (call) => {
  const samples = apartAt(call, 0);
  if (samples === undefined) return mixed(call, samplesSays.unlike());
  const { length: rank } = shapeAt(call, 0);
  const pads = numbersAt(call, 1);
  const axes = call.types[3] === undefined ? Array.from({ length: rank }, (_, i) => i) : numbersAt(call, 3);
  if (pads === undefined || axes === undefined || !axes.every((axis) => typeof axis === 'number'))
    return mixed(call, samplesSays.shapes());
  const at = axes.findIndex((axis) => fromFront(axis, rank) === samples.axis);
  return at < 0 || (pads[at] === 0 && pads[at + axes.length] === 0)
    ? samples
    : mixed(call, samplesSays.shifts(samples.axis));
};

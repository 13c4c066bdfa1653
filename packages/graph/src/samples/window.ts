import { fromFront } from '../axis.js';
import { samplesSays } from '@kirchhoff/message';
import { equalDim } from '../dim.js';
import { int, optionalInts, string } from '../operators/attribute.js';
import { apartAt, mixed, shapeAt, type SamplesCall, type SamplesRule } from './call.js';
import type { Apart, Samples } from './samples.js';

/** Whether a window passes along a spatial axis place by place: one wide, in steps of one, nothing added. */
const placeByPlace = (call: SamplesCall, axis: number, kernel: readonly unknown[]): boolean => {
  const [rank, at] = [shapeAt(call, 0).length, axis - 2];
  const strides = optionalInts(call.attrs, 'strides');
  const length = shapeAt(call, 0)[axis];
  const after = call.outputs[0]?.shape[axis];
  return (
    at >= 0 &&
    axis < rank &&
    kernel[at] === 1 &&
    (strides?.[at] ?? 1) === 1 &&
    length !== undefined &&
    after !== undefined &&
    equalDim(length, after)
  );
};

/** The samples of an image that windows pass over, all other operands being weights. */
const windowed = (call: SamplesCall, kernel: readonly unknown[], channels: boolean): Samples => {
  const samples = apartAt(call, 0);
  if (samples === undefined || call.inputs.slice(1).some((one) => one?.kind === 'apart'))
    return mixed(call, samplesSays.unlike());
  if (samples.axis === 0 || (channels && samples.axis === 1) || placeByPlace(call, samples.axis, kernel))
    return samples;
  const why = samples.axis === 1 ? samplesSays.adds : samplesSays.neighbours;
  return mixed(call, why(samples.axis));
};

export const convolution: SamplesRule = (call) => windowed(call, shapeAt(call, 1).slice(2), false);

/** The second output counts positions over the whole batch. */
export const pool: SamplesRule = (call) => [
  windowed(call, optionalInts(call.attrs, 'kernel_shape') ?? [], true),
  mixed(call, samplesSays.numbered()),
];

export const globalPool: SamplesRule = (call) => windowed(call, [], true);

/** Statistics that are stored are the same for all samples; those of the batch are not. */
export const batchNormalization: SamplesRule = (call) => {
  if (int(call.attrs, 'training_mode') === 1) return mixed(call, samplesSays.adds(apartAt(call, 0)?.axis ?? 0));
  const samples = apartAt(call, 0);
  if (samples === undefined || call.inputs.slice(1).some((one) => one?.kind === 'apart') || samples.axis === 1)
    return mixed(call, samplesSays.unlike());
  return samples;
};

/** Channels beside one another are taken together. */
export const acrossChannels: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  return samples.axis === 1 ? mixed(call, samplesSays.neighbours(1)) : samples;
};

/** Blocks of height × width and channels are exchanged. */
export const blocks: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  return samples.axis === 0 ? samples : mixed(call, samplesSays.neighbours(samples.axis));
};

/** An axis whose size does not change is not resampled. */
export const resize: SamplesRule = (call) => {
  const samples = apartAt(call, 0);
  if (samples === undefined || string(call.attrs, 'coordinate_transformation_mode') === 'tf_crop_and_resize')
    return mixed(call, samplesSays.unlike());
  const [before, after] = [shapeAt(call, 0)[samples.axis], call.outputs[0]?.shape[samples.axis]];
  return before !== undefined && after !== undefined && equalDim(before, after)
    ? samples
    : mixed(call, samplesSays.neighbours(samples.axis));
};

/** The axes from `axis` on are normalised together; statistics have size 1 there. */
export const layerNormalization: SamplesRule = (call) => {
  const samples = apartAt(call, 0);
  if (samples === undefined || call.inputs.slice(1).some((one) => one?.kind === 'apart'))
    return mixed(call, samplesSays.unlike());
  const from = fromFront(int(call.attrs, 'axis'), shapeAt(call, 0).length);
  return samples.axis < from ? samples : mixed(call, samplesSays.adds(samples.axis));
};

/** Operators that go along the axis that their attribute `axis` names, and leave the others alone. */
export const alongAxis =
  (says: (axis: number) => string): SamplesRule =>
  (call) => {
    const samples = apartAt(call, 0)!;
    return crosses(call, samples, int(call.attrs, 'axis')) ? mixed(call, says(samples.axis)) : samples;
  };

const crosses = (call: SamplesCall, samples: Apart, axis: number): boolean =>
  fromFront(axis, shapeAt(call, 0).length) === samples.axis;

/** The axis is an operand. */
export const cumSum: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  const [axis] = call.known(1)?.values ?? [];
  return typeof axis !== 'number' || crosses(call, samples, axis)
    ? mixed(call, samplesSays.steps(samples.axis))
    : samples;
};

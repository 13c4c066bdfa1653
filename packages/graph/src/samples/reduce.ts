import { fromFront } from '../axis.js';
import { samplesSays } from '@kirchhoff/message';
import { int } from '../operators/attribute.js';
import { apartAt, mixed, moved, numbersAt, shapeAt, type SamplesCall, type SamplesRule } from './call.js';
import type { Samples } from './samples.js';

/** Axes are taken together, and left out unless they are kept with size 1. */
const without = (call: SamplesCall, axes: readonly number[]): Samples => {
  const samples = apartAt(call, 0)!;
  if (axes.includes(samples.axis)) return mixed(call, samplesSays.adds(samples.axis));
  const before = int(call.attrs, 'keepdims') === 1 ? 0 : axes.filter((axis) => axis < samples.axis).length;
  return moved(samples, samples.axis - before);
};

/** The axes are an operand; all of them where it is left out. */
export const reduction: SamplesRule = (call) => {
  const rank = shapeAt(call, 0).length;
  const given = call.types[1] === undefined ? [] : numbersAt(call, 1);
  if (given === undefined || !given.every((axis) => typeof axis === 'number')) return mixed(call, samplesSays.shapes());
  if (given.length > 0)
    return without(
      call,
      given.map((axis) => fromFront(axis, rank)),
    );
  if (int(call.attrs, 'noop_with_empty_axes') === 1) return apartAt(call, 0)!;
  return without(
    call,
    Array.from({ length: rank }, (_, axis) => axis),
  );
};

/** The axis is an attribute. */
export const extreme: SamplesRule = (call) =>
  without(call, [fromFront(int(call.attrs, 'axis'), shapeAt(call, 0).length)]);

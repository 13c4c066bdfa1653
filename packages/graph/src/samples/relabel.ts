import { samplesSays } from '@kirchhoff/message';
import { exactDivDim, mulDim, productDim } from '../dim.js';
import type { Dim } from '../graph.js';
import { optionalInts } from '../operators/attribute.js';
import { apartAt, mixed, moved, shapeAt, type SamplesCall, type SamplesRule } from './call.js';
import { apart, type Apart, type Samples } from './samples.js';

/**
 * Where the samples lie when the same elements in the same order get another shape. In the order of its elements a value
 * is [before, samples, behind]; an axis holds the samples if what lies before it divides `before`, and the rest of
 * `before` times their number divides its size. Of several (one sample alone leaves the choice) the one that is theirs
 * alone is taken, else the first.
 */
export const relaid = (samples: Apart, from: readonly Dim[], to: readonly Dim[], batch: Dim): Apart | undefined => {
  const before = mulDim(productDim(from.slice(0, samples.axis)), samples.outer);
  const places = to.flatMap((dim, axis): readonly Apart[] => {
    const outer = exactDivDim(before, productDim(to.slice(0, axis)));
    const inner = outer === undefined ? undefined : exactDivDim(dim, mulDim(outer, batch));
    return outer === undefined || inner === undefined ? [] : [apart(axis, outer, inner)];
  });
  return places.find(({ outer, inner }) => outer === 1 && inner === 1) ?? places[0];
};

const relabelled = (call: SamplesCall): Samples =>
  relaid(apartAt(call, 0)!, shapeAt(call, 0), call.outputs[0]?.shape ?? [], call.batch) ??
  mixed(call, samplesSays.loses());

/** Reshape, Flatten, Unsqueeze. */
export const relabel: SamplesRule = relabelled;

/** An axis that is left out cannot be where the samples lie, even if there is one alone. */
export const squeeze: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  const { length: rank } = shapeAt(call, 0);
  const named = call.known(1)?.values ?? (call.types[1] === undefined ? undefined : []);
  const gone = (axis: number): boolean =>
    named === undefined
      ? shapeAt(call, 0)[axis] === 1
      : named.some((one) => typeof one === 'number' && (one < 0 ? one + rank : one) === axis);
  if (gone(samples.axis)) return mixed(call, samplesSays.loses());
  return moved(samples, samples.axis - Array.from({ length: samples.axis }, (_, i) => i).filter(gone).length);
};

/** New axes lie beside the others. */
export const unsqueeze: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  const rank = call.outputs[0]?.shape.length ?? 0;
  const made = (call.known(1)?.values ?? []).map((one) => (typeof one === 'number' && one < 0 ? one + rank : one));
  const kept = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !made.includes(axis));
  const axis = kept[samples.axis];
  return axis === undefined ? mixed(call, samplesSays.shapes()) : moved(samples, axis);
};

export const transpose: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  const { length: rank } = shapeAt(call, 0);
  const perm = optionalInts(call.attrs, 'perm');
  return moved(samples, perm === undefined ? rank - 1 - samples.axis : perm.indexOf(samples.axis));
};

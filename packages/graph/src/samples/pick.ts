import { samplesSays } from '@kirchhoff/message';
import { int } from '../operators/attribute.js';
import { apartAt, fromEnd, laidTogether, mixed, moved, shapeAt, type SamplesRule } from './call.js';

/** Rows of a table: each sample's own indices into what is the same for all, or the same indices into each sample's rows. */
export const gather: SamplesRule = (call) => {
  const [data, indices] = [apartAt(call, 0), apartAt(call, 1)];
  const axis = fromEnd(int(call.attrs, 'axis'), shapeAt(call, 0).length);
  if (data !== undefined && indices !== undefined)
    return mixed(call, samplesSays.apartElsewhere([data.axis, axis + indices.axis]));
  if (indices !== undefined) return moved(indices, axis + indices.axis);
  if (data!.axis === axis) return mixed(call, samplesSays.picks(axis));
  return moved(data!, data!.axis < axis ? data!.axis : data!.axis + shapeAt(call, 1).length - 1);
};

/** Elements named by place along one axis: data, indices (and updates) lie upon one another along the others. */
export const alongOne: SamplesRule = (call) => {
  const axis = fromEnd(int(call.attrs, 'axis'), shapeAt(call, 0).length);
  const laid = laidTogether(
    call,
    call.inputs.map((_, port) => ({ port, shift: 0 })),
    false,
  );
  return laid.kind === 'apart' && laid.axis === axis ? mixed(call, samplesSays.picks(axis)) : laid;
};

/** A new axis for the classes. */
export const oneHot: SamplesRule = (call) => {
  const indices = apartAt(call, 0);
  if (indices === undefined || call.inputs.slice(1).some((one) => one?.kind === 'apart'))
    return mixed(call, samplesSays.unlike());
  const axis = fromEnd(int(call.attrs, 'axis'), shapeAt(call, 0).length + 1);
  return moved(indices, indices.axis < axis ? indices.axis : indices.axis + 1);
};

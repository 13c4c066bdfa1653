import { fromFront } from '../axis.js';
import { samplesSays } from '@kirchhoff/message';
import { int } from '../operators/attribute.js';
import { apartAt, laidTogether, mixed, moved, shapeAt, type SamplesCall, type SamplesRule } from './call.js';

/** Rows of a table: each sample's own indices into what is the same for all, or the same indices into each sample's rows. */
export const gather: SamplesRule = (call) => {
  const [data, indices] = [apartAt(call, 0), apartAt(call, 1)];
  const axis = fromFront(int(call.attrs, 'axis'), shapeAt(call, 0).length);
  if (data !== undefined && indices !== undefined)
    return mixed(call, samplesSays.apartElsewhere([data.axis, axis + indices.axis]));
  if (indices !== undefined) return moved(indices, axis + indices.axis);
  if (data!.axis === axis) {
    const led = data!.outer === 1 ? call.leadsHome(1, data!.inner) : undefined;
    return led === undefined ? mixed(call, samplesSays.picks(axis)) : moved(led, axis + led.axis);
  }
  return moved(data!, data!.axis < axis ? data!.axis : data!.axis + shapeAt(call, 1).length - 1);
};

/** Elements named by place along one axis: data, indices (and updates) lie upon one another along the others. */
export const alongOne: SamplesRule = (call) => {
  const axis = fromFront(int(call.attrs, 'axis'), shapeAt(call, 0).length);
  const laid = laidTogether(
    call,
    call.inputs.map((_, port) => ({ port, shift: 0 })),
    false,
  );
  return laid.kind === 'apart' && laid.axis === axis ? mixed(call, samplesSays.picks(axis)) : laid;
};

/** How many axes a vector of indices names, and how many axes of such vectors there are. */
const vectors = (call: SamplesCall): { readonly depth: number; readonly lead: number } => {
  const shape = shapeAt(call, 1);
  return { depth: Number(shape.at(-1)), lead: shape.length - 1 };
};

/** Elements named by vectors of indices: samples lie beside what is named, or along common leading axes. */
export const gatherND: SamplesRule = (call) => {
  const [data, indices] = [apartAt(call, 0), apartAt(call, 1)];
  const common = int(call.attrs, 'batch_dims');
  const { depth, lead } = vectors(call);
  const axis = data?.axis ?? indices!.axis;
  if (axis < common)
    return laidTogether(
      call,
      [0, 1].map((port) => ({ port, shift: 0 })),
      false,
    );
  if (data !== undefined && indices !== undefined)
    return mixed(call, samplesSays.apartElsewhere([data.axis, indices.axis]));
  if (indices !== undefined) return axis < lead ? indices : mixed(call, samplesSays.picks(axis));
  return axis < common + depth ? mixed(call, samplesSays.picks(axis)) : moved(data!, axis - common - depth + lead);
};

/** Updates at places that are the same for all samples, which lie beside what is named. */
export const scatterND: SamplesRule = (call) => {
  if (call.inputs[1]?.kind === 'apart') return mixed(call, samplesSays.unlike());
  const { depth, lead } = vectors(call);
  const laid = laidTogether(
    call,
    [
      { port: 0, shift: 0 },
      { port: 2, shift: depth - lead },
    ],
    false,
  );
  return laid.kind === 'apart' && laid.axis < depth ? mixed(call, samplesSays.picks(laid.axis)) : laid;
};

/** The slices along an axis that are kept. */
export const compress: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  const axis = call.attrs['axis'];
  return typeof axis !== 'number' || fromFront(axis, shapeAt(call, 0).length) === samples.axis
    ? mixed(call, samplesSays.picks(samples.axis))
    : samples;
};

/** The last two axes hold the triangles. */
export const triangle: SamplesRule = (call) => {
  const samples = apartAt(call, 0)!;
  return samples.axis < shapeAt(call, 0).length - 2 ? samples : mixed(call, samplesSays.picks(samples.axis));
};

/** Lengths belong to the batch axis that the node names. */
export const turned: SamplesRule = (call) => {
  const laid = laidTogether(
    call,
    [
      { port: 0, shift: 0 },
      { port: 1, shift: int(call.attrs, 'batch_axis') },
    ],
    false,
  );
  return laid.kind === 'apart' && laid.axis === int(call.attrs, 'time_axis')
    ? mixed(call, samplesSays.steps(laid.axis))
    : laid;
};

/** A new axis for the classes. */
export const oneHot: SamplesRule = (call) => {
  const indices = apartAt(call, 0);
  if (indices === undefined || call.inputs.slice(1).some((one) => one?.kind === 'apart'))
    return mixed(call, samplesSays.unlike());
  const axis = fromFront(int(call.attrs, 'axis'), shapeAt(call, 0).length + 1);
  return moved(indices, indices.axis < axis ? indices.axis : indices.axis + 1);
};

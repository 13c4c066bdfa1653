import { samplesSays } from '@kirchhoff/message';
import { int } from '../operators/attribute.js';
import { apartAt, broadcast, laidTogether, mixed, moved, shapeAt, type SamplesCall, type SamplesRule } from './call.js';
import type { Apart, Samples } from './samples.js';

/** Where an operand's samples come to lie in a product; undefined where they are summed over. */
type Place = (samples: Apart) => Apart | undefined;

/** Samples that lie in one of two operands, the other being the same for all of them. */
const fromOne = (call: SamplesCall, places: readonly Place[]): Samples => {
  const port = places.findIndex((_, i) => apartAt(call, i) !== undefined);
  const samples = apartAt(call, port)!;
  return places[port]!(samples) ?? mixed(call, samplesSays.adds(samples.axis));
};

/** Stacks of matrices: rows and stacks keep samples apart, the axis that is summed over does not. */
export const matMul: SamplesRule = (call) => {
  const [left, right] = [shapeAt(call, 0).length, shapeAt(call, 1).length];
  const rank = Math.max(left, right, 2);
  const stacks = (port: number): number => Math.max(0, shapeAt(call, port).length - 2);
  const inStack = (port: number, { axis }: Apart): boolean => axis < stacks(port);
  const missing = (left === 1 ? 1 : 0) + (right === 1 ? 1 : 0);
  const [a, b] = [apartAt(call, 0), apartAt(call, 1)];
  if ([a, b].every((samples, port) => samples === undefined || inStack(port, samples)))
    return laidTogether(
      call,
      [0, 1].map((port) => ({ port, shift: rank - 2 - stacks(port) })),
    );
  if (a !== undefined && b !== undefined) return mixed(call, samplesSays.apartElsewhere([a.axis, b.axis]));
  return fromOne(call, [
    (samples) => (left > 1 && samples.axis === left - 2 ? moved(samples, rank - 2) : undefined),
    (samples) => (right > 1 && samples.axis === right - 1 ? moved(samples, rank - 1 - missing) : undefined),
  ]);
};

/** A · B + C with either factor transposed. */
export const gemm: SamplesRule = (call) => {
  const rows = int(call.attrs, 'transA') === 1 ? 1 : 0;
  const columns = int(call.attrs, 'transB') === 1 ? 0 : 1;
  const [a, b] = [apartAt(call, 0), apartAt(call, 1)];
  if (a !== undefined && b !== undefined) return mixed(call, samplesSays.apartElsewhere([a.axis, b.axis]));
  const factor =
    a === undefined && b === undefined
      ? undefined
      : fromOne(call, [
          (samples) => (samples.axis === rows ? moved(samples, 0) : undefined),
          (samples) => (samples.axis === columns ? moved(samples, 1) : undefined),
        ]);
  if (factor === undefined) return broadcast(call, [2]);
  if (factor.kind !== 'apart' || call.inputs[2] === undefined) return factor;
  const inputs = [factor, undefined, call.inputs[2]];
  const types = [call.outputs[0], undefined, call.types[2]];
  return broadcast({ ...call, inputs, types }, [0, 2]);
};

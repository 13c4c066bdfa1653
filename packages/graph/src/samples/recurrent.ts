import { fromFront } from '../axis.js';
import { samplesSays } from '@kirchhoff/message';
import { int } from '../operators/attribute.js';
import { scanShape } from '../scan.js';
import { apartAt, laidTogether, mixed, moved, shapeAt, type SamplesCall, type SamplesRule } from './call.js';
import { apart, same, type Samples } from './samples.js';

/** The axis of the samples in the operands of a recurrent layer that have one: X, sequence_lens, initial_h, initial_c. */
const stateAxes = (layout: number): Readonly<Record<number, number>> =>
  layout === 1 ? { 0: 0, 4: 0, 5: 0, 6: 0 } : { 0: 1, 4: 0, 5: 1, 6: 1 };

/** LSTM, GRU, RNN: sequences go step by step, each sample by itself. */
export const recurrentLayer: SamplesRule = (call) => {
  const layout = int(call.attrs, 'layout');
  const axes = stateAxes(layout);
  const wrong = call.inputs.findIndex((one, port) => one?.kind === 'apart' && one.axis !== axes[port]);
  if (wrong >= 0) {
    const axis = apartAt(call, wrong)!.axis;
    return mixed(call, wrong === 0 && axis !== 2 ? samplesSays.steps(axis) : samplesSays.unlike());
  }
  const states = [0, 4, 5, 6].filter((port) => call.types[port] !== undefined);
  const laid = laidTogether(
    call,
    states.map((port) => ({ port, shift: 1 - axes[port]! })),
    false,
  );
  if (laid.kind !== 'apart') return laid;
  return layout === 1 ? [moved(laid, 0), moved(laid, 0), moved(laid, 0)] : [moved(laid, 2), laid, laid];
};

const alike = (a: Samples, b: Samples): boolean =>
  a.kind === b.kind &&
  (a.kind !== 'apart' ||
    b.kind !== 'apart' ||
    (a.axis === b.axis &&
      a.outer === b.outer &&
      a.inner === b.inner &&
      a.even === b.even &&
      JSON.stringify(a.own) === JSON.stringify(b.own)));

/** A state before a step and after it: once it has samples, it has them at one place, from the first step on. */
const joined = (call: SamplesCall, before: Samples, after: Samples, port: number): Samples => {
  if (after.kind === 'mixed' || alike(before, after)) return after;
  if (before.kind === 'same' && after.kind === 'apart')
    return call.equalAlong(port, after.axis) ? after : mixed(call, samplesSays.sharedState());
  if (before.kind === 'apart' && before.even === true && after.kind === 'apart' && before.axis === after.axis)
    return after;
  return mixed(call, samplesSays.sharedState());
};

/** A state that begins the same for all samples, but has a fixed number of them: apart where it is equal along them. */
const begun = (call: SamplesCall, samples: Samples, port: number, scanned: readonly Samples[]): Samples => {
  const shape = shapeAt(call, port);
  if (samples.kind !== 'same' || typeof call.batch !== 'number') return samples;
  const likely = scanned.flatMap((one) => (one.kind === 'apart' ? [one.axis] : []));
  const axis = [...likely, ...shape.keys()].find((at) => shape[at] === call.batch && call.equalAlong(port, at));
  return axis === undefined ? samples : apart(axis);
};

/** The scanned axis goes step by step; states keep from step to step where their samples lie. */
export const scan: SamplesRule = (call) => {
  const { body, states, inputAxes, outputAxes } = scanShape(call.node);
  const scanned = call.inputs.slice(states).map((samples, i): Samples => {
    const axis = fromFront(inputAxes[i] ?? 0, shapeAt(call, states + i).length);
    if (samples?.kind !== 'apart') return samples ?? same;
    if (samples.axis === axis) return mixed(call, samplesSays.steps(axis));
    return moved(samples, samples.axis < axis ? samples.axis : samples.axis - 1);
  });
  const stepped = scanned.find((one) => one.kind === 'mixed');
  if (stepped !== undefined) return stepped;
  let carried = call.inputs.slice(0, states).map((one, port) => begun(call, one ?? same, port, scanned));
  for (;;) {
    const inside = call.inside([...carried, ...scanned]);
    const after = carried.map((before, k) => joined(call, before, inside(body.outputs[k]!), k));
    const failed = after.find((one) => one.kind === 'mixed');
    if (failed !== undefined) return failed;
    if (after.every((one, k) => alike(one, carried[k]!))) {
      return body.outputs.map((name, i): Samples => {
        if (i < states) return after[i]!;
        const samples = inside(name);
        if (samples.kind !== 'apart') return samples;
        const axis = fromFront(outputAxes[i - states] ?? 0, call.outputs[i]?.shape.length ?? samples.axis + 1);
        return moved(samples, samples.axis < axis ? samples.axis : samples.axis + 1);
      });
    }
    carried = after;
  }
};

import { refuse, runtimeSays } from '@kirchhoff/message';
import { allGiven, type Kernel } from '../kernel.js';
import { picked, stridesOf, walk, zeros, type Value } from '../value.js';
import { fromFront, int, lanesOf, optionalInts, subgraph } from '@kirchhoff/graph';

/** The slice of `x` at `index` along `axis`, without that axis. */
const sliceAt = (x: Value, axis: number, index: number): Value => {
  const strides = stridesOf(x.shape);
  const shape = x.shape.toSpliced(axis, 1);
  return picked(x, shape, walk(shape, strides.toSpliced(axis, 1), index * strides[axis]!));
};

/** Slices joined along a new axis. */
const stacked = (slices: readonly Value[], axis: number): Value => {
  const y = zeros(slices[0]!.type, slices[0]!.shape.toSpliced(axis, 0, slices.length));
  const { outer, length, inner } = lanesOf(y.shape, axis);
  for (const [i, { data }] of slices.entries()) {
    for (let o = 0; o < outer; o++) y.data.set(data.subarray(o * inner, (o + 1) * inner), (o * length + i) * inner);
  }
  return y;
};

/**
 * Runs the body once per step: its inputs are the states and one slice of each scanned input, its outputs the next
 * states and one slice of each scanned output.
 */
const Scan: Kernel = (call) => {
  const graph = subgraph(call.attrs, 'body');
  const inputs = allGiven(call);
  const scannedCount = int(call.attrs, 'num_scan_inputs');
  const stateCount = inputs.length - scannedCount;
  const scanned = inputs.slice(stateCount);
  const inputAxes = scanned.map((x, i) =>
    fromFront(optionalInts(call.attrs, 'scan_input_axes')?.[i] ?? 0, x.shape.length),
  );
  const backward = optionalInts(call.attrs, 'scan_input_directions');
  const steps = scanned[0]!.shape[inputAxes[0]!]!;
  if (steps === 0) return refuse(call.node.name, runtimeSays.emptySequence());
  const slices: (readonly Value[])[] = [];
  let states: readonly Value[] = inputs.slice(0, stateCount);
  for (let step = 0; step < steps; step++) {
    const now = scanned.map((x, i) => sliceAt(x, inputAxes[i]!, backward?.[i] === 1 ? steps - 1 - step : step));
    const results = call.runBody(graph, [...states, ...now]);
    states = results.slice(0, stateCount);
    slices.push(results.slice(stateCount));
  }
  const outputs = slices[0]!.map((first, k) => {
    const axis = fromFront(optionalInts(call.attrs, 'scan_output_axes')?.[k] ?? 0, first.shape.length + 1);
    const list = slices.map((results) => results[k]!);
    return stacked(optionalInts(call.attrs, 'scan_output_directions')?.[k] === 1 ? list.reverse() : list, axis);
  });
  return [...states, ...outputs];
};

export const scanKernels = { Scan } satisfies Record<string, Kernel>;

import { float, isOn, string } from '@kirchhoff/graph';
import { activationsOf } from '../activation.js';
import { given, type Call, type Kernel } from '../kernel.js';
import { picked, stridesOf, walk, zeros, type Value } from '../value.js';

type Vector = Float64Array;
type Scalar = (x: number) => number;

interface State {
  readonly h: Vector;
  readonly c: Vector;
}

/** One step of a recurrent layer on one sequence. */
type Cell = (x: Vector, state: State) => State;

/** The parameters of one direction. Rows of `w` and `r` are grouped by gate, `hidden` rows each. */
interface Parameters {
  readonly hidden: number;
  /** W·x + Wb for all gates. */
  readonly fromInput: (x: Vector) => Vector;
  /** R·h + Rb for the gates from `first` to the last. */
  readonly fromState: (h: Vector, first?: number) => Vector;
  /** Peephole weights of one gate, zeros where there are none. */
  readonly peephole: (gate: number) => Vector;
  readonly activations: readonly Scalar[];
  /** What goes into gates and candidates, kept within the node's `clip`. */
  readonly clip: Scalar;
}

const product = (matrix: Vector, bias: Vector, x: Vector): Vector =>
  bias.map((b, row) => {
    let sum = b;
    for (let k = 0; k < x.length; k++) sum += matrix[row * x.length + k]! * x[k]!;
    return sum;
  });

/** Axes 0 and 1 exchanged: layout 1 puts the batch first. */
const exchanged = (value: Value): Value => {
  const strides = stridesOf(value.shape);
  const swap = (list: readonly number[]): readonly number[] => [list[1]!, list[0]!, ...list.slice(2)];
  return picked(value, swap(value.shape), walk(swap(value.shape), swap(strides)));
};

/** Block `index` of the first axis. */
const block = (value: Value, index: number): Vector => {
  const size = value.data.length / value.shape[0]!;
  return value.data.subarray(index * size, (index + 1) * size);
};

const parametersOf = (call: Call, direction: number, defaults: readonly string[], directions: number): Parameters => {
  const hidden = given(call, 2).shape[2]!;
  const rows = given(call, 1).shape[1]!;
  const [w, r] = [block(given(call, 1), direction), block(given(call, 2), direction)];
  const bias = call.inputs[3] === undefined ? new Float64Array(2 * rows) : block(call.inputs[3], direction);
  const peepholes = call.inputs[7] === undefined ? new Float64Array(3 * hidden) : block(call.inputs[7], direction);
  const all = activationsOf(call.node.name, call.attrs, defaults, directions);
  const limit = 'clip' in call.attrs ? float(call.attrs, 'clip') : Infinity;
  return {
    hidden,
    fromInput: (x) => product(w, bias.subarray(0, rows), x),
    fromState: (h, first = 0) => product(r.subarray(first * hidden * hidden), bias.subarray(rows + first * hidden), h),
    peephole: (gate) => peepholes.subarray(gate * hidden, (gate + 1) * hidden),
    activations: all.slice(direction * defaults.length, (direction + 1) * defaults.length),
    clip: (x) => Math.min(Math.max(x, -limit), limit),
  };
};

/**
 * Runs a cell over all sequences and directions. Outputs: every hidden state [T, directions, N, H], the last hidden
 * states [directions, N, H] and the last cell states. Steps beyond a sequence's length give zeros.
 */
const recur = (call: Call, defaults: readonly string[], cellOf: (parameters: Parameters) => Cell): readonly Value[] => {
  const batchFirst = isOn(call.attrs, 'layout');
  const arranged = (value: Value): Value => (batchFirst ? exchanged(value) : value);
  const x = arranged(given(call, 0));
  const [steps, batch, width] = x.shape as [number, number, number];
  const order = string(call.attrs, 'direction');
  const directions = order === 'bidirectional' ? 2 : 1;
  const hidden = given(call, 2).shape[2]!;
  const lengths = call.inputs[4]?.data ?? new Float64Array(batch).fill(steps);
  const initial = (port: number): Vector =>
    call.inputs[port] === undefined ? new Float64Array(directions * batch * hidden) : arranged(call.inputs[port]).data;
  const [h0, c0] = [initial(5), initial(6)];
  const all = zeros(x.type, [steps, directions, batch, hidden]);
  const [lastH, lastC] = [zeros(x.type, [directions, batch, hidden]), zeros(x.type, [directions, batch, hidden])];
  for (let d = 0; d < directions; d++) {
    const cell = cellOf(parametersOf(call, d, defaults, directions));
    const backward = d === 1 || order === 'reverse';
    for (let n = 0; n < batch; n++) {
      const at = (d * batch + n) * hidden;
      let state: State = { h: h0.slice(at, at + hidden), c: c0.slice(at, at + hidden) };
      for (let step = 0; step < lengths[n]!; step++) {
        const t = backward ? lengths[n]! - 1 - step : step;
        state = cell(x.data.subarray((t * batch + n) * width, (t * batch + n + 1) * width), state);
        all.data.set(state.h, ((t * directions + d) * batch + n) * hidden);
      }
      lastH.data.set(state.h, at);
      lastC.data.set(state.c, at);
    }
  }
  const y = batchFirst
    ? picked(
        all,
        [batch, steps, directions, hidden],
        walk([batch, steps, directions, hidden], [hidden, directions * batch * hidden, batch * hidden, 1]),
      )
    : all;
  return [y, arranged(lastH), arranged(lastC)];
};

/** H = f(W·x + R·h + b). */
const RNN: Kernel = (call) =>
  recur(call, ['Tanh'], ({ fromInput, fromState, clip, activations: [f] }) => (x, { h, c }) => {
    const recurrent = fromState(h);
    return { h: fromInput(x).map((value, j) => f!(clip(value + recurrent[j]!))), c };
  }).slice(0, 2);

/**
 * Gates z (update), r (reset), h (candidate):
 * z = f(Wz·x + Rz·h), r = f(Wr·x + Rr·h), h̃ = g(Wh·x + Rh·(r∘h)) or, with `linear_before_reset`, g(Wh·x + r∘(Rh·h));
 * H = (1 − z)∘h̃ + z∘h.
 */
const GRU: Kernel = (call) => {
  const linearFirst = isOn(call.attrs, 'linear_before_reset');
  return recur(
    call,
    ['Sigmoid', 'Tanh'],
    ({ hidden, fromInput, fromState, clip, activations: [f, g] }) =>
      (x, { h, c }) => {
        const input = fromInput(x);
        const recurrent = fromState(h);
        const gate = (k: number): Vector =>
          h.map((_, j) => f!(clip(input[k * hidden + j]! + recurrent[k * hidden + j]!)));
        const [z, r] = [gate(0), gate(1)];
        const candidateFromState = linearFirst
          ? r.map((value, j) => value * recurrent[2 * hidden + j]!)
          : fromState(
              h.map((value, j) => value * r[j]!),
              2,
            );
        const candidate = candidateFromState.map((value, j) => g!(clip(input[2 * hidden + j]! + value)));
        return { h: h.map((old, j) => (1 - z[j]!) * candidate[j]! + z[j]! * old), c };
      },
  ).slice(0, 2);
};

/**
 * Gates in the order i, o, f, c. i and f see the old cell state through their peepholes, o the new one:
 * C = f∘C + i∘g(…), H = o∘h(C). `input_forget` couples the gates: f = 1 − i.
 * As in onnxruntime, `clip` holds what goes into gates and candidate, not the cell state that goes into h.
 */
const LSTM: Kernel = (call) => {
  const coupled = isOn(call.attrs, 'input_forget');
  return recur(
    call,
    ['Sigmoid', 'Tanh', 'Tanh'],
    ({ hidden, fromInput, fromState, peephole, clip, activations: [f, g, outward] }) =>
      (x, { h, c }) => {
        const input = fromInput(x);
        const recurrent = fromState(h);
        const total = (gate: number, j: number): number => input[gate * hidden + j]! + recurrent[gate * hidden + j]!;
        const [toI, toO, toF] = [peephole(0), peephole(1), peephole(2)];
        const i = c.map((cell, j) => f!(clip(total(0, j) + toI[j]! * cell)));
        const forget = coupled
          ? i.map((value) => 1 - value)
          : c.map((cell, j) => f!(clip(total(2, j) + toF[j]! * cell)));
        const cells = c.map((cell, j) => forget[j]! * cell + i[j]! * g!(clip(total(3, j))));
        return { h: cells.map((cell, j) => f!(clip(total(1, j) + toO[j]! * cell)) * outward!(cell)), c: cells };
      },
  );
};

export const recurrentKernels = { RNN, GRU, LSTM } satisfies Record<string, Kernel>;

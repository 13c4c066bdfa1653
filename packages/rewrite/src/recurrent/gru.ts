import {
  activate,
  affine,
  beside,
  biasesOf,
  cutRows,
  gated,
  parametersOf,
  type Cell,
  type Parameters,
  type Step,
} from './cell.js';

/** z and r from one affine node over [h, x]. */
const gatesOf = (step: Step, parameters: Parameters): readonly [string, string] => {
  const { inside, constants, hidden, h } = step;
  const pre = affine(step, 'gates_pre', beside(step, 'hx', h), parameters);
  const halves = constants.ints(hidden, hidden);
  const [preZ, preR] = inside.makeAll(['pre_z', 'pre_r'], 'Split', [pre, halves], { axis: 1 });
  return [activate(step, 0, 'gate_z', preZ!), activate(step, 0, 'gate_r', preR!)];
};

/** H = (1 − z)∘candidate + z∘h. */
const mixed = ({ inside, constants, type, h }: Step, gateZ: string, candidate: string): readonly string[] => {
  const rest = inside.make('gate_1z', 'Sub', [constants.scalar(type, 1), gateZ]);
  const write = inside.make('write', 'Mul', [rest, candidate], {}, gated);
  const keep = inside.make('keep', 'Mul', [gateZ, h], {}, gated);
  return [inside.make('hidden', 'Add', [write, keep])];
};

const shared = { gates: 3, states: ['h'], activations: ['Sigmoid', 'Tanh'] } as const;

/** Gated recurrent unit (ONNX's order of gates z, r, h): the candidate is g([r∘h, x]·W + b). */
export const gru: Cell = {
  ...shared,
  write: (step) => {
    const [forGates, forCandidate] = parametersOf(step, ['gates', 'candidate'], [2, 1]);
    const [gateZ, gateR] = gatesOf(step, forGates!);
    const reset = step.inside.make('reset', 'Mul', [gateR, step.h], {}, gated);
    const pre = affine(step, 'candidate_pre', beside(step, 'rx', reset), forCandidate!);
    return mixed(step, gateZ, activate(step, 1, 'candidate', pre));
  },
};

/** The unit with `linear_before_reset`: the candidate is g(r∘(h·R + Rb) + (x·W + Wb)). */
export const gruLinearBeforeReset: Cell = {
  ...shared,
  write: (step) => {
    const { inside, outside, hidden, input, h, x } = step;
    const [gates, candidate] = cutRows(step, step.weight, ['gates_weight', 'candidate_weight'], [2 * hidden, hidden]);
    const split = ['candidate_state_weight', 'candidate_input_weight'];
    const [recurrent, direct] = cutRows(step, candidate!, split, [hidden, input], 1);
    const biases = biasesOf(step, ['gates', 'candidate'], [2, 1]);
    const gatesBias = biases && outside.make('gates_bias', 'Add', [biases[0]!.fromInput, biases[0]!.fromState]);
    const [gateZ, gateR] = gatesOf(step, { weight: gates!, bias: gatesBias });
    const state = affine(step, 'candidate_state', h, { weight: recurrent!, bias: biases?.[1]!.fromState });
    const reset = inside.make('reset', 'Mul', [gateR, state], {}, gated);
    const fresh = affine(step, 'candidate_input', x, { weight: direct!, bias: biases?.[1]!.fromInput });
    const pre = inside.make('candidate_pre', 'Add', [reset, fresh]);
    return mixed(step, gateZ, activate(step, 1, 'candidate', pre));
  },
};

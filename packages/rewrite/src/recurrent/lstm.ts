import {
  activate,
  activateFreely,
  affine,
  beside,
  cutRows,
  gated,
  parametersOf,
  type Cell,
  type Step,
} from './cell.js';

/** What a gate sees of the cell state beside [h, x]: pre + P ∘ c. */
const peeping = ({ inside }: Step, gate: string, pre: string, weight: string | undefined, c: string): string =>
  weight === undefined
    ? pre
    : inside.make(`pre_${gate}_peeped`, 'Add', [pre, inside.make(`peep_${gate}`, 'Mul', [c, weight])]);

/**
 * Long short-term memory (ONNX's order of gates i, o, f, c): i, o, f = f([h, x]·W + b) from one affine node, the
 * candidate g([h, x]·W + b) from another; C = f∘c + i∘candidate, H = o∘h(C). With peepholes i and f also see c, o sees C;
 * coupled, f is 1 − i. As in
 * onnxruntime, `clip` does not hold the cell state that goes into h.
 */
export const lstm: Cell = {
  gates: 4,
  states: ['h', 'c'],
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  write: (step) => {
    const { inside, constants, hidden, h, c, peepholes, coupled } = step;
    const [forGates, forCandidate] = parametersOf(step, ['gates', 'candidate'], [3, 1]);
    const thirds = [hidden, hidden, hidden];
    const [peepI, peepO, peepF] =
      peepholes === undefined ? [] : cutRows(step, peepholes, ['peephole_i', 'peephole_o', 'peephole_f'], thirds);
    const hx = beside(step, 'hx', h);
    const pre = affine(step, 'gates_pre', hx, forGates!);
    const [preI, preO, preF] = inside.makeAll(['pre_i', 'pre_o', 'pre_f'], 'Split', [pre, constants.ints(...thirds)], {
      axis: 1,
    });
    const gateI = activate(step, 0, 'gate_i', peeping(step, 'i', preI!, peepI, c));
    const gateF = coupled
      ? inside.make('gate_f', 'Sub', [constants.scalar(step.type, 1), gateI])
      : activate(step, 0, 'gate_f', peeping(step, 'f', preF!, peepF, c));
    const candidate = activate(step, 1, 'candidate', affine(step, 'candidate_pre', hx, forCandidate!));
    const keep = inside.make('keep', 'Mul', [gateF, c], {}, gated);
    const write = inside.make('write', 'Mul', [gateI, candidate], {}, gated);
    const cell = inside.make('cell', 'Add', [keep, write]);
    const gateO = activate(step, 0, 'gate_o', peeping(step, 'o', preO!, peepO, cell));
    const cellOut = activateFreely(step, 2, 'cell_out', cell);
    return [inside.make('hidden', 'Mul', [gateO, cellOut], {}, gated), cell];
  },
};

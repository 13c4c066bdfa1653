import { activate, affine, beside, parametersOf, type Cell } from './cell.js';

/** Plain recurrent layer: H = f([h, x]·W + b). */
export const rnn: Cell = {
  gates: 1,
  states: ['h'],
  activations: ['Tanh'],
  write: (step) => {
    const [parameters] = parametersOf(step, ['pre'], [1]);
    return [activate(step, 0, 'hidden', affine(step, 'pre', beside(step, 'hx', step.h), parameters!))];
  },
};

import { isFloatType, fromNumbers, toNumbers, type Tensor } from '@kirchhoff/graph';
import { refuse, runtimeSays } from '@kirchhoff/message';
import type { Backend } from '../backend.js';
import { checkInputs, checkOutputs } from '../check.js';
import { selectOutputs } from '../select.js';
import { typedGraph } from '../typed.js';
import { programOf, runProgram, type Program, type Trace } from './program.js';
import type { Value } from './value.js';

const toValue = ({ type, shape, data }: Tensor): Value => ({ type, shape, data: toNumbers(data) });

/** Floats of either width come out in float64: the oracle's digits are not thrown away. */
const toTensor = ({ type, shape, data }: Value): Tensor =>
  isFloatType(type) ? { type: 'float64', shape, data } : { type, shape, data: fromNumbers(type, data) };

/** Literal loops in float64. The oracle: slow, and meant to be read. */
export const reference: Backend = {
  name: 'reference',
  compile: async (graph, store, options = {}) => {
    const pruned = selectOutputs(graph, options.outputs);
    const needed = new Set(pruned.inputs.map(({ name }) => name));
    const types = options.types ?? typedGraph(pruned, store).types;
    let program: Program | undefined = programOf(pruned, store);
    return {
      run: async (inputs) => {
        const running = program ?? refuse('', runtimeSays.closedSession());
        checkInputs(graph.inputs, needed, inputs);
        const trace: Trace = new Map();
        const values = runProgram(
          running,
          pruned.inputs.map(({ name }) => toValue(inputs[name]!)),
          undefined,
          trace,
        );
        const named = pruned.outputs.map((name, i) => [name, values[i]!] as const);
        const tensorsOf = (some: typeof named) =>
          Object.fromEntries(some.map(([name, value]) => [name, toTensor(value)]));
        checkOutputs(tensorsOf(named.filter(([, { type }]) => isFloatType(type))), {
          typeOf: (name) => types.get(name)!.type,
          finite: options.finite === true,
          origin: (name) => trace.get(name),
        });
        return tensorsOf(named);
      },
      close: async () => {
        program = undefined;
      },
    };
  },
};

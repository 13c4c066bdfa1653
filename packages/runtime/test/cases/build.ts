import {
  sizeOf,
  tensor,
  toNumbers,
  type Attributes,
  type ElementType,
  type Graph,
  type InlineTensor,
  type OpName,
  type Tensor,
} from '@kirchhoff/graph';

/** One graph with inputs on which the backends must agree. */
export interface Case {
  readonly title: string;
  readonly graph: Graph;
  readonly inputs: Readonly<Record<string, Tensor>>;
}

/** An argument of the operator under test: an input of the graph, a constant in it, or left out. */
export type Argument = Tensor | { readonly fixed: Tensor } | '';

export const fixed = (value: Tensor): Argument => ({ fixed: value });

/** Pseudo-random numbers in [0, 1): the same ones in every run. */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
};

const random = randomFrom(42);

/** Random floats between `low` and `high`, on a grid of eighths so that float32 holds them exactly (ties included). */
export const floats = (shape: readonly number[], low = -2, high = 2): Tensor =>
  tensor(
    'float32',
    shape,
    Array.from({ length: sizeOf(shape) }, () => Math.round((low + random() * (high - low)) * 8) / 8),
  );

export const ints = (shape: readonly number[], low: number, high: number, type: ElementType = 'int64'): Tensor =>
  tensor(
    type,
    shape,
    Array.from({ length: sizeOf(shape) }, () => low + Math.floor(random() * (high - low))),
  );

export const bools = (shape: readonly number[]): Tensor => ints(shape, 0, 2, 'bool');

export const list = (...values: readonly number[]): Argument => fixed(tensor('int64', [values.length], values));
export const scalar = (value: number, type: ElementType = 'float32'): Argument => fixed(tensor(type, [], [value]));
export const floatList = (...values: readonly number[]): Argument => fixed(tensor('float32', [values.length], values));

export const inlineOf = ({ type, shape, data }: Tensor): InlineTensor => ({ type, shape, data: [...toNumbers(data)] });

/** A graph of one node: `y = op(arguments)`, with `more` further outputs (all are compared). */
export const applied = (op: OpName, args: readonly Argument[], attrs: Attributes = {}, more = 0): Case => {
  const named = args.map((arg, i) => [`x${i}`, arg] as const);
  const inputs = Object.fromEntries(named.flatMap(([name, arg]) => (arg !== '' && 'data' in arg ? [[name, arg]] : [])));
  const constants = named.flatMap(([name, arg]) => (arg !== '' && 'fixed' in arg ? [[name, inlineOf(arg.fixed)]] : []));
  const further = Array.from({ length: more }, (_, i) => `y${i + 1}`);
  return {
    title: `${op} ${JSON.stringify(attrs)} of ${args.map((arg) => (arg === '' ? '-' : JSON.stringify('fixed' in arg ? [...toNumbers(arg.fixed.data)].slice(0, 6) : arg.shape))).join(' ')}`,
    graph: {
      name: op,
      inputs: Object.entries(inputs).map(([name, { type, shape }]) => ({ name, type, shape })),
      nodes: [{ name: 'y', op, inputs: named.map(([name, arg]) => (arg === '' ? '' : name)), outputs: further, attrs }],
      outputs: ['y', ...further],
      tensors: Object.fromEntries(constants),
    },
    inputs,
  };
};

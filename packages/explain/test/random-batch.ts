import type { Attributes, Dim, Graph, Input, Node, OpName, Tensor, TensorEntry } from '@kirchhoff/graph';
import { uniformFrom } from '../src/random.js';
import { floats, inline } from './support.js';

/** A random graph, and inputs of a batch whose samples lie along these axes. */
export interface RandomBatch {
  readonly graph: Graph;
  readonly inputs: (axes: ReadonlyMap<string, number>) => Readonly<Record<string, Tensor>>;
}

/** So many samples a batch has where the graph was written for another number of them, and is open now. */
const samples = 3;

/** A value: its sizes, and the axis whose places were meant for samples (alone, or merged with others). */
interface Value {
  readonly name: string;
  readonly dims: readonly number[];
  readonly at: number;
}

const product = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1);

/**
 * Draws an input with its samples along a random axis, under a symbol or a fixed size, and a chain of operators with
 * branches. Most leave the samples apart; about one graph in three mixes them somewhere.
 */
export const randomBatch = (seed: number): RandomBatch => {
  const next = uniformFrom(seed + 1);
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const chance = (share: number): boolean => next() < share;
  const pick = <T>(options: readonly T[]): T => options[integer(0, options.length - 1)]!;
  const numbers = (count: number): number[] => Array.from({ length: count }, () => Math.fround(2 * next() - 1));

  const nodes: Node[] = [];
  const tensors: Record<string, TensorEntry> = {};
  const declared: Input[] = [];
  const sizes: Record<string, readonly number[]> = {};
  const size = pick([1, 2, 2, 3]);
  const symbol = pick<Dim>(['N', 'T', 'batch', size, size]);
  const open = typeof symbol === 'string';

  const constant = (entry: TensorEntry): string => {
    const name = `c${Object.keys(tensors).length}`;
    tensors[name] = entry;
    return name;
  };
  const ints = (values: readonly number[]): string => constant({ type: 'int64', shape: [values.length], data: values });
  const weights = (shape: readonly number[]): string => constant(inline(shape, numbers(product(shape))));
  const add = (op: OpName, names: readonly string[], attrs?: Attributes, outputs?: readonly string[]): string => {
    const name = `${op.toLowerCase()}${nodes.length}`;
    nodes.push({ name, op, inputs: names, ...(attrs && { attrs }), ...(outputs && { outputs }) });
    return name;
  };
  const declare = (name: string, dims: readonly number[], at: number): Value => {
    declared.push({ name, type: 'float32', shape: dims.map((dim, i) => (i === at ? symbol : dim)) });
    sizes[name] = dims;
    return { name, dims, at };
  };
  /** A random axis, mostly not that of the samples. */
  const axisOf = ({ dims, at }: Value, mixing = 0.06): number => {
    const others = dims.map((_, i) => i).filter((i) => i !== at);
    return others.length === 0 || chance(mixing) ? at : pick(others);
  };
  /** A shape as it is written: the samples' entry as −1 where it must be open, and at times where it need not. */
  const written = (dims: readonly number[], at: number): string =>
    ints(dims.map((dim, i) => (i === at && (open || chance(0.3)) ? -1 : dim)));

  const steps: readonly ((x: Value) => Value | undefined)[] = [
    (x) => ({ ...x, name: add(pick(['Relu', 'Tanh', 'Sigmoid', 'Abs', 'Neg']), [x.name]) }),
    (x) => {
      const shape = x.dims.map((dim, i) => (i === x.at || chance(0.5) ? 1 : dim)).slice(chance(0.3) ? 1 : 0);
      return { ...x, name: add(pick(['Add', 'Mul', 'Sub']), [x.name, weights(shape)]) };
    },
    (x) => {
      if (open || !chance(0.3)) return undefined;
      const row = numbers(product(x.dims.slice(x.at + 1)));
      const lead = product(x.dims.slice(0, x.at));
      const equal = Array.from({ length: lead * x.dims[x.at]! }, () => row).flat();
      const data = chance(0.2) ? numbers(equal.length) : equal;
      return { ...x, name: add('Add', [x.name, constant(inline(x.dims, data))]) };
    },
    (x) => {
      const perm = x.dims
        .map((_, i) => ({ i, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ i }) => i);
      return {
        name: add('Transpose', [x.name], { perm }),
        dims: perm.map((i) => x.dims[i]!),
        at: perm.indexOf(x.at),
      };
    },
    (x) => {
      if (x.dims.length < 2) return undefined;
      const i = integer(0, x.dims.length - 2);
      const dims = [...x.dims.slice(0, i), x.dims[i]! * x.dims[i + 1]!, ...x.dims.slice(i + 2)];
      const at = x.at <= i ? x.at : x.at - 1;
      return { name: add('Reshape', [x.name, written(dims, at)]), dims, at };
    },
    (x) => {
      const i = axisOf(x);
      const factor = [2, 3].find((f) => x.dims[i]! % f === 0 && x.dims[i] !== f);
      if (factor === undefined || (i === x.at && open)) return undefined;
      const dims = [...x.dims.slice(0, i), factor, x.dims[i]! / factor, ...x.dims.slice(i + 1)];
      const at = x.at < i ? x.at : x.at > i ? x.at + 1 : i;
      return { name: add('Reshape', [x.name, written(dims, at)]), dims, at };
    },
    (x) => {
      const i = integer(0, x.dims.length);
      const dims = [...x.dims.slice(0, i), 1, ...x.dims.slice(i)];
      return { name: add('Unsqueeze', [x.name, ints([i])]), dims, at: i <= x.at ? x.at + 1 : x.at };
    },
    (x) => {
      const last = x.dims.length - 1;
      if (last < 1 || (x.at === last && (open || !chance(0.2)))) return undefined;
      const width = integer(1, 4);
      return {
        ...x,
        name: add('MatMul', [x.name, weights([x.dims[last]!, width])]),
        dims: [...x.dims.slice(0, last), width],
      };
    },
    (x) => ({ ...x, name: add('Softmax', [x.name], { axis: axisOf(x) }) }),
    (x) => {
      if (x.dims.length < 2) return undefined;
      const axis = axisOf(x, 0.04);
      const keepdims = integer(0, 1);
      const dims = keepdims === 1 ? x.dims.map((d, i) => (i === axis ? 1 : d)) : x.dims.toSpliced(axis, 1);
      const at = keepdims === 1 || axis > x.at ? x.at : x.at - 1;
      return {
        name: add(pick(['ReduceSum', 'ReduceMean', 'ReduceMax']), [x.name, ints([axis])], { keepdims }),
        dims,
        at,
      };
    },
    (x) => {
      const axis = axisOf(x, 0.04);
      const other = add('Tanh', [x.name]);
      return {
        ...x,
        name: add('Concat', [x.name, other], { axis }),
        dims: x.dims.map((dim, i) => (i === axis ? 2 * dim : dim)),
      };
    },
    (x) => {
      if (open || x.dims.length < 2) return undefined;
      const axis = axisOf(x, 0);
      const token = x.dims.map((dim, i) => (i === axis ? 1 : dim));
      const row = numbers(product(token.slice(x.at + 1)));
      const lead = product(token.slice(0, x.at));
      const data = Array.from({ length: lead * token[x.at]! }, () => row).flat();
      return {
        ...x,
        name: add('Concat', [constant(inline(token, data)), x.name], { axis }),
        dims: x.dims.map((dim, i) => (i === axis ? dim + 1 : dim)),
      };
    },
    (x) => {
      const axis = axisOf(x, 0.04);
      if (x.dims[axis]! < 2 || (axis === x.at && open)) return undefined;
      const start = integer(0, 1);
      return {
        ...x,
        name: add('Slice', [x.name, ints([start]), ints([x.dims[axis]!]), ints([axis])]),
        dims: x.dims.map((dim, i) => (i === axis ? dim - start : dim)),
      };
    },
    (x) => {
      const axis = axisOf(x, 0.04);
      if (axis === x.at && open) return undefined;
      const rows = [integer(0, x.dims[axis]! - 1), 0];
      return {
        ...x,
        name: add('Gather', [x.name, ints(rows)], { axis }),
        dims: x.dims.map((dim, i) => (i === axis ? 2 : dim)),
      };
    },
    (x) => {
      const rank = x.dims.length;
      if (rank < 2 || (x.at >= rank - 2 && !chance(0.2))) return undefined;
      const perm = x.dims.map((_, i) => (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));
      const turned = add('Transpose', [x.name], { perm });
      const dims = [...x.dims.slice(0, -1), x.dims[rank - 2]!];
      return { ...x, name: add('MatMul', [x.name, turned]), dims };
    },
    (x) => {
      if (x.dims.length < 3 || x.dims.length > 4 || x.at === 1) return undefined;
      const [width, kernel] = [integer(1, 3), x.dims.length === 3 ? [pick([1, 3])] : [1, pick([1, 3])]];
      return {
        ...x,
        name: add('Conv', [x.name, weights([width, x.dims[1]!, ...kernel])], {
          pads: [...kernel.map((k) => (k - 1) / 2), ...kernel.map((k) => (k - 1) / 2)],
        }),
        dims: [x.dims[0]!, width, ...x.dims.slice(2)],
      };
    },
    (x) => {
      const axis = axisOf(x, 0.03);
      const pads = x.dims.map((_, i) => (i === axis ? 1 : 0));
      return {
        ...x,
        name: add('Pad', [x.name, ints([...pads, ...x.dims.map(() => 0)])]),
        dims: x.dims.map((dim, i) => (i === axis ? dim + 1 : dim)),
      };
    },
    (x) => ({ ...x, name: add('Add', [x.name, add(pick(['Tanh', 'Relu']), [x.name])]) }),
    (x) => {
      const last = x.dims.length - 1;
      return x.at === last && (open || !chance(0.2))
        ? undefined
        : { ...x, name: add('LayerNormalization', [x.name, weights([x.dims[last]!])], { axis: -1 }) };
    },
    (x) => {
      if (x.dims.length !== 3 || x.at !== 1) return undefined;
      const [steps, , width] = x.dims;
      const hidden = 2;
      const names = [x.name, weights([1, 4 * hidden, width!]), weights([1, 4 * hidden, hidden])];
      const all = add('LSTM', names, { hidden_size: hidden });
      return { name: add('Squeeze', [all, ints([1])]), dims: [steps!, x.dims[1]!, hidden], at: 1 };
    },
    (x) => {
      const axis = axisOf(x, 0);
      if (x.dims.length < 2 || axis === x.at) return undefined;
      const dims = x.dims.with(axis, 2 * x.dims[axis]!);
      const told = open
        ? [
            '',
            constant(
              inline(
                [dims.length],
                dims.map((_, i) => (i === axis ? 2 : 1)),
              ),
            ),
          ]
        : ['', '', ints(dims)];
      return { ...x, name: add('Resize', [x.name, ...told], { mode: 'nearest' }), dims };
    },
    (x) => {
      if (open) return undefined;
      const [axis, end] = [ints([x.at]), ints([x.dims[x.at]!])];
      return { ...x, name: add('Slice', [x.name, ints([0]), end, axis]) };
    },
    (x) => {
      if (open) return undefined;
      const whole = add('Concat', [x.name, add('Tanh', [x.name])], { axis: x.at });
      const each = x.dims[x.at]!;
      const cuts = chance(0.15) && each > 1 ? [each - 1, each + 1] : [each, each];
      const second = `half${nodes.length}`;
      const first = add('Split', [whole, ints(cuts)], { axis: x.at }, [second]);
      return cuts[0] === each
        ? { ...x, name: add('Sub', [first, second]) }
        : { ...x, name: second, dims: x.dims.with(x.at, each + 1) };
    },
    (x) => {
      if (open || x.dims.length < 2 || x.at === 0) return undefined;
      const [rest, id] = [x.dims.slice(1), nodes.length];
      const state = inline(
        rest,
        Array.from({ length: product(rest) }, () => 0),
      );
      const own: Record<string, TensorEntry> = {
        [`flat${id}`]: { type: 'int64', shape: [1], data: [product(rest)] },
        [`back${id}`]: { type: 'int64', shape: [rest.length], data: rest },
      };
      const body: Graph = {
        name: 'body',
        inputs: [`state${id}`, `step${id}`].map((name) => ({ name, type: 'float32', shape: rest })),
        nodes: [
          { name: `row${id}`, op: 'Reshape', inputs: [`step${id}`, `flat${id}`] },
          { name: `wide${id}`, op: 'Reshape', inputs: [`row${id}`, `back${id}`] },
          { name: `sum${id}`, op: 'Add', inputs: [`state${id}`, `wide${id}`] },
        ],
        outputs: [`sum${id}`],
        tensors: own,
      };
      return {
        name: add('Scan', [constant(state), x.name], { body, num_scan_inputs: 1 }),
        dims: rest,
        at: x.at - 1,
      };
    },
    (x) => {
      if (open || x.at !== 0 || x.dims.length < 2) return undefined;
      const [count, steps, ...rest] = x.dims;
      const dims = [count! * steps!, ...rest];
      const merged = add('Reshape', [x.name, ints(dims)]);
      const row = numbers(steps! * product(rest));
      const data = chance(0.2) ? numbers(product(dims)) : Array.from({ length: count! }, () => row).flat();
      return { name: add(pick(['Add', 'Mul']), [merged, constant(inline(dims, data))]), dims, at: 0 };
    },
    (x) => {
      if (x.at !== 0 || x.dims.length < 2) return undefined;
      const [count, steps = 1, ...rest] = x.dims;
      const flat = add('Reshape', [x.name, ints([-1, ...rest])]);
      const place = integer(0, chance(0.15) ? steps : steps - 1);
      if (!open) {
        const places = Array.from({ length: count! }, (_, n) => [
          n * steps,
          n * steps + Math.min(place, steps - 1),
        ]).flat();
        const shuffled = chance(0.15) ? places.toReversed() : places;
        const index = constant({ type: 'int64', shape: [count!, 2], data: shuffled });
        return { name: add('Gather', [flat, index], { axis: 0 }), dims: [count!, 2, ...rest], at: 0 };
      }
      const scalar = (data: number): string => constant({ type: 'int64', shape: [], data: [data] });
      const size1 = add('Squeeze', [add('Shape', [x.name], { start: 0, end: 1 }), ints([0])]);
      const starts = add('Mul', [add('Range', [scalar(0), size1, scalar(1)]), scalar(steps)]);
      const axes = rest.map((_, i) => i + 2);
      const best = add('ArgMax', [add('ReduceSum', [x.name, ints(axes)], { keepdims: 0 })], { axis: 1, keepdims: 0 });
      const index = add('Add', [
        starts,
        rest.length > 0 && chance(0.5) ? best : scalar(Math.min(place, 2 * steps - 2)),
      ]);
      return { name: add('Gather', [flat, index], { axis: 0 }), dims: [count!, ...rest], at: 0 };
    },
    (x) => {
      if (open || x.at !== 0 || x.dims.length < 2) return undefined;
      const [count, steps = 1, ...rest] = x.dims;
      const row = Array.from({ length: steps }, () => integer(0, 4));
      const data = Array.from({ length: count! }, () => (chance(0.1) ? row.toReversed() : row)).flat();
      const ids = constant({ type: 'int64', shape: [count!, steps], data });
      return { ...x, name: add('Add', [x.name, add('Gather', [weights([5, ...rest]), ids], { axis: 0 })]) };
    },
    (x) => {
      if (declared.length > 1 || product(x.dims) % size !== 0 || x.dims[x.at] !== size) return undefined;
      const y = declare('y', x.dims, x.at);
      return { ...x, name: add(pick(['Add', 'Mul']), [x.name, y.name]) };
    },
  ];

  const rank = integer(2, 4);
  const at = integer(0, rank - 1);
  let value = declare(
    'x',
    Array.from({ length: rank }, (_, i) => (i === at ? size : integer(1, 4))),
    at,
  );
  const length = integer(3, 9);
  for (let made = 0; made < length;) {
    const after = pick(steps)(value);
    if (after === undefined) continue;
    made++;
    if (product(after.dims) <= 240) value = after;
  }
  const graph = { name: `random-${seed}`, inputs: declared, nodes, outputs: [add('Identity', [value.name])], tensors };
  const inputs = (axes: ReadonlyMap<string, number>): Readonly<Record<string, Tensor>> =>
    Object.fromEntries(
      Object.entries(sizes).map(([name, dims]) => {
        const axis = axes.get(name);
        const shape = axis === undefined || open ? dims : dims.with(axis, samples);
        return [name, floats(shape, numbers(product(shape)))];
      }),
    );
  return { graph, inputs };
};

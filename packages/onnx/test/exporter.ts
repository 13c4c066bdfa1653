import type { AttributeInit, NodeInit, TensorInit, ValueInit } from './model.js';
import { AttributeProto_AttributeType as Kind, TensorProto_DataType as Code } from '../src/generated/onnx_pb.js';
import { int, ints, model, value } from './model.js';

/** Numbers in [−1, 1), by a linear congruential generator. */
export const seeded = (seed: number): (() => number) => {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
};

/** A number that is written as a float, however whole it is. */
export interface Float {
  readonly float: number;
}
export const float = (number: number): Float => ({ float: number });

/** A whole number that ConstantOfShape fills with. */
export interface Filling {
  readonly filling: number;
}

export type Attrs = Readonly<Record<string, number | string | Float | Filling | readonly (number | Float)[]>>;

const attribute = ([name, given]: [string, Attrs[string]]): AttributeInit => {
  if (typeof given === 'object' && 'filling' in given)
    return { name, type: Kind.TENSOR, t: { dataType: Code.INT64, dims: [1n], int64Data: [BigInt(given.filling)] } };
  if (typeof given === 'number') return int(name, given);
  if (typeof given === 'string') return { name, type: Kind.STRING, s: new TextEncoder().encode(given) };
  if ('float' in given) return { name, type: Kind.FLOAT, f: given.float };
  const floats = given.flatMap((one) => (typeof one === 'number' ? [] : [one.float]));
  return floats.length > 0
    ? { name, type: Kind.FLOATS, floats }
    : ints(name, ...given.filter((one) => typeof one === 'number'));
};

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** Writes an ONNX model node by node, as an exporter does that targets one opset. */
export interface Exporter {
  readonly opset: number;
  /** A node; the name of its first output. */
  readonly put: (op: string, inputs: readonly string[], attrs?: Attrs) => string;
  /** Names of all outputs of a node. */
  readonly putAll: (op: string, inputs: readonly string[], attrs: Attrs, outputs: number) => readonly string[];
  /** A tensor of seeded random numbers in mean ± scale. */
  readonly weight: (shape: readonly number[], scale?: number, mean?: number) => string;
  readonly numbers: (shape: readonly number[], values: readonly number[]) => string;
  readonly ints: (...values: readonly number[]) => string;
  /** A whole number without axes. */
  readonly int: (value: number) => string;
  readonly number: (value: number) => string;
  /** Whole numbers as the node takes them: an attribute before `since`, an input from then on. */
  readonly listed: (
    op: string,
    x: string,
    name: string,
    values: readonly number[],
    since: number,
    attrs?: Attrs,
  ) => string;
  /** The model's bytes. */
  readonly finish: (...outputs: readonly string[]) => Uint8Array;
}

/** An exporter; before opset 9 it lists initializers among the inputs, as all had to. */
export const exporter = (seed: number, opset: number, ...inputs: readonly ValueInit[]): Exporter => {
  const next = seeded(seed);
  const node: NodeInit[] = [];
  const initializer: TensorInit[] = [];
  const listed: ValueInit[] = [];
  const hold = (prefix: string, dataType: Code, shape: readonly number[], values: readonly number[]): string => {
    const name = `${prefix}.${initializer.length}`;
    const data = dataType === Code.FLOAT ? { floatData: [...values] } : { int64Data: values.map(BigInt) };
    initializer.push({ name, dataType, dims: shape.map(BigInt), ...data });
    if (opset < 9) listed.push(value(name, shape, dataType));
    return name;
  };
  const putAll: Exporter['putAll'] = (op, inputs, attrs, outputs) => {
    const name = `/${op}_${node.length}_output`;
    const names = Array.from({ length: outputs }, (_, i) => `${name}_${i}`);
    node.push({ opType: op, input: [...inputs], output: names, attribute: Object.entries(attrs).map(attribute) });
    return names;
  };
  const integers: Exporter['ints'] = (...values) => hold('onnx::Const', Code.INT64, [values.length], values);
  const put: Exporter['put'] = (op, inputs, attrs = {}) => putAll(op, inputs, attrs, 1)[0]!;
  return {
    opset,
    put,
    putAll,
    weight: (shape, scale = 1, mean = 0) =>
      hold(
        'weight',
        Code.FLOAT,
        shape,
        Array.from({ length: sizeOf(shape) }, () => mean + scale * next()),
      ),
    numbers: (shape, values) => hold('numbers', Code.FLOAT, shape, values),
    ints: integers,
    int: (number) => hold('onnx::Const', Code.INT64, [], [number]),
    number: (number) => hold('onnx::Const', Code.FLOAT, [], [number]),
    listed: (op, x, name, values, since, attrs = {}) =>
      opset < since ? put(op, [x], { ...attrs, [name]: values }) : put(op, [x, integers(...values)], attrs),
    finish: (...outputs) =>
      model(
        {
          name: 'main_graph',
          input: [...inputs, ...listed],
          output: outputs.map((name) => ({ name })),
          node,
          initializer,
        },
        opset,
      ),
  };
};

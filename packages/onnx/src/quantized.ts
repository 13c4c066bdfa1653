import { create } from '@bufbuild/protobuf';
import { freshNames, sizeOf, toNumbers, type StoredTensor } from '@kirchhoff/graph';
import { onnxSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { altered } from './constants/altered.js';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType as Code,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from './generated/onnx_pb.js';
import { readTensor, type TensorContext } from './read-tensor.js';

/** How whole numbers stand for real ones: (q − zero) · scale, q kept within the bounds of its type. */
interface Steps {
  readonly scale: number;
  readonly zero: number;
  readonly low: number;
  readonly high: number;
}

/** A graph of real numbers in place of one of whole ones. */
export interface RealGraph {
  readonly graph: GraphProto;
  /** A line for each node that was read so. */
  readonly lines: readonly string[];
  readonly problems: readonly Problem[];
}

const boundsOf: Readonly<Record<string, readonly [low: number, high: number]>> = { uint8: [0, 255], int8: [-128, 127] };

/** Operators that move whole numbers about, whatever they stand for. */
const moving: readonly string[] = [
  'Concat',
  'Flatten',
  'Gather',
  'Identity',
  'MaxPool',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
];

/** onnxruntime's operators of quantised operands, by those that they stand for, with the number of operands. */
const standsFor: Readonly<Record<string, readonly [op: string, operands: number]>> = {
  QLinearAdd: ['Add', 2],
  QLinearMul: ['Mul', 2],
  QLinearSigmoid: ['Sigmoid', 1],
  QLinearLeakyRelu: ['LeakyRelu', 1],
  QLinearGlobalAveragePool: ['GlobalAveragePool', 1],
};

const quantizing = new Set([
  'QuantizeLinear',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'QLinearConv',
  'QLinearMatMul',
  'MatMulInteger',
  'ConvInteger',
  ...Object.keys(standsFor),
  'QLinearConcat',
]);

const floats = (name: string, shape: readonly number[], values: ArrayLike<number>): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dataType: Code.FLOAT,
    dims: shape.map(BigInt),
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  });

const floatAttribute = (name: string, f: number): AttributeProto =>
  create(AttributeProtoSchema, { name, type: Kind.FLOAT, f });

/** Per place along `axis`, or one number for all. */
const spreadAlong = (shape: readonly number[], axis: number, values: readonly number[]) => {
  const inner = sizeOf(shape.slice(axis + 1));
  return (i: number): number => values[values.length === 1 ? 0 : Math.floor(i / inner) % shape[axis]!]!;
};

/**
 * The map of real numbers that a quantised graph stands for: QuantizeLinear keeps within what its type can hold and rounds
 * nothing, DequantizeLinear hands on, and layers of whole numbers are those of real ones with their weights scaled. Scales and
 * zero points are constants, or those of DynamicQuantizeLinear, which fits them to what it is given and so bounds nothing.
 * Graphs without such operators are returned as they are.
 */
export const realNumbers = (proto: GraphProto, opset: number, context: TensorContext): RealGraph => {
  if (!proto.node.some(({ opType }) => quantizing.has(opType))) return { graph: proto, lines: [], problems: [] };
  const lines: string[] = [];
  const problems: Problem[] = [];
  const nodes: NodeProto[] = [];
  const made: TensorProto[] = [];
  const steps = new Map<string, Steps>();
  const tensors = new Map(proto.initializer.map((tensor) => [tensor.name, tensor]));
  for (const node of proto.node) {
    const value = node.opType === 'Constant' ? node.attribute.find(({ name }) => name === 'value')?.t : undefined;
    if (value !== undefined) tensors.set(node.output[0] ?? '', value);
  }
  const taken = new Set([...tensors.keys(), ...proto.node.flatMap(({ output }) => output)]);
  const fresh = freshNames(taken);
  const stored = (name: string): StoredTensor | undefined => {
    const tensor = tensors.get(name);
    const read = tensor === undefined ? undefined : readTensor(tensor, context);
    return read !== undefined && E.isRight(read) ? read.right : undefined;
  };
  const numbers = (name: string): readonly number[] | undefined => {
    const found = stored(name);
    return found === undefined ? undefined : [...toNumbers(found.read())];
  };
  const hold = (hint: string, shape: readonly number[], values: ArrayLike<number>): string => {
    const tensor = floats(fresh(hint), shape, values);
    made.push(tensor);
    tensors.set(tensor.name, tensor);
    return tensor.name;
  };
  const put = (
    opType: string,
    input: readonly string[],
    output: string,
    attribute: readonly AttributeProto[] = [],
  ): string => {
    nodes.push(create(NodeProtoSchema, { opType, input: [...input], output: [output], attribute: [...attribute] }));
    return output;
  };

  const read = (node: NodeProto): void => {
    const { opType, input, attribute } = node;
    const [out = ''] = node.output;
    const refuse = (message: string): undefined =>
      void problems.push(problem(`${context.place} ${out} (${opType})`, message));
    const at = (port: number): string => input[port] ?? '';

    /** The steps that a scale and a zero point say; refused where they are no constants of one number. */
    const stepsAt = (scaleName: string, zeroName: string): Steps | undefined => {
      const [scale, zero] = [numbers(scaleName), zeroName === '' ? [0] : numbers(zeroName)];
      if (scale === undefined || zero === undefined) return refuse(onnxSays.openScale());
      if (scale.length !== 1 || zero.length !== 1) return refuse(onnxSays.scalePerAxis());
      const [low, high] = boundsOf[zeroName === '' ? 'uint8' : (stored(zeroName)?.type ?? '')] ?? [-Infinity, Infinity];
      return { scale: scale[0]!, zero: zero[0]!, low, high };
    };

    /** The real numbers that `name` stands for: a tensor of constants, what was quantised before, or bytes that are given. */
    const real = (name: string, scaleName: string, zeroName: string, axis = 0): string | undefined => {
      const constant = stored(name);
      if (constant !== undefined) {
        const scale = scaleName === '' ? [1] : numbers(scaleName);
        const zero = zeroName === '' ? [0] : numbers(zeroName);
        if (scale === undefined || zero === undefined) return refuse(onnxSays.openScale());
        const place = axis < 0 ? axis + constant.shape.length : axis;
        const [s, z] = [spreadAlong(constant.shape, place, scale), spreadAlong(constant.shape, place, zero)];
        const values = toNumbers(constant.read());
        return hold(
          `${name}/real`,
          constant.shape,
          Float32Array.from(values, (q, i) => (q - z(i)) * s(i)),
        );
      }
      const before = steps.get(name);
      if (before !== undefined && scaleName === '') return name;
      const own = stepsAt(scaleName, zeroName);
      if (own === undefined) return undefined;
      if (before === undefined) {
        const cast = put('Cast', [name], fresh(`${out}/float`), [
          create(AttributeProtoSchema, { name: 'to', type: Kind.INT, i: BigInt(Code.FLOAT) }),
        ]);
        const moved = put('Sub', [cast, hold(`${out}/zero`, [], [own.zero])], fresh(`${out}/moved`));
        return put('Mul', [moved, hold(`${out}/scale`, [], [own.scale])], fresh(`${out}/real`));
      }
      if (before.scale === own.scale && before.zero === own.zero) return name;
      const factor = hold(`${out}/factor`, [], [own.scale / before.scale]);
      const shift = hold(`${out}/shift`, [], [(before.zero - own.zero) * own.scale]);
      return put('Add', [put('Mul', [name, factor], fresh(`${out}/scaled`)), shift], fresh(`${out}/shifted`));
    };

    /** Says that `out` is `value`, kept within what its steps can hold. */
    const quantize = (value: string, scaleName: string, zeroName: string): void => {
      const own = stepsAt(scaleName, zeroName);
      if (own === undefined) return;
      steps.set(out, own);
      const limits = [own.low, own.high].map((bound) => (bound - own.zero) * own.scale);
      if (!limits.every(Number.isFinite)) put('Identity', [value], out);
      else if (opset < 11)
        put('Clip', [value], out, [floatAttribute('min', limits[0]!), floatAttribute('max', limits[1]!)]);
      else put('Clip', [value, ...limits.map((limit) => hold(`${out}/limit`, [], [limit]))], out);
    };
    const all = (values: readonly (string | undefined)[]): readonly string[] | undefined =>
      values.every((value) => value !== undefined) ? values : undefined;
    const kept = attribute.filter(({ name }) => name !== 'channels_last' && name !== 'output_dtype');

    switch (opType) {
      case 'QuantizeLinear':
        quantize(at(0), at(1), at(2));
        break;
      case 'DequantizeLinear': {
        const axis = Number(attribute.find(({ name }) => name === 'axis')?.i ?? 1);
        const many = (numbers(at(1))?.length ?? 1) > 1;
        const value = real(at(0), at(1), at(2), many ? axis : 0);
        if (value !== undefined) put('Identity', [value], out);
        break;
      }
      case 'DynamicQuantizeLinear': {
        const [, scale = '', zero = ''] = node.output;
        put('Identity', [at(0)], out);
        steps.set(out, { scale: 1, zero: 0, low: -Infinity, high: Infinity });
        for (const [name, value] of [
          [scale, 1],
          [zero, 0],
        ] as const) {
          if (name === '') continue;
          const tensor = floats(name, [], [value]);
          made.push(tensor);
          tensors.set(name, tensor);
        }
        break;
      }
      case 'QLinearConv': {
        const [x, w] = [real(at(0), at(1), at(2)), real(at(3), at(4), at(5))];
        const [bias, input0, weight0] = [numbers(at(8)), numbers(at(1)), numbers(at(4))];
        if (x === undefined || w === undefined) break;
        const b =
          bias === undefined
            ? []
            : [
                hold(
                  `${out}/bias`,
                  [bias.length],
                  bias.map((q, i) => q * input0![0]! * (weight0!.length > 1 ? weight0![i]! : weight0![0]!)),
                ),
              ];
        quantize(put('Conv', [x, w, ...b], fresh(`${out}/conv`), attribute), at(6), at(7));
        break;
      }
      case 'QLinearMatMul': {
        const factors = all([real(at(0), at(1), at(2), -2), real(at(3), at(4), at(5), -1)]);
        if (factors) quantize(put('MatMul', factors, fresh(`${out}/product`)), at(6), at(7));
        break;
      }
      case 'MatMulInteger':
      case 'ConvInteger': {
        const isConv = opType === 'ConvInteger';
        const operands = [0, 1].map((port) => {
          const name = at(port);
          if (steps.has(name)) return name;
          return stored(name) === undefined
            ? refuse(onnxSays.wholeOperand(name))
            : real(name, '', at(port + 2), isConv ? 0 : -1);
        });
        const factors = all(operands);
        if (factors === undefined) break;
        const scale = input.slice(0, 2).reduce((product, name) => product * (steps.get(name)?.scale ?? 1), 1);
        const whole = scale === 1 ? out : fresh(`${out}/product`);
        put(isConv ? 'Conv' : 'MatMul', factors, whole, isConv ? attribute : []);
        if (scale !== 1) put('Div', [whole, hold(`${out}/scale`, [], [scale])], out);
        break;
      }
      case 'QLinearConcat': {
        const parts = all(
          Array.from({ length: (input.length - 2) / 3 }, (_, i) => real(at(2 + 3 * i), at(3 + 3 * i), at(4 + 3 * i))),
        );
        if (parts) quantize(put('Concat', parts, fresh(`${out}/joined`), kept), at(0), at(1));
        break;
      }
      default: {
        const [op, count] = standsFor[opType]!;
        if (attribute.some(({ name, i }) => name === 'channels_last' && i === 1n)) {
          refuse(onnxSays.channelsLast());
          break;
        }
        const operands = all(Array.from({ length: count }, (_, i) => real(at(3 * i), at(3 * i + 1), at(3 * i + 2))));
        if (operands) quantize(put(op, operands, fresh(`${out}/real`), kept), at(3 * count), at(3 * count + 1));
      }
    }
    lines.push(onnxSays.realNumbers(opType, out));
  };

  /** A node of other operators: what moves whole numbers about moves real ones; others take them as they would be. */
  const pass = (node: NodeProto): void => {
    const quantised = node.input.filter((name) => steps.has(name));
    const [first] = quantised.map((name) => steps.get(name)!);
    const alike = quantised.every(
      (name) => steps.get(name)!.scale === first!.scale && steps.get(name)!.zero === first!.zero,
    );
    if (first === undefined) {
      nodes.push(node);
      return;
    }
    const data = node.opType === 'Concat' ? node.input : node.input.slice(0, 1);
    if (moving.includes(node.opType) && alike && data.every((name) => steps.has(name))) {
      for (const name of node.output) steps.set(name, first);
      nodes.push(node);
      return;
    }
    const input = node.input.map((name) => {
      const own = steps.get(name);
      if (own === undefined) return name;
      const scaled = put('Div', [name, hold(`${name}/scale`, [], [own.scale])], fresh(`${name}/scaled`));
      return put('Add', [scaled, hold(`${name}/zero`, [], [own.zero])], fresh(`${name}/whole`));
    });
    nodes.push(altered(node, { input }));
  };

  for (const node of proto.node) {
    const isOurs = quantizing.has(node.opType) && ['', 'ai.onnx', 'com.microsoft'].includes(node.domain);
    if (isOurs) read(node);
    else pass(node);
  }
  for (const { name } of proto.output)
    if (steps.has(name)) problems.push(problem(`${context.place} ${name}`, onnxSays.quantizedOutput(name)));
  const initializer = [...proto.initializer, ...made];
  const used = new Set([...nodes.flatMap((node) => node.input), ...proto.output.map(({ name }) => name)]);
  const nested = nodes.some(({ attribute }) => attribute.some(({ g }) => g !== undefined));
  return {
    graph: altered(proto, {
      node: nodes,
      initializer: nested ? initializer : initializer.filter(({ name }) => used.has(name)),
    }),
    lines,
    problems,
  };
};

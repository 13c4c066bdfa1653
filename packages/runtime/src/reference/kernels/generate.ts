import { refuse, runtimeSays } from '@kirchhoff/message';
import { given, listAt, type Call, type Kernel } from '../kernel.js';
import { valueOfInline, zeros, type Value } from '../value.js';
import {
  elementTypeOfCode,
  float,
  fromFront,
  int,
  isFloatType,
  optionalFloats,
  optionalInts,
  optionalTensor,
  sizeOf,
  type ElementType,
} from '@kirchhoff/graph';

const vector = (type: ElementType, values: readonly number[]): Value => ({
  type,
  shape: [values.length],
  data: Float64Array.from(values),
});

const scalar = (type: ElementType, value: number): Value => ({ type, shape: [], data: Float64Array.of(value) });

const namedType = (call: Call, attribute: string): ElementType => {
  const code = int(call.attrs, attribute);
  return (
    elementTypeOfCode(code) ?? refuse(call.node.name, runtimeSays.unknownElementType(call.node.op, attribute, code))
  );
};

const Constant: Kernel = (call) => {
  const { attrs } = call;
  const tensor = optionalTensor(attrs, 'value');
  if (tensor !== undefined) return [valueOfInline(tensor)];
  const [floats, ints] = [optionalFloats(attrs, 'value_floats'), optionalInts(attrs, 'value_ints')];
  if (floats !== undefined) return [vector('float32', floats)];
  if (ints !== undefined) return [vector('int64', ints)];
  if ('value_float' in attrs) return [scalar('float32', float(attrs, 'value_float'))];
  return [scalar('int64', int(attrs, 'value_int'))];
};

const ConstantOfShape: Kernel = (call) => {
  const value = optionalTensor(call.attrs, 'value');
  const filled = zeros(value?.type ?? 'float32', listAt(call, 0) ?? []);
  filled.data.fill(value?.data[0] ?? 0);
  return [filled];
};

const Shape: Kernel = (call) => {
  const { shape } = given(call, 0);
  const bound = (name: string, otherwise: number): number => {
    const at = name in call.attrs ? int(call.attrs, name) : otherwise;
    return Math.min(Math.max(fromFront(at, shape.length), 0), shape.length);
  };
  return [vector('int64', shape.slice(bound('start', 0), bound('end', shape.length)))];
};

const Range: Kernel = (call) => {
  const [start, limit, delta] = [given(call, 0), given(call, 1).data[0]!, given(call, 2).data[0]!];
  const first = start.data[0]!;
  const count = Math.max(Math.ceil((limit - first) / delta), 0);
  return [
    vector(
      start.type,
      Array.from({ length: count }, (_, i) => first + i * delta),
    ),
  ];
};

/** Ones on the `k`-th diagonal. */
const EyeLike: Kernel = (call) => {
  const x = given(call, 0);
  const [rows, columns] = x.shape as [number, number];
  const y = zeros('dtype' in call.attrs ? namedType(call, 'dtype') : x.type, x.shape);
  const k = int(call.attrs, 'k');
  for (let row = 0; row < rows; row++) {
    if (row + k >= 0 && row + k < columns) y.data[row * columns + row + k] = 1;
  }
  return [y];
};

/** To an integer by dropping the fraction, to a bool by comparing with 0; floats keep all of float64. */
const Cast: Kernel = (call) => {
  const x = given(call, 0);
  const type = namedType(call, 'to');
  if (type === 'bool') return [{ ...x, type, data: x.data.map((value) => (value === 0 ? 0 : 1)) }];
  return [isFloatType(type) ? { ...x, type } : { ...x, type, data: x.data.map(Math.trunc) }];
};

export const generateKernels = {
  Constant,
  ConstantOfShape,
  Shape,
  Size: (call) => [scalar('int64', sizeOf(given(call, 0).shape))],
  Range,
  EyeLike,
  Cast,
} satisfies Record<string, Kernel>;

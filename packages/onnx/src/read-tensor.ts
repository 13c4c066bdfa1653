import {
  bytesPerElement,
  fromNumbers,
  sizeOf,
  type ElementType,
  type StoredTensor,
  type TypedArray,
} from '@kirchhoff/graph';
import { onnxSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { codeName, elementTypeOf, isHalf } from './element.js';
import { TensorProto_DataLocation, TensorProto_DataType as Code, type TensorProto } from './generated/onnx_pb.js';
import { fromBfloat16, fromFloat16 } from './half.js';

/** A stretch of bytes that may still lie in a file. */
export interface ExternalBytes {
  readonly length: number;
  readonly read: () => Uint8Array;
  readonly file?: NonNullable<StoredTensor['file']>;
}

/** Finds the bytes of an external tensor; without a length they reach to the end of the file. */
export type OpenExternal = (location: string, offset: number, length: number | undefined) => Result<ExternalBytes>;

export interface TensorContext {
  /** The name of the model's file, as its reader knows it. */
  readonly place: string;
  readonly external: OpenExternal | undefined;
}

type ReadTensor = Result<StoredTensor>;

const convertHalf = (code: number | undefined, bits: ArrayLike<number>): Float32Array =>
  Float32Array.from(bits, code === Code.FLOAT16 ? fromFloat16 : fromBfloat16);

const views: {
  readonly [T in ElementType]: (buffer: ArrayBufferLike, offset: number, length: number) => TypedArray;
} = {
  float32: (buffer, offset, length) => new Float32Array(buffer, offset, length),
  float64: (buffer, offset, length) => new Float64Array(buffer, offset, length),
  int64: (buffer, offset, length) => new BigInt64Array(buffer, offset, length),
  int32: (buffer, offset, length) => new Int32Array(buffer, offset, length),
  int8: (buffer, offset, length) => new Int8Array(buffer, offset, length),
  uint8: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
  bool: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
};

/** Bytes as elements: seen in place where they are aligned, else copied. */
const viewed = (type: ElementType, bytes: Uint8Array): TypedArray => {
  const aligned = bytes.byteOffset % bytesPerElement[type] === 0 ? bytes : new Uint8Array(bytes);
  return views[type](aligned.buffer, aligned.byteOffset, aligned.byteLength / bytesPerElement[type]);
};

const fromBytes = (code: number | undefined, type: ElementType, bytes: Uint8Array): TypedArray => {
  if (!isHalf(code)) return viewed(type, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return convertHalf(
    code,
    Array.from({ length: bytes.byteLength / 2 }, (_, i) => view.getUint16(2 * i, true)),
  );
};

/** The field that holds the elements of a tensor without raw_data, by its type. */
const typedField = (proto: TensorProto, type: ElementType): readonly (number | bigint)[] => {
  if (type === 'int64') return proto.int64Data;
  if (type === 'float64') return proto.doubleData;
  return type === 'float32' && !isHalf(proto.dataType) ? proto.floatData : proto.int32Data;
};

const fromField = (code: number | undefined, type: ElementType, field: readonly (number | bigint)[]): TypedArray => {
  if (type === 'int64') return BigInt64Array.from(field, BigInt);
  const numbers = field.map(Number);
  return isHalf(code) ? convertHalf(code, numbers) : fromNumbers(type, numbers);
};

/** A number of bytes as ONNX writes it, in decimal digits. */
const bytesIn = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN);

/** The bytes of a tensor that lie in a file; `expected` many where the tensor does not say. */
const externalOf = (
  proto: TensorProto,
  context: TensorContext,
  expected: number | undefined,
): Result<ExternalBytes> => {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  const length = entries.get('length');
  const refuse = (message: string) => E.left([problem(context.place, message)]);
  if (context.external === undefined) return refuse(onnxSays.externalTensor(proto.name, location));
  const bounds = [bytesIn(entries.get('offset') ?? '0'), length === undefined ? expected : bytesIn(length)] as const;
  if (!bounds.every((bound) => bound === undefined || (Number.isSafeInteger(bound) && bound >= 0)))
    return refuse(
      onnxSays.badExternalBounds(proto.name, entries.get('offset') ?? '0', length ?? String(expected ?? '')),
    );
  return context.external(location, ...bounds);
};

/** The bytes of a tensor that lie in a file, as they lie there. */
export const rawExternal = (proto: TensorProto, context: TensorContext): Result<ExternalBytes> =>
  externalOf(proto, context, undefined);

/**
 * A tensor of a model: its elements in the model, or in a file beside it. Half-precision floats become float32.
 * Nothing is converted before it is read.
 */
export const readTensor = (proto: TensorProto, context: TensorContext): ReadTensor => {
  const refuse = (message: string): ReadTensor => E.left([problem(context.place, message)]);
  const code = proto.dataType;
  const type = elementTypeOf(code);
  const name = proto.name;
  if (type === undefined) return refuse(onnxSays.unsupportedTensorType(name, codeName(code)));
  const shape = proto.dims.map(Number);
  const size = sizeOf(shape);
  const bytesNeeded = size * (isHalf(code) ? 2 : bytesPerElement[type]);
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    const opened = externalOf(proto, context, bytesNeeded);
    if (E.isLeft(opened)) return opened;
    const { length, read, file } = opened.right;
    if (length !== bytesNeeded) return refuse(onnxSays.wrongTensorLength(name, shape, length, bytesNeeded, 'bytes'));
    const stored = { type, shape, read: () => fromBytes(code, type, read()) };
    return E.right(file === undefined || isHalf(code) ? stored : { ...stored, file });
  }
  const raw = proto.rawData;
  if (raw.length > 0) {
    if (raw.length !== bytesNeeded)
      return refuse(onnxSays.wrongTensorLength(name, shape, raw.length, bytesNeeded, 'bytes'));
    return E.right({ type, shape, read: () => fromBytes(code, type, raw) });
  }
  const field = typedField(proto, type);
  if (field.length !== size) return refuse(onnxSays.wrongTensorLength(name, shape, field.length, size, 'elements'));
  return E.right({ type, shape, read: () => fromField(code, type, field) });
};

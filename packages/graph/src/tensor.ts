/** Element types of tensors, by ONNX's names. */
export const elementTypes = ['float32', 'float64', 'int64', 'int32', 'uint8', 'int8', 'bool'] as const;
export type ElementType = (typeof elementTypes)[number];

export type TypedArray = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Int8Array;

/** A dense, row-major tensor. `bool` is held as 0 and 1 in a Uint8Array. Never put inside a graph document. */
export interface Tensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** A tensor that may still lie in a file: `read` loads it (once or each time), `file` lets an engine map it. */
export interface StoredTensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly read: () => TypedArray;
  readonly file?: { readonly folder: string; readonly name: string; readonly offset: number; readonly length: number };
}

/** The tensors of a graph by name: inline ones and those of its safetensors files. */
export type TensorStore = ReadonlyMap<string, StoredTensor>;

export const isElementType = (word: string): word is ElementType => elementTypes.some((type) => type === word);

export const isFloatType = (type: ElementType): boolean => type === 'float32' || type === 'float64';

/** The bytes of an array as they lie in memory, shared with it. */
export const rawBytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

export const bytesPerElement: { readonly [T in ElementType]: number } = {
  float32: 4,
  float64: 8,
  int64: 8,
  int32: 4,
  uint8: 1,
  int8: 1,
  bool: 1,
};

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** A new zero-filled array for `length` elements of `type`. */
export const allocate = (type: ElementType, length: number): TypedArray => {
  switch (type) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int8':
      return new Int8Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
  }
};

/** Numbers as an array of `type` (int64 becomes BigInt, saturated to its range). */
export const fromNumbers = (type: ElementType, values: ArrayLike<number>): TypedArray => {
  if (type === 'int64') {
    return BigInt64Array.from(Array.from(values), (v) => BigInt(Math.trunc(v)));
  }
  const out = allocate(type, values.length) as Exclude<TypedArray, BigInt64Array>;
  out.set(values);
  return out;
};

/** The elements as plain numbers in float64. */
export const toNumbers = (data: TypedArray): Float64Array =>
  data instanceof BigInt64Array
    ? Float64Array.from(data, Number)
    : data instanceof Float64Array
      ? data
      : Float64Array.from(data);

export const tensor = (type: ElementType, shape: readonly number[], values: ArrayLike<number>): Tensor => ({
  type,
  shape,
  data: fromNumbers(type, values),
});

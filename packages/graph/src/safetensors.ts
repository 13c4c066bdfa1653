import { addProblems, graphSays, problem, refuse, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { decodeDocument, described } from './document.js';
import { parseJson } from './json.js';
import { size } from './literal.js';
import {
  allocate,
  bytesPerElement,
  sizeOf,
  type ElementType,
  type StoredTensor,
  type Tensor,
  rawBytes,
  type TypedArray,
} from './tensor.js';
import { fromUtf8, toUtf8 } from './utf8.js';

/** Bytes that can be read in parts: a file, or a buffer. `read` gives `length` bytes from `offset` (fewer at the end). */
export interface ByteSource {
  readonly size: number;
  readonly read: (offset: number, length: number) => Uint8Array;
}

export const byteSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});

interface Dtype {
  readonly type: ElementType;
  readonly bytes: number;
  /** Absent where the bytes in the file are those of the array. */
  readonly widen?: (bits: number) => number;
}

/** The bits of a float16 as a number (IEEE 754 binary16). */
const fromFloat16 = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

const word = new DataView(new ArrayBuffer(4));
/** The bits of a bfloat16 as a number: the upper half of a float32. */
const fromBfloat16 = (bits: number): number => {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
};

const native = (type: ElementType): Dtype => ({ type, bytes: bytesPerElement[type] });

const dtypes: ReadonlyMap<string, Dtype> = new Map([
  ['F32', native('float32')],
  ['F64', native('float64')],
  ['I64', native('int64')],
  ['I32', native('int32')],
  ['U8', native('uint8')],
  ['I8', native('int8')],
  ['BOOL', native('bool')],
  ['F16', { type: 'float32', bytes: 2, widen: fromFloat16 }],
  ['BF16', { type: 'float32', bytes: 2, widen: fromBfloat16 }],
]);

const dtypeNames: { readonly [T in ElementType]: string } = {
  float32: 'F32',
  float64: 'F64',
  int64: 'I64',
  int32: 'I32',
  uint8: 'U8',
  int8: 'I8',
  bool: 'BOOL',
};

const metadata = '__metadata__';
const lengthBytes = 8;
/** The format's own limit (safetensors 0.4, MAX_HEADER_SIZE). */
const largestHeader = 100_000_000;
const offsets = described(
  '[begin, end], two whole numbers, at least 0',
  (value): value is readonly [number, number] => Array.isArray(value) && value.length === 2 && value.every(size.is),
);
const entryDocument = t.exact(t.type({ dtype: t.string, shape: t.array(size), data_offsets: offsets }));

interface Entry {
  readonly name: string;
  readonly dtypeName: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const left = (place: string, message: string): E.Left<readonly Problem[]> => ({
  _tag: 'Left',
  left: [problem(place, message)],
});

const readHeader = (place: string, source: ByteSource): Result<{ readonly json: object; readonly start: number }> => {
  if (source.size < lengthBytes) return left(place, graphSays.tooShortForSafetensors(source.size));
  const first = source.read(0, lengthBytes);
  const length = new DataView(first.buffer, first.byteOffset, first.byteLength).getBigUint64(0, true);
  const start = lengthBytes + Number(length);
  if (start > source.size) return left(place, graphSays.badHeaderLength(length, source.size));
  if (length > largestHeader) return left(place, graphSays.headerTooLarge(length, largestHeader));
  const text = fromUtf8(source.read(lengthBytes, Number(length)));
  const json = parseJson(text.trimEnd());
  if (E.isLeft(json)) return E.left(json.left.map(({ at, message }) => problem(`${place} header ${at}`, message)));
  return typeof json.right === 'object' && json.right !== null && !Array.isArray(json.right)
    ? E.right({ json: json.right, start })
    : left(place, graphSays.badHeader());
};

const readEntry = (place: string, name: string, json: unknown): Result<Entry> => {
  const decoded = decodeDocument(entryDocument, json);
  if (E.isLeft(decoded))
    return E.left(decoded.left.map(({ at, message }) => problem(`${place} header /${name}${at}`, message)));
  const { dtype: dtypeName, shape, data_offsets } = decoded.right;
  const [begin, end] = data_offsets;
  const dtype = dtypes.get(dtypeName);
  if (dtype === undefined) return left(place, graphSays.unknownDtype(name, dtypeName, [...dtypes.keys()]));
  if (begin > end) return left(place, graphSays.badOffsets(name, begin, end));
  const expected = sizeOf(shape) * dtype.bytes;
  if (expected !== end - begin)
    return left(place, graphSays.byteLengthClash(name, dtypeName, shape, expected, end - begin));
  return E.right({ name, dtypeName, dtype, shape, begin, end });
};

/** Every byte after the header must belong to exactly one tensor. A truncated file is one problem, however many tensors it cuts. */
const checkCover = (
  place: string,
  entries: readonly Entry[],
  dataSize: number,
  fileSize: number,
): readonly Problem[] => {
  const furthest = entries.reduce<Entry | undefined>(
    (most, one) => (most && most.end >= one.end ? most : one),
    undefined,
  );
  if (furthest && furthest.end > dataSize)
    return [problem(place, graphSays.truncatedTensor(furthest.name, fileSize - dataSize + furthest.end, fileSize))];
  const problems: Problem[] = [];
  let expected = 0;
  let before = 'the start';
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) problems.push(problem(place, graphSays.offsetsClash(name, begin, expected, before)));
    expected = end;
    before = `tensor "${name}"`;
  }
  if (problems.length === 0 && expected !== dataSize)
    problems.push(problem(place, graphSays.bytesLeft(dataSize - expected)));
  return problems;
};

const readArray = (
  place: string,
  { name, dtype, shape, begin, end }: Entry,
  start: number,
  source: ByteSource,
): TypedArray => {
  const bytes = source.read(start + begin, end - begin);
  if (bytes.length !== end - begin) return refuse(place, graphSays.shortRead(name, end - begin, bytes.length));
  const data = allocate(dtype.type, sizeOf(shape));
  if (dtype.widen === undefined) {
    new Uint8Array(data.buffer).set(bytes);
    return data;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < data.length; i++) data[i] = dtype.widen(view.getUint16(2 * i, true));
  return data;
};

/**
 * Opens a safetensors file: 8 bytes of length (little-endian), a JSON header, the tensors' bytes. Every length and every
 * offset is checked before anything is read; a tensor is read, as an aligned copy, each time `read` is called.
 * float16 and bfloat16 become float32. With a `folder`, tensors that an engine can map say where they lie (`file`).
 * @param name the file's name: the place of every problem, and `file.name`
 */
export const openSafetensors = (
  name: string,
  from: Uint8Array | ByteSource,
  folder?: string,
): Result<ReadonlyMap<string, StoredTensor>> => {
  const source = from instanceof Uint8Array ? byteSource(from) : from;
  const header = readHeader(name, source);
  if (E.isLeft(header)) return header;
  const { json, start } = header.right;
  const dataSize = source.size - start;
  const problems: Problem[] = [];
  const entries: Entry[] = [];
  for (const [key, value] of Object.entries(json)) {
    if (key === metadata) continue;
    const entry = readEntry(name, key, value);
    if (E.isLeft(entry)) addProblems(problems, entry.left);
    else entries.push(entry.right);
  }
  if (problems.length === 0) addProblems(problems, checkCover(name, entries, dataSize, source.size));
  if (problems.length > 0) return E.left(problems);
  return E.right(
    new Map(
      entries.map((entry) => {
        const { dtype, shape, begin, end } = entry;
        const offset = start + begin;
        const mappable = folder !== undefined && dtype.widen === undefined && offset % dtype.bytes === 0;
        const stored: StoredTensor = {
          type: dtype.type,
          shape,
          read: () => readArray(name, entry, start, source),
          ...(mappable && { file: { folder, name, offset, length: end - begin } }),
        };
        return [entry.name, stored];
      }),
    ),
  );
};

/**
 * The tensors as a safetensors file, part by part: the header, then each tensor, which is read only when its part is asked for.
 * The header is padded to a multiple of 8 bytes and wide elements come first, so that every tensor lies at a multiple of its
 * element's size; within one size they stand in order of their names.
 */
export function* safetensorsParts(
  tensors: ReadonlyMap<string, Pick<StoredTensor, 'type' | 'shape' | 'read'>>,
): Generator<Uint8Array, void, undefined> {
  const entries = [...tensors].sort(
    ([a, x], [b, y]) => bytesPerElement[y.type] - bytesPerElement[x.type] || (a < b ? -1 : a > b ? 1 : 0),
  );
  let end = 0;
  const header = entries.map(([name, { type, shape }]) => {
    const begin = end;
    end += sizeOf(shape) * bytesPerElement[type];
    return [name, { dtype: dtypeNames[type], shape, data_offsets: [begin, end] }] as const;
  });
  const text = toUtf8(JSON.stringify(Object.fromEntries(header)));
  const start = lengthBytes + Math.ceil(text.length / 8) * 8;
  const head = new Uint8Array(start).fill(0x20, lengthBytes);
  new DataView(head.buffer).setBigUint64(0, BigInt(start - lengthBytes), true);
  head.set(text, lengthBytes);
  yield head;
  for (const [, { read }] of entries) yield rawBytes(read());
}

/** The tensors as the bytes of a safetensors file, laid out as `safetensorsParts` says. */
export const writeSafetensors = (tensors: ReadonlyMap<string, Tensor>): Uint8Array => {
  const stored = [...tensors].map(
    ([name, { type, shape, data }]) => [name, { type, shape, read: () => data }] as const,
  );
  const parts = [...safetensorsParts(new Map(stored))];
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
};

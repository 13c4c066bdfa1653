import {
  bytesPerElement,
  allocate,
  fromUtf8,
  sizeOf,
  toUtf8,
  type ElementType,
  type Tensor,
  type TypedArray,
} from '@kirchhoff/graph';
import { explainSays, problem, type Result } from '@kirchhoff/message';
import { fromFloat16 } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';

const magic = '\u0093NUMPY';

const descriptions: { readonly [T in ElementType]: string } = {
  float32: '<f4',
  float64: '<f8',
  int64: '<i8',
  int32: '<i4',
  uint8: '|u1',
  int8: '|i1',
  bool: '|b1',
};
const types = new Map(Object.entries(descriptions).map(([type, descr]) => [descr, type as ElementType]));

/** Half-precision floats are read as float32, as those of models are. */
const half = '<f2';

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** The header is a Python literal: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`. */
const readHeader = (text: string): Header | undefined => {
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || shape === undefined) return undefined;
  const words = shape.split(',').map((word) => word.trim());
  return { descr, fortran: order === 'True', shape: words.filter((word) => word !== '').map(Number) };
};

/** More than NumPy writes, whose headers have at most 10,000 bytes and whose arrays 64 axes. */
const longestHeader = 2 ** 16;
const mostAxes = 64;
/** The longest axis of an array that holds nothing. */
const longestEmpty = 2 ** 20;

/** Whether each axis is a number of places, and no axis counts what is not there. */
const isPossible = (shape: readonly number[]): boolean =>
  shape.length <= mostAxes &&
  shape.every(Number.isSafeInteger) &&
  Number.isSafeInteger(sizeOf(shape)) &&
  (sizeOf(shape) > 0 || shape.every((size) => size <= longestEmpty));

/** Elements of a column-major array, in row-major order. */
const toRowMajor = (data: TypedArray, shape: readonly number[], type: ElementType): TypedArray => {
  const out = allocate(type, data.length);
  const index = shape.map(() => 0);
  const steps = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  let from = 0;
  for (let i = 0; i < data.length; i++) {
    out[i] = data[from] as never;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [step = 0, extent = 1, at = 0] = [steps[axis], shape[axis], index[axis]];
      if (at + 1 < extent) {
        index[axis] = at + 1;
        from += step;
        break;
      }
      index[axis] = 0;
      from -= at * step;
    }
  }
  return out;
};

/**
 * Reads an array as NumPy saves it (`.npy`, format versions 1 to 3): float32, float64, int64, int32, uint8, int8, bool,
 * little-endian; and float16, as float32. Column-major arrays are reordered. A file that is truncated or holds more than its array is refused.
 * @param place the file's name, for problems
 */
export const readNpy = (bytes: Uint8Array, place: string): Result<Tensor> => {
  const refuse = (message: string) => E.left([problem(place, message)]);
  if (bytes.length < 10 || String.fromCharCode(...bytes.subarray(0, 6)) !== magic) return refuse(explainSays.noNpy());
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) return refuse(explainSays.npyVersion(version));
  const wide = version > 1;
  if (wide && bytes.length < 12) return refuse(explainSays.npyHeader(''));
  const start = (wide ? 12 : 10) + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const text = fromUtf8(bytes.subarray(wide ? 12 : 10, Math.min(start, longestHeader)));
  const header = start > Math.min(bytes.length, longestHeader) ? undefined : readHeader(text);
  if (header === undefined) return refuse(explainSays.npyHeader(text.trimEnd()));
  const { descr, fortran, shape } = header;
  const type = descr === half ? 'float32' : types.get(descr);
  if (type === undefined) return refuse(explainSays.npyType(descr, [...types.keys(), half]));
  if (!isPossible(shape)) return refuse(explainSays.npyShape(shape));
  const length = sizeOf(shape) * (descr === half ? 2 : bytesPerElement[type]);
  if (bytes.length - start !== length) return refuse(explainSays.npyLength(shape, length, bytes.length - start));
  const data = allocate(type, sizeOf(shape));
  if (descr === half) for (let i = 0; i < data.length; i++) data[i] = fromFloat16(view.getUint16(start + 2 * i, true));
  else new Uint8Array(data.buffer).set(bytes.subarray(start));
  return E.right({ type, shape, data: fortran && shape.length > 1 ? toRowMajor(data, shape, type) : data });
};

/**
 * What a `.npy` file begins with (version 1.0, C order); its elements follow.
 * @param least bytes that it takes at least, so that a shape can be written anew over another
 */
export const npyHeader = (type: ElementType, shape: readonly number[], least = 0): Uint8Array<ArrayBuffer> => {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${descriptions[type]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const out = new Uint8Array(Math.max(least, Math.ceil((10 + header.length + 1) / 64) * 64));
  for (let i = 0; i < magic.length; i++) out[i] = magic.charCodeAt(i);
  out[6] = 1;
  new DataView(out.buffer).setUint16(8, out.length - 10, true);
  out.set(toUtf8(`${header.padEnd(out.length - 11)}\n`), 10);
  return out;
};

/** The tensor as a `.npy` file, which `numpy.load` reads. */
export const writeNpy = ({ type, shape, data }: Tensor): Uint8Array<ArrayBuffer> => {
  const header = npyHeader(type, shape);
  const out = new Uint8Array(header.length + data.byteLength);
  out.set(header);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length);
  return out;
};

/** The tensor as it is written to a file. */
export const asFloat32 = ({ shape, data }: Tensor): Tensor => ({
  type: 'float32',
  shape,
  data: data instanceof Float32Array ? data : Float32Array.from(data as Float64Array),
});

import { elementTypes, tensor, toNumbers, type Tensor } from '@kirchhoff/graph';
import { printProblems } from '@kirchhoff/message';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../src/npy.js';

const npy = (header: string, data: ArrayLike<number> = [], version = 1): Uint8Array => {
  const wide = version > 1;
  const start = (wide ? 12 : 10) + header.length;
  const bytes = new Uint8Array(start + data.length);
  bytes.set([0x93, ...Buffer.from('NUMPY'), version, 0]);
  const view = new DataView(bytes.buffer);
  if (wide) view.setUint32(8, header.length, true);
  else view.setUint16(8, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), wide ? 12 : 10);
  bytes.set(data, start);
  return bytes;
};
const header = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;
const read = (bytes: Uint8Array): Tensor => {
  const result = readNpy(bytes, 'a.npy');
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return result.right;
};
const told = (bytes: Uint8Array): string => {
  const result = readNpy(bytes, 'a.npy');
  return E.isLeft(result) ? printProblems(result.left) : 'valid';
};

describe('npy', () => {
  test('what is written is read again, whatever its type and shape', () => {
    const tensors = fc
      .tuple(fc.constantFrom(...elementTypes), fc.array(fc.nat(4), { maxLength: 4 }))
      .chain(([type, shape]) => {
        const length = shape.reduce((n, d) => n * d, 1);
        const values = fc.array(fc.nat(1), { minLength: length, maxLength: length });
        return values.map((v) => tensor(type, shape, v));
      });
    fc.assert(
      fc.property(tensors, (written) => {
        const bytes = writeNpy(written);
        expect(read(bytes)).toEqual(written);
        expect((bytes.length - written.data.byteLength) % 64).toBe(0);
      }),
      { seed: 42 },
    );
  });

  test('half-precision floats are read as float32', () => {
    const found = read(npy(header('<f2', '(2, 2)'), [0, 0x3c, 0, 0xc0, 0x66, 0x2e, 0, 0x7c]));
    expect({ ...found, data: [...toNumbers(found.data)] }).toEqual({
      type: 'float32',
      shape: [2, 2],
      data: [1, -2, 0.0999755859375, Infinity],
    });
  });

  test('the bytes are those of numpy.save', () => {
    const bytes = writeNpy(tensor('float32', [2, 1], [1, -2]));
    const text = "\u0093NUMPY\u0001\u0000v\u0000{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }".padEnd(
      127,
    );
    expect(Buffer.from(bytes.subarray(0, 128)).toString('latin1')).toBe(`${text}\n`);
    expect([...bytes.subarray(128)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
    expect(Buffer.from(writeNpy(tensor('int8', [3], [1, 2, 3]))).toString('latin1')).toContain("'shape': (3,), }");
    expect(Buffer.from(writeNpy(tensor('int8', [], [1]))).toString('latin1')).toContain("'shape': (), }");
  });

  test('bytes at an odd offset, and headers of version 2', () => {
    const bytes = npy(header('<f4', '(1,)'), [0, 0, 0x80, 0x3f], 2);
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(read(shifted.subarray(1))).toEqual(tensor('float32', [1], [1]));
  });

  test('column-major arrays are reordered', () => {
    const numbers = Array.from({ length: 24 }, (_, i) => i);
    const found = read(npy(header('|u1', '(2, 3, 4)', 'True'), numbers));
    const at = (i: number, j: number, k: number): number => i + 2 * (j + 3 * k);
    const expected = [0, 1].flatMap((i) => [0, 1, 2].flatMap((j) => [0, 1, 2, 3].map((k) => at(i, j, k))));
    expect([...toNumbers(found.data)]).toEqual(expected);
    expect([...toNumbers(read(npy(header('|u1', '(3,)', 'True'), [1, 2, 3])).data)]).toEqual([1, 2, 3]);
  });

  test.each<readonly [string, Uint8Array, string]>([
    [
      'nothing',
      new Uint8Array(),
      'this is no .npy file: it does not start with \\x93NUMPY; save the array with numpy.save',
    ],
    [
      'a zip',
      Buffer.from('PK\u0003\u0004 and more bytes'),
      'this is no .npy file: it does not start with \\x93NUMPY; save the array with numpy.save',
    ],
    [
      'another version',
      npy(header('<f4', '()'), [0, 0, 0, 0], 4),
      '.npy format version 4 is unknown; versions 1 to 3 can be read',
    ],
    ['a header without shape', npy("{'descr': '<f4'}"), "the .npy header cannot be read: \"{'descr': '<f4'}\""],
    [
      'a truncated header',
      npy(header('<f4', '(1,)')).subarray(0, 30),
      "the .npy header cannot be read: \"{'descr': '<f4', 'fo\"",
    ],
    [
      'big-endian numbers',
      npy(header('>f4', '(1,)'), [0, 0, 0, 0]),
      'the array\'s dtype is ">f4"; save it as one of <f4, <f8, <i8, <i4, |u1, |i1, |b1, <f2 (numpy: a.astype("<f4"))',
    ],
    [
      'missing data',
      npy(header('<f4', '(2, 3)'), new Uint8Array(23)),
      'truncated: shape [2, 3] needs 24 bytes, the file has 23',
    ],
    [
      'bytes after the array',
      npy(header('<f4', '(1,)'), new Uint8Array(7)),
      '3 bytes follow the array of shape [1]; a .npy file holds one array',
    ],
  ])('%s is refused', (_, bytes, message) => {
    expect(told(bytes)).toBe(`a.npy: ${message}`);
  });
});

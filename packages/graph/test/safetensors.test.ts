import { printProblems, Refusal } from '@kirchhoff/message';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import {
  allocate,
  byteSource,
  elementTypes,
  fromNumbers,
  openSafetensors,
  tensor,
  toNumbers,
  toUtf8,
  writeSafetensors,
  type StoredTensor,
  type Tensor,
} from '../src/index.js';

const file = (header: unknown, data: ArrayLike<number> = []): Uint8Array => {
  const text = toUtf8(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
};

const opened = (bytes: Uint8Array, folder?: string): ReadonlyMap<string, StoredTensor> => {
  const tensors = openSafetensors('w.safetensors', bytes, folder);
  if (E.isLeft(tensors)) throw new Error(printProblems(tensors.left));
  return tensors.right;
};
const told = (bytes: Uint8Array): string => {
  const tensors = openSafetensors('w.safetensors', bytes);
  return E.isLeft(tensors) ? printProblems(tensors.left) : 'valid';
};
const f32 = (shape: readonly number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

const tensors: fc.Arbitrary<ReadonlyMap<string, Tensor>> = fc
  .dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
    fc.tuple(fc.constantFrom(...elementTypes), fc.array(fc.nat(3), { maxLength: 3 })).chain(([type, shape]) => {
      const length = shape.reduce((n, d) => n * d, 1);
      const values = fc.array(type === 'bool' ? fc.nat(1) : fc.integer({ min: 0, max: 127 }), {
        minLength: length,
        maxLength: length,
      });
      return values.map((v) => tensor(type, shape, v));
    }),
  )
  .map((record) => new Map(Object.entries(record)));

describe('writeSafetensors', () => {
  test('what is written is read again, each tensor aligned in the file', () => {
    fc.assert(
      fc.property(tensors, (written) => {
        const bytes = writeSafetensors(written);
        const read = opened(bytes, '/models');
        expect(new Set(read.keys())).toEqual(new Set(written.keys()));
        for (const [name, { type, shape, data }] of written) {
          const stored = read.get(name);
          expect(stored?.type).toBe(type);
          expect(stored?.shape).toEqual(shape);
          expect(stored?.read()).toEqual(data);
          expect((stored?.file?.offset ?? 1) % data.BYTES_PER_ELEMENT).toBe(0);
        }
      }),
      { seed: 42 },
    );
  });

  test('a part of a larger buffer is written as that part', () => {
    const part = new Float32Array([1, 2, 3, 4]).subarray(1, 3);
    const bytes = writeSafetensors(new Map([['part', { type: 'float32', shape: [2], data: part }]]));
    expect(opened(bytes).get('part')?.read()).toEqual(Float32Array.of(2, 3));
  });
});

describe('openSafetensors', () => {
  test('says where a tensor lies, by absolute offset, if the folder is known', () => {
    const bytes = writeSafetensors(
      new Map([
        ['b', tensor('float32', [2], [1, 2])],
        ['a', tensor('float32', [], [3])],
      ]),
    );
    const stored = opened(bytes, '/models').get('b');
    expect(stored?.file).toEqual({ folder: '/models', name: 'w.safetensors', offset: bytes.length - 8, length: 8 });
    expect(opened(bytes).get('b')?.file).toBeUndefined();
  });

  test('a tensor at any offset is read as an aligned copy; only an aligned one is for mapping', () => {
    const stored = ['a', 'aa', 'aaa', 'aaaa'].map((name) => {
      const header = { [name]: { dtype: 'U8', shape: [1], data_offsets: [0, 1] }, b: f32([1], 1, 5) };
      return opened(file(header, [7, 0, 0, 0x80, 0x3f]), '/models').get('b');
    });
    for (const b of stored) expect(b?.read()).toEqual(Float32Array.of(1));
    expect(stored.filter((b) => b?.file !== undefined).length).toBe(1);
  });

  test('float16 and bfloat16 become float32, exactly', () => {
    const halves = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x3555];
    const data = halves.flatMap((bits) => [bits & 0xff, bits >> 8]);
    const half = opened(file({ h: { dtype: 'F16', shape: [8], data_offsets: [0, 16] } }, data)).get('h');
    expect(half?.type).toBe('float32');
    expect([...toNumbers(half?.read() ?? allocate('float32', 0))]).toEqual([
      1,
      -2,
      2 ** -24,
      65504,
      Infinity,
      -Infinity,
      -0,
      0.333251953125,
    ]);
    const brain = [0x3f80, 0xc000, 0x7f80, 0x3eaa].flatMap((bits) => [bits & 0xff, bits >> 8]);
    const wide = opened(file({ h: { dtype: 'BF16', shape: [2, 2], data_offsets: [0, 8] } }, brain)).get('h');
    expect([...toNumbers(wide?.read() ?? allocate('float32', 0))]).toEqual([1, -2, Infinity, 0.33203125]);
  });

  test('reads only what is asked for, and each time anew', () => {
    const bytes = writeSafetensors(
      new Map([
        ['a', tensor('float32', [2], [1, 2])],
        ['b', tensor('float32', [1], [3])],
      ]),
    );
    const inner = byteSource(bytes);
    const reads: number[] = [];
    const source = {
      size: inner.size,
      read: (offset: number, length: number) => {
        reads.push(length);
        return inner.read(offset, length);
      },
    };
    const lazy = openSafetensors('w', source);
    if (E.isLeft(lazy)) throw new Error(printProblems(lazy.left));
    expect(reads.length).toBe(2);
    const first = lazy.right.get('b')?.read();
    expect(reads.slice(2)).toEqual([4]);
    first?.fill(0 as never);
    expect(lazy.right.get('b')?.read()).toEqual(Float32Array.of(3));
  });

  test('a file that shrinks while it is open is refused when read', () => {
    const bytes = writeSafetensors(new Map([['a', tensor('float32', [2], [1, 2])]]));
    const whole = byteSource(bytes);
    const lazy = openSafetensors('w', {
      ...whole,
      read: (offset, length) => whole.read(offset, Math.min(length, bytes.length - 4 - offset)),
    });
    if (E.isLeft(lazy)) throw new Error(printProblems(lazy.left));
    expect(() => lazy.right.get('a')?.read()).toThrow(Refusal);
  });

  const good = file({ a: f32([1], 0, 4), b: f32([2], 4, 12) }, new Uint8Array(12));
  test.each<readonly [string, Uint8Array, string]>([
    ['a file that is complete', good, 'valid'],
    ['an empty file', new Uint8Array(), "this is no safetensors file: 0 bytes, but the header's length alone takes 8"],
    [
      'a text',
      toUtf8('hello, world'),
      'truncated or no safetensors file: the header claims 8583909746840200552 bytes, the file has 12',
    ],
    [
      'a truncated header',
      good.subarray(0, 40),
      `truncated or no safetensors file: the header claims ${good.length - 20} bytes, the file has 40`,
    ],
    [
      'truncated data',
      good.subarray(0, good.length - 1),
      `truncated: tensor "b" ends at byte ${good.length}, but the file has ${good.length - 1}; copy or download it again`,
    ],
    [
      'a header that is no JSON',
      file('{"a"'),
      'header line 1 column 5: malformed JSON: expected ":", found the end of the text',
    ],
    ['a header that is no object', file('[]'), 'this is no safetensors file: its header is no JSON object'],
    [
      'a name written twice',
      file('{"a":{},"a":{}}'),
      'header line 1 column 9: the key "a" is written twice; keep one of them',
    ],
    [
      'an entry without a shape',
      file({ a: { dtype: 'F32', data_offsets: [0, 4] } }),
      'header /a: the key "shape" is missing; write a list',
    ],
    [
      'negative offsets',
      file({ a: f32([1], -4, 0) }),
      'header /a/data_offsets: must be [begin, end], two whole numbers, at least 0, found [-4,0]',
    ],
    [
      'three offsets',
      file({ a: { dtype: 'F32', shape: [], data_offsets: [0, 2, 4] } }),
      'header /a/data_offsets: must be [begin, end], two whole numbers, at least 0, found [0,2,4]',
    ],
    [
      'offsets in reverse',
      file({ a: f32([1], 4, 0) }),
      'tensor "a" has the offsets [4, 0], which are no range of bytes',
    ],
    [
      'an unknown dtype',
      file({ a: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } }, [0]),
      'tensor "a" has the unknown dtype "F8_E4M3"; readable: F32, F64, I64, I32, U8, I8, BOOL, F16, BF16',
    ],
    [
      'a shape of another size',
      file({ a: f32([3], 0, 8) }, new Uint8Array(8)),
      'tensor "a" (F32 [3]) needs 12 bytes, but its offsets span 8',
    ],
    [
      'overlapping tensors',
      file({ a: f32([2], 0, 8), b: f32([1], 4, 8) }, new Uint8Array(8)),
      'tensor "b" starts at offset 4, inside tensor "a", which ends at 8',
    ],
    [
      'a hole between tensors',
      file({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, new Uint8Array(12)),
      'offsets 4 to 8 before tensor "b" belong to no tensor; every byte must',
    ],
    [
      'bytes after the last tensor',
      file({ a: f32([1], 0, 4) }, new Uint8Array(6)),
      '2 bytes after the last tensor belong to no tensor',
    ],
  ])('%s', (_, bytes, message) => {
    expect(told(bytes)).toBe(
      message === 'valid'
        ? message
        : message.startsWith('header')
          ? `w.safetensors ${message}`
          : `w.safetensors: ${message}`,
    );
  });

  test('metadata is no tensor', () => {
    expect([...opened(file({ __metadata__: { format: 'pt' } })).keys()]).toEqual([]);
  });

  test('no corruption of a header makes it read beyond the file or crash', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), (at, value) => {
        const corrupt = good.slice();
        corrupt[at] = value;
        const result = openSafetensors('w', corrupt);
        if (E.isLeft(result)) expect(result.left.length).toBeGreaterThan(0);
        else
          for (const stored of result.right.values())
            expect(toNumbers(stored.read()).length).toBe(stored.shape.reduce((n, d) => n * d, 1));
      }),
      { seed: 42, numRuns: 500 },
    );
  });

  test('fromNumbers and the written bytes agree on int64', () => {
    const data = fromNumbers('int64', [1, -1, Number.MAX_SAFE_INTEGER]);
    const bytes = writeSafetensors(new Map([['i', { type: 'int64', shape: [3], data }]]));
    expect(opened(bytes).get('i')?.read()).toEqual(data);
  });
});

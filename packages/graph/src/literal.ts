import { graphSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { decodeDocument, described, pointerTo, type JsonSchema } from './document.js';
import type { InlineTensor } from './graph.js';
import { elementTypes, sizeOf, type ElementType } from './tensor.js';

const words: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);

/** A number as a document writes it: JSON has no non-finite numbers, so they are the strings "NaN", "Infinity", "-Infinity". */
export const readNumber = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : words.get(value);

export const writeNumber = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

export const numberWords = 'a number, "NaN", "Infinity" or "-Infinity"';

/** What `readNumber` reads, as JSON Schema. */
export const numberSchema: JsonSchema = { anyOf: [{ type: 'number' }, { enum: [...words.keys()] }] };

const integerWithin = (minimum: number, maximum: number): JsonSchema => ({ type: 'integer', minimum, maximum });

/** The integers that JSON holds exactly, as JSON Schema. */
export const integerSchema = integerWithin(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);

export const elementType = t.keyof(
  Object.fromEntries(elementTypes.map((type) => [type, null])) as Record<ElementType, null>,
);

export const size = described(
  'a whole number, at least 0',
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
  integerWithin(0, Number.MAX_SAFE_INTEGER),
);

export const tensorLiteral = t.exact(t.type({ type: elementType, shape: t.array(size), data: t.UnknownArray }));

const integer = (low: number, high: number, expected: string): Element => ({
  expected,
  allows: (value) => Number.isInteger(value) && value >= low && value <= high,
  schema: integerWithin(low, high),
});

/** The least size that rounds to infinity in float32. */
const beyondFloat32 = 2 ** 128 - 2 ** 103;

interface Element {
  readonly expected: string;
  readonly allows: (value: number) => boolean;
  /** The same for an editor. */
  readonly schema: JsonSchema;
}

const elements: { readonly [T in ElementType]: Element } = {
  float32: {
    expected: `${numberWords}, at most 3.4028235e38 in size`,
    allows: (value) => !Number.isFinite(value) || Number.isFinite(Math.fround(value)),
    schema: {
      anyOf: [
        { type: 'number', exclusiveMinimum: -beyondFloat32, exclusiveMaximum: beyondFloat32 },
        { enum: [...words.keys()] },
      ],
    },
  },
  float64: { expected: numberWords, allows: () => true, schema: numberSchema },
  int64: integer(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'an integer within ±(2^53 − 1)'),
  int32: integer(-(2 ** 31), 2 ** 31 - 1, 'an integer from -2147483648 to 2147483647'),
  uint8: integer(0, 255, 'an integer from 0 to 255'),
  int8: integer(-128, 127, 'an integer from -128 to 127'),
  bool: integer(0, 1, '0 or 1'),
};

/** One element of an inline tensor as JSON Schema, by the type of its elements. */
export const elementSchema = (type: ElementType): JsonSchema => elements[type].schema;

/** An inline tensor: its data a flat, row-major list with as many elements as the shape has, each fit for the type. */
export const decodeInline = (json: unknown, pointer: string): Result<InlineTensor> => {
  const decoded = decodeDocument(tensorLiteral, json, pointer);
  if (E.isLeft(decoded)) return decoded;
  const { type, shape, data } = decoded.right;
  const refuse = (key: string, message: string) => E.left([problem(key, message)]);
  if (data.length !== sizeOf(shape)) {
    return refuse(pointerTo(pointer, 'data'), graphSays.dataLength(shape, sizeOf(shape), data.length));
  }
  const { expected, allows } = elements[type];
  const numbers: number[] = [];
  for (let i = 0; i < data.length; i++) {
    const value = readNumber(data[i]);
    if (value === undefined || !allows(value)) {
      return refuse(pointerTo(pointerTo(pointer, 'data'), i), graphSays.unexpected(expected, data[i]));
    }
    numbers.push(value);
  }
  return E.right({ type, shape, data: numbers });
};

/** The exact inverse of `decodeInline`. */
export const encodeInline = ({ type, shape, data }: InlineTensor): object => ({
  type,
  shape,
  data: data.map(writeNumber),
});

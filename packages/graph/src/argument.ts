import { isGraphValue } from './body.js';
import { addProblems, graphSays, problem, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { pointerTo } from './document.js';
import type { AttributeValue, Attributes, Graph } from './graph.js';
import { decodeInline, encodeInline, numberWords, readNumber, writeNumber } from './literal.js';
import { attributeClash } from './operators/attribute.js';
import type { AttributeSpec, Row } from './operators/row.js';

/** Decodes a nested graph that stands at `pointer`. */
export type DecodeBody = (json: unknown, pointer: string) => Result<Graph>;
export type EncodeBody = (body: Graph) => object;

const left = (pointer: string, message: string): E.Left<readonly Problem[]> => ({
  _tag: 'Left',
  left: [problem(pointer, message)],
});

const readInteger = (json: unknown, pointer: string): Result<number> => {
  if (typeof json !== 'number' || !Number.isInteger(json))
    return left(pointer, graphSays.unexpected('an integer', json));
  return Number.isSafeInteger(json) ? E.right(json) : left(pointer, graphSays.unsafeInteger(json));
};

const readFloat = (json: unknown, pointer: string): Result<number> => {
  const value = readNumber(json);
  return value === undefined ? left(pointer, graphSays.unexpected(numberWords, json)) : E.right(value);
};

const readText = (json: unknown, pointer: string): Result<string> =>
  typeof json === 'string' ? E.right(json) : left(pointer, graphSays.unexpected('a text', json));

const readList =
  <A>(what: string, read: (json: unknown, pointer: string) => Result<A>) =>
  (json: unknown, pointer: string): Result<readonly A[]> => {
    if (!Array.isArray(json)) return left(pointer, graphSays.unexpected(`a list of ${what}`, json));
    const values: A[] = [];
    const problems: Problem[] = [];
    json.forEach((element: unknown, i) => {
      const value = read(element, pointerTo(pointer, i));
      if (E.isLeft(value)) addProblems(problems, value.left);
      else values.push(value.right);
    });
    return problems.length > 0 ? E.left(problems) : E.right(values);
  };

interface Argument {
  readonly expected: string;
  readonly read: (json: unknown, pointer: string, body: DecodeBody) => Result<AttributeValue>;
}

const argumentsByType: { readonly [T in AttributeSpec['type']]: Argument } = {
  int: { expected: 'an integer', read: readInteger },
  float: { expected: 'a number', read: readFloat },
  string: { expected: 'a text', read: readText },
  ints: { expected: 'a list of integers', read: readList('integers', readInteger) },
  floats: { expected: 'a list of numbers', read: readList('numbers', readFloat) },
  strings: { expected: 'a list of texts', read: readList('texts', readText) },
  tensor: { expected: 'a tensor { "type", "shape", "data" }', read: decodeInline },
  graph: { expected: 'a graph', read: (json, pointer, body) => body(json, pointer) },
};

const sameValue = (a: AttributeValue, b: AttributeValue | undefined): boolean =>
  Object.is(a, b) ||
  (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((v, i) => Object.is(v, b[i])));

/**
 * The attributes of a node of operator `op`, each checked against the operator's row. Those that equal their default
 * are dropped, so that a node says only what is special about it.
 */
export const decodeAttributes = (
  op: string,
  row: Row,
  json: Readonly<Record<string, unknown>>,
  pointer: string,
  body: DecodeBody,
): Result<Attributes> => {
  const problems: Problem[] = [];
  const attrs: Record<string, AttributeValue> = {};
  for (const key of Object.keys(json)) {
    if (!Object.hasOwn(row.attrs, key))
      problems.push(problem(pointer, graphSays.unknownAttribute(op, key, Object.keys(row.attrs))));
  }
  for (const [key, spec] of Object.entries(row.attrs)) {
    const { expected, read } = argumentsByType[spec.type];
    if (!Object.hasOwn(json, key)) {
      if (spec.default === undefined && spec.optional === undefined) {
        problems.push(problem(pointer, graphSays.attributeNeeded(op, key, expected)));
      }
      continue;
    }
    const value = read(json[key], pointerTo(pointer, key), body);
    if (E.isLeft(value)) addProblems(problems, value.left);
    else {
      const clash = attributeClash(spec, value.right);
      if (clash !== undefined) problems.push(problem(pointerTo(pointer, key), clash));
      else if (!sameValue(value.right, spec.default)) attrs[key] = value.right;
    }
  }
  return problems.length > 0 ? E.left(problems) : E.right(attrs);
};

const encodeArgument = (value: AttributeValue, body: EncodeBody): unknown => {
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'string') return value;
  if (isGraphValue(value)) return body(value);
  if ('data' in value) return encodeInline(value);
  return value.map((v: number | string) => (typeof v === 'number' ? writeNumber(v) : v));
};

/** The inverse of `decodeAttributes`: in the order of the operator's row, defaults left out. */
export const encodeAttributes = (row: Row, attrs: Attributes, body: EncodeBody): Readonly<Record<string, unknown>> => {
  const json: Record<string, unknown> = {};
  for (const [key, spec] of Object.entries(row.attrs)) {
    const value = attrs[key];
    if (value !== undefined && !sameValue(value, spec.default)) json[key] = encodeArgument(value, body);
  }
  return json;
};

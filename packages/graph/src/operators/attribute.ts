import { graphSays, refuse } from '@kirchhoff/message';
import { isGraphValue } from '../body.js';
import type { Attributes, AttributeValue, Graph, InlineTensor } from '../graph.js';
import type { AttributeSpec, Row } from './row.js';

type Specs = Readonly<Record<string, AttributeSpec>>;
type Kind = AttributeSpec['type'];

/** The same value `length` times. */
export const repeat = (value: number, length: number): number[] => Array.from({ length }, () => value);

/** An attribute that must be given. */
export const required = (type: Kind): AttributeSpec => ({ type });
/** An attribute that may be left out and then has no value (its meaning follows from the shapes). */
export const optional = (type: Kind): AttributeSpec => ({ type, optional: true });
/** A switch: 0 or 1. */
export const flag = (value: 0 | 1): AttributeSpec => ({ type: 'int', default: value, least: 0, most: 1 });
/** The same, with a least number (each, of a list). */
export const atLeast = (least: number, spec: AttributeSpec): AttributeSpec => ({ ...spec, least });
export const intDefault = (value: number): AttributeSpec => ({ type: 'int', default: value });
export const floatDefault = (value: number): AttributeSpec => ({ type: 'float', default: value });
export const choice = (value: string, ...others: readonly string[]): AttributeSpec => ({
  type: 'string',
  default: value,
  choices: [value, ...others],
});

const valuesOf = (value: AttributeValue): readonly (number | string)[] =>
  typeof value === 'number' || typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];

/** What the standard forbids in the value of an attribute: a word or a number outside those allowed. */
export const attributeClash = (spec: AttributeSpec, value: AttributeValue): string | undefined => {
  const { choices, least = -Infinity, most = Infinity } = spec;
  for (const one of valuesOf(value)) {
    if (typeof one === 'string') {
      if (choices !== undefined && !choices.includes(one)) return graphSays.notOneOf(one, choices);
    } else if (!(one >= least && one <= most)) return graphSays.outOfBounds(one, least, most);
  }
  return undefined;
};

/** Holds a node's attributes against the row. Throws `Refusal` with the attribute, the value found and those allowed. */
export const checkAttributes = (row: Row, attrs: Attributes): void => {
  for (const [key, value] of Object.entries(attrs)) {
    const spec = row.attrs[key];
    const clash = spec === undefined ? undefined : attributeClash(spec, value);
    if (clash !== undefined) refuse('', graphSays.badAttribute(key, clash));
  }
};

/** The attributes given, and the operator's defaults for the others. */
export const withDefaults = (row: Row, attrs: Attributes | undefined): Attributes => {
  const filled: Record<string, AttributeValue> = {};
  for (const [key, spec] of Object.entries<AttributeSpec>(row.attrs satisfies Specs)) {
    const value = attrs?.[key] ?? spec.default;
    if (value !== undefined) filled[key] = value;
  }
  return filled;
};

/** An integer or float attribute. Throws `Refusal` where it is missing or no number. */
export const number = (attrs: Attributes, key: string): number => {
  const value = attrs[key];
  return typeof value === 'number' ? value : refuse('', graphSays.missingAttribute(key, 'a number', value));
};
export const int = number;
export const float = number;

export const string = (attrs: Attributes, key: string): string => {
  const value = attrs[key];
  return typeof value === 'string' ? value : refuse('', graphSays.missingAttribute(key, 'a text', value));
};

const isNumbers = (value: AttributeValue | undefined): value is readonly number[] =>
  Array.isArray(value) && value.every((v) => typeof v === 'number');

/** A list of integers or floats; undefined where the attribute is left out. */
export const optionalInts = (attrs: Attributes, key: string): readonly number[] | undefined => {
  const value = attrs[key];
  if (value === undefined) return undefined;
  return isNumbers(value) ? value : refuse('', graphSays.missingAttribute(key, 'a list of numbers', value));
};

/** A list of integers; `absent` where the attribute is left out. Throws `Refusal` where neither is there. */
export const ints = (attrs: Attributes, key: string, absent?: readonly number[]): readonly number[] =>
  optionalInts(attrs, key) ?? absent ?? refuse('', graphSays.missingAttribute(key, 'a list of numbers', undefined));

export const floats = ints;
export const optionalFloats = optionalInts;

export const optionalInt = (attrs: Attributes, key: string): number | undefined =>
  attrs[key] === undefined ? undefined : number(attrs, key);

export const optionalFloat = optionalInt;

export const isTensorValue = (value: AttributeValue | undefined): value is InlineTensor =>
  typeof value === 'object' && !Array.isArray(value) && 'data' in value;

/** Whether a switch is on. */
export const isOn = (attrs: Attributes, key: string): boolean => number(attrs, key) !== 0;

/** A list of texts; undefined where the attribute is left out. */
export const optionalStrings = (attrs: Attributes, key: string): readonly string[] | undefined => {
  const value = attrs[key];
  return Array.isArray(value) ? value.map(String) : undefined;
};

/** A tensor; undefined where the attribute is left out. */
export const optionalTensor = (attrs: Attributes, key: string): InlineTensor | undefined => {
  const value = attrs[key];
  return isTensorValue(value) ? value : undefined;
};

/** A nested graph. */
export const subgraph = (attrs: Attributes, key: string): Graph => {
  const value = attrs[key];
  return isGraphValue(value) ? value : refuse('', graphSays.missingAttribute(key, 'a graph', value));
};

import { isGraphValue, type Attributes, type Graph, type InlineTensor } from '@kirchhoff/graph';

const wrong = (name: string): never => {
  throw new TypeError(`attribute "${name}" is absent or of another type`);
};

/** A number that the operator table guarantees: required, or with a default. */
export const number = (attrs: Attributes, name: string): number => {
  const value = attrs[name];
  return typeof value === 'number' ? value : wrong(name);
};

export const text = (attrs: Attributes, name: string): string => {
  const value = attrs[name];
  return typeof value === 'string' ? value : wrong(name);
};

export const numbers = (attrs: Attributes, name: string): readonly number[] | undefined => {
  const value = attrs[name];
  return Array.isArray(value) ? value.map(Number) : undefined;
};

export const texts = (attrs: Attributes, name: string): readonly string[] | undefined => {
  const value = attrs[name];
  return Array.isArray(value) ? value.map(String) : undefined;
};

export const flag = (attrs: Attributes, name: string): boolean => number(attrs, name) !== 0;

export const inline = (attrs: Attributes, name: string): InlineTensor | undefined => {
  const value = attrs[name];
  return typeof value === 'object' && 'data' in value ? value : undefined;
};

export const body = (attrs: Attributes, name: string): Graph => {
  const value = attrs[name];
  return isGraphValue(value) ? value : wrong(name);
};

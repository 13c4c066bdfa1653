import { graphSays, refuse } from '@kirchhoff/message';
import { elementTypes, isElementType, type ElementType } from '../tensor.js';
import type { InferContext, Port, Row } from './row.js';

/** Sets of element types that ONNX's type constraints name, of those that Kirchhoff holds. */
export const anyTypes: readonly ElementType[] = elementTypes;
export const numberTypes: readonly ElementType[] = ['float32', 'float64', 'int64', 'int32', 'uint8', 'int8'];
export const signedTypes: readonly ElementType[] = ['float32', 'float64', 'int64', 'int32', 'int8'];
/** Numbers of 32 bits and more. */
export const wideTypes: readonly ElementType[] = ['float32', 'float64', 'int64', 'int32'];
export const floatTypes: readonly ElementType[] = ['float32', 'float64'];
export const indexTypes: readonly ElementType[] = ['int64', 'int32'];
export const boolTypes: readonly ElementType[] = ['bool'];

/** What may flow into a port: the types of its variable, or the one type that it names. */
export const typesAt = ({ types }: Pick<Row, 'types'>, { type }: Port): readonly ElementType[] =>
  isElementType(type) ? [type] : (types[type] ?? []);

/** The type to cast to with the least loss. */
const nearestType = (found: ElementType, allowed: readonly ElementType[]): ElementType | undefined => {
  const kin = floatTypes.includes(found) ? floatTypes : numberTypes.filter((type) => !floatTypes.includes(type));
  return allowed.find((type) => kin.includes(type)) ?? allowed[0];
};

/**
 * Holds the element types of a node's inputs against ONNX's type constraints: each is allowed at its port, and inputs of
 * one type variable have one type. Throws `Refusal`, with the port, the type found and those allowed.
 */
export const checkTypes = (row: Row, { name, inputs }: InferContext): void => {
  const bound = new Map<string, { readonly what: string; readonly type: ElementType }>();
  inputs.forEach((input, i) => {
    const port = row.inputs[Math.min(i, row.inputs.length - 1)];
    if (input === undefined || port === undefined) return;
    const { type } = input;
    const what = port.variadic === true ? `${port.name}[${i - row.inputs.length + 1}]` : port.name;
    const allowed = typesAt(row, port);
    if (!allowed.includes(type))
      refuse(name, graphSays.wrongElementType(what, type, allowed, nearestType(type, allowed)));
    const first = bound.get(port.type);
    if (first === undefined) bound.set(port.type, { what, type });
    else if (first.type !== type && port.mixed === undefined)
      refuse(name, graphSays.differentTypes(first.what, first.type, what, type));
  });
};

import { elementTypeOfCode, type ElementType } from '@kirchhoff/graph';
import { TensorProto_DataType as Code } from './generated/onnx_pb.js';

/** Whether a type is a half-precision float, which is read as float32. */
export const isHalf = (code: number | undefined): boolean => code === Code.FLOAT16 || code === Code.BFLOAT16;

/** The number of the type that holds what ONNX's `code` names: float32 for half-precision floats. */
export const widened = (code: number): number => (isHalf(code) ? Code.FLOAT : code);

/** The element type that holds ONNX's `code`; undefined where there is none. */
export const elementTypeOf = (code: number | undefined): ElementType | undefined =>
  code === undefined ? undefined : elementTypeOfCode(widened(code));

/** ONNX's name of an element type, for messages. */
export const codeName = (code: number | undefined): string => Code[code ?? 0] ?? `type number ${code}`;

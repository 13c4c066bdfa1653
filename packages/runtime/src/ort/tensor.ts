import {
  fromNumbers,
  isElementType,
  toNumbers,
  type ElementType,
  type Tensor,
  type TypedArray,
} from '@kirchhoff/graph';
import { refuse, runtimeSays } from '@kirchhoff/message';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Engine } from './engine.js';

/** A tensor for onnxruntime, in the type that the graph declares (float64 narrowed to float32 where it says so). */
export const toOrt = (engine: Engine, { type, shape, data }: Tensor, declared: ElementType): OrtTensor =>
  engine.createTensor(declared, type === declared ? data : fromNumbers(declared, toNumbers(data)), shape);

const isTyped = (data: OrtTensor['data']): data is TypedArray & OrtTensor['data'] => ArrayBuffer.isView(data);

/** A tensor of onnxruntime as one of ours; the elements are shared, not copied. */
export const fromOrt = (name: string, given: OrtTensor): Tensor => {
  const { type, dims, data } = given;
  return isElementType(type) && isTyped(data)
    ? { type, shape: [...dims], data }
    : refuse('', runtimeSays.unknownEngineType(name, type));
};

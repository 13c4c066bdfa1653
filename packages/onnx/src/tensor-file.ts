import { fromBinary } from '@bufbuild/protobuf';
import type { Tensor } from '@kirchhoff/graph';
import { onnxSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { TensorProtoSchema, type TensorProto } from './generated/onnx_pb.js';
import { readTensor } from './read-tensor.js';

const parse = (bytes: Uint8Array): TensorProto | undefined => {
  try {
    return fromBinary(TensorProtoSchema, bytes);
  } catch {
    return undefined;
  }
};

/** Reads a serialized TensorProto (`input_0.pb` of ONNX's own test cases). Half-precision floats become float32. */
export const decodeOnnxTensor = (
  bytes: Uint8Array,
  place: string,
): Result<{ readonly name: string; readonly tensor: Tensor }> => {
  const proto = parse(bytes);
  if (proto === undefined) return E.left([problem(place, onnxSays.noTensorFile())]);
  const stored = readTensor(proto, { place, external: undefined });
  if (E.isLeft(stored)) return stored;
  const { type, shape, read } = stored.right;
  return E.right({ name: proto.name, tensor: { type, shape, data: read() } });
};

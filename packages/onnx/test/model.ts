import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { decodeOnnx, type OnnxModel, type ReadOptions } from '@kirchhoff/onnx';
import { printProblems } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import {
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  TensorProto_DataType as Code,
  type AttributeProtoSchema,
  type GraphProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from '../src/generated/onnx_pb.js';

/** What a message is made from, as against a message made already. */
type Plain<T> = Exclude<T, { readonly $typeName: string }>;
export type GraphInit = Plain<MessageInitShape<typeof GraphProtoSchema>>;
export type NodeInit = Plain<MessageInitShape<typeof NodeProtoSchema>>;
export type TensorInit = Plain<MessageInitShape<typeof TensorProtoSchema>>;
export type AttributeInit = Plain<MessageInitShape<typeof AttributeProtoSchema>>;
export type ValueInit = Plain<MessageInitShape<typeof ValueInfoProtoSchema>>;

/** A value info; a dimension is a number, a name, or null where it is left open. */
export const value = (
  name: string,
  shape: readonly (number | string | null)[],
  elemType: number = Code.FLOAT,
): ValueInit => ({
  name,
  type: {
    value: {
      case: 'tensorType',
      value: {
        elemType,
        shape: {
          dim: shape.map((dim) => ({
            value:
              dim === null
                ? { case: undefined }
                : typeof dim === 'number'
                  ? { case: 'dimValue' as const, value: BigInt(dim) }
                  : { case: 'dimParam' as const, value: dim },
          })),
        },
      },
    },
  },
});

export const ints = (name: string, ...values: readonly number[]): AttributeInit => ({
  name,
  type: Kind.INTS,
  ints: values.map(BigInt),
});

export const int = (name: string, i: number | bigint): AttributeInit => ({ name, type: Kind.INT, i: BigInt(i) });

/** A serialized model with one graph. */
export const model = (graph: GraphInit, opset = 17, domain = ''): Uint8Array =>
  toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain, version: BigInt(opset) }], graph }),
  );

/** A model of unary nodes in a row: x → … → y. */
export const chain = (...nodes: readonly NodeInit[]): GraphInit => ({
  name: 'chain',
  input: [value('x', [1, 2])],
  output: [{ name: 'y' }],
  node: [...nodes],
});

export const read = (bytes: Uint8Array, options: Partial<ReadOptions> = {}): OnnxModel => {
  const result = decodeOnnx(bytes, { place: 'model.onnx', ...options });
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return result.right;
};

/** What is said of a model that is refused. */
export const refusal = (bytes: Uint8Array, options: Partial<ReadOptions> = {}): string => {
  const result = decodeOnnx(bytes, { place: 'model.onnx', ...options });
  return E.isLeft(result) ? printProblems(result.left) : 'read without complaint';
};

import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { toNumbers, type AttributeSpec, type StoredTensor } from '@kirchhoff/graph';
import { onnxSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { AttributeProto_AttributeType as Kind, type AttributeProto, type GraphProto } from './generated/onnx_pb.js';
import { readTensor, type TensorContext } from './read-tensor.js';

const decoder = getTextEncoding();
const text = (bytes: Uint8Array): string => decoder.decodeUtf8(bytes);

/** Integers of a document lie within ±(2⁵³ − 1); ONNX uses the ends of int64 for "as far as it goes". */
export const saturated = (value: bigint): number =>
  Math.min(Math.max(Number(value), -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);

/** The shortest decimal number that is this float32: 0.01, where the file's four bytes say 0.009999999776482582. */
export const shortest = (value: number): number => {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
};

/** JSON has no non-finite numbers: documents write them as strings. */
export const numberText = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

/** Which kinds of ONNX attribute an attribute of ours may be written as. */
const kindsOf: { readonly [T in AttributeSpec['type']]: Kind } = {
  int: Kind.INT,
  float: Kind.FLOAT,
  string: Kind.STRING,
  ints: Kind.INTS,
  floats: Kind.FLOATS,
  strings: Kind.STRINGS,
  tensor: Kind.TENSOR,
  graph: Kind.GRAPH,
};

/** A tensor as a document writes it: exactly the numbers that it holds. */
export const inlineDocument = ({ type, shape, read }: StoredTensor) => {
  const data = read();
  const numbers = data instanceof BigInt64Array ? Array.from(data, saturated) : Array.from(toNumbers(data));
  return { type, shape, data: numbers.map(numberText) };
};

export interface AttributeContext extends TensorContext {
  /** Reads a nested graph into a document. */
  readonly body: (graph: GraphProto) => unknown;
}

/** The value of an attribute as a document writes it, by the type that the operator's row gives it. */
export const readAttribute = (
  node: string,
  proto: AttributeProto,
  spec: AttributeSpec,
  context: AttributeContext,
): Result<unknown> => {
  const wanted = kindsOf[spec.type];
  // Files before IR version 2 leave the kind out.
  if (proto.type !== wanted && proto.type !== Kind.UNDEFINED)
    return E.left([
      problem(`${context.place} ${node}`, onnxSays.wrongAttributeKind(proto.name, Kind[proto.type], Kind[wanted])),
    ]);
  switch (spec.type) {
    case 'int':
      return E.right(saturated(proto.i));
    case 'float':
      return E.right(numberText(shortest(proto.f)));
    case 'string':
      return E.right(text(proto.s));
    case 'ints':
      return E.right(proto.ints.map(saturated));
    case 'floats':
      return E.right(proto.floats.map((value) => numberText(shortest(value))));
    case 'strings':
      return E.right(proto.strings.map(text));
    case 'tensor': {
      if (proto.t === undefined)
        return E.left([problem(`${context.place} ${node}`, onnxSays.emptyAttribute(proto.name))]);
      return E.map(inlineDocument)(readTensor(proto.t, context));
    }
    case 'graph':
      return proto.g === undefined
        ? E.left([problem(`${context.place} ${node}`, onnxSays.emptyAttribute(proto.name))])
        : E.right(context.body(proto.g));
  }
};

import { create, toBinary } from '@bufbuild/protobuf';
import { bytesPerElement, elementTypeCodes, sizeOf, type ElementType } from '@kirchhoff/graph';
import { onnxSays, printProblems, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import {
  ModelProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProto_DataType as Code,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../generated/onnx_pb.js';
import { rawExternal, type TensorContext } from '../read-tensor.js';
import { altered } from './altered.js';
import { graphOfConstants, planFold, type Wanted } from './plan.js';

/** A value that an engine computed: its elements as ONNX lays them out in memory. */
export interface Computed {
  readonly type: ElementType | 'float16';
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Runs an ONNX model without inputs; values of types that are not held are left out. */
export type Evaluate = (model: Uint8Array) => Promise<Result<ReadonlyMap<string, Computed>>>;

/** A computed tensor of more numbers is not held. */
const mostNumbers = 2 ** 28;

/** A model whose constants are computed. */
export interface Folded {
  readonly model: ModelProto;
  /** Operators that were computed, each once. */
  readonly operators: readonly string[];
  readonly count: number;
  /** Why a value could not be computed, by its name. */
  readonly uncomputed: ReadonlyMap<string, string>;
}

const codeOf = (type: Computed['type']): number => (type === 'float16' ? Code.FLOAT16 : elementTypeCodes[type]);

const bytesOf = (type: Computed['type']): number => (type === 'float16' ? 2 : bytesPerElement[type]);

const fill = (tensor: TensorProto, { type, shape, bytes }: Computed): void => {
  tensor.dataType = codeOf(type);
  tensor.dims = shape.map(BigInt);
  tensor.rawData = bytes.slice();
};

/** Elements of a tensor that lie in a file, in the tensor itself. */
const inlined =
  (context: TensorContext) =>
  (tensor: TensorProto): TensorProto => {
    if (tensor.dataLocation !== Location.EXTERNAL) return tensor;
    const raw = rawExternal(tensor, context);
    return E.isLeft(raw)
      ? tensor
      : altered(tensor, { dataLocation: Location.DEFAULT, externalData: [], rawData: raw.right.read() });
  };

const compute = async (
  { irVersion, opsetImport, functions }: ModelProto,
  wanted: readonly Wanted[],
  evaluate: Evaluate,
  context: TensorContext,
): Promise<readonly E.Either<string, Computed>[]> => {
  const { graph, names } = graphOfConstants(wanted, inlined(context));
  const least = irVersion < 8n ? 8n : irVersion;
  const part = create(ModelProtoSchema, { irVersion: least, opsetImport, functions, graph });
  const results = await evaluate(toBinary(ModelProtoSchema, part));
  return names.map((name) => {
    const value = E.isRight(results) ? results.right.get(name) : undefined;
    if (E.isLeft(results)) return E.left(printProblems(results.left));
    if (value === undefined) return E.left(onnxSays.constantNotHeld());
    const size = sizeOf(value.shape);
    if (size > mostNumbers) return E.left(onnxSays.constantTooLarge(size, mostNumbers));
    return value.bytes.length === size * bytesOf(value.type) ? E.right(value) : E.left(onnxSays.constantNotHeld());
  });
};

/** Computes all together, and where that fails, one by one. */
const computeAll = async (
  model: ModelProto,
  wanted: readonly Wanted[],
  evaluate: Evaluate,
  context: TensorContext,
): Promise<readonly E.Either<string, Computed>[]> => {
  const together = await compute(model, wanted, evaluate, context);
  if (wanted.length === 1 || together.every(E.isRight)) return together;
  const alone: E.Either<string, Computed>[] = [];
  for (const one of wanted) for (const result of await compute(model, [one], evaluate, context)) alone.push(result);
  return alone;
};

/**
 * The model with every value that depends on no input computed, whatever operators make it. What an engine cannot compute
 * stays a node; so does what only lays out a large tensor anew.
 */
export const foldConstants = async (model: ModelProto, evaluate: Evaluate, context: TensorContext): Promise<Folded> => {
  const refused = new Set<NodeProto>();
  const uncomputed = new Map<string, string>();
  for (;;) {
    const { graph, wanted } = planFold(model.graph!, refused);
    const results = wanted.length === 0 ? [] : await computeAll(model, wanted, evaluate, context);
    const failed = wanted.filter((_, i) => E.isLeft(results[i]!));
    if (failed.length === 0) {
      wanted.forEach(({ tensor }, i) => E.isRight(results[i]!) && fill(tensor, results[i].right));
      return {
        model: altered(model, { graph }),
        operators: [...new Set(wanted.map(({ node }) => node.opType))],
        count: wanted.length,
        uncomputed,
      };
    }
    wanted.forEach(({ node, name }, i) => {
      const result = results[i]!;
      if (E.isRight(result)) return;
      refused.add(node);
      uncomputed.set(name, result.left);
    });
  }
};

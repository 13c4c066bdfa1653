import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, type GraphProto } from './generated/onnx_pb.js';

/** What a model says of itself, whether it can be read as a graph or not. */
export interface Survey {
  /** Names of its operators, each once (`com.microsoft.FusedConv` outside the default domain). */
  readonly operators: readonly string[];
  /** Names of the inputs that are no initializers, and of the outputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const operatorsIn = (graph: GraphProto): readonly string[] =>
  graph.node.flatMap(({ opType, domain, attribute }) => [
    domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`,
    ...attribute.flatMap(({ g }) => (g === undefined ? [] : operatorsIn(g))),
  ]);

/** Surveys the bytes of an ONNX model; undefined where they are none. */
export const surveyOnnx = (bytes: Uint8Array): Survey | undefined => {
  try {
    const { graph } = fromBinary(ModelProtoSchema, bytes);
    if (graph === undefined) return undefined;
    const initialized = new Set(graph.initializer.map(({ name }) => name));
    return {
      operators: [...new Set(operatorsIn(graph))],
      inputs: graph.input.map(({ name }) => name).filter((name) => !initialized.has(name)),
      outputs: graph.output.map(({ name }) => name),
    };
  } catch {
    return undefined;
  }
};

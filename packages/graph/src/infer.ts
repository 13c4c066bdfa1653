import { graphSays, problem, Refusal, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { attributesOf } from './attributes.js';
import { readDim } from './dim.js';
import { isInline, outputsOf, type Dim, type Graph, type Node } from './graph.js';
import { operators } from './operators/index.js';
import { knownLimit } from './operators/known.js';
import type { InferContext, KnownTensor, ValueType } from './operators/row.js';
import { floatTypes } from './operators/shape.js';
import { sizeOf, toNumbers, type TensorStore } from './tensor.js';

/** A graph, its tensors, the type of every value, and the small values that follow from constants and shapes. */
export interface TypedGraph {
  readonly graph: Graph;
  readonly store: TensorStore;
  readonly types: ReadonlyMap<string, ValueType>;
  readonly known: ReadonlyMap<string, KnownTensor>;
  /** The nested graphs, by the name of the node that holds them (Scan). Their types include captured outer values. */
  readonly bodies: ReadonlyMap<string, TypedGraph>;
}

/** Float constants are read for shapes' sake only where they are as short as a list of scales. */
const floatLimit = 64;

interface Outer {
  readonly types: ReadonlyMap<string, ValueType>;
  readonly known: ReadonlyMap<string, KnownTensor>;
  readonly inputs: readonly ValueType[];
  readonly knownValue: (name: string) => KnownTensor | undefined;
}

interface Result {
  readonly typed: TypedGraph;
  readonly problems: readonly Problem[];
}

const canonical = (shape: readonly Dim[]): readonly Dim[] => shape.map((d) => readDim(d) ?? d);

/** Values of a constant that is small enough to be a shape, an axis or a scale. */
const readConstant = (graph: Graph, store: TensorStore, name: string): KnownTensor | undefined => {
  const entry = graph.tensors[name];
  const stored = entry !== undefined && isInline(entry) ? entry : store.get(name);
  if (stored === undefined) return undefined;
  const limit = floatTypes.includes(stored.type) ? floatLimit : knownLimit;
  if (sizeOf(stored.shape) > limit) return undefined;
  const values = 'data' in stored ? stored.data : [...toNumbers(stored.read())];
  return { shape: stored.shape, values };
};

const tensorType = (graph: Graph, store: TensorStore, name: string): ValueType | undefined => {
  const entry = graph.tensors[name];
  const found = entry !== undefined && isInline(entry) ? entry : store.get(name);
  return found === undefined ? undefined : { type: found.type, shape: found.shape };
};

/** Where the declared input of a body contradicts what flows into it. */
const bodyInputClash = (body: Graph, inputs: readonly ValueType[]): readonly Problem[] =>
  body.inputs.flatMap((declared, i) => {
    const actual = inputs[i];
    if (actual === undefined) return [];
    const alike =
      declared.type === actual.type &&
      declared.shape.length === actual.shape.length &&
      declared.shape.every(
        (d, axis) => typeof d === 'string' || typeof actual.shape[axis] === 'string' || d === actual.shape[axis],
      );
    return alike
      ? []
      : [
          problem(
            `/inputs/${i} (${declared.name})`,
            graphSays.bodyInputClash(actual.type, actual.shape, declared.type, declared.shape),
          ),
        ];
  });

const inferGraph = (graph: Graph, store: TensorStore, outer: Outer | undefined): Result => {
  const types = new Map<string, ValueType>(outer?.types);
  const known = new Map<string, KnownTensor>(outer?.known);
  const bodies = new Map<string, TypedGraph>();
  const problems: Problem[] = [];
  const failed = new Set<string>();

  graph.inputs.forEach(({ name, type, shape }, i) => {
    types.set(name, outer?.inputs[i] ?? { type, shape: canonical(shape) });
    known.delete(name);
  });
  for (const name of Object.keys(graph.tensors)) {
    const type = tensorType(graph, store, name);
    if (type !== undefined) types.set(name, type);
    else {
      problems.push(problem(`/tensors/${name}`, graphSays.missingTensor(name)));
      failed.add(name);
    }
  }

  const knownValue = (name: string): KnownTensor | undefined => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const value = Object.hasOwn(graph.tensors, name) ? readConstant(graph, store, name) : outer?.knownValue(name);
    if (value !== undefined) known.set(name, value);
    return value;
  };

  const inferBody = (node: Node, body: Graph, inputs: readonly ValueType[]): readonly ValueType[] => {
    const inside = inferGraph(body, store, { types, known, inputs, knownValue });
    const wrong = [...bodyInputClash(body, inputs), ...inside.problems];
    if (wrong.length > 0) throw new Refusal(wrong.map(({ at, message }) => problem(`/attrs/body${at}`, message)));
    bodies.set(node.name, inside.typed);
    return body.outputs.flatMap((name) => inside.typed.types.get(name) ?? []);
  };

  const inferNode = (node: Node): void => {
    const row = operators[node.op];
    const outputs = outputsOf(node);
    const context: InferContext = {
      name: node.name,
      attrs: attributesOf(node),
      inputs: node.inputs.map((name) => (name === '' ? undefined : types.get(name))),
      outputCount: outputs.length,
      known: (index) => {
        const name = node.inputs[index];
        return name === undefined || name === '' ? undefined : knownValue(name);
      },
      inferBody: (body, inputs) => inferBody(node, body, inputs),
    };
    const results = row.infer(context);
    if (results.length < outputs.length) {
      throw new Refusal([problem(node.name, graphSays.wrongOutputCount(outputs.length, results.length))]);
    }
    const value = row.evaluate?.(context);
    outputs.forEach((name, i) => {
      const type = results[i];
      if (name !== '' && type !== undefined) types.set(name, type);
    });
    if (value !== undefined && value.values.length <= knownLimit) known.set(node.name, value);
  };

  graph.nodes.forEach((node, index) => {
    const untyped = node.inputs.filter((name) => name !== '' && !types.has(name));
    const undeclared = untyped.filter((name) => !failed.has(name));
    const place = `/nodes/${index}`;
    if (untyped.length > 0) {
      for (const name of undeclared) problems.push(problem(`${place} (${node.name})`, graphSays.untypedInput(name)));
      outputsOf(node).forEach((name) => failed.add(name));
      return;
    }
    try {
      inferNode(node);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      for (const { at, message } of thrown.problems) {
        problems.push(
          at.startsWith('/')
            ? problem(place + at, message)
            : problem(`${place} (${node.name})`, graphSays.inNode(node.op, message)),
        );
      }
      outputsOf(node).forEach((name) => failed.add(name));
    }
  });
  return { typed: { graph, store, types, known, bodies }, problems };
};

/**
 * The element type and shape of every value of a graph, by ONNX's rules (opset 21), symbols included; and the values of
 * small tensors that are constant or follow from shapes. The nodes must come after their inputs, as decoding leaves them.
 * One problem per faulty node, at `/nodes/3 (conv1)`; what depends on a faulty node is not reported again.
 */
export const infer = (graph: Graph, store: TensorStore): E.Either<readonly Problem[], TypedGraph> => {
  const { typed, problems } = inferGraph(graph, store, undefined);
  return problems.length > 0 ? E.left(problems) : E.right(typed);
};

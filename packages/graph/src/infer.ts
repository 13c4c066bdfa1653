import { addProblems, graphSays, problem, refuse, Refusal, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { attributesOf } from './attributes.js';
import { readDim } from './dim.js';
import { pointerTo } from './document.js';
import { isInline, outputsOf, type Dim, type Graph, type Input, type Node } from './graph.js';
import { checkAttributes } from './operators/attribute.js';
import { operators } from './operators/index.js';
import { knownLimit } from './operators/known.js';
import type { InferContext, KnownTensor, ValueType } from './operators/row.js';
import { UnequalSizes } from './operators/shape.js';
import { shapeFault } from './operators/size.js';
import { checkTypes, floatTypes } from './operators/types.js';
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

/** The most Scans that may lie within one another. */
const deepest = 8;

interface Outer {
  readonly depth: number;
  readonly types: ReadonlyMap<string, ValueType>;
  readonly known: ReadonlyMap<string, KnownTensor>;
  readonly inputs: readonly ValueType[];
  readonly knownValue: (name: string) => KnownTensor | undefined;
}

interface Inferred {
  readonly typed: TypedGraph;
  readonly problems: readonly Problem[];
  /** Sizes that must be equal, and are not known to be. */
  readonly unequal: readonly (readonly [Dim, Dim])[];
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

/** Inference of a graph that is still being built: inputs and tensors first, then nodes, each after what it reads. */
export interface Inference {
  readonly typed: TypedGraph;
  readonly addInput: (input: Input, place: string) => readonly Problem[];
  /** Takes in a tensor that the graph or the store holds by now. */
  readonly addTensor: (name: string) => readonly Problem[];
  /** Infers one node. The place of problems is within `place`. */
  readonly addNode: (node: Node, place: string) => readonly Problem[];
  /** Sizes that must be equal, and are not known to be, in what was taken in so far. */
  readonly unequal: readonly (readonly [Dim, Dim])[];
}

const start = (graph: Graph, store: TensorStore, outer: Outer | undefined): Inference => {
  const types = new Map<string, ValueType>(outer?.types);
  const known = new Map<string, KnownTensor>(outer?.known);
  const bodies = new Map<string, TypedGraph>();
  const unequal: (readonly [Dim, Dim])[] = [];
  const failed = new Set<string>();
  const depth = outer?.depth ?? 0;

  const knownValue = (name: string): KnownTensor | undefined => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const value = Object.hasOwn(graph.tensors, name) ? readConstant(graph, store, name) : outer?.knownValue(name);
    if (value !== undefined) known.set(name, value);
    return value;
  };

  const inferBody = (node: Node, body: Graph, inputs: readonly ValueType[]): readonly ValueType[] => {
    if (depth >= deepest) return refuse(node.name, graphSays.nestedScans(deepest));
    const inside = inferGraph(body, store, { depth: depth + 1, types, known, inputs, knownValue });
    for (const one of inside.unequal) unequal.push(one);
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
    checkAttributes(row, context.attrs);
    checkTypes(row, context);
    const results = row.infer(context);
    if (results.length < outputs.length) {
      throw new Refusal([problem(node.name, graphSays.wrongOutputCount(outputs.length, results.length))]);
    }
    for (const [i, name] of outputs.entries()) {
      const fault = name === '' ? undefined : shapeFault(results[i]!.shape);
      if (fault !== undefined) throw new Refusal([problem(node.name, fault)]);
    }
    const value = row.evaluate?.(context);
    outputs.forEach((name, i) => {
      const type = results[i];
      if (name !== '' && type !== undefined) types.set(name, type);
    });
    if (value !== undefined && value.values.length <= knownLimit) known.set(node.name, value);
  };

  const addInput = ({ name, type, shape }: Input, place: string): readonly Problem[] => {
    known.delete(name);
    const fault = shapeFault(shape);
    if (fault === undefined) types.set(name, { type, shape: canonical(shape) });
    else failed.add(name);
    return fault === undefined ? [] : [problem(`${place} (${name})`, fault)];
  };

  const addTensor = (name: string): readonly Problem[] => {
    const type = tensorType(graph, store, name);
    if (type === undefined) {
      failed.add(name);
      return [problem(`/tensors/${name}`, graphSays.missingTensor(name))];
    }
    const fault = shapeFault(type.shape);
    if (fault === undefined) types.set(name, type);
    else failed.add(name);
    return fault === undefined ? [] : [problem(pointerTo('/tensors', name), fault)];
  };

  const addNode = (node: Node, place: string): readonly Problem[] => {
    const untyped = node.inputs.filter((name) => name !== '' && !types.has(name));
    if (untyped.length > 0) {
      outputsOf(node).forEach((name) => failed.add(name));
      return untyped
        .filter((name) => !failed.has(name))
        .map((name) => problem(`${place} (${node.name})`, graphSays.untypedInput(name)));
    }
    try {
      inferNode(node);
      return [];
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      if (thrown instanceof UnequalSizes) for (const one of thrown.pairs) unequal.push(one);
      outputsOf(node).forEach((name) => failed.add(name));
      return thrown.problems.map(({ at, message }) =>
        at.startsWith('/')
          ? problem(place + at, message)
          : problem(`${place} (${node.name})`, graphSays.inNode(node.op, message)),
      );
    }
  };
  return { typed: { graph, store, types, known, bodies }, unequal, addInput, addTensor, addNode };
};

/** Starts an inference of `graph`, none of whose parts are taken in yet; `tensors` of the graph may still grow. */
export const startInference = (graph: Graph, store: TensorStore, outer?: Inference['typed']): Inference =>
  start(
    graph,
    store,
    outer && {
      depth: 0,
      types: outer.types,
      known: outer.known,
      inputs: [],
      knownValue: (name) => outer.known.get(name) ?? readConstant(outer.graph, outer.store, name),
    },
  );

const inferGraph = (graph: Graph, store: TensorStore, outer: Outer | undefined): Inferred => {
  const { typed, unequal, addInput, addTensor, addNode } = start(graph, store, outer);
  const problems: Problem[] = [];
  graph.inputs.forEach((input, i) =>
    addProblems(problems, addInput({ ...input, ...outer?.inputs[i] }, `/inputs/${i}`)),
  );
  for (const name of Object.keys(graph.tensors)) addProblems(problems, addTensor(name));
  for (const [index, node] of graph.nodes.entries()) addProblems(problems, addNode(node, `/nodes/${index}`));
  return { typed, problems, unequal };
};

/**
 * The element type and shape of every value of a graph, by ONNX's rules (opset 21), symbols included; and the values of
 * small tensors that are constant or follow from shapes. The nodes must come after their inputs, as decoding leaves them.
 * One problem per faulty node, at `/nodes/3 (conv1)`; what depends on a faulty node is not reported again.
 */
export const infer = (graph: Graph, store: TensorStore): Result<TypedGraph> => {
  const { typed, problems } = inferGraph(graph, store, undefined);
  return problems.length > 0 ? E.left(problems) : E.right(typed);
};

/** Pairs of sizes that must be equal for a graph's nodes to have types, and are not known to be. */
export const inferUnequal = (graph: Graph, store: TensorStore): readonly (readonly [Dim, Dim])[] =>
  inferGraph(graph, store, undefined).unequal;

import {
  attributesOf,
  bodiesOf,
  isFloatType,
  isInline,
  outputsOf,
  readsOf,
  toNumbers,
  type Attributes,
  type Graph,
  type Node,
  type TensorStore,
} from '@kirchhoff/graph';
import { refuse, runtimeSays } from '@kirchhoff/message';
import { kernels } from './kernels/index.js';
import type { Value } from './value.js';

/** One node, ready to run. */
interface Step {
  readonly node: Node;
  readonly attrs: Attributes;
  /** Values that no later step reads: their memory is given back after this one. */
  readonly spent: readonly string[];
}

/** A graph ready to run: its constants loaded, and what follows from them alone computed. */
export interface Program {
  readonly graph: Graph;
  readonly constants: ReadonlyMap<string, Value>;
  /** The nodes that made what is no finite number in `constants`. */
  readonly made: ReadonlyMap<string, string>;
  readonly steps: readonly Step[];
  /** The program of a nested graph. */
  readonly bodyOf: (body: Graph) => Program;
}

/** What a run tells besides its outputs: for each value that holds NaN or ±∞, the node that made it of finite ones. */
export type Trace = Map<string, string>;

type Lookup = (name: string) => Value | undefined;

const nowhere: Lookup = () => undefined;

/** The model's tensors as their type holds them. Numbers that a transform wrote into the graph keep all their digits. */
const load = (graph: Graph, store: TensorStore): Map<string, Value> => {
  const constants = new Map<string, Value>();
  for (const [name, entry] of Object.entries(graph.tensors)) {
    const stored = store.get(name);
    if (stored !== undefined)
      constants.set(name, { type: stored.type, shape: stored.shape, data: toNumbers(stored.read()) });
    else if (isInline(entry))
      constants.set(name, { type: entry.type, shape: entry.shape, data: Float64Array.from(entry.data) });
    else refuse(name, runtimeSays.missingTensor(name));
  }
  return constants;
};

const holdsFinite = ({ type, data }: Value): boolean => {
  if (!isFloatType(type)) return true;
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) return false;
  return true;
};

/** The node that made what is no finite number in the outputs of this one: itself, unless it read such numbers. */
const originOf = (node: Node, trace: Trace): string => {
  const read = [...node.inputs, ...bodiesOf(node).flatMap(([, { outputs }]) => outputs)];
  const source = read.find((name) => trace.has(name));
  return source === undefined ? node.name : trace.get(source)!;
};

/** Infinities alone, of an operand that came with them: a constant or an input, a mask of −∞. */
const isGiven = (node: Node, { data }: Value, lookup: Lookup, trace: Trace): boolean =>
  !data.some(Number.isNaN) &&
  node.inputs.some((name) => name !== '' && !trace.has(name) && !holdsFinite(lookup(name)!));

const runStep = (
  { node, attrs }: Pick<Step, 'node' | 'attrs'>,
  lookup: Lookup,
  bodyOf: (graph: Graph) => Program,
  trace: Trace,
): readonly (readonly [string, Value])[] => {
  const names = outputsOf(node);
  const values = kernels[node.op]({
    node,
    attrs,
    inputs: node.inputs.map((name) => (name === '' ? undefined : lookup(name))),
    outputCount: names.length,
    runBody: (graph, inputs) => runProgram(bodyOf(graph), inputs, lookup, trace),
  });
  const results = names.map((name, i) => [name, values[i]!] as const);
  for (const [name, value] of results) {
    if (holdsFinite(value) || isGiven(node, value, lookup, trace)) trace.delete(name);
    else trace.set(name, originOf(node, trace));
  }
  return results;
};

/** For each node, the values that it is the last to read (the graph's outputs are never spent). */
const spentAfter = (graph: Graph, nodes: readonly Node[]): readonly (readonly string[])[] => {
  const seen = new Set(graph.outputs);
  const spent = nodes.toReversed().map((node) => {
    const last = [...readsOf(node), ...outputsOf(node)].filter((name) => !seen.has(name));
    for (const name of last) seen.add(name);
    return last;
  });
  return spent.reverse();
};

/** Prepares a graph; nodes that depend on constants only run now. */
export const programOf = (graph: Graph, store: TensorStore): Program => {
  const bodies = new Map<Graph, Program>();
  const bodyOf = (body: Graph): Program => {
    const program = bodies.get(body) ?? programOf(body, store);
    bodies.set(body, program);
    return program;
  };
  const constants = load(graph, store);
  const made: Trace = new Map();
  const nodes = graph.nodes.filter((node) => {
    if (![...readsOf(node)].every((name) => constants.has(name))) return true;
    const results = runStep({ node, attrs: attributesOf(node) }, (name) => constants.get(name), bodyOf, made);
    for (const [name, value] of results) constants.set(name, value);
    return false;
  });
  const spent = spentAfter(graph, nodes);
  const steps = nodes.map((node, i) => ({ node, attrs: attributesOf(node), spent: spent[i]! }));
  return { graph, constants, made, steps, bodyOf };
};

/** Runs a program on the values of its inputs, in the graph's order. */
export const runProgram = (
  program: Program,
  inputs: readonly Value[],
  outer: Lookup = nowhere,
  trace: Trace = new Map(),
): readonly Value[] => {
  const { graph, constants, made, steps, bodyOf } = program;
  for (const [name, node] of made) trace.set(name, node);
  const values = new Map(graph.inputs.map(({ name }, i) => [name, inputs[i]!]));
  const lookup: Lookup = (name) => values.get(name) ?? constants.get(name) ?? outer(name);
  for (const step of steps) {
    for (const [name, value] of runStep(step, lookup, bodyOf, trace)) values.set(name, value);
    for (const name of step.spent) values.delete(name);
  }
  return graph.outputs.map((name) => lookup(name)!);
};

import { samplesSays } from '@kirchhoff/message';
import { attributesOf } from '../attributes.js';
import { equalDim, mulDim, symbolsOfDim } from '../dim.js';
import { isInline, outputsOf, type Dim, type Node } from '../graph.js';
import type { TypedGraph } from '../infer.js';
import type { KnownTensor, ValueType } from '../operators/row.js';
import { isFloatType, sizeOf } from '../tensor.js';
import { mixed, type SamplesCall } from './call.js';
import { boundOf, numbersOfSamples, readsOwnNumbers, withOwnNumbers } from './own.js';
import { count, same, type Apart, type Samples } from './samples.js';
import { samplesTable } from './operators.js';

/** Says whether a value that is the same for all samples is equal along an axis that has their number. */
export type EqualAlong = (node: Node, port: number, axis: number, along?: Apart) => boolean;

const never: EqualAlong = () => false;

/** Says how samples lie in a constant of indices that lead each to itself, in steps of a stride. */
export type LeadsHome = (node: Node, port: number, stride: Dim) => Apart | undefined;

const nowhere: LeadsHome = () => undefined;

/** One interpretation of a graph, nested graphs included: the samples of every value by its name. */
interface Interpretation {
  readonly batch: Dim;
  readonly samples: Map<string, Samples>;
  readonly equalAlong: EqualAlong;
  readonly leadsHome: LeadsHome;
}

const mentions = (dim: Dim, batch: Dim): boolean => typeof batch === 'string' && symbolsOfDim(dim).includes(batch);

/** What a result says must be true of its shape: the number of samples stands at their axis, and nowhere else. */
const fitted = (call: SamplesCall, samples: Samples, type: ValueType | undefined): Samples => {
  if (type === undefined || samples.kind === 'mixed' || samples.kind === 'count') return samples;
  const own = samples.kind === 'apart' ? samples.axis : -1;
  if (type.shape.some((dim, axis) => axis !== own && mentions(dim, call.batch)))
    return mixed(call, samplesSays.counts());
  if (samples.kind !== 'apart') return samples;
  const size = mulDim(mulDim(samples.outer, call.batch), samples.inner);
  const found = type.shape[samples.axis];
  return found !== undefined && equalDim(found, size) ? samples : mixed(call, samplesSays.loses());
};

/** The number of samples in what is known of a value makes it one of theirs. */
const ofKnown = ({ known }: TypedGraph, name: string, batch: Dim): Samples | undefined => {
  const value = known.get(name);
  return value === undefined ? undefined : value.values.some((dim) => mentions(dim, batch)) ? count : same;
};

/** With what is known of the integers that a value holds, and nothing that was known of what it is made of. */
const bounded = (samples: Samples, below: Dim | undefined): Samples => {
  if (samples.kind !== 'same' && samples.kind !== 'apart') return samples;
  const { below: _, ...bare } = samples;
  return below === undefined ? bare : { ...bare, below };
};

/** Constants of more integers are not looked at. */
const mostIntegers = 2 ** 16;

/** A constant of integers that inference had no use for. */
const integersOf = ({ graph, store, types }: TypedGraph, name: string): KnownTensor | undefined => {
  const type = types.get(name);
  const entry = Object.hasOwn(graph.tensors, name) ? graph.tensors[name] : undefined;
  if (entry === undefined || type === undefined || isFloatType(type.type)) return undefined;
  const shape = type.shape.map(Number);
  if (sizeOf(shape) > mostIntegers) return undefined;
  const values = isInline(entry) ? entry.data : store.get(name)?.read();
  return values && { shape, values: Array.from(values, Number) };
};

const callOf = (to: Interpretation, typed: TypedGraph, node: Node): SamplesCall => {
  const { types, known } = typed;
  return {
    node,
    attrs: attributesOf(node),
    batch: to.batch,
    inputs: node.inputs.map((name) => (name === '' ? undefined : (to.samples.get(name) ?? same))),
    types: node.inputs.map((name) => (name === '' ? undefined : types.get(name))),
    outputs: outputsOf(node).map((name) => types.get(name)),
    known: (port) => known.get(node.inputs[port] ?? '') ?? integersOf(typed, node.inputs[port] ?? ''),
    equalAlong: (port, axis, along) => to.equalAlong(node, port, axis, along),
    leadsHome: (port, stride) => to.leadsHome(node, port, stride),
    inside: (inputs) => {
      const body = typed.bodies.get(node.name)!;
      body.graph.inputs.forEach(({ name }, i) => to.samples.set(name, bounded(inputs[i] ?? same, undefined)));
      interpret(to, body);
      return (name) => to.samples.get(name) ?? same;
    },
  };
};

/** The answer for a node: what it hands on from operands that are mixed, or counted, or all the same, else its row's. */
const answer = (typed: TypedGraph, call: SamplesCall): Samples | readonly Samples[] => {
  const { node, inputs } = call;
  const { rule, shapes = [], repeats = false, sizes = false } = samplesTable[node.op];
  if (sizes) return call.types.some((type) => type?.shape.some((dim) => mentions(dim, call.batch))) ? count : same;
  const broken = inputs.find((one) => one?.kind === 'mixed');
  if (broken !== undefined) return broken;
  if (shapes.some((port) => inputs[port]?.kind === 'apart')) return mixed(call, samplesSays.shapes());
  const numbers = numbersOfSamples(call);
  if (numbers !== undefined) return numbers;
  if (readsOwnNumbers(call)) return withOwnNumbers(call, rule);
  const data = inputs.filter((one, port) => one !== undefined && !shapes.includes(port));
  const counted = shapes.some((port) => inputs[port]?.kind === 'count');
  if (typed.bodies.has(node.name)) return rule(call);
  if (data.every((one) => one?.kind === 'same')) return counted ? (repeats ? rule(call) : count) : same;
  const apart = data.some((one) => one?.kind === 'apart');
  if (data.some((one) => one?.kind === 'count')) return apart ? mixed(call, samplesSays.counts()) : count;
  return rule(call);
};

const interpret = (to: Interpretation, typed: TypedGraph): void => {
  for (const node of typed.graph.nodes) {
    const call = callOf(to, typed, node);
    const found = answer(typed, call);
    const below = boundOf(call);
    outputsOf(node).forEach((name, i) => {
      if (name === '') return;
      const result = 'kind' in found ? found : (found[i] ?? same);
      const derived = fitted(call, result, typed.types.get(name));
      to.samples.set(
        name,
        bounded((i === 0 && derived.kind !== 'apart' ? ofKnown(typed, name, to.batch) : undefined) ?? derived, below),
      );
    });
  }
};

/**
 * Independence along an axis, by abstract interpretation: how every value of a graph, those of nested graphs included,
 * depends on the samples, given how the inputs do. `batch` is the number of samples: a symbol that stands nowhere else, or
 * (to see where a fixed number is written into the graph) a number, for which nothing is proved by the sizes.
 */
export const samplesOf = (
  typed: TypedGraph,
  batch: Dim,
  inputs: ReadonlyMap<string, Samples>,
  equalAlong: EqualAlong = never,
  leadsHome: LeadsHome = nowhere,
): ReadonlyMap<string, Samples> => {
  const samples = new Map<string, Samples>(inputs);
  interpret({ batch, samples, equalAlong, leadsHome }, typed);
  return samples;
};

import { greatest, least } from './extreme.js';
import { attributesOf } from './attributes.js';
import { isInline, outputsOf, type Input, type TensorEntry } from './graph.js';
import type { TypedGraph } from './infer.js';
import { everything, unit } from './operators/bounds.js';
import { tensorBounds } from './operators/constant.js';
import { operators } from './operators/index.js';
import { allNumbers } from './operators/known.js';
import type { Interval, KnownTensor } from './operators/row.js';
import { batchOf, samplesIn } from './samples/batch.js';
import { same, type Samples } from './samples/samples.js';
import { sizeOf } from './tensor.js';
import { waysOf, type Way } from './way.js';

/** What is known of a value without data. */
export interface Fact extends Interval {
  /** How the value comes from the inputs. */
  readonly way: Way;
  /** Made of constants and shapes alone (`way` is `none`): relevance has nowhere to go from here. */
  readonly constant: boolean;
  /** How it depends on the samples of a batch; `same` where the graph has none. */
  readonly samples: Samples;
}

/** Larger inline tensors are not searched for their bounds. */
const searchLimit = 4096;

const inputBounds = ({ range, type }: Input): Interval => {
  if (range !== undefined) {
    const ends = (bound: number | readonly number[]): readonly number[] =>
      typeof bound === 'number' ? [bound] : bound;
    return { low: least(ends(range.low)), high: greatest(ends(range.high)) };
  }
  return type === 'bool' ? unit : type === 'uint8' ? { low: 0, high: 255 } : everything;
};

const entryBounds = (entry: TensorEntry): Interval =>
  isInline(entry) && sizeOf(entry.shape) <= searchLimit ? tensorBounds(entry) : everything;

const knownBounds = ({ shape, values }: KnownTensor): Interval | undefined =>
  allNumbers(values) ? tensorBounds({ type: 'float64', shape, data: values }) : undefined;

interface Surroundings {
  readonly facts: ReadonlyMap<string, Fact>;
  readonly samples: ReadonlyMap<string, Samples>;
  readonly ways: ReadonlyMap<string, Way>;
}

/**
 * One forward abstract interpretation: bounds, way and samples of every value of a graph, by Row.facts.
 * Bounds hold up to rounding; an infinite one means that nothing is known. For a nested graph (`typed.bodies`) give
 * the facts of the graph around it as `outer`, and the samples and ways of the outermost graph, which hold those of its
 * bodies.
 */
export const facts = (typed: TypedGraph, outer?: Surroundings): ReadonlyMap<string, Fact> => {
  const { graph, types, known } = typed;
  const samples = outer === undefined ? samplesIn(typed, batchOf(typed)) : outer.samples;
  const result = new Map<string, Fact>(outer?.facts);
  const ways = outer === undefined ? waysOf(typed) : outer.ways;
  const record = (name: string, { low, high }: Interval): void => {
    const way = ways.get(name) ?? 'none';
    result.set(name, { low, high, way, constant: way === 'none', samples: samples.get(name) ?? same });
  };
  for (const input of graph.inputs) record(input.name, inputBounds(input));
  for (const [name, entry] of Object.entries(graph.tensors)) record(name, entryBounds(entry));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : result.get(name)));
    const value = known.get(node.name);
    const derived = operators[node.op].facts({
      attrs: attributesOf(node),
      inputs,
      types: node.inputs.map((name) => (name === '' ? undefined : types.get(name))),
    });
    const first = (value === undefined ? undefined : knownBounds(value)) ?? derived;
    outputsOf(node).forEach((name, i) => {
      if (name !== '') record(name, i === 0 ? first : node.op === 'Split' ? derived : everything);
    });
  }
  return result;
};

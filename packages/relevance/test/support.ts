import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  infer,
  resolveTensors,
  tensor,
  toNumbers,
  type Attributes,
  type Dim,
  type Graph,
  type InlineTensor,
  type Input,
  type Node,
  type OpName,
  type Range,
  type Tensor,
  type TensorEntry,
  type TypedGraph,
} from '@kirchhoff/graph';
import { printProblems, type Problem } from '@kirchhoff/message';
import { relevance, type Explanation, type RelevanceOptions } from '@kirchhoff/relevance';
import {
  makePlan,
  makeRulebook,
  type Plan,
  type PlanOptions,
  type Rulebook,
  type SourceDocument,
} from '@kirchhoff/rule';
import { backends, type Backend } from '@kirchhoff/runtime';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';

/** The value, or a failure that reads like the message a person would get. */
export const right = <A>(either: E.Either<readonly Problem[], A>): A => {
  if (E.isLeft(either)) throw new Error(printProblems(either.left));
  return either.right;
};

export const problemsOf = (either: E.Either<readonly Problem[], unknown>): string =>
  E.isLeft(either) ? printProblems(either.left) : 'no problem';

export const rulesFolder = fileURLToPath(new URL('../../../rules', import.meta.url));

/** The JSON documents of a folder, by file name. */
export const documentsIn = (folder: string): readonly SourceDocument[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((place) => ({ place, json: JSON.parse(readFileSync(`${folder}/${place}`, 'utf8')) as unknown }));

export const rulebookIn = (folder: string): Rulebook =>
  right(makeRulebook(documentsIn(folder), documentsIn(`${folder}/composites`)));

export const book = rulebookIn(rulesFolder);

export const node = (
  name: string,
  op: OpName,
  inputs: readonly string[],
  attrs?: Attributes,
  outputs?: readonly string[],
): Node => ({ name, op, inputs, ...(attrs && { attrs }), ...(outputs && { outputs }) });

export const inline = (shape: readonly number[], data: readonly number[]): InlineTensor => ({
  type: 'float32',
  shape,
  data,
});

export const integers = (...data: readonly number[]): InlineTensor => ({ type: 'int64', shape: [data.length], data });

export const input = (name: string, shape: readonly Dim[], range?: Range): Input => ({
  name,
  type: 'float32',
  shape,
  ...(range && { range }),
});

/** A graph whose output is its last node. */
export const graphOf = (
  inputs: readonly Input[],
  nodes: readonly Node[],
  tensors: Readonly<Record<string, TensorEntry>> = {},
): Graph => ({ name: 'test', inputs, nodes, outputs: nodes.slice(-1).map(({ name }) => name), tensors });

export const typedOf = (graph: Graph): TypedGraph =>
  right(infer(graph, right(resolveTensors(graph, () => E.left([])))));

export const planOf = (typed: TypedGraph, composite: string, options: PlanOptions = {}, rules = book): Plan =>
  right(makePlan(typed, rules.composites.get(composite)!, rules, options));

export type Values = Readonly<Record<string, Tensor>>;

/** Runs a graph once. */
export const run = async (
  graph: Graph,
  store: TypedGraph['store'],
  inputs: Values,
  on: Backend['name'],
): Promise<Values> => {
  const session = await backends[on].compile(graph, store, { threads: 1 });
  return session.run(inputs).finally(() => session.close());
};

/** The explanation of a graph and what a backend makes of it. */
export interface Run {
  readonly explanation: Explanation;
  readonly values: Values;
  readonly of: (name: string) => Float64Array;
  /** Relevance of a tensor that was asked for, or of an input. */
  readonly at: (name: string) => Float64Array;
}

/** Values of an explanation graph to which inference gives another type than the explanation says. */
export const mistyped = ({ graph, types }: Explanation, store: TypedGraph['store']): readonly string[] =>
  [...right(infer(graph, store)).types].flatMap(([name, type]) =>
    JSON.stringify(types.get(name)) === JSON.stringify(type)
      ? []
      : [`${name}: ${JSON.stringify(types.get(name))}, not ${JSON.stringify(type)}`],
  );

export const explainRun = async (
  typed: TypedGraph,
  plan: Plan,
  inputs: Values,
  options: RelevanceOptions,
  on: Backend['name'],
): Promise<Run> => {
  const explanation = right(relevance(typed, plan, options));
  const wrong = mistyped(explanation, typed.store);
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const values = await run(explanation.graph, typed.store, inputs, on);
  const of = (name: string): Float64Array => toNumbers(values[name]!.data);
  return { explanation, values, of, at: (name) => of(explanation.at[name] ?? explanation.relevance[name]!) };
};

export const floats = (shape: readonly number[], data: ArrayLike<number>): Tensor => tensor('float32', shape, data);

export const greatest = (...lists: readonly ArrayLike<number>[]): number => {
  let most = 0;
  for (const list of lists) for (let i = 0; i < list.length; i++) most = Math.max(most, Math.abs(list[i]!));
  return most;
};

/** Says where two lists differ by more than `tolerance`, or undefined. NaN differs from everything. */
export const difference = (
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  tolerance: number,
): string | undefined => {
  if (found.length !== wanted.length) return `${found.length} elements, not ${wanted.length}`;
  for (let i = 0; i < wanted.length; i++) {
    const apart = Math.abs(found[i]! - wanted[i]!);
    if (!(apart <= tolerance)) return `element ${i} is ${found[i]}, not ${wanted[i]} (allowed ${tolerance})`;
  }
  return undefined;
};

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** Draws values one after another, so that a generator reads like the thing it makes. */
export interface Draw {
  readonly integer: (min: number, max: number) => number;
  readonly flag: () => boolean;
  readonly pick: <T>(options: readonly T[]) => T;
  /** Multiples of 1/4 in [low, high], zeros among them: sums of their products are exact, so that they cancel exactly. */
  readonly coarse: (count: number, low?: number, high?: number) => number[];
  /** Numbers in [low, high] that float32 can hold, no two alike. */
  readonly fine: (count: number, low?: number, high?: number) => number[];
}

/** Fast, even, and the same everywhere: mulberry32. */
const generator = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** What a seed draws. fast-check draws the seeds, and names the one that fails. */
export const drawer = (seed: number): Draw => {
  const next = generator(seed);
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const list = (count: number, of: () => number): number[] => Array.from({ length: count }, of);
  return {
    integer,
    flag: () => next() < 0.5,
    pick: (options) => options[integer(0, options.length - 1)]!,
    coarse: (count, low = -2, high = 2) => list(count, () => integer(Math.ceil(4 * low), Math.floor(4 * high)) / 4),
    fine: (count, low = -1, high = 1) => list(count, () => Math.fround(low + (high - low) * next())),
  };
};

/** Draws from `runs` seeds, always the same ones; the first that fails is named. */
export const draws = (runs: number, property: (draw: Draw) => Promise<void>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.integer(), (seed) => property(drawer(seed))),
    { seed: 42, numRuns: runs, endOnFailure: true },
  );

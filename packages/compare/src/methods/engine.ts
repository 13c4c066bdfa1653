import type { Tensor } from '@kirchhoff/graph';
import { Refusal, type Result } from '@kirchhoff/message';
import { findComposite, type Composite } from '@kirchhoff/rule';
import { backends, type CompileOptions } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { openExplainer, prepare, reportPlan, type Model, type Report, type SampleLedger } from '@kirchhoff/explain';
import type { Settings } from './method.js';
import { batchOf, rowsOf, stackRows } from './rows.js';
import type { Subject } from './subject.js';

/** How many samples run at once: more would not be faster, and would hold more memory. */
export const most = 32;

/** The value, or a throw that says what is wrong. */
export const orThrow = <A>(either: Result<A>): A => {
  if (E.isLeft(either)) throw new Refusal(either.left);
  return either.right;
};

/** The model without bounds on its input: noise leaves them, and gradients do not use them. */
const unbounded = (model: Model): Model => {
  const { graph } = model.typed;
  const inputs = graph.inputs.map(({ name, type, shape }) => ({ name, type, shape }));
  return { ...model, typed: { ...model.typed, graph: { ...graph, inputs } } };
};

/** The model's forward pass. */
export interface Forward {
  /** Scores [N, K] (or another tensor of the graph) of a batch of any size. */
  readonly run: (x: Tensor) => Promise<Tensor>;
  readonly close: () => Promise<void>;
}

const inChunks = async (
  x: Tensor,
  run: (part: Tensor, from: number) => Promise<readonly Tensor[]>,
): Promise<readonly Tensor[]> => {
  const count = x.shape[0]!;
  const parts: (readonly Tensor[])[] = [];
  for (let from = 0; from < count; from += most)
    parts.push(await run(rowsOf(x, from, Math.min(count, from + most)), from));
  const [first, ...others] = parts;
  return (first ?? []).map((one, i) => stackRows([one, ...others.map((part) => part[i]!)]));
};

/** Compiles the forward pass up to `tensor`, by default the scores. */
export const openForward = async ({ model, input, output }: Subject, tensor = output): Promise<Forward> => {
  const options: CompileOptions = { outputs: [tensor], prepack: true };
  const session = await backends.ort.compile(unbounded(model).typed.graph, model.typed.store, options);
  return {
    run: async (x) => (await inChunks(x, async (part) => [(await session.run({ [input.name]: part }))[tensor]!]))[0]!,
    close: session.close,
  };
};

/** What an explanation graph gives for a batch. */
export interface Propagated {
  readonly map: Tensor;
  readonly at: readonly Tensor[];
  readonly output: Tensor;
  readonly ledgers: readonly (SampleLedger | null)[];
}

/** An explanation graph that is seeded from outside: with weights [N, K] on the scores. */
export interface Propagator {
  readonly passes: number;
  readonly plan: Report['plan'];
  /** Inputs of the graph beside the model's own are given by name, for all samples; of these there are then at most `most`. */
  readonly run: (x: Tensor, seed: Tensor, further?: Readonly<Record<string, Tensor>>) => Promise<Propagated>;
  readonly close: () => Promise<void>;
}

/** Compiles the explanation of a subject under a composite. @throws Refusal where the composite does not apply */
export const openPropagator = async (
  { model, book, input }: Subject,
  composite: string | Composite,
  options: { readonly at?: readonly string[]; readonly bounded?: boolean; readonly set?: Settings } = {},
): Promise<Propagator> => {
  const chosen = typeof composite === 'string' ? orThrow(findComposite(book, composite)) : composite;
  const subject = options.bounded === true ? model : unbounded(model);
  const set = options.set ?? {};
  const asked = { target: { kind: 'tensor' }, at: options.at ?? [], set, compile: { prepack: true } } as const;
  const prepared = orThrow(prepare(subject, chosen, book, asked));
  const explainer = orThrow(await openExplainer(unbounded(subject), prepared, asked));
  const at = options.at ?? [];
  const { plan, explanation } = prepared;
  const ops = new Map(model.typed.graph.nodes.map(({ name, op }) => [name, op]));
  return {
    passes: explanation.passes.reduce((n, { forward, adjoint }) => n + forward + adjoint, 0),
    plan: reportPlan(plan, ops),
    run: async (x, seed, further = {}) => {
      const ledgers: (SampleLedger | null)[] = [];
      const [map, output, ...maps] = await inChunks(x, async (part, from) => {
        const to = from + part.shape[0]!;
        const given = { [input.name]: part, target: rowsOf(seed, from, to), ...further };
        const { relevance, at: found, output: scores, report } = orThrow(await explainer.run(given));
        for (const one of report.samples.map(({ ledger }) => ledger)) ledgers.push(one);
        return [relevance[input.name]!, scores, ...at.map((name) => found[name]!)];
      });
      return { map: map!, output: output!, at: maps, ledgers };
    },
    close: explainer.close,
  };
};

/** Weights that pick one score of each sample, times `weight`. */
export const oneHot = (targets: readonly number[], classes: number, weight?: ArrayLike<number>): Tensor => {
  const data = new Float32Array(targets.length * classes);
  targets.forEach((target, n) => (data[n * classes + target] = weight === undefined ? 1 : weight[n]!));
  return batchOf([targets.length, classes], data);
};

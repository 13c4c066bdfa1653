import { bindDim, type Dim, type Graph, type Samples, type Tensor } from '@kirchhoff/graph';
import { option, explainSays, problem, Refusal, within, type Problem, type Result } from '@kirchhoff/message';
import { canonizers } from '@kirchhoff/rewrite';
import { relevance, wrongTarget, type Explanation, type Target, type TargetView } from '@kirchhoff/relevance';
import {
  canonizersOf,
  makePlan,
  type Composite,
  type Plan,
  type PlanOptions,
  type Rulebook,
  type Seed,
} from '@kirchhoff/rule';
import { backends, type Backend, type CompileOptions } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { badValue } from './bounds.js';
import { classAxisIn } from './class-axis.js';
import { masksOf, type Model } from './model.js';
import { chooseOutput } from './output.js';
import { wantsNodes } from './ledger.js';
import { addsUp, finishText, reportPlan, reportSamples, type Report } from './report.js';
import { openSizes, shapesOf, sizesOf } from './sizes.js';

export interface ExplainOptions extends PlanOptions {
  readonly target?: Target | undefined;
  /** More targets, explained in the same run. */
  readonly further?: readonly Target[] | undefined;
  readonly seed?: Seed | undefined;
  readonly output?: string | undefined;
  /** Tensors of the canonical graph whose relevance is also asked for. */
  readonly at?: readonly string[] | undefined;
  /**
   * Whether the ledger of every node is kept, which takes a part of the time. Default true. Without it the total is kept, and
   * where that does not add up, the run is repeated with it.
   */
  readonly ledger?: boolean | undefined;
  readonly backend?: Backend['name'] | undefined;
  readonly compile?: CompileOptions | undefined;
}

/** A plan and the explanation graph made from it, and how many milliseconds that took. */
export interface Prepared {
  readonly plan: Plan;
  readonly explanation: Explanation;
  readonly milliseconds: number;
  /** The same with the ledger of every node, where the explanation has but its total. */
  readonly detailed?: () => Result<Explanation>;
}

/** Relevances of the inputs, and of the tensors asked for, by name: in the shape of what they belong to. */
export interface Maps {
  readonly relevance: Readonly<Record<string, Tensor>>;
  readonly at: Readonly<Record<string, Tensor>>;
}

/** The relevances of the target and of further ones, the explained output, and the report on how they came about. */
export interface Explained extends Maps {
  readonly further: readonly Maps[];
  readonly output: Tensor;
  /** How the samples lie in the output. */
  readonly outputSamples: Samples;
  /** How they lie in what the relevances belong to, by name. */
  readonly mapSamples: Readonly<Record<string, Samples>>;
  readonly report: Report;
}

/** What is wrong with the tensors whose relevance is asked for. */
const wrongTensors = ({ typed }: Model, plan: Plan, at: readonly string[]): readonly Problem[] => {
  const computed = [...typed.types.keys()].filter((name) => plan.facts.get(name)?.constant !== true);
  return at.flatMap((name) => {
    if (computed.includes(name)) return [];
    const says = typed.types.has(name) ? explainSays.constantTensor : explainSays.unknownTensor;
    return [problem('at', says(name, computed))];
  });
};

/** Rewrites that the composite needs, but that there are not, or that were left out of the model. */
const missingCanonizers = (model: Model, needed: readonly string[]): readonly Problem[] => {
  const known = canonizers.map(({ name }) => name);
  const missing = needed.filter((name) => !model.canonizers.includes(name));
  return missing.map((name) =>
    problem('', known.includes(name) ? explainSays.missingCanonizer(name) : explainSays.unknownCanonizer(name, known)),
  );
};

/**
 * Plans and transforms, without running anything. The reference backend takes formulas that do not separate, too.
 * Problems with an option bear its name (`at`, `rule`, `set`, `target`) as their place.
 */
export const prepare = (
  model: Model,
  composite: Composite,
  book: Rulebook,
  options: ExplainOptions = {},
): Result<Prepared> => {
  const start = performance.now();
  const missing = missingCanonizers(model, canonizersOf(book, composite));
  if (missing.length > 0) return E.left(missing);
  const chosen = chooseOutput(model, options.output);
  if (E.isLeft(chosen)) return chosen;
  const { typed } = chosen.right;
  const plan = makePlan(typed, composite, book, options);
  if (E.isLeft(plan)) return plan;
  if (typed.graph.inputs.length === 0) return E.left([problem(model.name, explainSays.noInputs())]);
  const at = [...new Set(options.at)];
  const wrong = wrongTensors(chosen.right, plan.right, at);
  if (wrong.length > 0) return E.left(wrong);
  const wanted = {
    target: options.target ?? ({ kind: 'argmax' } as const),
    seed: options.seed,
    at,
    classAxis: classAxisIn(chosen.right),
    ledger: options.ledger === false ? ('total' as const) : true,
    further: options.further,
  };
  const literal = options.backend === 'reference' && ({ literal: 'inseparable' } as const);
  const made = relevance(typed, plan.right, { ...wanted, ...literal });
  if (E.isLeft(made)) return E.left([...made.left, ...sizesHint(typed.graph, made.left)]);
  return E.right({
    plan: plan.right,
    explanation: made.right,
    milliseconds: performance.now() - start,
    ...(options.ledger === false && {
      detailed: () => relevance(typed, plan.right, { ...wanted, ...literal, ledger: true }),
    }),
  });
};

/** That a size may be in the way because it is open, where nothing else says so. */
export const sizesHint = (graph: Graph, problems: readonly Problem[]): readonly Problem[] => {
  const open = openSizes(graph);
  const said = problems.some(({ at, message }) => at === 'target' || message.includes(option('size')));
  return open.length === 0 || said ? [] : [problem('size', explainSays.openSizes(open))];
};

/** What is wrong with the values given. */
export const wrongValues = (model: Model, inputs: Readonly<Record<string, Tensor>>): readonly Problem[] =>
  model.typed.graph.inputs.flatMap((input) => {
    const given = inputs[input.name];
    const said = given && badValue(input, given, () => masksOf(model));
    return said === undefined ? [] : [problem(input.name, said)];
  });

/** What is wrong with targets, now that the sizes are known. */
const wrongTargets = (
  sample: readonly Dim[],
  output: string,
  { target, further = [] }: ExplainOptions,
): readonly Problem[] => {
  const known = sample.map((dim) => (typeof dim === 'number' ? dim : undefined));
  return [...(target ? [target] : []), ...further].flatMap((one) => {
    const said = wrongTarget(one, known, output);
    return said === undefined ? [] : [problem('target', said)];
  });
};

/** A prepared explanation, ready to run on any number of batches. It holds memory until it is closed. */
export interface Explainer {
  /** Refuses inputs that do not fit and values that are not finite. */
  readonly run: (inputs: Readonly<Record<string, Tensor>>) => Promise<Result<Explained>>;
  readonly close: () => Promise<void>;
}

/** What is thrown inside becomes problems of the model. */
const refusals = async <A>(model: Model, run: () => Promise<Result<A>>): Promise<Result<A>> => {
  try {
    return await run();
  } catch (thrown) {
    if (thrown instanceof Refusal) return E.left(within(model.name, thrown.problems));
    throw thrown;
  }
};

/** Compiles what `prepare` made; the options are those that it was prepared with. */
export const openExplainer = (
  model: Model,
  { plan, explanation, milliseconds, detailed }: Prepared,
  options: ExplainOptions = {},
): Promise<Result<Explainer>> =>
  refusals(model, async () => {
    const start = performance.now();
    const backend = backends[options.backend ?? 'ort'];
    const { graph, types } = explanation;
    const session = await backend.compile(graph, model.typed.store, { ...options.compile, types, finite: true });
    const compiled = performance.now();
    const ops = new Map(model.typed.graph.nodes.map(({ name, op }) => [name, op]));
    const nodes = explanation.passes;

    const run: Explainer['run'] = async (inputs) => {
      const sizes = sizesOf(model.typed.graph.inputs, shapesOf(inputs));
      const sample = explanation.sample.map((dim) => (sizes === undefined ? dim : bindDim(dim, sizes)));
      const wrong = [...wrongValues(model, inputs), ...wrongTargets(sample, explanation.output, options)];
      if (wrong.length > 0) return E.left(wrong);
      const known = sample.every((dim) => typeof dim === 'number') ? sample : undefined;
      const before = performance.now();
      const outputs = await session.run(inputs);
      const ran = performance.now();
      const pick = (names: Readonly<Record<string, string>>): Record<string, Tensor> =>
        Object.fromEntries(Object.entries(names).map(([name, output]) => [name, outputs[output]!]));
      const mapsOf = (view: TargetView): Maps => ({ relevance: pick(view.relevance), at: pick(view.at) });
      const fromValue = (options.seed ?? plan.seed) === 'value' || options.target?.kind === 'tensor';
      const from = { model, plan, backend: backend.name, inputs, outputs, fromValue };
      const samples = [explanation, ...explanation.further].map((view) => reportSamples(view, from, known));
      if (detailed !== undefined && samples.flat().some(({ ledger }) => ledger !== null && wantsNodes(ledger))) {
        const { ledger: _, ...asked } = options;
        const again = E.map((whole: Explanation) => ({ plan, explanation: whole, milliseconds }))(detailed());
        return E.isLeft(again) ? again : explainPrepared(model, again.right, inputs, asked);
      }
      const maps = mapsOf(explanation);
      const broken = notFinite({ ...maps.relevance, [explanation.output]: outputs[explanation.output]! });
      if (broken !== undefined) return E.left([problem(broken, explainSays.notFinite)]);
      const report: Report = {
        format: 'kirchhoff-explanation/1',
        model: model.name,
        backend: backend.name,
        note: session.note,
        composite: options.rule ? `${options.rule.name}, else ${plan.composite}` : plan.composite,
        quantity: plan.finished,
        seed: options.target?.kind === 'tensor' ? 'tensor' : (options.seed ?? plan.seed),
        output: explanation.output,
        outputShape: known ?? null,
        inputs: Object.keys(explanation.relevance),
        finish: finishText(plan),
        asked: explanation.asked,
        batch:
          model.batch.kind === 'proved'
            ? { axes: Object.fromEntries(model.batch.axes) }
            : { axes: null, why: model.batch.why },
        addsUp: addsUp(samples.flat()),
        samples: samples[0]!,
        further: explanation.further.map((view, i) => ({ asked: view.asked, samples: samples[i + 1]! })),
        plan: reportPlan(plan, ops),
        passes: { total: nodes.reduce((n, { forward, adjoint }) => n + forward + adjoint, 0), nodes },
        timings: { build: milliseconds, compile: compiled - start, run: ran - before },
      };
      const output = outputs[explanation.output]!;
      const samplesOf = (name: string): Samples => plan.facts.get(name)?.samples ?? { kind: 'same' };
      const named = [...Object.keys(maps.relevance), ...Object.keys(maps.at)];
      const mapSamples = Object.fromEntries(named.map((name) => [name, samplesOf(name)] as const));
      const outputSamples = samplesOf(explanation.output);
      const further = explanation.further.map(mapsOf);
      return E.right({ ...maps, further, output, outputSamples, mapSamples, report });
    };
    return E.right({ run: (inputs) => refusals(model, () => run(inputs)), close: session.close });
  });

/** Runs what `prepare` made on one batch. */
export const explainPrepared = async (
  model: Model,
  prepared: Prepared,
  inputs: Readonly<Record<string, Tensor>>,
  options: ExplainOptions = {},
): Promise<Result<Explained>> => {
  const explainer = await openExplainer(model, prepared, options);
  if (E.isLeft(explainer)) return explainer;
  return explainer.right.run(inputs).finally(explainer.right.close);
};

/** The first tensor that holds a value that is no finite number. */
const notFinite = (tensors: Readonly<Record<string, Tensor>>): string | undefined => {
  for (const [name, { data }] of Object.entries(tensors)) {
    if (data instanceof BigInt64Array) continue;
    for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i]!)) return name;
  }
  return undefined;
};

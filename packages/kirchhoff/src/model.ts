import {
  assumptions,
  ledgersOf,
  openFitting,
  prepare,
  refusalOf,
  remarksOn,
  reportPlan,
  standingOf,
  type Explained,
  type ExplainedTexts,
  type ExplainOptions as RunOptions,
  type Explainer as Running,
  type Model as Opened,
  type Prepared,
} from '@kirchhoff/explain';
import { printExpr } from '@kirchhoff/formula';
import { printGraph, type Dim, type ElementType, type Graph, type Tensor } from '@kirchhoff/graph';
import { all, explainSays, type Result } from '@kirchhoff/message';
import type { Composite, Rulebook, Seed } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { guarded, guardedNow, refused } from './error.js';
import { explanationOf, textExplanationOf, type Explanation } from './explanation.js';
import { namesIn, pathsIn, readGiven, textsIn, textSpecOf, type Given, type Surroundings } from './input.js';
import { chooseComposite, type GivenComposite } from './rules.js';
import { readTargets, type AskedTarget } from './target.js';
import type { Compared, CompareOptions } from './compared.js';

/** Which rules govern an explanation. */
export interface PlanChoice {
  /** A composite by its name, or its document; default: as the model's document says, else `epsilon-plus-flat`. */
  readonly composite?: string | GivenComposite;
  /** One rule on all weighted nodes, by its name; the composite governs the others. */
  readonly rule?: string;
  /** Numbers for the parameters of `rule`. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** Numbers for parameters wherever a rule of the plan has them. */
  readonly set?: Readonly<Record<string, number>>;
}

/** What is explained, and how it is run. */
export interface ExplainOptions extends PlanChoice {
  /** One target, or several, explained in one run; default the greatest output. */
  readonly target?: AskedTarget | readonly AskedTarget[];
  /** What the explanation starts from: the output's value or 1; default as the composite says. */
  readonly seed?: Seed;
  /** Tensors of the graph whose relevance is also given. */
  readonly at?: readonly string[];
  /** Whether the ledger of every node is kept, which takes up to a third of the time; default true. */
  readonly ledger?: boolean;
  /** onnxruntime (float32, fast) or literal loops in float64; default `ort`. */
  readonly backend?: 'ort' | 'reference';
  /** Go on where relevance goes missing beyond rounding; `ledger.addsUp` then is false. */
  readonly allowOpenLedger?: boolean;
}

/** What an exported explanation gives. */
export interface ExportOptions extends PlanChoice {
  /** One target; `'input'` lets whoever runs the file choose. Default the greatest output. */
  readonly target?: AskedTarget;
  readonly seed?: Seed;
  readonly at?: readonly string[];
  /** Whether the file also gives the ledger; default false. */
  readonly ledger?: boolean;
  /** 13 to 21; default 21. */
  readonly opset?: number;
}

/** How a node is explained. */
export interface InspectedNode {
  readonly node: string;
  readonly op: string;
  readonly kind: string;
  readonly rule: string;
  readonly parameters: Readonly<Record<string, number>>;
  /** The entry of the composite that chose the rule. */
  readonly from: string;
  /** The rule's message, its parameters put in; by port where there are several. */
  readonly formula: Readonly<Record<string, string>>;
  /** Runs of the node and of its adjoint that the rule costs. */
  readonly passes: { readonly forward: number; readonly adjoint: number };
}

/** What a composite makes of a model, before anything runs. */
export interface Inspection {
  readonly composite: string;
  /** The graph that rules apply to, as text. */
  readonly graph: string;
  /** What the rewrites changed to get there. */
  readonly rewrites: readonly string[];
  readonly nodes: readonly InspectedNode[];
  readonly passes: number;
}

/** An explanation graph that is compiled, to be run any number of times. It holds memory until it is closed. */
export interface Explainer<Made extends Explanation = Explanation> {
  /** @throws KirchhoffError where the input does not fit, or the explanation does not add up */
  readonly run: (input: Given) => Promise<Made>;
  readonly close: () => Promise<void>;
}

/** A model that is open. Every method throws (or rejects with) one KirchhoffError that carries all problems. */
export interface Model<Made extends Explanation = Explanation> {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly type: ElementType; readonly shape: readonly Dim[] }[];
  /** The output that is explained. */
  readonly output: string;
  /** Names of the classes, where the model's document gives them. */
  readonly labels: readonly string[];
  /** The graph that rules apply to. */
  readonly graph: Graph;
  /** Which inputs a decision rests on. */
  readonly explain: (input: Given, options?: ExplainOptions) => Promise<Made>;
  /** The same, compiled once for many runs. */
  readonly explainer: (options?: ExplainOptions) => Promise<Explainer<Made>>;
  /** Rule, formula and cost of every node; nothing runs. */
  readonly inspect: (options?: PlanChoice) => Inspection;
  /** Several methods on the same samples: maps, metrics, and how far the methods agree. */
  readonly compare: (inputs: Given, options?: CompareOptions) => Promise<Compared>;
  /** The explanation as the bytes of an ONNX model that runs anywhere without Kirchhoff. */
  readonly export: (options?: ExportOptions) => Promise<Uint8Array>;
  /** Closes the explainers that are still open. */
  readonly close: () => Promise<void>;
}

/** What was run, before it is given out. */
export type Ran =
  | {
      readonly kind: 'tensors';
      readonly explained: Explained;
      readonly inputs: Readonly<Record<string, Tensor>>;
      readonly names: readonly string[];
    }
  | { readonly kind: 'texts'; readonly explained: ExplainedTexts };

/** What a model is made of. */
export interface Parts<Made extends Explanation> {
  readonly model: Opened;
  readonly book: Rulebook;
  readonly around: Surroundings;
  /** Adds what can be made of an explanation where this runs. */
  readonly dress: (explanation: Explanation, ran: Ran, model: Opened) => Made;
}

interface Chosen {
  readonly composite: Composite;
  readonly options: RunOptions;
}

/** The rule that goes before the composite, and its parameters. */
export const planOf = ({ rule, parameters = {}, set }: PlanChoice): RunOptions => ({
  ...(rule !== undefined && { rule: { name: rule, parameters } }),
  ...(set && { set }),
});

const choose = (model: Opened, book: Rulebook, asked: ExplainOptions): Result<Chosen> =>
  E.map(
    ({
      composite,
      targets,
    }: {
      readonly composite: Composite;
      readonly targets: readonly NonNullable<RunOptions['target']>[];
    }): Chosen => {
      const [target, ...further] = targets;
      const { seed, at, ledger, backend } = asked;
      return {
        composite,
        options: {
          ...planOf(asked),
          ...(target && { target }),
          further,
          ...(seed && { seed }),
          ...(at && { at }),
          ...(ledger !== undefined && { ledger }),
          ...(backend && { backend }),
        },
      };
    },
  )(
    all({
      composite: chooseComposite(book, asked.composite, model.document?.composite),
      targets: readTargets(model, asked.target),
    }),
  );

const runOn = async (running: Running, parts: Parts<Explanation>, given: Given): Promise<Result<Ran>> => {
  const texts = textSpecOf(parts.model) && textsIn(given);
  if (texts !== undefined) {
    const { runTexts } = await import('./run-texts.js');
    return runTexts(running, parts, texts);
  }
  const inputs = await readGiven(parts.model, given, parts.around);
  if (E.isLeft(inputs)) return inputs;
  return E.map((explained: Explained): Ran => {
    const names = namesIn(given, explained.report.samples.length);
    return { kind: 'tensors', explained, inputs: inputs.right, names };
  })(await running.run(inputs.right));
};

const openExplainer = async <Made extends Explanation>(
  parts: Parts<Made>,
  asked: ExplainOptions,
): Promise<Result<Explainer<Made>>> => {
  const { model, book, dress } = parts;
  const chosen = choose(model, book, asked);
  if (E.isLeft(chosen)) return chosen;
  const running = await openFitting(model, chosen.right.composite, book, chosen.right.options);
  return E.map((open: Running): Explainer<Made> => ({
    run: (given) =>
      guarded(async () => {
        const ran = await runOn(open, parts, given);
        if (E.isLeft(ran)) return ran;
        const names =
          ran.right.kind === 'texts' ? ran.right.explained.texts.map(({ tokens }) => tokens.text) : ran.right.names;
        const { kind, explained } = ran.right;
        const stands = standingOf(ledgersOf(explained.report, names));
        const refusal = refusalOf(stands, asked.allowOpenLedger === true);
        if (refusal.length > 0) return E.left(refusal);
        const assumed = kind === 'texts' ? [] : assumptions(model, pathsIn(given));
        const notes = [...remarksOn(stands), ...assumed];
        const explanation = kind === 'texts' ? textExplanationOf(explained, notes) : explanationOf(explained, notes);
        return E.right(dress(explanation, ran.right, model));
      }),
    close: open.close,
  }))(running);
};

const inspect = (model: Opened, book: Rulebook, asked: PlanChoice): Result<Inspection> => {
  const composite = chooseComposite(book, asked.composite, model.document?.composite);
  if (E.isLeft(composite)) return composite;
  const prepared = prepare(model, composite.right, book, planOf(asked));
  return E.map(({ plan, explanation }: Prepared): Inspection => {
    const passes = new Map(explanation.passes.map((one) => [one.node, one]));
    const ops = new Map(model.typed.graph.nodes.map(({ name, op }) => [name, op]));
    return {
      composite: plan.composite,
      graph: printGraph(model.typed.graph, model.typed),
      rewrites: model.rewrites.flatMap(({ rewrite, changes }) => changes.map((change) => `${rewrite}: ${change}`)),
      nodes: reportPlan(plan, ops).map((row) => {
        const { messages } = plan.assignments.get(row.node)!.instance;
        const { forward = 0, adjoint = 0 } = passes.get(row.node) ?? {};
        const formula = Object.fromEntries(Object.entries(messages).map(([port, expr]) => [port, printExpr(expr)]));
        const { node, op, kind, rule, parameters: chosen, from } = row;
        return { node, op, kind, rule, parameters: chosen, from, formula, passes: { forward, adjoint } };
      }),
      passes: explanation.passes.reduce((n, { forward, adjoint }) => n + forward + adjoint, 0),
    };
  })(prepared);
};

/** The model that is given out, made of one that is open. */
export const makeModel = <Made extends Explanation>(parts: Parts<Made>): Model<Made> => {
  const { model, book } = parts;
  const { graph } = model.typed;
  const open = new Set<Explainer<Made>>();
  let closed = false;
  const explainer = (options: ExplainOptions = {}): Promise<Explainer<Made>> =>
    guarded(async () => {
      if (closed) return refused(model.name, explainSays.closedModel());
      return E.map((made: Explainer<Made>): Explainer<Made> => {
        const kept: Explainer<Made> = {
          run: made.run,
          close: async () => {
            if (open.delete(kept)) await made.close();
          },
        };
        open.add(kept);
        return kept;
      })(await openExplainer(parts, options));
    });
  return {
    name: model.name,
    inputs: graph.inputs.map(({ name, type, shape }) => ({ name, type, shape })),
    output: model.original.outputs[0] ?? graph.outputs[0]!,
    labels: model.document?.labels ?? [],
    graph,
    explainer,
    explain: async (input, options) => {
      const once = await explainer(options);
      return once.run(input).finally(once.close);
    },
    inspect: (options = {}) => guardedNow(() => inspect(model, book, options)),
    compare: (inputs, options = {}) =>
      guarded(async () => {
        const { compareOn } = await import('./later.js');
        return compareOn(parts, inputs, options);
      }),
    export: (options = {}) =>
      guarded(async () => {
        const { exported } = await import('./later.js');
        return exported(parts, options);
      }),
    close: async () => {
      closed = true;
      await Promise.all([...open].map((one) => one.close()));
    },
  };
};

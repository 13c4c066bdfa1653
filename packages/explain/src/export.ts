import { graphsWithin, infer, isInline, type Graph, type TensorStore, type TypedGraph } from '@kirchhoff/graph';
import { explainSays, Refusal, type Result } from '@kirchhoff/message';
import { downgrade, encodeOnnx, settleWindows } from '@kirchhoff/onnx';
import type { Explanation, Target } from '@kirchhoff/relevance';
import type { Composite, Plan, PlanOptions, Rulebook, Seed } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { prepare } from './explain.js';
import type { Model } from './model.js';

export interface ExportOptions extends PlanOptions {
  /** `{ kind: 'input' }` lets whoever runs the file choose; default argmax. */
  readonly target?: Target | undefined;
  readonly seed?: Seed | undefined;
  readonly output?: string | undefined;
  /** Further tensors of the canonical graph whose relevance the file gives. */
  readonly at?: readonly string[] | undefined;
  /** Whether the file also gives the ledger. Default false. */
  readonly ledger?: boolean | undefined;
  /** Opset of the default domain, 13 to 21; default 21. */
  readonly opset?: number | undefined;
}

/** An explanation as one graph in the operators of an opset, ready to be written, and what its values mean. */
export interface Exported {
  readonly graph: Graph;
  readonly store: TensorStore;
  readonly opset: number;
  readonly plan: Plan;
  readonly explanation: Explanation;
  /** One sentence for each input and output. */
  readonly docs: ReadonlyMap<string, string>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What each output holds. */
const describeOutputs = (explanation: Explanation): ReadonlyMap<string, string> => {
  const { relevance: maps, at, target, score, seed, ledger, output, quantity } = explanation;
  const docs = new Map<string, string>([[output, explainSays.docOutput(output)]]);
  // One value may have several meanings: with seed `value`, the score is the seed.
  const add = (value: string | undefined, said: string): void => {
    if (value === undefined) return;
    const before = docs.get(value);
    docs.set(value, before === undefined ? said : `${before} ${said}`);
  };
  for (const [name, value] of Object.entries(maps)) add(value, explainSays.docRelevance(quantity, name));
  for (const [name, value] of Object.entries(at)) add(value, explainSays.docRelevance(quantity, name));
  add(target, explainSays.docTarget());
  add(score, explainSays.docScore());
  add(seed, explainSays.docSeed());
  for (const { node, rule, in: received, magnitude, out, spread, peak, leaks } of ledger) {
    add(received, explainSays.docLedgerIn(node, rule));
    add(magnitude, explainSays.docLedgerMagnitude(node));
    add(out, explainSays.docLedgerOut(node));
    add(spread, explainSays.docLedgerSpread(node));
    if (peak !== spread) add(peak, explainSays.docLedgerPeak(node));
    for (const [cause, leak] of Object.entries(leaks)) add(leak, explainSays.docLedgerLeak(node, cause));
  }
  return docs;
};

const describeInputs = (model: Model, graph: Graph): ReadonlyMap<string, string> => {
  const own = new Set(model.typed.graph.inputs.map(({ name }) => name));
  return new Map(
    graph.inputs.map(({ name, range }): [string, string] => {
      if (!own.has(name)) return [name, explainSays.docTargetInput()];
      const spec = model.document?.inputs[name];
      return [name, explainSays.docInput(name, range, spec && JSON.stringify(spec))];
    }),
  );
};

const metadataOf = (model: Model, plan: Plan, explanation: Explanation): Readonly<Record<string, string>> => ({
  'kirchhoff.format': 'kirchhoff-explanation-graph/1',
  'kirchhoff.model': model.name,
  'kirchhoff.composite': plan.composite,
  'kirchhoff.target': explanation.asked,
  'kirchhoff.quantity': explanation.quantity,
  'kirchhoff.plan': JSON.stringify(
    [...plan.assignments.values()].map(({ node, rule, parameters }) => ({ node, rule: rule.name, parameters })),
  ),
  'kirchhoff.outputs': JSON.stringify({
    output: explanation.output,
    relevance: explanation.relevance,
    ...(Object.keys(explanation.at).length > 0 && { at: explanation.at }),
    ...(explanation.target !== undefined && { target: explanation.target }),
    ...(explanation.score !== undefined && { score: explanation.score }),
    seed: explanation.seed,
    ...(explanation.ledger.length > 0 && { ledger: explanation.ledger }),
  }),
  ...(model.document?.labels && { 'kirchhoff.labels': JSON.stringify(model.document.labels) }),
  ...(model.document && { 'kirchhoff.inputs': JSON.stringify(model.document.inputs) }),
});

/**
 * The explanation of a model under a composite as a graph for an ONNX file of its own: it takes what the model takes, and
 * gives the model's output, the relevance of each input, and (where asked) the ledger. Nothing runs.
 */
export const exportExplanation = (
  model: Model,
  composite: Composite,
  book: Rulebook,
  options: ExportOptions = {},
): Result<Exported> => {
  const prepared = prepare(model, composite, book, { ...options, ledger: options.ledger === true });
  if (E.isLeft(prepared)) return prepared;
  const { plan, explanation } = prepared.right;
  const opset = options.opset ?? 21;
  const lowered = downgrade(explanation.graph, model.typed.store, opset);
  if (E.isLeft(lowered)) return lowered;
  return E.right({
    graph: settleWindows(lowered.right, () =>
      lowered.right === explanation.graph ? explanation.types : typesOf(lowered.right, model.typed.store),
    ),
    store: model.typed.store,
    opset,
    plan,
    explanation,
    docs: new Map([...describeInputs(model, lowered.right), ...describeOutputs(explanation)]),
    metadata: metadataOf(model, plan, explanation),
  });
};

const typesOf = (graph: Graph, store: TensorStore): TypedGraph['types'] => {
  const typed = infer(graph, store);
  return E.isRight(typed) ? typed.right.types : new Map();
};

/** The tensors that an exported graph uses and that are not written inside it, by name. */
export const exportedTensors = ({ graph, store }: Exported): TensorStore => {
  const names = new Set<string>();
  for (const { tensors } of graphsWithin(graph))
    for (const [name, entry] of Object.entries(tensors)) if (!isInline(entry)) names.add(name);
  return new Map([...store].filter(([name]) => names.has(name)));
};

/**
 * An exported explanation as the bytes of an ONNX model. Tensors that lie in a file (as `store` says, by default that of
 * the model) are named there with `external`, and copied without.
 */
export const encodeExported = (
  exported: Exported,
  {
    external = false,
    store = exported.store,
  }: { readonly external?: boolean; readonly store?: TensorStore | undefined } = {},
): Result<Uint8Array> => {
  const { graph, opset, docs, metadata } = exported;
  const typed = infer(graph, store);
  if (E.isLeft(typed)) return typed;
  try {
    return E.right(encodeOnnx(graph, store, { opset, external, types: typed.right.types, docs, metadata }));
  } catch (thrown) {
    if (thrown instanceof Refusal) return E.left(thrown.problems);
    throw thrown;
  }
};

import {
  infer,
  sizeOf,
  toNumbers,
  type Graph,
  type Tensor,
  type StoredTensor,
  type TensorStore,
} from '@kirchhoff/graph';
import { cliSays, printProblems, Refusal, type Problem, type Result } from '@kirchhoff/message';
import { readOnnx } from '@kirchhoff/onnx';
import { backends, computeOnnx, firstNaN, openBare, type Backend } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { dataSets, type Case, type DataSet } from './case.js';
import { difference } from './compare.js';

/**
 * `passed` on both backends; `unsupported`: refused before anything ran, with a reason; `failed`: other numbers, or a stop
 * while running; `disputed`: failed, but onnxruntime by itself fails the case as well.
 */
export type Outcome = 'passed' | 'unsupported' | 'failed' | 'disputed';

export interface Verdict {
  readonly name: string;
  readonly operators: readonly string[];
  readonly outcome: Outcome;
  /** Why it did not pass. */
  readonly reason: string;
}

/** A graph that can run. */
interface Runnable {
  readonly graph: Graph;
  readonly store: TensorStore;
}

const isInteger = ({ type }: Tensor): boolean => type === 'int64' || type === 'int32';

/** The graph with inputs of whole numbers as constants: shapes, axes and pads, which we need to know beforehand. */
const withConstants = (
  { graph, store }: Runnable,
  { inputs }: DataSet,
  chosen: (tensor: Tensor) => boolean,
): Runnable => {
  const fixed = graph.inputs.filter(({ name }) => inputs[name] !== undefined && chosen(inputs[name]));
  const entries = fixed.map(({ name }) => {
    const { type, shape, data } = inputs[name]!;
    return [name, { type, shape, data: [...toNumbers(data)] }] as const;
  });
  const changed: Graph = {
    ...graph,
    inputs: graph.inputs.filter((input) => !fixed.includes(input)),
    tensors: { ...graph.tensors, ...Object.fromEntries(entries) },
  };
  const added = fixed.map(({ name }): [string, StoredTensor] => {
    const { type, shape, data } = inputs[name]!;
    return [name, { type, shape, read: () => data }];
  });
  return { graph: changed, store: new Map([...store, ...added]) };
};

/** As many inputs stay inputs as can: all, those of real numbers, or (for the scales of a Resize) only the long ones. */
const readable = (model: Runnable, data: DataSet): Result<Runnable> => {
  const tries = [
    model,
    withConstants(model, data, isInteger),
    withConstants(
      model,
      data,
      (tensor) => isInteger(tensor) || (tensor.shape.length <= 1 && sizeOf(tensor.shape) <= 8),
    ),
  ];
  let problems: readonly Problem[] = [];
  for (const one of tries) {
    const typed = infer(one.graph, one.store);
    if (E.isRight(typed)) return E.right(one);
    if (problems.length === 0 || one !== model) problems = typed.left;
  }
  return E.left(problems);
};

const reasonOf = (thrown: unknown): string =>
  thrown instanceof Refusal
    ? printProblems(thrown.problems)
    : thrown instanceof Error
      ? thrown.message
      : String(thrown);

const compareAll = (found: Readonly<Record<string, Tensor>>, { outputs }: DataSet): string | undefined =>
  Object.entries(outputs)
    .map(([name, wanted]) => difference(name, found[name], wanted))
    .find((said) => said !== undefined);

/** What goes wrong on one backend; undefined where nothing does. */
const failure = async (backend: Backend, { graph, store }: Runnable, data: DataSet): Promise<string | undefined> => {
  try {
    const session = await backend.compile(graph, store, { threads: 1 });
    try {
      const known = new Set(graph.inputs.map(({ name }) => name));
      const inputs = Object.fromEntries(Object.entries(data.inputs).filter(([name]) => known.has(name)));
      return compareAll(await session.run(inputs), data);
    } finally {
      await session.close();
    }
  } catch (thrown) {
    return reasonOf(thrown);
  }
};

/** Whether onnxruntime, given the file as it is, passes. */
const bareFailure = async ({ bytes }: Case, data: DataSet): Promise<string | undefined> => {
  try {
    const session = await openBare(bytes, { threads: 1 });
    try {
      return compareAll(await session.run(data.inputs), data);
    } finally {
      await session.close();
    }
  } catch (thrown) {
    return reasonOf(thrown);
  }
};

/** Runs a case on both backends, and where it fails, on onnxruntime by itself. */
export const judge = async (one: Case): Promise<Verdict> => {
  const { name, path, bytes, survey } = one;
  const verdict = (outcome: Outcome, reason: string): Verdict => ({
    name,
    operators: survey.operators,
    outcome,
    reason,
  });
  const decoded = await readOnnx(bytes, { place: path, evaluate: computeOnnx });
  if (E.isLeft(decoded)) return verdict('unsupported', printProblems(decoded.left));
  const sets = dataSets(one);
  if (E.isLeft(sets)) return verdict('unsupported', printProblems(sets.left));
  for (const data of sets.right) {
    const model = readable(decoded.right, data);
    if (E.isLeft(model)) return verdict('unsupported', printProblems(model.left));
    for (const backend of Object.values(backends)) {
      const failed = await failure(backend, model.right, data);
      if (failed === undefined) continue;
      const side = (['input', 'output'] as const).find((one) =>
        Object.values(data[`${one}s`]).some((tensor) => firstNaN(tensor) >= 0),
      );
      if (side !== undefined) return verdict('unsupported', cliSays.caseHoldsNaN(side, failed));
      const bare = await bareFailure(one, data);
      return verdict(bare === undefined ? 'failed' : 'disputed', `${backend.name}: ${failed}`);
    }
  }
  return verdict('passed', '');
};

import { batchAxis, fitModel, samplesFirst, type Model } from '@kirchhoff/explain';
import type { Tensor } from '@kirchhoff/graph';
import { compareSays, problem, type Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import type { Tokens } from '@kirchhoff/text';
import * as E from 'fp-ts/lib/Either.js';
import {
  batchFirst,
  cutEmbedding,
  makeSubject,
  openForwardFor,
  rowOf,
  stackRows,
  winnersOf,
  type Subject,
} from '../methods/index.js';
import type { Case } from '../metrics/index.js';

/** What a comparison of one model is about: the model as methods see it, and its samples. */
export interface Ground {
  readonly model: Model;
  readonly subject: Subject;
  readonly cases: readonly Case[];
  /** The texts, where samples are texts; in the order of the cases. */
  readonly tokens: readonly Tokens[] | undefined;
  /** Scores by class, for each case. */
  readonly outputs: readonly (readonly number[])[];
}

/** Samples as they were given. */
export interface Samples {
  readonly names: readonly string[];
  /** Batches of one: of texts, their token ids. */
  readonly tensors: readonly Tensor[];
  readonly tokens?: readonly Tokens[];
}

/** A model as methods see it, and samples of its input, which they are asked about. */
export interface Posed {
  readonly samples: Samples;
  readonly subject: Subject;
  /** The samples as the subject's input takes them: those of texts are embedded. */
  readonly tensors: readonly Tensor[];
}

/** Whether a model takes the texts that are given; others take the files. */
export const readsText = ({ document }: Model): boolean =>
  Object.values(document?.inputs ?? {}).some((spec) => 'text' in spec);

/** A batch of the model's input with its samples first. */
export const samplesFirstIn = ({ typed: { graph } }: Model, batch: Tensor): Tensor => {
  const axis = batchAxis(graph, graph.inputs[0]?.shape ?? []);
  return axis <= 0 || axis >= batch.shape.length
    ? batch
    : samplesFirst(batch, { kind: 'apart', axis, outer: 1, inner: 1 }, batch.shape[axis]!);
};

const shapesAlike = ([first, ...others]: readonly Tensor[]): boolean =>
  first !== undefined && others.every(({ shape }) => shape.join() === first.shape.join());

/** The model with the sizes of its samples, where they all have the same; texts differ in length, which stays open. */
const fitSamples = (model: Model, tensors: readonly Tensor[]): Result<Model> => {
  const [input] = model.typed.graph.inputs;
  return input === undefined || !shapesAlike(tensors) || readsText(model)
    ? E.right(model)
    : fitModel(model, { [input.name]: tensors[0]!.shape });
};

/**
 * Cuts text models behind their embedding and fits the model to its samples. Refuses models that methods cannot be compared on.
 * @param baseline what removed parts are replaced by
 */
export const poseSamples = (model: Model, book: Rulebook, samples: Samples, baseline: number): Result<Posed> => {
  const embedded = samples.tokens === undefined ? undefined : cutEmbedding(model);
  if (embedded !== undefined && E.isLeft(embedded)) return embedded;
  const open = batchFirst(embedded?.right.model ?? model);
  if (E.isLeft(open)) return open;
  const tensors = embedded === undefined ? samples.tensors : samples.tensors.map((ids) => embedded.right.embed(ids));
  const fitted = fitSamples(open.right, tensors);
  if (E.isLeft(fitted)) return fitted;
  return E.map((subject: Subject): Posed => ({ samples, subject, tensors }))(makeSubject(fitted.right, book, baseline));
};

const maskOf = (masks: Tensor | undefined, n: number): Uint8Array | undefined =>
  masks === undefined ? undefined : Uint8Array.from(rowOf(masks, n).data as Uint8Array, (value) => (value > 0 ? 1 : 0));

/**
 * Asks the model what it decides of every sample: that is what methods explain.
 * @param masks [N, H, W], above 0 where the evidence is
 */
export const decide = async ({ samples, subject, tensors }: Posed, masks?: Tensor): Promise<Result<Ground>> => {
  const { model } = subject;
  const [first, ...others] = tensors;
  if (first === undefined) return E.left([problem(model.name, compareSays.noSamples(model.name))]);
  const forward = await openForwardFor(subject);
  const outputs: (readonly number[])[] = [];
  const cases: Case[] = [];
  for (const [n, x] of tensors.entries()) {
    const scores = await forward.run(x);
    outputs.push(Array.from(scores.data, Number));
    const mask = maskOf(masks, n);
    const name = samples.names[n] ?? `sample ${n}`;
    cases.push({ name, x, target: winnersOf(scores)[0]!, mask });
  }
  await forward.close();
  const learnt = subject.data ?? (shapesAlike(tensors) ? stackRows([first, ...others]) : undefined);
  const known = { ...subject, data: learnt };
  return E.right({ model, subject: known, cases, tokens: samples.tokens, outputs });
};

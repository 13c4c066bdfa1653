import { option, explainSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { batchAxis, cutBatch } from '../../batch.js';
import type { Model } from '../../model.js';
import { readInputs, type Batch, type InputFile } from '../inputs.js';

/** A batch of a series, with the file of each of its samples, and the files that could not be read. */
export interface SeriesBatch extends Batch {
  readonly files: readonly string[];
  readonly unread: readonly { readonly file: string; readonly problem: string }[];
}

/** Batches in order, each read when it is asked for. */
export interface Batches {
  readonly count: number;
  readonly samples: number;
  readonly at: (index: number) => Promise<Result<SeriesBatch>>;
}

/** Files of the first input, and at each of them those of the other inputs. */
const grouped = ({ typed }: Model, files: readonly InputFile[]): Result<readonly (readonly InputFile[])[]> => {
  const names = typed.graph.inputs.map(({ name }) => name);
  const perInput = names.map((name, i) =>
    files.filter((one) => one.name === name || (one.name === undefined && i === 0)),
  );
  const [first = []] = perInput;
  const uneven = perInput.findIndex((list) => list.length !== first.length);
  if (uneven > 0)
    return E.left([
      problem(
        option('input'),
        explainSays.unevenFiles(names[0]!, first.length, names[uneven]!, perInput[uneven]!.length),
      ),
    ]);
  return E.right(first.map((_, k) => perInput.map((list) => list[k]!)));
};

/** Reads groups as one batch, and where `skip` without those that cannot be read. */
const readGroups = async (
  model: Model,
  groups: readonly (readonly InputFile[])[],
  skip: boolean,
): Promise<Result<SeriesBatch>> => {
  const done = (batch: Batch, kept: readonly (readonly InputFile[])[], unread: SeriesBatch['unread']): SeriesBatch => ({
    ...batch,
    files: batch.names.map((_, n) => kept[kept.length === batch.names.length ? n : 0]![0]!.file),
    unread,
  });
  const all = await readInputs(model, groups.flat());
  if (E.isRight(all)) return E.right(done(all.right, groups, []));
  if (!skip) return all;
  const unread: { readonly file: string; readonly problem: string }[] = [];
  const kept: (readonly InputFile[])[] = [];
  for (const group of groups) {
    const alone = await readInputs(model, group);
    if (E.isRight(alone)) kept.push(group);
    else unread.push({ file: group[0]!.file, problem: alone.left.map(({ message }) => message).join('; ') });
  }
  if (kept.length === 0) return E.right({ inputs: {}, names: [], files: [], unread });
  return E.map((batch: Batch) => done(batch, kept, unread))(await readInputs(model, kept.flat()));
};

/** One array of many samples in pieces of `size`. */
const pieces = ({ typed: { graph } }: Model, batch: Batch, file: string, size: number): Batches => {
  const axisOf = (input: string): number =>
    batchAxis(graph, graph.inputs.find(({ name }) => name === input)?.shape ?? []);
  const samples = batch.names.length;
  return {
    count: Math.ceil(samples / size),
    samples,
    at: async (index) => {
      const [from, to] = [index * size, Math.min(samples, (index + 1) * size)];
      const names = batch.names.slice(from, to);
      const inputs = Object.fromEntries(
        Object.entries(batch.inputs).map(([name, tensor]) => [name, cutBatch(tensor, axisOf(name), from, to)]),
      );
      return E.right({ inputs, names, files: names.map(() => file), unread: [] });
    },
  };
};

/**
 * Cuts files into batches of `size` samples. Pictures are read when their batch is asked for; one .npy for each input is
 * read at once. Every input must have samples, along whichever axis; a model that takes one at a time gets one at a time.
 */
export const openBatches = async (
  model: Model,
  files: readonly InputFile[],
  { size: asked, skip }: { readonly size: number; readonly skip: boolean },
): Promise<Result<Batches>> => {
  const { graph } = model.typed;
  const shared = graph.inputs.filter(({ shape }) => batchAxis(graph, shape) < 0);
  const single = shared.length === graph.inputs.length;
  const wrong = single ? [] : shared;
  if (wrong.length > 0)
    return E.left(wrong.map(({ name, shape }) => problem(option('input'), explainSays.noSeries(name, shape))));
  const size = single ? 1 : asked;
  if (files.length === graph.inputs.length && files.every(({ file }) => file.endsWith('.npy')))
    return E.map((batch: Batch) => pieces(model, batch, files[0]!.file, size))(await readInputs(model, files));
  const groups = grouped(model, files);
  if (E.isLeft(groups)) return groups;
  if (groups.right.length === 0)
    return E.map((batch: Batch) => pieces(model, batch, '', size))(await readInputs(model, files));
  return E.right({
    count: Math.ceil(groups.right.length / size),
    samples: groups.right.length,
    at: (index) => readGroups(model, groups.right.slice(index * size, (index + 1) * size), skip),
  });
};

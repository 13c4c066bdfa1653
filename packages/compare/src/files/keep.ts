import { readNpy, writeNpy } from '@kirchhoff/explain';
import {
  damagedFiles,
  keyOfAll,
  outputNames,
  problemsOf,
  readBytes,
  rulesKey,
  wholeOf,
  writeAllAtomically,
  type Whole,
} from '@kirchhoff/explain/node';
import type { Tensor } from '@kirchhoff/graph';
import { compareSays, problem, within, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  coarseness,
  refusalOfMaps,
  type AskedMethod,
  type Finished,
  type Finisher,
  type Ground,
} from '../comparison/index.js';
import { floats, rowOf, rowSize, stackRows } from '../methods/index.js';
import type { Judgement, MethodMaps, MetricName } from '../metrics/index.js';

/**
 * A word that is another one as soon as anything is that a method's maps and figures rest on.
 * @param key the same of the model and of the library
 */
const keyOf = (
  key: string,
  { subject, cases, outputs }: Ground,
  { request, method: { settings, plan, needs } }: AskedMethod,
  judged: readonly unknown[],
): string => {
  const { book, input, baseline, data } = subject;
  const named = plan.map(({ rule }) => rule);
  return keyOfAll(
    key,
    [request, settings, plan, input, baseline, judged],
    rulesKey(book, book.composites.get(request.name), named),
    cases.map(({ x, mask, target }) => [x.shape, floats(x), mask, target]),
    outputs,
    needs.includes('data') && data ? [data.shape, floats(data)] : [],
  );
};

const alike = (maps: readonly Tensor[]): boolean => maps.every(({ shape }) => shape.join() === maps[0]!.shape.join());

const filesOf = (name: string, maps: readonly Tensor[]): readonly (readonly [string, Tensor])[] => {
  const [first, ...others] = maps;
  if (alike(maps)) return [[`${name}.npy`, stackRows([first!, ...others])]];
  const digits = String(maps.length - 1).length;
  return maps.map((map, n) => [`${name}@${String(n).padStart(digits, '0')}.npy`, map] as const);
};

/** What stands in a method's .json beside its key, and is held to its checksum. */
interface Kept extends Omit<MethodMaps, 'maps'> {
  /** The files of its maps as they were written. */
  readonly files: Readonly<Record<string, Whole>>;
  readonly judgement: Judgement;
}

const sumOf = (kept: Kept): string => wholeOf(Buffer.from(JSON.stringify(kept))).sha256;

/**
 * Writes a method's maps (.npy) and figures (.json), all or none: whoever is interrupted keeps what is finished.
 * @param name what its files are called
 */
const keepMethod = (folder: string, name: string, key: string, { maps, judgement }: Finished): Result<void> => {
  const files = filesOf(name, maps.maps).map(([file, map]) => [file, writeNpy(map)] as const);
  const { ledgers, milliseconds } = maps;
  const whole = Object.fromEntries(files.map(([file, bytes]) => [file, wholeOf(bytes)] as const));
  const kept: Kept = { files: whole, ledgers, milliseconds, judgement };
  const document = { key, sum: sumOf(kept), kept };
  return writeAllAtomically(folder, [...files, [`${name}.json`, `${JSON.stringify(document, null, 2)}\n`]]);
};

/** What an earlier run kept under the same key; undefined where there is none, or where it is not as it was written. */
const recallMethod = (folder: string, name: string, key: string, samples: number): Finished | undefined => {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) return undefined;
  try {
    const document = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly key: string;
      readonly sum: string;
      readonly kept: Kept;
    };
    if (document.key !== key || document.sum !== sumOf(document.kept)) return undefined;
    const { files, ledgers, milliseconds, judgement } = document.kept;
    if (damagedFiles(folder, files).length > 0) return undefined;
    const maps: Tensor[] = [];
    for (const file of Object.keys(files)) {
      const bytes = readBytes(join(folder, file));
      const map = E.isLeft(bytes) ? bytes : readNpy(bytes.right, file);
      if (E.isLeft(map)) return undefined;
      for (let n = 0; n < map.right.shape[0]!; n++) {
        const row = rowOf(map.right, n);
        maps.push({ ...row, data: row.data.slice(0, rowSize(row)) });
      }
    }
    return maps.length === samples ? { maps: { maps, ledgers, milliseconds }, judgement } : undefined;
  } catch {
    return undefined;
  }
};

/** Problems midway: whose they are, and that what is finished stays. */
const brokenOff = (model: string, method: string, folder: string, problems: readonly Problem[]): readonly Problem[] => {
  const told = problems.map(({ at, message }) =>
    problem(at === model ? '' : at, `${message}; ${compareSays.keptIn(folder)}`),
  );
  return within(`${model} ${method}`, told);
};

/** What is run, and where it is kept. */
export interface Keeping {
  readonly ground: Ground;
  readonly methods: readonly AskedMethod[];
  readonly folder: string;
  /** A word that is another one as soon as the model is, or the library. */
  readonly key: string;
  readonly metrics: readonly MetricName[];
  readonly allowOpen: boolean;
}

/** Writes down each method as it is finished, and takes from the folder what an earlier run finished. */
export const keeping = ({ ground, methods, folder, key, metrics, allowOpen }: Keeping): Finisher => {
  const { cases, model } = ground;
  const files = outputNames(methods.map(({ method }) => method.title));
  const finish = async (
    one: AskedMethod,
    file: string,
    run: () => Promise<Result<Finished>>,
  ): Promise<Result<Finished>> => {
    const own = keyOf(key, ground, one, [metrics, coarseness.steps, coarseness.across]);
    const kept = recallMethod(folder, file, own, cases.length);
    if (kept !== undefined) {
      const refused = refusalOfMaps(cases, kept.maps, allowOpen);
      return refused.length > 0 ? E.left(refused) : E.right(kept);
    }
    const finished = await run();
    if (E.isLeft(finished)) return finished;
    return E.map(() => finished.right)(keepMethod(folder, file, own, finished.right));
  };
  return async (one, index, run) => {
    const done = await finish(one, files[index]!, run).catch((thrown: unknown): Result<Finished> =>
      E.left(problemsOf(thrown)),
    );
    return E.mapLeft((problems: readonly Problem[]) => brokenOff(model.name, one.method.title, folder, problems))(done);
  };
};

import { readNpy, writeNpy } from '@kirchhoff/explain';
import {
  floats,
  rowOf,
  rowSize,
  stackRows,
  type Judgement,
  type MethodMaps,
  type MethodRequest,
  type OpenMethod,
} from '@kirchhoff/compare';
import { damagedFiles, readBytes, wholeOf, writeAllAtomically, type Whole } from '@kirchhoff/explain/node';
import type { Tensor } from '@kirchhoff/graph';
import type { Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyOfAll, rulesKey } from '../store/key.js';
import type { Ground } from './samples.js';

/** A finished method: its maps and what the metrics say of them. */
export interface Finished {
  readonly maps: MethodMaps;
  readonly judgement: Judgement;
}

/** A word that is another one as soon as anything is that a method's maps and figures rest on. */
export const keyOf = (
  { subject, cases, outputs, key }: Ground,
  request: MethodRequest,
  { settings, plan, needs }: OpenMethod,
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
export const keepMethod = (folder: string, name: string, key: string, { maps, judgement }: Finished): Result<void> => {
  const files = filesOf(name, maps.maps).map(([file, map]) => [file, writeNpy(map)] as const);
  const { ledgers, milliseconds } = maps;
  const whole = Object.fromEntries(files.map(([file, bytes]) => [file, wholeOf(bytes)] as const));
  const kept: Kept = { files: whole, ledgers, milliseconds, judgement };
  const document = { key, sum: sumOf(kept), kept };
  return writeAllAtomically(folder, [...files, [`${name}.json`, `${JSON.stringify(document, null, 2)}\n`]]);
};

/** What an earlier run kept under the same key; undefined where there is none, or where it is not as it was written. */
export const recallMethod = (folder: string, name: string, key: string, samples: number): Finished | undefined => {
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

import type { MethodMaps, Judgement } from '@kirchhoff/evaluate';
import {
  floats,
  readBytes,
  readNpy,
  rowOf,
  rowSize,
  stackRows,
  writeAllAtomically,
  writeNpy,
  type MethodRequest,
  type OpenMethod,
} from '@kirchhoff/explain';
import type { Tensor } from '@kirchhoff/graph';
import type { Problem } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ground } from './samples.js';

/** A finished method: its maps and what the metrics say of them. */
export interface Finished {
  readonly maps: MethodMaps;
  readonly judgement: Judgement;
}

/** Counted up where methods or metrics come to mean something else, so that what was finished before is done again. */
const meaning = 5;

const rulesOf = ({ rules, composites }: Rulebook, name: string, plan: OpenMethod['plan']): readonly unknown[] => [
  composites.get(name),
  ...[...new Set(plan.map(({ rule }) => rule))].map((rule) => rules.get(rule)),
];

/** A word that is another one as soon as anything is that a method's maps and figures rest on. */
export const keyOf = (
  { subject, cases, outputs }: Ground,
  request: MethodRequest,
  method: OpenMethod,
  judged: readonly unknown[],
): string => {
  const { settings, plan, needs } = method;
  const hash = createHash('sha256');
  const words = [
    meaning,
    request,
    settings,
    plan,
    rulesOf(subject.book, request.name, plan),
    subject.input,
    subject.baseline,
    judged,
  ];
  hash.update(JSON.stringify(words, (key, value: unknown) => (key === 'expr' ? undefined : value)));
  const learnt = needs.includes('data') && subject.data ? [floats(subject.data)] : [];
  const samples = cases.flatMap(({ x, mask, target }) => [x.shape, floats(x), mask ?? [], [target]]);
  for (const values of [...samples, ...outputs, ...learnt])
    hash.update(String(values.length)).update(new Uint8Array(Float32Array.from(values).buffer));
  return hash.digest('hex');
};

const alike = (maps: readonly Tensor[]): boolean => maps.every(({ shape }) => shape.join() === maps[0]!.shape.join());

const filesOf = (name: string, maps: readonly Tensor[]): readonly (readonly [string, Tensor])[] => {
  const [first, ...others] = maps;
  if (alike(maps)) return [[`${name}.npy`, stackRows([first!, ...others])]];
  const digits = String(maps.length - 1).length;
  return maps.map((map, n) => [`${name}@${String(n).padStart(digits, '0')}.npy`, map] as const);
};

/**
 * Writes a method's maps (.npy) and figures (.json), all or none: whoever is interrupted keeps what is finished.
 * @param name what its files are called
 */
export const keepMethod = (
  folder: string,
  name: string,
  key: string,
  { maps, judgement }: Finished,
): E.Either<readonly Problem[], void> => {
  const files = filesOf(name, maps.maps);
  const { ledgers, milliseconds } = maps;
  const kept = { key, files: files.map(([file]) => file), ledgers, milliseconds, judgement };
  return writeAllAtomically(folder, [
    ...files.map(([file, map]) => [file, writeNpy(map)] as const),
    [`${name}.json`, `${JSON.stringify(kept, null, 2)}\n`],
  ]);
};

interface Kept extends Omit<MethodMaps, 'maps'> {
  readonly key: string;
  readonly files: readonly string[];
  readonly judgement: Judgement;
}

/** What an earlier run kept under the same key; undefined where there is none, or where its files are not whole. */
export const recallMethod = (folder: string, name: string, key: string, samples: number): Finished | undefined => {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) return undefined;
  try {
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Kept;
    if (kept.key !== key) return undefined;
    const maps: Tensor[] = [];
    for (const file of kept.files) {
      const bytes = readBytes(join(folder, file));
      const map = E.isLeft(bytes) ? bytes : readNpy(bytes.right, file);
      if (E.isLeft(map)) return undefined;
      for (let n = 0; n < map.right.shape[0]!; n++) {
        const row = rowOf(map.right, n);
        maps.push({ ...row, data: row.data.slice(0, rowSize(row)) });
      }
    }
    const { ledgers, milliseconds, judgement } = kept;
    return maps.length === samples ? { maps: { maps, ledgers, milliseconds }, judgement } : undefined;
  } catch {
    return undefined;
  }
};

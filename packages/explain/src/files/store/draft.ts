import type { Tensor } from '@kirchhoff/graph';
import { option, explainSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, ftruncateSync, lstatSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { foldersInTheWay } from '../atomic.js';
import { createFile, removeFiles, reopenFile, writeBytes, writeNewFile } from '../writing.js';
import { describeWriteFailure, namesIn } from '../failure.js';
import { journalLine, readJournal, type End, type IndexLine, type Kind, type Step, type Told } from './journal.js';
import { growingArray, type GrowingArray } from './rows.js';
import type { Whole } from './whole.js';

/** What is kept of a batch: rows for arrays by file name, and lines of the index. */
export interface Rows {
  readonly arrays: readonly (readonly [file: string, rows: Tensor])[];
  readonly lines: readonly IndexLine[];
}

export type FilesBeside = readonly (readonly [name: string, content: Uint8Array | string])[];

/**
 * Arrays that grow batch by batch in a folder of their own beside where they will be, with a journal that says how far they
 * have come. Whoever stops goes on there; nobody sees a part under the name of the whole.
 */
export interface Draft {
  /** Batches that are kept. */
  readonly batches: () => number;
  readonly rows: () => number;
  readonly lines: () => readonly IndexLine[];
  readonly append: (rows: Rows) => Result<void>;
  /** Makes the arrays and index.jsonl whole, then what stands beside them, and gives all of them their names. */
  readonly finish: (beside: (files: Readonly<Record<string, Whole>>) => FilesBeside) => Result<readonly string[]>;
  /** Closes the files; leaves nothing behind where nothing was kept. */
  readonly close: () => void;
}

const index = 'index.jsonl';
const journalName = 'journal';
const folderName = /^\.kirchhoff-[\da-f-]{36}\.draft$/;

/** Drafts in a folder that is locked. What only looks like one is left alone. */
const draftsIn = (folder: string): readonly string[] =>
  namesIn(folder)
    .filter((name) => folderName.test(name))
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isDirectory());

/** Gives the files of a draft that is whole their names; of those that have them already, none is left. */
const place = (folder: string, draft: string, names: readonly string[]): void => {
  for (const name of names) if (existsSync(join(draft, name))) renameSync(join(draft, name), join(folder, name));
  removeFiles([draft]);
};

const attempt = <A>(folder: string, run: () => A): Result<A> => {
  try {
    return E.right(run());
  } catch (thrown) {
    return E.left([problem(folder, describeWriteFailure(folder, thrown))]);
  }
};

/** Ends what was stopped while its files were being given their names; removes drafts that nothing can be learnt from. */
export const recoverDrafts = (folder: string): Result<void> =>
  attempt(folder, () => {
    for (const draft of draftsIn(folder)) {
      const told = readJournal(join(draft, journalName));
      if (told?.names !== undefined) place(folder, draft, told.names);
      else if (told === undefined || told.steps.length === 0) removeFiles([draft]);
    }
  });

interface Arrays {
  readonly count: number;
  readonly arrays: Map<string, GrowingArray>;
}

const closeArrays = (arrays: ReadonlyMap<string, GrowingArray>): void => {
  for (const { close } of arrays.values()) close();
};

const isFile = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The arrays of a draft as far as all of them hold what its journal says, and how many of its steps that is. */
const reopened = (draft: string, head: Told['head'], steps: readonly Step[]): Arrays => {
  const arrays = new Map<string, GrowingArray>();
  const arrayOf = (name: string, kind: Kind): GrowingArray => {
    const array = arrays.get(name) ?? growingArray(join(draft, name), kind, head.samples, false);
    arrays.set(name, array);
    return array;
  };
  const broken = steps.findIndex(
    (step) =>
      !Object.entries(step.kinds).every(
        ([name, kind]) => isFile(join(draft, name)) && arrayOf(name, kind).holds(step, step.sums[name] ?? ''),
      ),
  );
  if (broken < 0) return { count: steps.length, arrays };
  closeArrays(arrays);
  return reopened(draft, head, steps.slice(0, broken));
};

interface Opened extends Arrays {
  readonly path: string;
  readonly steps: Step[];
  readonly journal: number;
  /** Where the journal ends. */
  readonly end: number;
}

const begun = (folder: string, key: string, samples: number): Opened => {
  const path = join(folder, `.kirchhoff-${randomUUID()}.draft`);
  mkdirSync(path, 0o700);
  const journal = createFile(join(path, journalName));
  const head = journalLine({ format: 'kirchhoff-draft/1', key, samples });
  writeBytes(journal, head, 0);
  return { path, steps: [], count: 0, arrays: new Map(), journal, end: head.length };
};

/** The draft of the same key that an earlier run left, as far as it is as it was written. */
const found = (folder: string, key: string, samples: number): Opened | undefined => {
  for (const path of draftsIn(folder)) {
    const told = readJournal(join(path, journalName));
    if (told?.head.key !== key || told.head.samples !== samples) continue;
    const { count, arrays } = reopened(path, told.head, told.steps);
    if (count === 0) {
      removeFiles([path]);
      continue;
    }
    const journal = reopenFile(join(path, journalName));
    const end = told.ends[count]!;
    ftruncateSync(journal, end);
    return { path, steps: told.steps.slice(0, count), count, arrays, journal, end };
  }
  return undefined;
};

/**
 * Opens a draft in a folder that is locked, or goes on with the one that an earlier run with the same key left: its batches
 * are held to their checksums, and those from the first that is not as it was written are made again.
 * @param samples how many there will be if all can be read
 */
export const openDraft = (folder: string, key: string, samples: number): Result<Draft> => {
  const opened = attempt(folder, () => found(folder, key, samples) ?? begun(folder, key, samples));
  if (E.isLeft(opened)) return opened;
  const { path, steps, arrays, journal } = opened.right;
  let { end } = opened.right;
  let rows = steps.reduce((sum, step) => sum + step.rows, 0);
  let isOpen = true;
  const log = (one: Step | End): void => {
    const line = journalLine(one);
    writeBytes(journal, line, end);
    end += line.length;
  };
  const fresh = (name: string): string => {
    removeFiles([join(path, name)]);
    return join(path, name);
  };
  const arrayOf = (name: string, kind: Kind): GrowingArray => {
    const array = arrays.get(name) ?? growingArray(fresh(name), kind, samples, true);
    arrays.set(name, array);
    return array;
  };
  const indexFile = (): Whole => {
    const handle = createFile(fresh(index));
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for (const { lines } of steps) {
        const text = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
        writeBytes(handle, text, bytes);
        hash.update(text);
        bytes += text.length;
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    return { bytes, sha256: hash.digest('hex') };
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    closeArrays(arrays);
    closeSync(journal);
    if (steps.length === 0) removeFiles([path]);
  };
  return E.right({
    batches: () => steps.length,
    rows: () => rows,
    lines: () => steps.flatMap(({ lines }) => lines),
    append: ({ arrays: added, lines }) => {
      for (const [name, { type, shape }] of added) {
        const known = arrays.get(name)?.kind;
        if (known !== undefined && (known.type !== type || known.shape.join() !== shape.slice(1).join()))
          return E.left([problem(option('input'), explainSays.unequalSeries(known.shape, shape.slice(1)))]);
      }
      return attempt(folder, () => {
        const kinds = Object.fromEntries(
          added.map(([name, { type, shape }]) => [name, { type, shape: shape.slice(1) }] as const),
        );
        const sums = Object.fromEntries(
          added.map(([name, tensor]) => [name, arrayOf(name, kinds[name]!).append(tensor)] as const),
        );
        const step = { rows: added[0]?.[1].shape[0] ?? 0, kinds, sums, lines };
        log(step);
        steps.push(step);
        rows += step.rows;
      });
    },
    finish: (besideOf) => {
      const written = attempt(folder, () => {
        const whole: Record<string, Whole> = {};
        for (const [name, array] of arrays) whole[name] = array.finish();
        whole[index] = indexFile();
        const beside = besideOf(whole);
        for (const [name, content] of beside) writeNewFile(fresh(name), content);
        return [...Object.keys(whole), ...beside.map(([name]) => name)];
      });
      if (E.isLeft(written)) return written;
      const names = written.right;
      const inTheWay = foldersInTheWay(folder, names);
      if (inTheWay.length > 0) return E.left(inTheWay);
      return attempt(folder, () => {
        log({ names });
        fsyncSync(journal);
        close();
        place(folder, path, names);
        removeFiles(draftsIn(folder));
        return names;
      });
    },
    close,
  });
};

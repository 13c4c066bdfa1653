import { elementTypes, type ElementType } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { createHash } from 'node:crypto';
import { closeSync, readFileSync } from 'node:fs';
import { reopenFile } from '../writing.js';

const type = t.keyof(Object.fromEntries(elementTypes.map((one) => [one, null])) as Record<ElementType, null>);
const kind = t.readonly(t.type({ type, shape: t.readonlyArray(t.number) }));
const line = t.readonly(t.record(t.string, t.unknown));
const step = t.readonly(
  t.type({
    rows: t.number,
    kinds: t.readonly(t.record(t.string, kind)),
    sums: t.readonly(t.record(t.string, t.string)),
    lines: t.readonlyArray(line),
  }),
);
const head = t.readonly(t.type({ format: t.literal('kirchhoff-draft/1'), key: t.string, samples: t.number }));
const end = t.readonly(t.type({ names: t.readonlyArray(t.string) }));

/** What one row of an array is. */
export type Kind = t.TypeOf<typeof kind>;
/** A line of the index that lies beside the arrays. */
export type IndexLine = t.TypeOf<typeof line>;
/** A batch whose rows are in the arrays, with the checksum of each array up to there. */
export type Step = t.TypeOf<typeof step>;
/** The first line of a journal: what the draft is of, and how many samples it will have if all can be read. */
export type Head = t.TypeOf<typeof head>;
/** The last line: the files that are whole and wait for nothing but their names. */
export type End = t.TypeOf<typeof end>;

/** What a journal tells, and how many bytes it takes up to the end of its head and of each step. */
export interface Told {
  readonly head: Head;
  readonly steps: readonly Step[];
  readonly ends: readonly number[];
  readonly names: readonly string[] | undefined;
}

const sumOf = (json: string): string => createHash('sha256').update(json).digest('hex');

/** A line of a journal: JSON with its checksum in front. */
export const journalLine = (one: Head | Step | End): Uint8Array => {
  const json = JSON.stringify(one);
  return Buffer.from(`${sumOf(json)} ${json}\n`);
};

/** What stands in a line; undefined where it was cut or changed. */
const read = (text: string): unknown => {
  const json = text.slice(65);
  return sumOf(json) === text.slice(0, 64) ? JSON.parse(json) : undefined;
};

const bytesOf = (path: string): Buffer | undefined => {
  try {
    const handle = reopenFile(path);
    try {
      return readFileSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
};

/** Reads a journal as far as its lines are whole; undefined where not even its head is. */
export const readJournal = (path: string): Told | undefined => {
  const bytes = bytesOf(path);
  if (bytes === undefined) return undefined;
  let first: Head | undefined;
  let names: readonly string[] | undefined;
  const [steps, ends]: [Step[], number[]] = [[], []];
  for (let at = 0, next = bytes.indexOf(10); next >= 0; at = next + 1, next = bytes.indexOf(10, at)) {
    const json = read(bytes.toString('utf8', at, next));
    if (first === undefined) {
      const decoded = head.decode(json);
      if (E.isLeft(decoded)) return undefined;
      first = decoded.right;
    } else {
      const [decoded, last] = [step.decode(json), end.decode(json)];
      if (E.isRight(last)) names = last.right.names;
      if (E.isLeft(decoded)) break;
      steps.push(decoded.right);
    }
    ends.push(next + 1);
  }
  return first && { head: first, steps, ends, names };
};

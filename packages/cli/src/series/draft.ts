import { describeWriteFailure, npyHeader } from '@kirchhoff/explain';
import { bytesPerElement, sizeOf, type Tensor } from '@kirchhoff/graph';
import { explainSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

type Result<A> = E.Either<readonly Problem[], A>;

/** A line of index.jsonl. */
export type IndexLine = Readonly<Record<string, unknown>>;

interface Kind {
  readonly type: Tensor['type'];
  /** The shape of one sample. */
  readonly shape: readonly number[];
}

/** What is kept of a batch: rows for arrays by file name, and lines of the index. */
export interface Rows {
  readonly arrays: readonly (readonly [file: string, rows: Tensor])[];
  readonly lines: readonly IndexLine[];
}

/** One line of the index while it is being written: a batch whose rows are in the arrays. */
interface Step {
  readonly rows: number;
  readonly kinds: Readonly<Record<string, Kind>>;
  readonly lines: readonly IndexLine[];
}

/**
 * Arrays that grow batch by batch beside where they will be, with an index that says how far they have come. Whoever stops
 * goes on there; nobody sees a part under the name of the whole.
 */
export interface Draft {
  /** Batches that are kept. */
  readonly batches: () => number;
  readonly rows: () => number;
  readonly append: (rows: Rows) => Result<void>;
  readonly lines: () => readonly IndexLine[];
  /** Gives every file its name. */
  readonly finish: () => Result<readonly string[]>;
  /** Closes the files; leaves nothing behind where nothing was kept. */
  readonly close: () => void;
}

const index = 'index.jsonl';
/** Bytes that the header of an array has, however many rows it will say. */
const headerSize = 128;

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

/** Steps that an earlier run with the same key kept. A line that was cut off ends them. */
const recalled = (path: string, key: string): readonly Step[] => {
  if (!existsSync(path)) return [];
  const [head = '', ...lines] = readFileSync(path, 'utf8')
    .split('\n')
    .map(parsed)
    .map((one) => one as Step | string | undefined);
  if (head !== key) return [];
  const broken = lines.findIndex((line) => line === undefined);
  return lines.slice(0, broken < 0 ? lines.length : broken) as readonly Step[];
};

const byteLength = ({ type, shape }: Kind): number => sizeOf(shape) * bytesPerElement[type];

/** Opens a draft in a folder, or goes on with the one that an earlier run with the same key left. */
export const openDraft = (folder: string, key: string): Result<Draft> => {
  const part = (file: string): string => join(folder, `.${file}.part`);
  const steps: Step[] = [...recalled(part(index), key)];
  const handles = new Map<string, number>();
  let rows = steps.reduce((sum, step) => sum + step.rows, 0);
  const kindOf = (file: string): Kind | undefined => steps.find(({ kinds }) => kinds[file])?.kinds[file];
  const files = (): readonly string[] => [...new Set(steps.flatMap(({ kinds }) => Object.keys(kinds)))];
  const handleOf = (file: string): number => {
    const known = handles.get(file) ?? openSync(part(file), existsSync(part(file)) ? 'r+' : 'w+');
    handles.set(file, known);
    return known;
  };
  const writeIndex = (): number => {
    const handle = openSync(part(index), 'w');
    writeSync(handle, [key, ...steps].map((one) => `${JSON.stringify(one)}\n`).join(''));
    handles.set(index, handle);
    return handle;
  };
  const failed = <A>(run: () => A): Result<A> => {
    try {
      return E.right(run());
    } catch (thrown) {
      return E.left([problem(folder, describeWriteFailure(folder, thrown))]);
    }
  };
  const append = ({ arrays, lines }: Rows): Result<void> => {
    const [first] = arrays;
    const count = first?.[1].shape[0] ?? 0;
    for (const [file, { type, shape }] of arrays) {
      const known = kindOf(file);
      if (known !== undefined && (known.type !== type || known.shape.join() !== shape.slice(1).join()))
        return E.left([problem('--input', explainSays.unequalSeries(known.shape, shape.slice(1)))]);
    }
    return failed(() => {
      for (const [file, { data, shape, type }] of arrays) {
        const at = headerSize + rows * byteLength({ type, shape: shape.slice(1) });
        writeSync(
          handleOf(file),
          new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
          0,
          data.byteLength,
          at,
        );
      }
      const kinds = Object.fromEntries(
        arrays.map(([file, { type, shape }]) => [file, { type, shape: shape.slice(1) }] as const),
      );
      const step: Step = { rows: count, kinds, lines };
      writeSync(handles.get(index)!, `${JSON.stringify(step)}\n`);
      steps.push(step);
      rows += count;
    });
  };
  const close = (): void => {
    for (const handle of handles.values()) closeSync(handle);
    handles.clear();
    if (steps.length === 0) rmSync(part(index), { force: true });
  };
  const opened = failed(() => {
    mkdirSync(folder, { recursive: true });
    writeIndex();
  });
  if (E.isLeft(opened)) return opened;
  return E.right({
    batches: () => steps.length,
    rows: () => rows,
    append,
    lines: () => steps.flatMap(({ lines }) => lines),
    finish: () =>
      failed(() => {
        const arrays = files();
        for (const file of arrays) {
          const kind = kindOf(file)!;
          const handle = handleOf(file);
          writeSync(handle, npyHeader(kind.type, [rows, ...kind.shape], headerSize), 0, headerSize, 0);
          ftruncateSync(handle, headerSize + rows * byteLength(kind));
          fsyncSync(handle);
        }
        const lines = steps.flatMap(({ lines: own }) => own);
        ftruncateSync(handles.get(index)!, 0);
        writeSync(handles.get(index)!, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), 0);
        fsyncSync(handles.get(index)!);
        for (const file of [...arrays, index]) renameSync(part(file), join(folder, file));
        return [...arrays, index];
      }),
    close,
  });
};

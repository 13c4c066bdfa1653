import { option, seriesSays, printProblems, problem, storeSays, type Result } from '@kirchhoff/message';
import type { Samples, Tensor } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { samplesFirst } from '../../batch.js';
import type { Explained, ExplainOptions } from '../../explain.js';
import type { SampleLedger } from '../../ledger.js';
import { asFloat32 } from '../../npy.js';
import type { Report, SampleReport } from '../../report.js';
import { ledgersOf, refusalOf, remarksOn, standingOf, type NamedLedger, type Standing } from '../../standing.js';
import { writeAllAtomically } from '../atomic.js';
import type { Batch } from '../inputs.js';
import { mapFiles } from '../map-files.js';
import type { Asked, Request } from '../request.js';
import { openDraft, recoverDrafts, type Draft } from '../store/draft.js';
import type { IndexLine } from '../store/journal.js';
import { whileLocked } from '../store/lock.js';
import type { Stop } from '../store/stop.js';
import { damagedFiles, type Whole } from '../store/whole.js';
import { problemsOf } from '../thrown.js';
import { openBatches, type Batches, type SeriesBatch } from './batches.js';
import { openEngine, type Engine } from './engine.js';
import { keyOf } from './key.js';

/** Many samples of one model, which are explained batch by batch, and where what comes of it goes. */
export interface Series {
  readonly request: Request;
  /** What the request asks for, open. */
  readonly asked: Asked;
  readonly options: ExplainOptions;
  readonly batchSize: number;
  /** Go on without files that cannot be read. */
  readonly skip: boolean;
  readonly out: string;
  /** Go on with samples whose explanation does not add up. */
  readonly allowOpen: boolean;
  /** Draws the first batch; the remarks are on all of them. */
  readonly draw: (explained: Explained, batch: Batch, remarks: readonly string[]) => Promise<Uint8Array>;
  /** Told what is being done; an empty text where it is done. */
  readonly progress: (text: string) => void;
  /** Calls options in what is written as the person calls them who states them. */
  readonly spell: (text: string) => string;
  /** Listens for whoever asks the run to stop. */
  readonly listen: () => Stop;
}

/** What became of a series. */
export interface SeriesDone {
  readonly report: SeriesReport;
  /** What this run did; undefined where an earlier run had finished it. */
  readonly run?: {
    /** What is said first: which samples do not add up. */
    readonly remarks: readonly string[];
    /** Files of an earlier run that were not as they had been written. */
    readonly damaged: readonly string[];
    /** Samples that an earlier run had explained. */
    readonly resumed: number;
    readonly seconds: number;
    /** What was written. */
    readonly files: readonly string[];
  };
}

/** What explanation.json says of a series: everything but its samples, which index.jsonl lists. */
export type SeriesReport = Omit<Report, 'samples' | 'further'> & {
  readonly series: {
    readonly key: string;
    readonly samples: number;
    readonly unread: number;
    readonly batchSize: number;
    /** Samples whose explanation does not add up. */
    readonly open: number;
    /** Samples in which relevance outgrows what it started from. */
    readonly outgrown: number;
    /** The arrays and the index as they were written. */
    readonly files: Readonly<Record<string, Whole>>;
  };
};

interface Finished {
  readonly report: SeriesReport;
  /** Files that are not as they were written. */
  readonly damaged: readonly string[];
}

/** What an earlier run with the same key finished. */
const finishedBefore = (out: string, key: string): Finished | undefined => {
  const path = join(out, 'explanation.json');
  if (!existsSync(path)) return undefined;
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as SeriesReport;
    return report.series?.key === key ? { report, damaged: damagedFiles(out, report.series.files) } : undefined;
  } catch {
    return undefined;
  }
};

const withoutNodes = ({ seed, input, leaks, closure, open, outgrown }: SampleLedger): IndexLine => ({
  seed,
  input,
  leaks,
  closure,
  open,
  outgrown,
});

const sampleLine = ({ target, class: chosen, position, label, score, relevance, ledger }: SampleReport): IndexLine => ({
  target,
  class: chosen,
  position,
  label,
  score,
  relevance,
  ledger: ledger && withoutNodes(ledger),
});

const linesOf = (
  { names, files, unread }: SeriesBatch,
  report: Report | undefined,
  from: number,
  spell: Series['spell'],
): readonly IndexLine[] => [
  ...(report?.samples ?? []).map((sample, n) => {
    const further = report!.further.map(({ asked, samples }) => ({ asked, ...sampleLine(samples[n]!) }));
    const line = { row: from + n, name: names[n], file: files[n], ...sampleLine(sample) };
    return further.length > 0 ? { ...line, further } : line;
  }),
  ...unread.map(({ file, problem: said }) => ({ row: null, file, problem: spell(said) })),
];

/** One row for each sample, whichever axis they lie along; where a model holds one, all it gives is one row. */
const rowsOf = ({ output, outputSamples, ...explained }: Explained): readonly (readonly [string, Tensor])[] => {
  const { report } = explained;
  const count = report.samples.length;
  const row = (value: Tensor, samples: Samples): Tensor => {
    const rows = asFloat32(samplesFirst(value, samples, count));
    return report.batch.axes !== null || rows.shape[0] === 1 ? rows : { ...rows, shape: [1, ...rows.shape] };
  };
  return [
    ...mapFiles(explained).map(([file, map, name]) => [file, row(map, explained.mapSamples[name]!)] as const),
    ['output.npy', row(output, outputSamples)],
  ];
};

/** A batch and what became of it; undefined where none of its files could be read. */
interface Done {
  readonly batch: SeriesBatch;
  readonly explained: Explained | undefined;
}

const explainOne = async (engine: Engine, read: Result<SeriesBatch>, allowOpen: boolean): Promise<Result<Done>> => {
  if (E.isLeft(read)) return read;
  const batch = read.right;
  if (batch.names.length === 0) return E.right({ batch, explained: undefined });
  const explained = await engine.run(batch.inputs);
  if (E.isLeft(explained)) return explained;
  const refused = refusalOf(standingOf(ledgersOf(explained.right.report, batch.names)), allowOpen);
  return refused.length > 0 ? E.left(refused) : E.right({ batch, explained: explained.right });
};

const keep = (draft: Draft, { batch, explained }: Done, spell: Series['spell']): Result<void> =>
  draft.append({
    arrays: explained === undefined ? [] : rowsOf(explained),
    lines: linesOf(batch, explained?.report, draft.rows(), spell),
  });

/**
 * Explains the batches that the draft has not, and before them the first in any case, which is drawn. While the engine runs
 * one batch, the next is read. Who is asked to stop finishes the batch.
 */
const explainAll = async (
  engine: Engine,
  batches: Batches,
  draft: Draft,
  allowOpen: boolean,
  { stop, out, spell, progress: tell }: Pick<Series, 'out' | 'progress' | 'spell'> & { readonly stop: AbortSignal },
): Promise<Result<Done>> => {
  const start = performance.now();
  const [kept, already] = [draft.batches(), draft.rows()];
  const indices = [0, ...Array.from({ length: batches.count }, (_, index) => index).slice(Math.max(kept, 1))];
  let first: Done | undefined;
  let reading = batches.at(0);
  for (const [i, index] of indices.entries()) {
    const read = await reading;
    const following = indices[i + 1];
    if (following !== undefined) reading = batches.at(following);
    const done = await explainOne(engine, read, allowOpen);
    const appended = E.isRight(done) && index >= kept ? keep(draft, done.right, spell) : done;
    const stopped = following !== undefined && stop.aborted;
    if (E.isLeft(done) || E.isLeft(appended) || stopped) {
      await reading;
      tell('');
      if (E.isLeft(done) || E.isLeft(appended))
        return E.isLeft(done) ? done : E.left(E.isLeft(appended) ? appended.left : []);
      return E.left([problem(out, storeSays.stoppedSeries(String(stop.reason), draft.rows(), batches.samples))]);
    }
    first ??= done.right;
    const seconds = (performance.now() - start) / 1000;
    tell(seriesSays.progress(draft.rows(), batches.samples, (draft.rows() - already) / seconds));
  }
  tell('');
  return first === undefined ? E.left([problem(option('input'), seriesSays.nothingRead)]) : E.right(first);
};

/** The index's ledgers, those of further targets too. */
const standingOfLines = (lines: readonly IndexLine[]): Standing =>
  standingOf(
    lines
      .map(
        (line) =>
          line as {
            readonly name?: string;
            readonly ledger?: SampleLedger | null;
            readonly further?: readonly Pick<SampleReport, 'ledger'>[];
          },
      )
      .filter(({ ledger }) => ledger !== undefined)
      .flatMap(({ name = '', ledger = null, further = [] }) =>
        [ledger, ...further.map((one) => one.ledger)].map((one): NamedLedger => [name, one]),
      ),
  );

const reportOf = (
  first: Report,
  draft: Draft,
  files: Readonly<Record<string, Whole>>,
  key: string,
  batchSize: number,
): SeriesReport => {
  const { samples: _, further: __, ...report } = first;
  const lines = draft.lines();
  const unread = lines.filter(({ row }) => row === null).length;
  const { open, outgrown } = standingOfLines(lines);
  const [missing, grown] = [open?.count ?? 0, outgrown?.count ?? 0];
  const series = { key, samples: draft.rows(), unread, batchSize, open: missing, outgrown: grown, files };
  return { ...report, addsUp: report.addsUp === null ? null : missing === 0, series };
};

const picture = 'heatmap.png';

/** The first batch as a picture, or why there is none. */
const drawFirst = async (
  { draw, out }: Series,
  { batch, explained }: Done,
  remarks: readonly string[],
): Promise<Result<Uint8Array>> => {
  if (explained === undefined) return E.left([problem(option('input'), seriesSays.nothingRead)]);
  try {
    return E.right(await draw(explained, batch, remarks));
  } catch (thrown) {
    return E.left([problem(join(out, picture), storeSays.notDrawn(printProblems(problemsOf(thrown)), out))]);
  }
};

/** What an earlier run finished; where its picture is gone, that is drawn again. */
const showFinished = async (args: Series, report: SeriesReport): Promise<Result<SeriesDone>> => {
  const { asked, batchSize, skip, out, allowOpen } = args;
  if (existsSync(join(out, picture))) return E.right({ report });
  const batches = await openBatches(asked.model, args.request.load.files ?? [], { size: batchSize, skip });
  if (E.isLeft(batches)) return batches;
  const engine = await openEngine(args);
  if (E.isLeft(engine)) return engine;
  const first = await explainOne(engine.right, await batches.right.at(0), allowOpen).finally(engine.right.close);
  if (E.isLeft(first)) return first;
  const lines = readFileSync(join(out, 'index.jsonl'), 'utf8').trimEnd().split('\n');
  const remarks = remarksOn(standingOfLines(lines.map((line) => JSON.parse(line) as IndexLine)));
  const png = await drawFirst(args, first.right, remarks);
  const written = E.chain((bytes: Uint8Array) => writeAllAtomically(out, [[picture, bytes]]))(png);
  return E.map(() => ({ report }))(written);
};

/** Explains what is not kept yet, and gives all files their names. */
const explainRest = async (
  args: Series,
  key: string,
  damaged: readonly string[],
  stop: AbortSignal,
): Promise<Result<SeriesDone>> => {
  const { asked, batchSize, skip, out, allowOpen, progress, spell } = args;
  const batches = await openBatches(asked.model, args.request.load.files ?? [], { size: batchSize, skip });
  if (E.isLeft(batches)) return batches;
  const engine = await openEngine(args);
  if (E.isLeft(engine)) return engine;
  const opened = openDraft(out, key, batches.right.samples);
  if (E.isLeft(opened)) {
    await engine.right.close();
    return opened;
  }
  const draft = opened.right;
  const resumed = draft.rows();
  const start = performance.now();
  try {
    const first = await explainAll(engine.right, batches.right, draft, allowOpen, { stop, out, progress, spell });
    if (E.isLeft(first)) {
      const rows = draft.rows();
      return rows === 0 || stop.aborted
        ? first
        : E.left([...first.left, problem(option('input'), seriesSays.kept(rows, batches.right.samples))]);
    }
    const { explained: shown } = first.right;
    if (shown === undefined) return E.left([problem(option('input'), seriesSays.nothingRead)]);
    const remarks = remarksOn(standingOfLines(draft.lines()));
    const png = await drawFirst(args, first.right, remarks);
    let report: SeriesReport | undefined;
    const written = draft.finish((whole) => {
      report = reportOf(shown.report, draft, whole, key, batchSize);
      return [
        ...(E.isRight(png) ? [[picture, png.right] as const] : []),
        ['explanation.json', `${JSON.stringify(report, null, 2)}\n`],
      ];
    });
    if (E.isLeft(written)) return written;
    if (E.isLeft(png)) return png;
    const seconds = (performance.now() - start) / 1000;
    const files = written.right.map((file) => join(out, file));
    return E.right({ report: report!, run: { remarks, damaged, resumed, seconds, files } });
  } finally {
    draft.close();
    await engine.right.close();
  }
};

/**
 * Explains many samples batch by batch, into one array and one index. What an earlier run of the same series explained is
 * taken from its files.
 */
export const explainSeries = (args: Series): Promise<Result<SeriesDone>> =>
  whileLocked(args.out, async () => {
    const { asked, batchSize, skip, out, allowOpen } = args;
    const key = keyOf(asked, args, [batchSize, skip, allowOpen]);
    const recovered = recoverDrafts(out);
    if (E.isLeft(recovered)) return recovered;
    const finished = finishedBefore(out, key);
    if (finished?.damaged.length === 0) return showFinished(args, finished.report);
    const stop = args.listen();
    return explainRest(args, key, finished?.damaged ?? [], stop.signal).finally(stop.release);
  });

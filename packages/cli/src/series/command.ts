import {
  asFloat32,
  assumptions,
  ledgersOf,
  refusalOf,
  remarksOn,
  samplesFirst,
  standingOf,
  type Explained,
  type NamedLedger,
  type Report,
  type SampleLedger,
  type SampleReport,
  type Standing,
} from '@kirchhoff/explain';
import {
  damagedFiles,
  openDraft,
  problemsOf,
  recoverDrafts,
  whileLocked,
  writeAllAtomically,
  type Draft,
  type IndexLine,
  type InputFile,
  type Whole,
} from '@kirchhoff/explain/node';
import type { Samples, Tensor } from '@kirchhoff/graph';
import { cliSays, printProblems, problem, storeSays, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Asked } from '../asked.js';
import { explainedSheet } from '@kirchhoff/sheet';
import { drawSheet } from '@kirchhoff/sheet/node';
import { mapFiles } from '../commands/explain.js';
import { progressLine } from '../progress.js';
import { listenForStop } from '../stop.js';
import { openBatches, type Batches, type SeriesBatch } from './batches.js';
import { openEngine, type Engine, type EngineSetup } from './engine.js';
import { keyOf } from './key.js';

export interface SeriesArguments {
  readonly asked: Asked;
  readonly setup: EngineSetup;
  readonly files: readonly InputFile[];
  readonly batchSize: number;
  /** Go on without files that cannot be read. */
  readonly skip: boolean;
  readonly out: string;
  readonly json: boolean;
  /** Go on with samples whose explanation does not add up. */
  readonly allowOpen: boolean;
}

/** What explanation.json says of a series: everything but its samples, which index.jsonl lists. */
type SeriesReport = Omit<Report, 'samples' | 'further'> & {
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
): readonly IndexLine[] => [
  ...(report?.samples ?? []).map((sample, n) => {
    const further = report!.further.map(({ asked, samples }) => ({ asked, ...sampleLine(samples[n]!) }));
    const line = { row: from + n, name: names[n], file: files[n], ...sampleLine(sample) };
    return further.length > 0 ? { ...line, further } : line;
  }),
  ...unread.map(({ file, problem: said }) => ({ row: null, file, problem: said })),
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

const keep = (draft: Draft, { batch, explained }: Done): Result<void> =>
  draft.append({
    arrays: explained === undefined ? [] : rowsOf(explained),
    lines: linesOf(batch, explained?.report, draft.rows()),
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
  { stop, out }: { readonly stop: AbortSignal; readonly out: string },
): Promise<Result<Done>> => {
  const tell = progressLine();
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
    const appended = E.isRight(done) && index >= kept ? keep(draft, done.right) : done;
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
    tell(cliSays.seriesProgress(draft.rows(), batches.samples, (draft.rows() - already) / seconds));
  }
  tell('');
  return first === undefined ? E.left([problem('--input', cliSays.nothingRead)]) : E.right(first);
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

const said = (args: SeriesArguments, report: SeriesReport, text: string): string =>
  args.json ? JSON.stringify(report, null, 2) : text;

const picture = 'heatmap.png';

/** The first batch as a picture, or why there is none. */
const drawFirst = async (
  { asked, out }: SeriesArguments,
  { batch, explained }: Done,
  remarks: readonly string[],
): Promise<Result<Uint8Array>> => {
  if (explained === undefined) return E.left([problem('--input', cliSays.nothingRead)]);
  try {
    return E.right(await drawSheet(explainedSheet(asked.model, explained, batch, remarks)));
  } catch (thrown) {
    return E.left([problem(join(out, picture), storeSays.notDrawn(printProblems(problemsOf(thrown)), out))]);
  }
};

/** What an earlier run finished; where its picture is gone, that is drawn again. */
const showFinished = async (args: SeriesArguments, report: SeriesReport): Promise<Result<string>> => {
  const { asked, setup, files, batchSize, skip, out, allowOpen } = args;
  const told = said(args, report, cliSays.seriesFinished(report.series.samples));
  if (existsSync(join(out, picture))) return E.right(told);
  const batches = await openBatches(asked.model, files, { size: batchSize, skip });
  if (E.isLeft(batches)) return batches;
  const engine = await openEngine(setup);
  if (E.isLeft(engine)) return engine;
  const first = await explainOne(engine.right, await batches.right.at(0), allowOpen).finally(engine.right.close);
  if (E.isLeft(first)) return first;
  const lines = readFileSync(join(out, 'index.jsonl'), 'utf8').trimEnd().split('\n');
  const remarks = remarksOn(standingOfLines(lines.map((line) => JSON.parse(line) as IndexLine)));
  const png = await drawFirst(args, first.right, remarks);
  const written = E.chain((bytes: Uint8Array) => writeAllAtomically(out, [[picture, bytes]]))(png);
  return E.map(() => told)(written);
};

/** Explains what is not kept yet, and gives all files their names. */
const explainRest = async (
  args: SeriesArguments,
  key: string,
  damaged: readonly string[],
  stop: AbortSignal,
): Promise<Result<string>> => {
  const { asked, setup, files, batchSize, skip, out, allowOpen } = args;
  const batches = await openBatches(asked.model, files, { size: batchSize, skip });
  if (E.isLeft(batches)) return batches;
  const engine = await openEngine(setup);
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
    const first = await explainAll(engine.right, batches.right, draft, allowOpen, { stop, out });
    if (E.isLeft(first)) {
      const rows = draft.rows();
      return rows === 0 || stop.aborted
        ? first
        : E.left([...first.left, problem('--input', cliSays.seriesKept(rows, batches.right.samples))]);
    }
    const { explained: shown } = first.right;
    if (shown === undefined) return E.left([problem('--input', cliSays.nothingRead)]);
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
    const { samples, unread } = report!.series;
    const names = written.right.map((file) => join(out, file));
    const text = [
      ...remarks,
      ...assumptions(
        asked.model,
        files.map(({ file }) => file),
      ),
      ...(damaged.length > 0 ? [storeSays.damaged(damaged)] : []),
      cliSays.seriesDone(samples, resumed, unread, seconds, names),
    ].join('\n');
    return E.right(said(args, report!, text));
  } finally {
    draft.close();
    await engine.right.close();
  }
};

/** `explain MODEL --input 'photos/*.jpg'`: explains many samples batch by batch, into one array and one index. */
export const seriesCommand = (args: SeriesArguments): Promise<Result<string>> =>
  whileLocked(args.out, async () => {
    const { asked, setup, files, batchSize, skip, out, allowOpen } = args;
    const key = keyOf(asked, setup, files, [batchSize, skip, allowOpen]);
    const recovered = recoverDrafts(out);
    if (E.isLeft(recovered)) return recovered;
    const finished = finishedBefore(out, key);
    if (finished?.damaged.length === 0) return showFinished(args, finished.report);
    const stop = listenForStop();
    return explainRest(args, key, finished?.damaged ?? [], stop.signal).finally(stop.release);
  });

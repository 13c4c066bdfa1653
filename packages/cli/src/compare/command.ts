import { chooseOutput, type Model, type Sizes } from '@kirchhoff/explain';
import { loadModel, outputNames, sweep, whileLocked, writeAtomically, type InputFile } from '@kirchhoff/explain/node';
import { type NamedText } from '@kirchhoff/text';
import type { MetricName } from '@kirchhoff/compare';
import type { StatedAxes } from '@kirchhoff/graph';
import {
  addProblems,
  compareSays,
  printProblems,
  problem,
  storeSays,
  within,
  type Problem,
  type Result,
} from '@kirchhoff/message';
import { comparisonHtml } from '@kirchhoff/picture';
import type { Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { basename, join } from 'node:path';
import { withKorean } from '@kirchhoff/sheet/node';
import { progressLine } from '../progress.js';
import { listenForStop } from '../store/stop.js';
import { table } from '../columns.js';
import { problemsOf } from '../thrown.js';
import { claimsOf } from './claims.js';
import { reportOf } from './page.js';
import type { MethodList } from './request.js';
import { methodRemarks, openMethods, resultsOf, runModel, type ComparedModel, type Opened } from './run.js';
import { openGround, readsText, type Ground } from './samples.js';

export interface CompareArguments {
  readonly paths: readonly string[];
  readonly book: Rulebook;
  readonly sizes: Sizes;
  readonly batchAxes: StatedAxes;
  readonly output?: string;
  readonly files: readonly InputFile[];
  readonly texts: readonly NamedText[];
  readonly masks: string | undefined;
  readonly data: string | undefined;
  readonly baseline: number;
  readonly methods: MethodList;
  readonly metrics: readonly MetricName[];
  readonly skip: boolean;
  /** At most so many samples of each model. */
  readonly limit: number;
  readonly out: string;
  readonly json: boolean;
  /** Go on with methods whose ledgers are open. */
  readonly allowOpen: boolean;
  /** The command line that makes this comparison again. */
  readonly command: string;
  /** Where the page goes. */
  readonly page: string;
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(3)}`;

const summaryOf = ({ ground, methods, skipped }: ComparedModel): string => {
  const shown = (['flipping-most-relevant', 'flipping-gap', 'mass-accuracy'] as const).filter((name) =>
    methods.some(({ metrics }) => metrics[name]?.value),
  );
  const rows = methods.map(({ name, metrics, milliseconds, passes }) => [
    name,
    ...shown.flatMap((metric) => {
      const { value = null, againstRandom = null } = metrics[metric] ?? {};
      return [
        value === null ? '' : `${value.mean.toFixed(3)} [${value.low.toFixed(3)}, ${value.high.toFixed(3)}]`,
        againstRandom === null
          ? ''
          : `${signed(againstRandom.mean)} [${signed(againstRandom.low)}, ${signed(againstRandom.high)}]`,
      ];
    }),
    String(passes),
    `${Math.round(milliseconds)} ms`,
  ]);
  const headings = ['method', ...shown.flatMap((name) => [name, '− random']), 'passes', 'time'];
  return [
    ...methods.flatMap((method) => methodRemarks(method, ground.cases).map((remark) => `${method.name}: ${remark}`)),
    `${ground.model.name}, ${ground.cases.length} samples (95 % intervals)`,
    '',
    table(headings, rows),
    ...skipped.map(({ method, reason }) => `left out ${method}: ${reason}`),
  ].join('\n');
};

const closeAll = async (opened: readonly Opened[]): Promise<void> => {
  for (const { methods } of opened) for (const { method } of methods) await method.close();
};

/** What was given and suits none of the models. */
const unused = ({ texts, files, masks, methods }: CompareArguments, models: readonly Model[]): readonly Problem[] => {
  const names = models.map(({ name }) => name);
  const textual = models.every(readsText);
  const nodes = models.flatMap(({ typed }) => typed.graph.nodes.map(({ name }) => name));
  const asked = [...methods.requests('picture'), ...methods.requests('text')].flatMap(({ node }) => node ?? []);
  const unknown = [...new Set(asked)].filter((node) => !nodes.includes(node));
  return [
    ...(texts.length > 0 && !models.some(readsText) ? [problem('--text', compareSays.onlyPictureModels(names))] : []),
    ...(files.length > 0 && textual ? [problem('--input', compareSays.onlyTextModels(names))] : []),
    ...(masks !== undefined && textual ? [problem('--mask', compareSays.masksForTexts(names))] : []),
    ...unknown.map((node) => problem('--methods', compareSays.unknownNode(node, names, nodes))),
  ];
};

interface Ready {
  readonly ground: Ground;
  readonly opened: Opened;
}

const openOne = async (args: CompareArguments, path: string, model: Model): Promise<Result<Ready>> => {
  const ground = await openGround({ ...args, path, model }).catch((thrown: unknown): Result<Ground> =>
    E.left(within(model.name, problemsOf(thrown))),
  );
  if (E.isLeft(ground)) return ground;
  const kind = ground.right.tokens === undefined ? 'picture' : 'text';
  const opened = await openMethods(ground.right, args.methods.requests(kind), args.skip || args.methods.open);
  return E.isLeft(opened) ? opened : E.right({ ground: ground.right, opened: opened.right });
};

/** Places of problems that are options. */
const ofOptions: readonly string[] = ['batch-axis', 'output', 'size'];

/** A model with the axes, the sizes and the output asked for. The places of problems are the options. */
const loadOne = async ({ sizes, batchAxes, output, files }: CompareArguments, path: string): Promise<Result<Model>> => {
  const model = E.chain((one: Model) => chooseOutput(one, output))(
    await loadModel(path, { sizes, batchAxes, files, ...(output !== undefined && { output }) }),
  );
  return E.mapLeft((problems: readonly Problem[]) =>
    problems.map(({ at, message }) => problem(ofOptions.includes(at) ? `--${at}` : at, message)),
  )(model);
};

/** Opens every model, its samples and its methods: all problems are told before anything runs. */
const openAll = async (args: CompareArguments): Promise<Result<readonly Ready[]>> => {
  const loaded = await Promise.all(args.paths.map(async (path) => ({ path, model: await loadOne(args, path) })));
  const found = loaded.flatMap(({ path, model }) => (E.isRight(model) ? [{ path, model: model.right }] : []));
  const problems = loaded.flatMap(({ model }) => (E.isLeft(model) ? model.left : []));
  if (problems.length === 0)
    problems.push(
      ...unused(
        args,
        found.map(({ model }) => model),
      ),
    );
  if (problems.length > 0) return E.left(problems);
  const all: Ready[] = [];
  for (const { path, model } of found) {
    const ready = await openOne(args, path, model);
    if (E.isLeft(ready)) addProblems(problems, ready.left);
    else all.push(ready.right);
  }
  if (problems.length === 0) return E.right(all);
  await closeAll(all.map(({ opened }) => opened));
  return E.left(problems);
};

/** The page, or why there is none. */
const pageOf = async ({ book, command, page, out }: CompareArguments, compared: readonly ComparedModel[]) => {
  try {
    const verdicts = await claimsOf(book, compared);
    return E.right(withKorean(comparisonHtml(reportOf(compared, verdicts, command))));
  } catch (thrown) {
    return E.left([problem(page, storeSays.notDrawn(printProblems(problemsOf(thrown)), out))]);
  }
};

/** Runs the methods of every model, one model after the other, until it is to stop. */
const runAll = async (
  { metrics, out, page, allowOpen }: CompareArguments,
  all: readonly Ready[],
  stop: AbortSignal,
): Promise<Result<readonly ComparedModel[]>> => {
  const named = all.map(({ ground }) => ground.model.name);
  const folders = outputNames(named, ['results.json', basename(page)]);
  const progress = progressLine();
  const compared: ComparedModel[] = [];
  try {
    for (const [i, { ground, opened }] of all.entries()) {
      const folder = join(out, folders[i]!);
      sweep(folder, true);
      const one = await runModel(ground, opened, { metrics, folder, progress, allowOpen, stop });
      if (E.isLeft(one)) return one;
      compared.push(one.right);
    }
    return E.right(compared);
  } finally {
    progress('');
    await closeAll(all.map(({ opened }) => opened));
  }
};

/** Writes results.json and the page; results.json also where there is no page. */
const writeAll = async (args: CompareArguments, compared: readonly ComparedModel[]): Promise<Result<string>> => {
  const results = {
    format: 'kirchhoff-comparison/1',
    command: args.command,
    metrics: args.metrics,
    models: compared.map(resultsOf),
  };
  const json = JSON.stringify(results, null, 2);
  const page = await pageOf(args, compared);
  const done = writeAtomically(join(args.out, 'results.json'), `${json}\n`);
  if (E.isLeft(done)) return done;
  if (E.isLeft(page)) return page;
  return E.map(() => json)(writeAtomically(args.page, page.right));
};

/** `compare MODEL…`: runs methods on samples, judges them, and writes results.json, every map and a page. */
export const compareCommand = (args: CompareArguments): Promise<Result<string>> =>
  whileLocked(args.out, async () => {
    const start = performance.now();
    const all = await openAll(args);
    if (E.isLeft(all)) return all;
    const stop = listenForStop();
    const compared = await runAll(args, all.right, stop.signal).finally(stop.release);
    if (E.isLeft(compared)) return compared;
    const json = await writeAll(args, compared.right);
    if (E.isLeft(json) || args.json) return json;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    return E.right(
      [
        ...compared.right.map(summaryOf),
        `wrote ${args.page}, ${join(args.out, 'results.json')} and the maps beside them (${seconds} s)`,
      ].join('\n\n'),
    );
  });

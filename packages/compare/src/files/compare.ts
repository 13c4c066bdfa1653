import { chooseOutput, type Model, type Sizes } from '@kirchhoff/explain';
import {
  keyOfAll,
  libraryVersion,
  loadModel,
  modelKey,
  outputNames,
  problemsOf,
  sweep,
  whileLocked,
  writeAtomically,
  type InputFile,
  type Stop,
} from '@kirchhoff/explain/node';
import type { StatedAxes } from '@kirchhoff/graph';
import {
  option,
  addProblems,
  compareSays,
  printProblems,
  problem,
  refuse,
  storeSays,
  within,
  type Problem,
  type Result,
} from '@kirchhoff/message';
import { comparisonHtml } from '@kirchhoff/picture';
import type { Rulebook } from '@kirchhoff/rule';
import { withKorean } from '@kirchhoff/sheet/node';
import type { NamedText } from '@kirchhoff/text';
import * as E from 'fp-ts/lib/Either.js';
import { basename, join } from 'node:path';
import { claimsOf } from '../comparison/claims.js';
import {
  compareMethods,
  openMethods,
  readsText,
  type ComparedModel,
  type Ground,
  type MethodList,
  type Opened,
} from '../comparison/index.js';
import { reportOf } from '../comparison/page.js';
import { resultsOf } from '../comparison/results.js';
import type { MetricName } from '../metrics/index.js';
import { keeping } from './keep.js';
import { openGround } from './samples.js';

/** Models, methods and samples to compare, and where what comes of it goes. */
export interface Comparing {
  readonly paths: readonly string[];
  readonly book: Rulebook;
  readonly sizes?: Sizes | undefined;
  readonly batchAxes?: StatedAxes | undefined;
  /** The output that is explained; default the first of real numbers. */
  readonly output?: string | undefined;
  /** Pictures or arrays; default the samples that each model brings. */
  readonly files?: readonly InputFile[] | undefined;
  readonly texts?: readonly NamedText[] | undefined;
  /** A .npy of masks [N, H, W] that go with the pictures. */
  readonly masks?: string | undefined;
  /** A .npy of samples that methods learn from; default the samples themselves. */
  readonly data?: string | undefined;
  /** What removed parts are replaced by; default 0. */
  readonly baseline?: number | undefined;
  readonly methods: MethodList;
  readonly metrics: readonly MetricName[];
  /** Go on without methods that do not apply. */
  readonly skip?: boolean | undefined;
  /** At most so many samples of each model. */
  readonly limit?: number | undefined;
  readonly out: string;
  /** Go on with methods whose ledgers are open. */
  readonly allowOpen?: boolean | undefined;
  /** The command line that makes this comparison again. */
  readonly command: string;
  /** Where the page goes. */
  readonly page: string;
  /** Told what is being done; an empty text where it is done. */
  readonly progress?: ((text: string) => void) | undefined;
  /** Calls options in what is written as the person calls them who states them. */
  readonly spell?: (text: string) => string;
  /** Listens for whoever asks the run to stop, once everything is open. */
  readonly listen?: (() => Stop) | undefined;
}

/** What was compared, and results.json as it was written. */
export interface ComparisonDone {
  readonly compared: readonly ComparedModel[];
  readonly json: string;
}

const closeAll = async (opened: readonly Opened[]): Promise<void> => {
  for (const { methods } of opened) for (const { method } of methods) await method.close();
};

/** What was given and suits none of the models. */
const unused = (
  { texts = [], files = [], masks, methods }: Comparing,
  models: readonly Model[],
): readonly Problem[] => {
  const names = models.map(({ name }) => name);
  const textual = models.every(readsText);
  const nodes = models.flatMap(({ typed }) => typed.graph.nodes.map(({ name }) => name));
  const asked = [...methods.requests('picture'), ...methods.requests('text')].flatMap(({ node }) => node ?? []);
  const unknown = [...new Set(asked)].filter((node) => !nodes.includes(node));
  return [
    ...(texts.length > 0 && !models.some(readsText)
      ? [problem(option('text'), compareSays.onlyPictureModels(names))]
      : []),
    ...(files.length > 0 && textual ? [problem(option('input'), compareSays.onlyTextModels(names))] : []),
    ...(masks !== undefined && textual ? [problem(option('mask'), compareSays.masksForTexts(names))] : []),
    ...unknown.map((node) => problem(option('methods'), compareSays.unknownNode(node, names, nodes))),
  ];
};

interface Ready {
  readonly ground: Ground;
  readonly opened: Opened;
  /** A word that is another one as soon as the model is, or the library. */
  readonly key: string;
}

const openOne = async (args: Comparing, path: string, model: Model): Promise<Result<Ready>> => {
  const { files = [], texts = [], baseline = 0, limit = Infinity, skip = false, masks, data, book } = args;
  const asked = { path, model, book, files, texts, masks, data, baseline, limit };
  const ground = await openGround(asked).catch((thrown: unknown): Result<Ground> =>
    E.left(within(model.name, problemsOf(thrown))),
  );
  if (E.isLeft(ground)) return ground;
  const kind = ground.right.tokens === undefined ? 'picture' : 'text';
  const skipping = skip || args.methods.open;
  const opened = E.map(({ methods, skipped }: Opened): Opened => ({
    methods,
    skipped: skipped.map(({ method, reason }) => ({ method, reason: args.spell?.(reason) ?? reason })),
  }))(await openMethods(ground.right, args.methods.requests(kind), skipping));
  if (E.isRight(opened))
    return E.right({
      ground: ground.right,
      opened: opened.right,
      key: keyOfAll(libraryVersion(), modelKey(model, path)),
    });
  return skipping
    ? opened
    : E.left(
        opened.left.map(({ at, message }) => problem(`${model.name} ${at}`, `${message}; ${compareSays.skipHint()}`)),
      );
};

/** Places of problems that are options. */
const ofOptions = ['batch-axis', 'output', 'size'] as const;

/** A model with the axes, the sizes and the output asked for. */
const loadOne = async ({ sizes, batchAxes, output, files }: Comparing, path: string): Promise<Result<Model>> => {
  const model = E.chain((one: Model) => chooseOutput(one, output))(
    await loadModel(path, { sizes, batchAxes, files, output }),
  );
  return E.mapLeft((problems: readonly Problem[]) =>
    problems.map(({ at, message }) => {
      const named = ofOptions.find((one) => one === at);
      return problem(named === undefined ? at : option(named), message);
    }),
  )(model);
};

/** Opens every model, its samples and its methods: all problems are told before anything runs. */
const openAll = async (args: Comparing): Promise<Result<readonly Ready[]>> => {
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
const pageOf = async ({ book, command, page, out }: Comparing, compared: readonly ComparedModel[]) => {
  try {
    const verdicts = await claimsOf(book, compared);
    return E.right(withKorean(comparisonHtml(reportOf(compared, verdicts, command))));
  } catch (thrown) {
    return E.left([problem(page, storeSays.notDrawn(printProblems(problemsOf(thrown)), out))]);
  }
};

/** What was compared of a model, and what the folder of its maps is called. */
interface Named {
  readonly compared: ComparedModel;
  readonly folder: string;
}

/** Runs the methods of every model, one model after the other, until it is to stop. */
const runAll = async (
  args: Comparing,
  all: readonly Ready[],
  stop: Stop | undefined,
): Promise<Result<readonly Named[]>> => {
  const { metrics, out, page, allowOpen = false, progress } = args;
  const stopped = (): void => {
    if (stop?.signal.aborted === true) refuse('', storeSays.stoppedCompare(String(stop.signal.reason)));
  };
  const named = all.map(({ ground }) => ground.model.name);
  const folders = outputNames(named, ['results.json', basename(page)]);
  const done: Named[] = [];
  try {
    for (const [i, { ground, opened, key }] of all.entries()) {
      const folder = join(out, folders[i]!);
      sweep(folder, true);
      const finisher = keeping({ ground, methods: opened.methods, folder, key, metrics, allowOpen });
      const one = await compareMethods(ground, opened, { metrics, progress, allowOpen, stopped, finisher });
      if (E.isLeft(one)) return one;
      done.push({ compared: one.right, folder: basename(folder) });
    }
    return E.right(done);
  } finally {
    progress?.('');
    await closeAll(all.map(({ opened }) => opened));
  }
};

/** Writes results.json and the page; results.json also where there is no page. */
const writeAll = async (args: Comparing, done: readonly Named[]): Promise<Result<ComparisonDone>> => {
  const compared = done.map((one) => one.compared);
  const results = {
    format: 'kirchhoff-comparison/1',
    command: args.command,
    metrics: args.metrics,
    models: done.map((one) => resultsOf(one.compared, one.folder)),
  };
  const json = JSON.stringify(results, null, 2);
  const page = await pageOf(args, compared);
  const kept = writeAtomically(join(args.out, 'results.json'), `${json}\n`);
  if (E.isLeft(kept)) return kept;
  if (E.isLeft(page)) return page;
  return E.map(() => ({ compared, json }))(writeAtomically(args.page, page.right));
};

/**
 * Runs methods on samples, judges them, and writes results.json, every map and a page. Methods that an earlier run of the
 * same comparison finished are taken from its files.
 */
export const compareModels = (args: Comparing): Promise<Result<ComparisonDone>> =>
  whileLocked(args.out, async () => {
    const all = await openAll(args);
    if (E.isLeft(all)) return all;
    const stop = args.listen?.();
    const done = await runAll(args, all.right, stop).finally(stop?.release);
    return E.isLeft(done) ? done : writeAll(args, done.right);
  });

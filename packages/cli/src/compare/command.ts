import { loadModel, writeAtomically, type InputFile, type NamedText } from '@kirchhoff/explain';
import type { MetricName } from '@kirchhoff/evaluate';
import type { Problem } from '@kirchhoff/message';
import { comparisonHtml } from '@kirchhoff/picture';
import type { Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { withKorean } from '../font.js';
import { progressLine } from '../progress.js';
import { table } from '../table.js';
import { claimsOf } from './claims.js';
import { safeName } from './keep.js';
import { reportOf } from './page.js';
import type { MethodList } from './request.js';
import { openMethods, resultsOf, runModel, type ComparedModel, type Opened } from './run.js';
import { openGround, type Ground } from './samples.js';

type Result<A> = E.Either<readonly Problem[], A>;

export interface CompareArguments {
  readonly paths: readonly string[];
  readonly book: Rulebook;
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
    `${ground.model.name}, ${ground.cases.length} samples (95 % intervals)`,
    '',
    table(headings, rows),
    ...skipped.map(({ method, reason }) => `left out ${method}: ${reason}`),
  ].join('\n');
};

const closeAll = async (opened: readonly Opened[]): Promise<void> => {
  for (const { methods } of opened) for (const { method } of methods) await method.close();
};

/** Opens every model, its samples and its methods: all problems are told before anything runs. */
const openAll = async (
  args: CompareArguments,
): Promise<Result<readonly { readonly ground: Ground; readonly opened: Opened }[]>> => {
  const problems: Problem[] = [];
  const all: { readonly ground: Ground; readonly opened: Opened }[] = [];
  for (const path of args.paths) {
    const model = loadModel(path);
    const ground = E.isLeft(model) ? model : await openGround({ ...args, path, model: model.right });
    if (E.isLeft(ground)) {
      problems.push(...ground.left);
      continue;
    }
    const kind = ground.right.tokens === undefined ? 'picture' : 'text';
    const skip = args.skip || args.methods.open;
    const opened = await openMethods(ground.right, args.methods.requests(kind), skip);
    if (E.isLeft(opened)) problems.push(...opened.left);
    else all.push({ ground: ground.right, opened: opened.right });
  }
  if (problems.length === 0) return E.right(all);
  await closeAll(all.map(({ opened }) => opened));
  return E.left(problems);
};

/** `compare MODEL…`: runs methods on samples, judges them, and writes results.json, every map and a page. */
export const compareCommand = async (args: CompareArguments): Promise<Result<string>> => {
  const start = performance.now();
  const all = await openAll(args);
  if (E.isLeft(all)) return all;
  const progress = progressLine();
  const compared: ComparedModel[] = [];
  try {
    for (const { ground, opened } of all.right) {
      const folder = join(args.out, safeName(ground.model.name));
      const one = await runModel(ground, opened, { metrics: args.metrics, folder, progress });
      if (E.isLeft(one)) return one;
      compared.push(one.right);
    }
  } finally {
    progress('');
    await closeAll(all.right.map(({ opened }) => opened));
  }
  const results = {
    format: 'kirchhoff-comparison/1',
    command: args.command,
    metrics: args.metrics,
    models: compared.map(resultsOf),
  };
  const json = JSON.stringify(results, null, 2);
  const done = writeAtomically(join(args.out, 'results.json'), `${json}\n`);
  if (E.isLeft(done)) return done;
  const verdicts = await claimsOf(args.book, compared);
  const shown = writeAtomically(args.page, withKorean(comparisonHtml(reportOf(compared, verdicts, args.command))));
  if (E.isLeft(shown)) return shown;
  if (args.json) return E.right(json);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  return E.right(
    [
      ...compared.map(summaryOf),
      `wrote ${args.page}, ${join(args.out, 'results.json')} and the maps beside them (${seconds} s)`,
    ].join('\n\n'),
  );
};

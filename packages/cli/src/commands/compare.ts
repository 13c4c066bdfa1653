import {
  methodList,
  methodRemarks,
  methods,
  metricList,
  metricNames,
  metrics,
  usesData,
  type ComparedModel,
  type Method,
} from '@kirchhoff/compare';
import { compareModels, type ComparisonDone } from '@kirchhoff/compare/node';
import { all, compareSays, withFlags, type Result } from '@kirchhoff/message';
import { Option, type Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { join } from 'node:path';
import { filled, parseBatchAxes, parseCount, parseFile, parseNumber, parseSizes, splitInput } from '../arguments.js';
import { table } from '../columns.js';
import { collect, type Run } from '../options.js';
import { progressLine } from '../progress.js';
import { listenForStop } from '../stop.js';
import { modelPath, openRulebook } from '@kirchhoff/explain/node';
import { readTexts } from '../texts.js';

interface CompareFlags {
  readonly input: readonly string[];
  readonly text: readonly string[];
  readonly textFile?: string;
  readonly mask?: string;
  readonly data?: string;
  readonly baseline: string;
  readonly methods: string;
  readonly metrics: string;
  readonly rules: readonly string[];
  readonly size: readonly string[];
  readonly batchAxis: readonly string[];
  readonly output?: string;
  readonly limit: string;
  readonly out: string;
  readonly skipInapplicable?: boolean;
  readonly allowOpenLedger?: boolean;
  readonly json?: boolean;
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const commandOf = (paths: readonly string[], flags: CompareFlags): string => {
  const some = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [`--${name}`, value];
  const words = [
    ...paths,
    ...flags.input.flatMap((file) => ['--input', file]),
    ...flags.text.flatMap((text) => ['--text', text]),
    ...some('text-file', flags.textFile),
    ...some('mask', flags.mask),
    ...some('data', flags.data),
    ...flags.rules.flatMap((folder) => ['--rules', folder]),
    ...flags.batchAxis.flatMap((axis) => ['--batch-axis', axis]),
    ...flags.size.flatMap((size) => ['--size', size]),
    ...some('output', flags.output),
    ...(flags.baseline === '0' ? [] : ['--baseline', flags.baseline]),
    '--methods',
    flags.methods,
    '--metrics',
    flags.metrics,
    '--limit',
    flags.limit,
    '--out',
    flags.out,
    ...(flags.skipInapplicable === true ? ['--skip-inapplicable'] : []),
    ...(flags.allowOpenLedger === true ? ['--allow-open-ledger'] : []),
  ];
  return ['npx kirchhoff compare', ...words.map(quoted)].join(' ');
};

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

const runCompare = async (named: readonly string[], flags: CompareFlags): Promise<Result<string>> => {
  const start = performance.now();
  const book = openRulebook(flags.rules);
  if (E.isLeft(book)) return book;
  const methods = methodList(flags.methods, book.right);
  const parsed = all({
    methods,
    metrics: metricList(flags.metrics),
    limit: parseCount('--limit', flags.limit),
    baseline: parseNumber('--baseline', flags.baseline),
    texts: readTexts(flags.text, flags.textFile),
    sizes: parseSizes(flags.size),
    batchAxes: parseBatchAxes(flags.batchAxis),
    masks: parseFile('--mask', flags.mask),
    data: parseFile('--data', flags.data),
    out: filled('--out', flags.out, 'a folder'),
    used: E.isLeft(methods) || flags.data === undefined ? E.right(undefined) : usesData(methods.right),
  });
  if (E.isLeft(parsed)) return parsed;
  const { used: _, ...given } = parsed.right;
  const page = join(given.out, 'compare.html');
  const done = await compareModels({
    ...given,
    paths: named.map(modelPath),
    book: book.right,
    output: flags.output,
    files: flags.input.map(splitInput),
    skip: flags.skipInapplicable === true,
    allowOpen: flags.allowOpenLedger === true,
    command: commandOf(named, flags),
    page,
    progress: progressLine(),
    spell: withFlags,
    listen: listenForStop,
  });
  if (E.isLeft(done) || flags.json === true) return E.map(({ json }: ComparisonDone) => json)(done);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  return E.right(
    [
      ...done.right.compared.map(summaryOf),
      `wrote ${page}, ${join(given.out, 'results.json')} and the maps beside them (${seconds} s)`,
    ].join('\n\n'),
  );
};

const listed = (rows: readonly (readonly [string, string])[]): string =>
  rows.map(([name, summary]) => `  ${name.padEnd(27)} ${summary}`).join('\n');

const takes = ({ needs, parameters }: Method): string =>
  compareSays.takes(
    needs.filter((need) => !Object.hasOwn(parameters, need)),
    Object.entries(parameters).map(([name, parameter]) => `${name} ${parameter.default}`),
  );

const help = (): string =>
  [
    '',
    'Methods (parameters as lime:samples=500, a node as grad-cam@relu3); every composite of rules is one, too:',
    listed(Object.entries(methods).map(([name, method]) => [name, `${method.summary}${takes(method)}`])),
    '',
    'Metrics:',
    listed(metricNames.map((name) => [name, `${metrics[name].summary} (${compareSays.words[metrics[name].better]})`])),
  ].join('\n');

/** Adds `compare`. */
export const addCompare = (program: Command, run: Run): void => {
  program
    .command('compare')
    .argument('<model...>', 'model folders, graph.json or .onnx files, or names of bundled models')
    .description('Compare methods: maps, metrics with intervals, ledgers and agreement, on one page.')
    .addOption(
      new Option('--input <file...>', "pictures or .npy files; default: the model's own samples")
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(new Option('--text <text>', 'a text (repeatable)').argParser(collect).default([], 'none'))
    .option('--text-file <file>', 'a file of texts, one on each line')
    .option('--mask <file>', 'a .npy [N, H, W] that is above 0 where the evidence is')
    .option('--data <file>', 'a .npy of samples that patterns are learnt from; default: the samples compared')
    .option('--baseline <number>', 'what removed parts are replaced by, and where paths to the input begin', '0')
    .option('--methods <a,b,…|default|all>', 'which methods; see below', 'default')
    .option('--metrics <a,b,…|default|all>', 'which metrics; default: those that explain nothing anew', 'default')
    .addOption(
      new Option('--rules <dir>', 'a further folder of rule documents (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option('--batch-axis <name=K|none>', 'the axis of an input along which samples lie; proved (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option('--size <name=number>', 'state a size that the models leave open, such as T=128 (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--output <name>', 'the output to explain; default: the first of real numbers')
    .option('--limit <n>', 'at most so many samples of each model', '100')
    .option('--skip-inapplicable', 'go on without methods that do not apply, and list them')
    .option('--allow-open-ledger', 'go on where relevance goes missing beyond rounding; everything written says so')
    .option('--out <dir>', 'where the files go; what an earlier run finished there is kept', 'out/compare')
    .option('--json', 'print results.json and nothing else')
    .addHelpText('after', help)
    .action((paths: readonly string[], flags: CompareFlags) => run(() => runCompare(paths, flags)));
};

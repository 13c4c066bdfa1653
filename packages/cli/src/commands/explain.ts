import { expandPatterns, hasPattern, modelPath } from '@kirchhoff/explain/node';
import { all, cliSays, problem, type Problem, type Result } from '@kirchhoff/message';
import type { Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { filled, parseChoice, splitInput } from '../arguments.js';
import { atOptions, modelIs, optional, readAsked, type PlanFlags } from '../asked.js';
import { planOptions, repeatable, type Run } from '../options.js';
import { readTargets } from '../target.js';
import { readTexts } from '../texts.js';
import { explainFilesCommand } from './explain-files.js';
import { explainSeriesCommand } from './explain-series.js';
import { explainTextCommand } from './explain-text.js';

interface ExplainFlags extends PlanFlags {
  readonly input: readonly string[];
  readonly text: readonly string[];
  readonly textFile?: string;
  readonly target: string;
  readonly seed?: string;
  readonly at: readonly string[];
  readonly backend: string;
  readonly ledger: boolean;
  readonly allowOpenLedger?: boolean;
  readonly batchSize?: string;
  readonly skipUnreadable?: boolean;
  readonly out: string;
  readonly json?: boolean;
}

/** Samples beyond this are explained batch by batch. */
const largestBatch = 16;
const usualBatch = 8;

const parseBatchSize = (text: string): Result<number> =>
  /^[1-9]\d*$/.test(text) ? E.right(Number(text)) : E.left([problem('--batch-size', cliSays.noBatchSize(text))]);

const runExplain = async (path: string, flags: ExplainFlags): Promise<Result<string>> => {
  const given = flags.input.map(splitInput);
  const files = expandPatterns(given);
  const asked = await readAsked(path, flags, E.isLeft(files) ? given : files.right);
  const parsed = all({
    asked,
    target: readTargets(flags.target, asked),
    seed: optional(flags.seed, (text) => parseChoice('--seed', text, ['value', 'one'] as const)),
    backend: parseChoice('--backend', flags.backend, ['ort', 'reference'] as const),
    size: optional(flags.batchSize, parseBatchSize),
    out: filled('--out', flags.out, 'a folder'),
  });
  if (E.isLeft(parsed)) return parsed;
  const { model, book, composite, plan, request } = parsed.right.asked;
  const texts = readTexts(flags.text, flags.textFile);
  if (E.isLeft(texts)) return texts;
  if (texts.right.length > 0 && flags.input.length > 0) return E.left([problem('--input', cliSays.textAndInput)]);
  const { seed, backend, size, out } = parsed.right;
  const [target, ...further] = parsed.right.target;
  const options = { target, further, seed, at: flags.at, ledger: flags.ledger, backend };
  const common = { out, json: flags.json === true, allowOpen: flags.allowOpenLedger === true };
  const one = { ...common, model, book, composite, options: { ...plan, ...options } };
  if (texts.right.length > 0) return explainTextCommand({ ...one, folder: path, texts: texts.right });
  if (E.isLeft(files)) return files;
  const isSeries = size !== undefined || hasPattern(given) || files.right.length > largestBatch;
  if (!isSeries) return explainFilesCommand({ ...one, files: files.right });
  const batchSize = size ?? usualBatch;
  return explainSeriesCommand({
    ...common,
    request,
    asked: parsed.right.asked,
    options: { ...options, compile: { prepack: batchSize > 1 } },
    batchSize,
    skip: flags.skipUnreadable === true,
  });
};

/** Adds `explain`. */
export const addExplain = (program: Command, run: Run): void => {
  planOptions(program.command('explain'))
    .argument('<model>', modelIs, modelPath)
    .description('Explain decisions: relevance of every input, heatmap and ledger.')
    .option(
      '--input <file...>',
      "pictures or .npy files, or patterns such as 'photos/*.jpg'; NAME=FILE for a named input",
      (file: string, before: readonly string[]) => [...before, file],
      [],
    )
    .addOption(
      repeatable(
        '--text <text>',
        'a text, for a model that reads text; "-" reads lines of standard input (repeatable)',
      ),
    )
    .option('--text-file <file>', 'a file of texts, one on each line')
    .option(
      '--target <argmax|K>',
      'which output to explain; 3,5 several, 3+5 together, 7-1 or 7-rest against, a class by its name, last:7 or 2:7 at a position, a .npy of weights',
      'argmax',
    )
    .option('--seed <value|one>', 'what the explanation starts from; default: as the composite says, else value')
    .addOption(repeatable('--at <tensor>', 'also the relevance of this tensor (repeatable)'))
    .option('--backend <ort|reference>', 'onnxruntime, or literal float64', 'ort')
    .option('--no-ledger', 'keep but the total of the ledger; that of every node takes up to a third of the time')
    .option('--allow-open-ledger', 'go on where relevance goes missing beyond rounding; everything written says so')
    .option(
      '--batch-size <n>',
      `explain so many samples at a time, resumably, into one array and one index; default: all at once up to ${largestBatch}, else ${usualBatch}`,
    )
    .option('--skip-unreadable', 'of many files, go on without those that cannot be read, and list them')
    .option('--out <dir>', 'where the files go', 'out/explain')
    .option('--json', 'print explanation.json and nothing else')
    .action((model: string, flags: ExplainFlags) =>
      run(async () =>
        E.mapLeft((problems: readonly Problem[]) => atOptions(problems, flags))(await runExplain(model, flags)),
      ),
    );
};

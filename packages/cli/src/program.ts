import { all, cliSays, problem, type Problem, type Result } from '@kirchhoff/message';
import { Option, type Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { parseChoice, splitInput } from './arguments.js';
import { atOptions, defaultComposite, modelIs, optional, readAsked, type PlanFlags } from './asked.js';
import { addCompare } from './commands/compare.js';
import { demoCommand } from './commands/demo.js';
import { explainCommand } from './commands/explain.js';
import { explainTextCommand } from './commands/explain-text.js';
import { inspectCommand } from './commands/inspect.js';
import { rulesCommand } from './commands/rules.js';
import { modelPath, openRulebook, resourcePath } from '@kirchhoff/explain/node';
import { existsSync } from 'node:fs';
import { addOnnxCommands } from './onnx-program.js';
import { seriesCommand } from './series/command.js';
import { expandPatterns, hasPattern } from './series/pattern.js';
import { readTargets } from './target.js';
import { readTexts } from './texts.js';
import { addVerify } from './verify-program.js';

type Run = (command: () => Promise<Result<string>>) => Promise<void>;

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
  const target = readTargets(flags.target, asked);
  const seed = optional(flags.seed, (text) => parseChoice('--seed', text, ['value', 'one'] as const));
  const backend = parseChoice('--backend', flags.backend, ['ort', 'reference'] as const);
  const size = optional(flags.batchSize, parseBatchSize);
  const out: Result<string> =
    flags.out === '' ? E.left([problem('--out', cliSays.emptyArgument('a folder'))]) : E.right(flags.out);
  const parsed = all({ asked, target, seed, backend, size, out });
  if (E.isLeft(parsed)) return parsed;
  const { model, book, composite, plan } = parsed.right.asked;
  const texts = readTexts(flags.text, flags.textFile);
  if (E.isLeft(texts)) return texts;
  if (texts.right.length > 0 && flags.input.length > 0) return E.left([problem('--input', cliSays.textAndInput)]);
  const options = {
    target: parsed.right.target[0]!,
    further: parsed.right.target.slice(1),
    ...(parsed.right.seed && { seed: parsed.right.seed }),
    at: flags.at,
    ledger: flags.ledger,
    backend: parsed.right.backend,
  };
  const common = {
    model,
    book,
    composite,
    options: { ...plan, ...options },
    out: parsed.right.out,
    json: flags.json === true,
    allowOpen: flags.allowOpenLedger === true,
  };
  if (texts.right.length > 0) return explainTextCommand({ ...common, folder: path, texts: texts.right });
  if (E.isLeft(files)) return files;
  const isSeries = parsed.right.size !== undefined || hasPattern(given) || files.right.length > largestBatch;
  if (!isSeries) return explainCommand({ ...common, files: files.right });
  const batchSize = parsed.right.size ?? usualBatch;
  const { composite: named, rule, rules, set, withoutRewrite, batchAxis, range, output } = flags;
  const planFlags = {
    rule,
    rules,
    set,
    withoutRewrite,
    batchAxis,
    size: flags.size,
    ...(named && { composite: named }),
    ...(range && { range }),
    ...(output !== undefined && { output }),
  };
  return seriesCommand({
    asked: parsed.right.asked,
    setup: { path, flags: planFlags, files: files.right, options: { ...options, compile: { prepack: batchSize > 1 } } },
    files: files.right,
    batchSize,
    skip: flags.skipUnreadable === true,
    out: parsed.right.out,
    json: flags.json === true,
    allowOpen: flags.allowOpenLedger === true,
  });
};

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const repeatable = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(collect).default([], 'none');

const rulesOption = (): Option =>
  repeatable('--rules <dir>', 'a further folder of rule documents, with composites/ inside (repeatable)');

const sizeOption = (): Option =>
  repeatable('--size <name=number>', 'state a size that the model leaves open, such as T=128 (repeatable)');

const outputOption = (): Option =>
  new Option('--output <name>', 'the output to explain; default: the first of real numbers');

const planOptions = (command: Command): Command =>
  command
    .option(
      '--composite <name|file>',
      `which rule governs which node; default: as model.json says, else ${defaultComposite}`,
    )
    .addOption(
      new Option('--rule <name[:param=value,…]>', 'one rule on all weighted nodes; the composite governs the rest')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(repeatable('--set <param=value>', 'set a parameter wherever a rule of the plan has it (repeatable)'))
    .addOption(rulesOption())
    .addOption(repeatable('--without-rewrite <name>', 'leave a rewrite of the graph out (repeatable)'))
    .addOption(
      repeatable('--batch-axis <name=K|none>', 'the axis of an input along which samples lie; proved (repeatable)'),
    )
    .addOption(sizeOption())
    .addOption(outputOption())
    .option('--range <low,high>', 'bounds of the inputs, in place of declared ones; one per channel separated by ";"');

/** Adds every command to the program. */
export const addCommands = (program: Command, run: Run): void => {
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

  planOptions(program.command('inspect'))
    .argument('<model>', modelIs, modelPath)
    .description('Show the graph, and the rule, formula, facts and passes of every node.')
    .option('--rewrites', 'list what the rewrites changed')
    .action((model: string, flags: PlanFlags & { readonly rewrites?: boolean }) =>
      run(async () => {
        const asked = await readAsked(model, flags);
        if (E.isLeft(asked)) return E.left(atOptions(asked.left, flags));
        const { composite, book, plan } = asked.right;
        const told = inspectCommand(asked.right.model, composite, book, { ...plan, rewrites: flags.rewrites === true });
        return E.mapLeft((problems: readonly Problem[]) => atOptions(problems, flags))(told);
      }),
    );

  addCompare(program, run);

  program
    .command('rules')
    .argument('[name]', 'a rule or a composite')
    .description('List the rules and composites, or show one in full.')
    .addOption(rulesOption())
    .action((name: string | undefined, flags: { readonly rules: readonly string[] }) =>
      run(async () => {
        const book = openRulebook(flags.rules);
        return E.isLeft(book) ? book : rulesCommand(book.right, name);
      }),
    );

  if (existsSync(resourcePath('models/nsmc-lstm'))) addDemo(program, run);

  const shared = { run, planOptions, readAsked, atOptions };
  addOnnxCommands<PlanFlags>(program, shared);
  addVerify<PlanFlags>(program, shared);
};

/** What needs the models and samples of the repository, not all of which come along with the package. */
const addDemo = (program: Command, run: Run): void => {
  program
    .command('demo')
    .description('Explain the samples of the bundled models (what npm start runs).')
    .option('--out <dir>', 'where the pictures go', 'out')
    .action((flags: { readonly out: string }) =>
      run(async () => {
        const book = openRulebook();
        return E.isLeft(book) ? book : demoCommand(book.right, flags.out);
      }),
    );
};

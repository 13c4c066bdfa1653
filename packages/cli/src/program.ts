import { loadModel, readDocument, type Model } from '@kirchhoff/explain';
import type { Problem } from '@kirchhoff/message';
import { decodeComposite, findComposite, type Composite, type PlanOptions, type Rulebook } from '@kirchhoff/rule';
import { Option, type Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { parseChoice, parseRange, parseRule, parseSet, parseTargets, splitInput } from './arguments.js';
import { demoCommand } from './commands/demo.js';
import { explainCommand } from './commands/explain.js';
import { inspectCommand } from './commands/inspect.js';
import { rulesCommand } from './commands/rules.js';
import { openRulebook } from './library.js';

type Result<A> = E.Either<readonly Problem[], A>;
type Run = (command: () => Promise<Result<string>>) => Promise<void>;

interface PlanFlags {
  readonly composite: string;
  readonly rule?: string;
  readonly set: readonly string[];
}

interface ExplainFlags extends PlanFlags {
  readonly input: readonly string[];
  readonly range?: string;
  readonly target: string;
  readonly seed?: string;
  readonly at: readonly string[];
  readonly backend: string;
  readonly out: string;
  readonly json?: boolean;
}

interface Asked {
  readonly model: Model;
  readonly book: Rulebook;
  readonly composite: Composite;
  readonly plan: PlanOptions;
}

const openComposite = (book: Rulebook, asked: string): Result<Composite> =>
  asked.endsWith('.json') ? readDocument(asked, decodeComposite) : findComposite(book, asked);

/** What explain and inspect have in common: a model, the rulebook, and which rules are to govern it. Problems of all of them together. */
const readAsked = (path: string, flags: PlanFlags): Result<Asked> => {
  const book = openRulebook();
  if (E.isLeft(book)) return book;
  const composite = openComposite(book.right, flags.composite);
  const rule = flags.rule === undefined ? undefined : parseRule(flags.rule);
  const set = parseSet(flags.set);
  const model = loadModel(path);
  const problems = [composite, rule, set, model].flatMap((one) => (one !== undefined && E.isLeft(one) ? one.left : []));
  if (E.isLeft(composite) || E.isLeft(set) || E.isLeft(model) || (rule !== undefined && E.isLeft(rule)))
    return E.left(problems);
  const plan = { set: set.right, ...(rule && { rule: rule.right }) };
  return E.right({ model: model.right, book: book.right, composite: composite.right, plan });
};

const runExplain = async (path: string, flags: ExplainFlags): Promise<Result<string>> => {
  const asked = readAsked(path, flags);
  const range = flags.range === undefined ? E.right(undefined) : parseRange(flags.range);
  const target = parseTargets(flags.target);
  const seed =
    flags.seed === undefined ? E.right(undefined) : parseChoice('--seed', flags.seed, ['value', 'one'] as const);
  const backend = parseChoice('--backend', flags.backend, ['ort', 'reference'] as const);
  if (E.isLeft(asked) || E.isLeft(range) || E.isLeft(target) || E.isLeft(seed) || E.isLeft(backend)) {
    return E.left([asked, range, target, seed, backend].flatMap((one) => (E.isLeft(one) ? one.left : [])));
  }
  const { model, book, composite, plan } = asked.right;
  return explainCommand({
    model,
    book,
    composite,
    files: flags.input.map(splitInput),
    range: range.right,
    options: {
      ...plan,
      target: target.right[0]!,
      further: target.right.slice(1),
      ...(seed.right && { seed: seed.right }),
      at: flags.at,
      backend: backend.right,
    },
    out: flags.out,
    json: flags.json === true,
  });
};

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const planOptions = (command: Command): Command =>
  command
    .option('--composite <name|file>', 'which rule governs which node', 'epsilon-plus-flat')
    .option('--rule <name[:param=value,…]>', 'one rule on all weighted nodes; the composite governs the rest')
    .addOption(
      new Option('--set <param=value>', 'set a parameter wherever a rule of the plan has it (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    );

/** Adds every command to the program. */
export const addCommands = (program: Command, run: Run): void => {
  planOptions(program.command('explain'))
    .argument('<model>', 'a model folder, a graph.json or an .onnx file')
    .description('Explain decisions: relevance of every input, heatmap and ledger.')
    .requiredOption('--input <file...>', 'pictures or .npy files; NAME=FILE for a named input; several form one batch')
    .option('--range <low,high>', 'bounds of the inputs; one per channel separated by ";"')
    .option(
      '--target <argmax|K>',
      'which output to explain; 3,5 several, 3+5 together, 7-1 or 7-rest against',
      'argmax',
    )
    .option('--seed <value|one>', 'what the explanation starts from; default: as the composite says, else value')
    .addOption(
      new Option('--at <tensor>', 'also the relevance of this tensor (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--backend <ort|reference>', 'onnxruntime, or literal float64', 'ort')
    .option('--out <dir>', 'where the files go', 'out/explain')
    .option('--json', 'print explanation.json and nothing else')
    .action((model: string, flags: ExplainFlags) => run(() => runExplain(model, flags)));

  planOptions(program.command('inspect'))
    .argument('<model>', 'a model folder, a graph.json or an .onnx file')
    .description('Show the graph, and the rule, formula, facts and passes of every node.')
    .option('--rewrites', 'list what the rewrites changed')
    .action((model: string, flags: PlanFlags & { readonly rewrites?: boolean }) =>
      run(async () => {
        const asked = readAsked(model, flags);
        if (E.isLeft(asked)) return asked;
        const { composite, book, plan } = asked.right;
        return inspectCommand(asked.right.model, composite, book, { ...plan, rewrites: flags.rewrites === true });
      }),
    );

  program
    .command('rules')
    .argument('[name]', 'a rule or a composite')
    .description('List the rules and composites, or show one in full.')
    .action((name: string | undefined) =>
      run(async () => {
        const book = openRulebook();
        return E.isLeft(book) ? book : rulesCommand(book.right, name);
      }),
    );

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

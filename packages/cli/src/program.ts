import { loadModel, readDocument, withRange, type Model } from '@kirchhoff/explain';
import { cliSays, problem, within, type Problem } from '@kirchhoff/message';
import { decodeComposite, findComposite, type Composite, type PlanOptions, type Rulebook } from '@kirchhoff/rule';
import { Option, type Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import {
  parseChoice,
  parseRange,
  parseRule,
  parseSet,
  parseTargets,
  splitInput,
  type RuleArgument,
} from './arguments.js';
import { addCompare } from './compare/option.js';
import { demoCommand } from './commands/demo.js';
import { explainCommand } from './commands/explain.js';
import { explainTextCommand } from './commands/explain-text.js';
import { inspectCommand } from './commands/inspect.js';
import { rulesCommand } from './commands/rules.js';
import { openRulebook } from './library.js';
import { addOnnxCommands } from './onnx-program.js';
import { readTexts } from './texts.js';
import { addVerify } from './verify-program.js';

type Result<A> = E.Either<readonly Problem[], A>;
type Run = (command: () => Promise<Result<string>>) => Promise<void>;

/** Where neither the person nor model.json names one. */
const defaultComposite = 'epsilon-plus-flat';

const modelIs = 'a model folder, a graph.json or an .onnx file';

interface PlanFlags {
  readonly composite?: string;
  readonly rule: readonly string[];
  readonly rules: readonly string[];
  readonly set: readonly string[];
  readonly withoutRewrite: readonly string[];
  readonly range?: string;
}

interface ExplainFlags extends PlanFlags {
  readonly input: readonly string[];
  readonly text: readonly string[];
  readonly textFile?: string;
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
  asked.endsWith('.json')
    ? readDocument(asked, decodeComposite)
    : E.mapLeft((problems: readonly Problem[]) => within('--composite', problems))(findComposite(book, asked));

const openModel = (path: string, without: readonly string[]): Result<Model> =>
  path === '' ? E.left([problem('<model>', cliSays.emptyArgument(modelIs))]) : loadModel(path, { without });

const onlyRule = (texts: readonly string[]): Result<RuleArgument | undefined> => {
  const [text, ...more] = texts;
  if (text === undefined) return E.right(undefined);
  return more.length > 0 ? E.left([problem('--rule', cliSays.twoRules)]) : parseRule(text);
};

const optional = <A>(text: string | undefined, parse: (text: string) => Result<A>): Result<A | undefined> =>
  text === undefined ? E.right(undefined) : parse(text);

const options: readonly string[] = ['at', 'range', 'rule', 'set', 'target', 'without-rewrite'];

/** Problems of options as a person typed them; those of a plan as a whole, at what chose it. */
const atOptions = (problems: readonly Problem[], flags: PlanFlags): readonly Problem[] => {
  const [rule] = flags.rule;
  const chosen = rule === undefined ? `--composite ${flags.composite ?? 'by default'}` : `--rule ${rule}`;
  return problems.map(({ at, message }) =>
    problem(at === '' ? chosen : options.includes(at) ? `--${at}` : at.startsWith('rule ') ? `--${at}` : at, message),
  );
};

/** What explain and inspect have in common: a model, the rulebook, and which rules are to govern it. Problems of all of them together. */
const readAsked = (path: string, flags: PlanFlags): Result<Asked> => {
  const book = openRulebook(flags.rules);
  if (E.isLeft(book)) return book;
  const opened = openModel(path, flags.withoutRewrite);
  const own = E.isRight(opened) ? opened.right.document?.composite : undefined;
  const composite = openComposite(book.right, flags.composite ?? own ?? defaultComposite);
  const rule = onlyRule(flags.rule);
  const set = parseSet(flags.set);
  const range = optional(flags.range, parseRange);
  const model =
    E.isRight(opened) && E.isRight(range) && range.right !== undefined ? withRange(opened.right, range.right) : opened;
  if (E.isLeft(composite) || E.isLeft(rule) || E.isLeft(set) || E.isLeft(range) || E.isLeft(model)) {
    return E.left([composite, rule, set, range, model].flatMap((one) => (E.isLeft(one) ? one.left : [])));
  }
  const plan = { set: set.right, ...(rule.right && { rule: rule.right }) };
  return E.right({ model: model.right, book: book.right, composite: composite.right, plan });
};

const runExplain = async (path: string, flags: ExplainFlags): Promise<Result<string>> => {
  const asked = readAsked(path, flags);
  const target = parseTargets(flags.target);
  const seed = optional(flags.seed, (text) => parseChoice('--seed', text, ['value', 'one'] as const));
  const backend = parseChoice('--backend', flags.backend, ['ort', 'reference'] as const);
  const out: Result<string> =
    flags.out === '' ? E.left([problem('--out', cliSays.emptyArgument('a folder'))]) : E.right(flags.out);
  if (E.isLeft(asked) || E.isLeft(target) || E.isLeft(seed) || E.isLeft(backend) || E.isLeft(out)) {
    return E.left([asked, target, seed, backend, out].flatMap((one) => (E.isLeft(one) ? one.left : [])));
  }
  const { model, book, composite, plan } = asked.right;
  const texts = readTexts(flags.text, flags.textFile);
  if (E.isLeft(texts)) return texts;
  if (texts.right.length > 0 && flags.input.length > 0) return E.left([problem('--input', cliSays.textAndInput)]);
  const common = {
    model,
    book,
    composite,
    options: {
      ...plan,
      target: target.right[0]!,
      further: target.right.slice(1),
      ...(seed.right && { seed: seed.right }),
      at: flags.at,
      backend: backend.right,
    },
    out: out.right,
    json: flags.json === true,
  };
  return texts.right.length > 0
    ? explainTextCommand({ ...common, folder: path, texts: texts.right })
    : explainCommand({ ...common, files: flags.input.map(splitInput) });
};

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const repeatable = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(collect).default([], 'none');

const rulesOption = (): Option =>
  repeatable('--rules <dir>', 'a further folder of rule documents, with composites/ inside (repeatable)');

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
    .option('--range <low,high>', 'bounds of the inputs, in place of declared ones; one per channel separated by ";"');

/** Adds every command to the program. */
export const addCommands = (program: Command, run: Run): void => {
  planOptions(program.command('explain'))
    .argument('<model>', modelIs)
    .description('Explain decisions: relevance of every input, heatmap and ledger.')
    .option(
      '--input <file...>',
      'pictures or .npy files; NAME=FILE for a named input; several form one batch',
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
      'which output to explain; 3,5 several, 3+5 together, 7-1 or 7-rest against',
      'argmax',
    )
    .option('--seed <value|one>', 'what the explanation starts from; default: as the composite says, else value')
    .addOption(repeatable('--at <tensor>', 'also the relevance of this tensor (repeatable)'))
    .option('--backend <ort|reference>', 'onnxruntime, or literal float64', 'ort')
    .option('--out <dir>', 'where the files go', 'out/explain')
    .option('--json', 'print explanation.json and nothing else')
    .action((model: string, flags: ExplainFlags) =>
      run(async () =>
        E.mapLeft((problems: readonly Problem[]) => atOptions(problems, flags))(await runExplain(model, flags)),
      ),
    );

  planOptions(program.command('inspect'))
    .argument('<model>', modelIs)
    .description('Show the graph, and the rule, formula, facts and passes of every node.')
    .option('--rewrites', 'list what the rewrites changed')
    .action((model: string, flags: PlanFlags & { readonly rewrites?: boolean }) =>
      run(async () => {
        const asked = readAsked(model, flags);
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

  const shared = { run, planOptions, readAsked, atOptions };
  addOnnxCommands<PlanFlags>(program, shared);
  addVerify<PlanFlags>(program, shared);
};

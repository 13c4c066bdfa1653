import { modelPath, openRulebook } from '@kirchhoff/explain/node';
import { all, cliSays, problem, verifySays, type Problem, type Result } from '@kirchhoff/message';
import { Option, type Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { parseChoice, splitInput } from '../arguments.js';
import { atOptions, readAsked, type PlanFlags } from '../asked.js';
import { collect, planOptions, type Run } from '../options.js';
import { progressLine } from '../progress.js';
import { readTargets } from '../target.js';
import { readTexts } from '../texts.js';
import { auditCommand } from './audit.js';
import { proofCommand, replayCommand, verifyCommand, type ProofForm } from './verify-laws.js';

interface VerifyFlags extends PlanFlags {
  readonly cases: string;
  readonly seed: string;
  readonly graphs: string;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly proof?: string | true;
  readonly out?: string;
  readonly replay?: string;
  readonly model?: string;
  readonly input: readonly string[];
  readonly text: readonly string[];
  readonly textFile?: string;
  readonly target: string;
}

const count = (option: string, text: string, least: number): Result<number> =>
  /^\d+$/.test(text) && Number(text) >= least
    ? E.right(Number(text))
    : E.left([problem(option, verifySays.noCount(option, text))]);

const seedOf = (text: string): Result<number> =>
  /^-?\d+$/.test(text) && Math.abs(Number(text)) < 2 ** 31
    ? E.right(Number(text))
    : E.left([problem('--seed', verifySays.noSeed(text))]);

const auditOf = async (model: string, flags: VerifyFlags): Promise<Result<string>> => {
  const texts = readTexts(flags.text, flags.textFile);
  if (E.isLeft(texts)) return texts;
  if (flags.input.length + texts.right.length === 0) return E.left([problem('--input', verifySays.auditNeeds)]);
  if (flags.input.length > 0 && texts.right.length > 0) return E.left([problem('--input', cliSays.textAndInput)]);
  const files = flags.input.map(splitInput);
  const asked = await readAsked(model, flags, files);
  const target = readTargets(flags.target, asked);
  const parsed = all({ asked, target });
  if (E.isLeft(parsed)) return parsed;
  const { plan, request: _, ...rest } = parsed.right.asked;
  return auditCommand({
    ...rest,
    files,
    texts: texts.right,
    folder: model,
    options: { ...plan, target: parsed.right.target[0]! },
    out: flags.out ?? 'out/audit',
    json: flags.json === true,
  });
};

const lawsOf = async (
  subjects: readonly string[],
  flags: VerifyFlags,
  out: (text: string) => void,
): Promise<Result<string>> => {
  const book = openRulebook(flags.rules);
  const cases = count('--cases', flags.cases, 1);
  const graphs = count('--graphs', flags.graphs, 0);
  const seed = seedOf(flags.seed);
  const folder: Result<string | undefined> =
    flags.out === '' ? E.left([problem('--out', cliSays.emptyArgument('a folder'))]) : E.right(flags.out);
  const parsed = all({ book, cases, graphs, seed, folder });
  if (E.isLeft(parsed)) return parsed;
  if (flags.proof !== undefined) {
    const form = parseChoice('--proof', flags.proof === true ? 'text' : flags.proof, ['text', 'tex'] as const);
    return E.chain((asked: ProofForm) => proofCommand(parsed.right.book, subjects, asked))(form);
  }
  if (flags.replay !== undefined) return replayCommand(parsed.right.book, flags.replay);
  const told = await verifyCommand({
    book: parsed.right.book,
    subjects,
    cases: parsed.right.cases,
    seed: parsed.right.seed,
    graphs: parsed.right.graphs,
    form: flags.json === true ? 'json' : flags.markdown === true ? 'markdown' : 'text',
    out: parsed.right.folder,
    progress: progressLine(),
  });
  if (E.isLeft(told)) return told;
  if (told.right.failures === 0) return E.right(told.right.text);
  out(`${told.right.text}\n`);
  return E.left([problem('', verifySays.refutedClaims(told.right.failures))]);
};

/** Adds `verify`. */
export const addVerify = (program: Command, run: Run): void => {
  planOptions(program.command('verify'))
    .argument('[rule...]', 'names of rules, or files that hold one; default: every rule')
    .description('Hold rules to every law: proved, tested or refuted. With --model, audit one explanation instead.')
    .option('--cases <n>', 'random cases for each law and rule', '200')
    .option('--seed <n>', 'what random cases are drawn from', '42')
    .option('--graphs <n>', 'also measure how exactly the ledgers of so many random graphs close', '0')
    .option('--json', 'print JSON and nothing else')
    .option('--markdown', 'print the verdicts as a page')
    .option('--proof [text|tex]', 'print what is proved, step by step, and nothing else')
    .option('--out <dir>', 'where counterexamples go; with --model, where the audit goes (default out/audit)')
    .option('--replay <file>', 'run a stored counterexample again')
    .option('--model <model>', 'audit an explanation of this model', modelPath)
    .addOption(
      new Option('--input <file...>', 'with --model: pictures or .npy files').argParser(collect).default([], 'none'),
    )
    .addOption(
      new Option('--text <text>', 'with --model: a text; "-" reads lines of standard input (repeatable)')
        .argParser(collect)
        .default([], 'none'),
    )
    .option('--text-file <file>', 'with --model: a file of texts, one on each line')
    .option('--target <argmax|K>', 'with --model: which output', 'argmax')
    .action((subjects: readonly string[], flags: VerifyFlags) =>
      run(async () => {
        const { model } = flags;
        if (model === undefined) return lawsOf(subjects, flags, (text) => program.configureOutput().writeOut?.(text));
        return E.mapLeft((problems: readonly Problem[]) => atOptions(problems, flags))(await auditOf(model, flags));
      }),
    );
};

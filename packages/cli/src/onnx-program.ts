import { modelPath, type InputFile } from '@kirchhoff/explain/node';
import { all, cliSays, problem, type Problem, type Result } from '@kirchhoff/message';
import type { Target } from '@kirchhoff/relevance';
import type { Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { filled, parseChoice, parseRange, parseSizes } from './arguments.js';
import { modelIs, optional, type Asked } from './asked.js';
import { conformanceCommand } from './commands/conformance.js';
import { exportCommand } from './commands/export.js';
import { importCommand, type ImageFlags } from './commands/import.js';
import { readTargets } from './target.js';

/** What the program lends to commands of other files. */
export interface Shared<Flags> {
  readonly run: (command: () => Promise<Result<string>>) => Promise<void>;
  readonly planOptions: (command: Command) => Command;
  readonly readAsked: (path: string, flags: Flags, files?: readonly InputFile[]) => Promise<Result<Asked>>;
  readonly atOptions: (problems: readonly Problem[], flags: Flags) => readonly Problem[];
}

interface ImportFlags {
  readonly out: string;
  readonly name?: string;
  readonly summary?: string;
  readonly labels?: string;
  readonly composite?: string;
  readonly image?: string;
  readonly scale?: string;
  readonly mean?: string;
  readonly std?: string;
  readonly layout?: string;
  readonly range?: string;
  readonly withoutRewrite: readonly string[];
  readonly size: readonly string[];
}

interface ExportFlags {
  readonly target: string;
  readonly seed?: string;
  readonly at: readonly string[];
  readonly ledger?: boolean;
  readonly opset: string;
  readonly external?: boolean;
  readonly check?: boolean;
  readonly allowOpenLedger?: boolean;
  readonly out: string;
}

const parseNumbers =
  (option: string) =>
  (text: string): Result<readonly number[]> => {
    const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    return numbers.every(Number.isFinite) ? E.right(numbers) : E.left([problem(option, cliSays.noNumbers(text))]);
  };

/** `grey`, `rgb`, or either with a size: `rgb:224x224` (height × width). */
const parseImage = (text: string): Result<ImageFlags> => {
  const found = /^(grey|rgb)(?::(\d+)x(\d+))?$/.exec(text);
  if (found === null) return E.left([problem('--image', cliSays.noImage(text))]);
  const [, channels, height, width] = found;
  return E.right({
    channels: channels === 'grey' ? 'grey' : 'rgb',
    ...(height !== undefined && width !== undefined && { size: [Number(height), Number(width)] as const }),
  });
};

const imageOf = (flags: ImportFlags): Result<ImageFlags | undefined> => {
  const image = optional(flags.image, parseImage);
  const scale = optional(flags.scale, parseNumbers('--scale'));
  const mean = optional(flags.mean, parseNumbers('--mean'));
  const std = optional(flags.std, parseNumbers('--std'));
  const layout = optional(flags.layout, (text) => parseChoice('--layout', text, ['NCHW', 'NHWC'] as const));
  const parsed = all({ image, scale, mean, std, layout });
  if (E.isLeft(parsed)) return parsed;
  const given = (['scale', 'mean', 'std', 'layout'] as const).filter((key) => flags[key] !== undefined);
  if (parsed.right.image === undefined)
    return given.length === 0
      ? E.right(undefined)
      : E.left(given.map((key) => problem(`--${key}`, cliSays.needsImage())));
  const [factor] = parsed.right.scale ?? [];
  return E.right({
    ...parsed.right.image,
    ...(factor !== undefined && { scale: factor }),
    ...(parsed.right.mean && { mean: parsed.right.mean }),
    ...(parsed.right.std && { std: parsed.right.std }),
    ...(parsed.right.layout && { layout: parsed.right.layout }),
  });
};

const runImport = async (file: string, flags: ImportFlags): Promise<Result<string>> => {
  const image = imageOf(flags);
  const range = optional(flags.range, parseRange);
  const sizes = parseSizes(flags.size);
  const out = filled('--out', flags.out, 'a folder');
  const parsed = all({ image, range, sizes, out });
  if (E.isLeft(parsed)) return parsed;
  const { name, summary, labels, composite } = flags;
  return importCommand(file, {
    out: parsed.right.out,
    without: flags.withoutRewrite,
    sizes: parsed.right.sizes,
    ...(name !== undefined && { name }),
    ...(summary !== undefined && { summary }),
    ...(labels !== undefined && { labels }),
    ...(composite !== undefined && { composite }),
    ...(parsed.right.image && { image: parsed.right.image }),
    ...(parsed.right.range && { range: parsed.right.range }),
  });
};

const readExportTarget = (text: string, asked: Result<Asked>): Result<Target> => {
  if (text === 'input') return E.right({ kind: 'input' });
  const targets = readTargets(text, asked);
  if (E.isLeft(targets)) return targets;
  const [target, ...more] = targets.right;
  return target === undefined || more.length > 0 ? E.left([problem('--target', cliSays.oneTarget())]) : E.right(target);
};

const runExport = async <Flags>(
  path: string,
  flags: Flags & ExportFlags,
  shared: Shared<Flags>,
): Promise<Result<string>> => {
  const asked = await shared.readAsked(path, flags);
  const target = readExportTarget(flags.target, asked);
  const seed = optional(flags.seed, (text) => parseChoice('--seed', text, ['value', 'one'] as const));
  const opset = parseChoice('--opset', flags.opset, ['17', '18', '19', '20', '21'] as const);
  const out = filled('--out', flags.out, 'a file such as explain.onnx');
  const parsed = all({ asked, target, seed, opset, out });
  if (E.isLeft(parsed)) return parsed;
  const { model, composite, book, plan } = parsed.right.asked;
  return exportCommand({
    model,
    composite,
    book,
    options: {
      ...plan,
      target: parsed.right.target,
      ...(parsed.right.seed && { seed: parsed.right.seed }),
      at: flags.at,
      ledger: flags.ledger === true,
      opset: Number(parsed.right.opset),
    },
    out: parsed.right.out,
    external: flags.external === true,
    check: flags.check === true,
    allowOpen: flags.allowOpenLedger === true,
  });
};

/** Adds import, export and conformance. */
export const addOnnxCommands = <Flags>(program: Command, shared: Shared<Flags>): void => {
  program
    .command('import')
    .argument('<file>', 'an ONNX file, opset 1 to 25')
    .description('Turn an ONNX model into a model folder: graph.json, weights.safetensors and model.json.')
    .requiredOption('--out <dir>', 'where the folder goes')
    .option('--name <name>', 'what the model is called; default: the name of the file')
    .option('--summary <text>', 'what it does, in a sentence')
    .option('--labels <file>', 'the names of the classes, one on each line or a JSON list')
    .option('--composite <name>', 'the composite that governs it where nobody names one')
    .option('--image <grey|rgb>[:HxW]', 'the input is a picture; its size is that of the input unless given')
    .option('--scale <number>', 'each value of a pixel (0 … 255) is multiplied by this')
    .option('--mean <numbers>', 'then reduced by this, one number per channel')
    .option('--std <numbers>', 'then divided by this, one number per channel')
    .option('--layout <NCHW|NHWC>', 'the order of the axes of the input')
    .option('--range <low,high>', 'bounds of the inputs; one per channel separated by ";"')
    .option(
      '--without-rewrite <name>',
      'leave a rewrite of the graph out, now and whenever the folder is opened (repeatable)',
      (name: string, before: readonly string[]) => [...before, name],
      [],
    )
    .option(
      '--size <name=number>',
      'fix a size that the model leaves open, such as T=128 (repeatable)',
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .action((file: string, flags: ImportFlags) => shared.run(() => runImport(file, flags)));

  shared
    .planOptions(program.command('export'))
    .argument('<model>', modelIs, modelPath)
    .description('Write the explanation graph as an ONNX file that runs without Kirchhoff.')
    .option(
      '--target <input|argmax|K>',
      'which output to explain; input: an input of the file says it for each sample',
      'argmax',
    )
    .option('--seed <value|one>', 'what the explanation starts from; default: as the composite says, else value')
    .option(
      '--at <tensor>',
      'also the relevance of this tensor (repeatable)',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option('--ledger', 'the file also gives the ledger of every node')
    .option('--opset <17…21>', 'the opset of the file', '21')
    .option('--external', 'the weights go into a file beside it')
    .option('--check', 'try it on random samples first: it must add up, and give what explain gives')
    .option('--allow-open-ledger', 'with --check: go on where relevance goes missing beyond rounding')
    .requiredOption('--out <file>', 'where the file goes, such as explain.onnx')
    .action((model: string, flags: Flags & ExportFlags) =>
      shared.run(async () =>
        E.mapLeft((problems: readonly Problem[]) => shared.atOptions(problems, flags))(
          await runExport(model, flags, shared),
        ),
      ),
    );

  program
    .command('conformance')
    .argument('<dir>', 'a folder of ONNX test cases: model.onnx beside test_data_set_*/input_*.pb and output_*.pb')
    .description('Run ONNX test cases on both backends, and count by operator what passes.')
    .option('--only <text>', 'only cases whose path contains this')
    .option('--reasons', 'also say why cases are unsupported, or disputed: onnxruntime itself does not pass them')
    .action((folder: string, flags: { readonly only?: string; readonly reasons?: boolean }) =>
      shared.run(async () => conformanceCommand(folder, flags)),
    );
};

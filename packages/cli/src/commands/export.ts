import { encodeExported, exportedTensors, exportExplanation, type ExportOptions, type Model } from '@kirchhoff/explain';
import { modelPath, writeAllAtomically, type Asked } from '@kirchhoff/explain/node';
import { bytesPerElement, sizeOf, type StoredTensor, type TensorStore } from '@kirchhoff/graph';
import { all, cliSays, problem, type Problem, type Result } from '@kirchhoff/message';
import { tensorsOf, type Target } from '@kirchhoff/relevance';
import type { Composite, Rulebook } from '@kirchhoff/rule';
import type { Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { basename, dirname, join } from 'node:path';
import { filled, parseChoice } from '../arguments.js';
import { atOptions, modelIs, optional, readAsked, type PlanFlags } from '../asked.js';
import { collect, planOptions, type Run } from '../options.js';
import { readTargets } from '../target.js';
import { checkExport } from './export-check.js';

export interface ExportArguments {
  readonly model: Model;
  readonly composite: Composite;
  readonly book: Rulebook;
  readonly options: ExportOptions;
  readonly out: string;
  /** Puts the weights into a file beside the model. */
  readonly external: boolean;
  /** Tries it on random samples before it is written. */
  readonly check: boolean;
  /** Writes it, too, where its explanations do not add up. */
  readonly allowOpen: boolean;
}

/** No ONNX file is larger: protobuf counts bytes in 31 bits. Room is left for the graph itself. */
const largest = 2 ** 31 - 2 ** 24;

const bytesOf = ({ type, shape }: StoredTensor): number => sizeOf(shape) * bytesPerElement[type];

/** All tensors one after another, each at a multiple of 64 bytes, and where each of them lies then. */
const inDataFile = (
  tensors: TensorStore,
  folder: string,
  name: string,
): { readonly bytes: Uint8Array; readonly store: TensorStore } => {
  let end = 0;
  const places = [...tensors].map(([key, tensor]) => {
    const offset = Math.ceil(end / 64) * 64;
    end = offset + bytesOf(tensor);
    return { key, tensor, offset };
  });
  const bytes = new Uint8Array(end);
  const store = places.map(({ key, tensor, offset }): [string, StoredTensor] => {
    const data = tensor.read();
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    return [key, { ...tensor, file: { folder, name, offset, length: data.byteLength } }];
  });
  return { bytes, store: new Map(store) };
};

/** `export MODEL --out explain.onnx`: the explanation graph as an ONNX file that runs anywhere without Kirchhoff. */
const exportCommand = async (args: ExportArguments): Promise<Result<string>> => {
  const { model, composite, book, options, out, external } = args;
  const exported = exportExplanation(model, composite, book, options);
  if (E.isLeft(exported)) return exported;
  const checked = args.check ? await checkExport(args, exported.right, args.allowOpen) : E.right([]);
  if (E.isLeft(checked)) return checked;
  const tensors = exportedTensors(exported.right);
  const total = [...tensors.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0);
  if (!external && total > largest) return E.left([problem('--out', cliSays.exportTooLarge(total))]);
  const file = basename(out);
  const data = external ? inDataFile(tensors, dirname(out), `${file}.data`) : undefined;
  const { graph, opset, docs, plan } = exported.right;
  const bytes = encodeExported(exported.right, {
    external,
    store: data && new Map([...exported.right.store, ...data.store]),
  });
  if (E.isLeft(bytes)) return bytes;
  const files: readonly (readonly [string, Uint8Array])[] = [
    ...(data && data.bytes.length > 0 ? [[`${file}.data`, data.bytes] as const] : []),
    [file, bytes.right],
  ];
  const written = writeAllAtomically(dirname(out), files);
  if (E.isLeft(written)) return written;
  const ledger = new Set(exported.right.explanation.ledger.flatMap(tensorsOf));
  const shown = graph.outputs.filter((name) => !ledger.has(name));
  return E.right(
    [
      ...checked.right,
      `${plan.composite} of ${model.name}: ${graph.nodes.length} nodes, opset ${opset}`,
      ...graph.inputs.map(({ name, type, shape }) => `input ${name}: ${type}[${shape.join(', ')}]`),
      ...shown.map((name) => `output ${name}: ${docs.get(name) ?? ''}`.trimEnd()),
      ...(ledger.size === 0 ? [] : [cliSays.ledgerOutputs(graph.outputs.length - shown.length)]),
      cliSays.wrote(files.map(([name]) => join(dirname(out), name))),
    ].join('\n'),
  );
};

interface ExportFlags extends PlanFlags {
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

const readExportTarget = (text: string, asked: Result<Asked>): Result<Target> => {
  if (text === 'input') return E.right({ kind: 'input' });
  const targets = readTargets(text, asked);
  if (E.isLeft(targets)) return targets;
  const [target, ...more] = targets.right;
  return target === undefined || more.length > 0 ? E.left([problem('--target', cliSays.oneTarget())]) : E.right(target);
};

const runExport = async (path: string, flags: ExportFlags): Promise<Result<string>> => {
  const asked = await readAsked(path, flags);
  const parsed = all({
    asked,
    target: readExportTarget(flags.target, asked),
    seed: optional(flags.seed, (text) => parseChoice('--seed', text, ['value', 'one'] as const)),
    opset: parseChoice('--opset', flags.opset, ['17', '18', '19', '20', '21'] as const),
    out: filled('--out', flags.out, 'a file such as explain.onnx'),
  });
  if (E.isLeft(parsed)) return parsed;
  const { model, composite, book, plan } = parsed.right.asked;
  const { target, seed, opset, out } = parsed.right;
  return exportCommand({
    model,
    composite,
    book,
    options: { ...plan, target, seed, at: flags.at, ledger: flags.ledger === true, opset: Number(opset) },
    out,
    external: flags.external === true,
    check: flags.check === true,
    allowOpen: flags.allowOpenLedger === true,
  });
};

/** Adds `export`. */
export const addExport = (program: Command, run: Run): void => {
  planOptions(program.command('export'))
    .argument('<model>', modelIs, modelPath)
    .description('Write the explanation graph as an ONNX file that runs without Kirchhoff.')
    .option(
      '--target <input|argmax|K>',
      'which output to explain; input: an input of the file says it for each sample',
      'argmax',
    )
    .option('--seed <value|one>', 'what the explanation starts from; default: as the composite says, else value')
    .option('--at <tensor>', 'also the relevance of this tensor (repeatable)', collect, [])
    .option('--ledger', 'the file also gives the ledger of every node')
    .option('--opset <17…21>', 'the opset of the file', '21')
    .option('--external', 'the weights go into a file beside it')
    .option('--check', 'try it on random samples first: it must add up, and give what explain gives')
    .option('--allow-open-ledger', 'with --check: go on where relevance goes missing beyond rounding')
    .requiredOption('--out <file>', 'where the file goes, such as explain.onnx')
    .action((model: string, flags: ExportFlags) =>
      run(async () =>
        E.mapLeft((problems: readonly Problem[]) => atOptions(problems, flags))(await runExport(model, flags)),
      ),
    );
};

import {
  checkAgainst,
  checkRewrites,
  decodeModelDocument,
  modelFormat,
  prepareModel,
  unknownSizes,
  withSizes,
  type Model,
  type Sizes,
  type Soundness,
} from '@kirchhoff/explain';
import {
  fileTensors,
  inWeightsFile,
  openOnnxFile,
  readText,
  foldersInTheWay,
  draftWeights,
  openDrafts,
  weightsFile,
} from '@kirchhoff/explain/node';
import {
  findBatch,
  findNonFinite,
  formatGraph,
  isInline,
  parseJson,
  sizeOf,
  type Graph,
  type Range,
  type TensorStore,
} from '@kirchhoff/graph';
import { all, cliSays, problem, within, type Result } from '@kirchhoff/message';
import type { Command } from 'commander';
import * as E from 'fp-ts/lib/Either.js';
import { basename, join } from 'node:path';
import { filled, parseChoice, parseRange, parseSizes } from '../arguments.js';
import { optional } from '../asked.js';
import { collect, type Run } from '../options.js';

/** How a picture becomes the input: the fields of `image` in model.json, where given. */
interface ImageFlags {
  readonly channels: 'grey' | 'rgb';
  readonly size?: readonly [number, number] | undefined;
  readonly scale?: number | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly layout?: 'NCHW' | 'NHWC' | undefined;
}

interface ImportOptions {
  readonly out: string;
  readonly name?: string | undefined;
  readonly summary?: string | undefined;
  /** A file of class names, one on each line or as a JSON list. */
  readonly labels?: string | undefined;
  readonly composite?: string | undefined;
  readonly image?: ImageFlags | undefined;
  /** Names of rewrites that are left out, now and whenever the folder is opened. */
  readonly without: readonly string[];
  /** Sizes that are fixed in the graph that is written. */
  readonly sizes: Sizes;
  /** Bounds of every input of real numbers. */
  readonly range?: Range | undefined;
}

const withRanges = (graph: Graph, range: Range | undefined): Graph =>
  range === undefined
    ? graph
    : {
        ...graph,
        inputs: graph.inputs.map((input) => (input.type.startsWith('float') ? { ...input, range } : input)),
      };

const readLabels = (file: string | undefined): Result<readonly string[] | undefined> => {
  if (file === undefined) return E.right(undefined);
  const text = readText(file);
  if (E.isLeft(text)) return text;
  const lines = text.right.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (!text.right.trimStart().startsWith('[')) return E.right(lines.map((line) => line.trim()));
  const json = parseJson(text.right);
  if (E.isLeft(json)) return E.left(within(file, json.left));
  return Array.isArray(json.right) && json.right.every((label) => typeof label === 'string')
    ? E.right(json.right)
    : E.left([problem(file, cliSays.noLabels())]);
};

/** Height and width as the graph declares them, where the person names none. */
const pictureSize = (graph: Graph, { size, layout }: ImageFlags): readonly unknown[] | undefined => {
  const shape = graph.inputs[0]?.shape ?? [];
  return size ?? (layout === 'NHWC' ? shape.slice(1, 3) : shape.slice(2, 4));
};

/** The inputs whose samples the graph does not keep apart, since it was read for one number of them. */
const heldTogether = (graph: Graph, store: TensorStore, deciding: Model['deciding']): readonly string[] => {
  if (deciding.length === 0) return [];
  const found = findBatch(graph, store, {}, deciding);
  const single = E.isRight(found) && found.right.batch.kind === 'single';
  return single ? [...new Set(deciding.map(({ input }) => input))] : [];
};

const modelJson = (
  graph: Graph,
  name: string,
  labels: readonly string[] | undefined,
  options: ImportOptions,
  together: readonly string[],
): object => {
  const { image, summary, composite, without } = options;
  const [input] = graph.inputs;
  return {
    format: modelFormat,
    name,
    summary,
    graph: 'graph.json',
    labels,
    composite,
    withoutRewrites: without.length > 0 ? without : undefined,
    batch: together.length > 0 ? Object.fromEntries(together.map((one) => [one, 'none'])) : undefined,
    inputs: image && input && { [input.name]: { image: { ...image, size: pictureSize(graph, image) } } },
  };
};

/** What the rewrites did, and whether that keeps every value. */
const toldRewrites = ({ rewrites }: Model, soundness: Soundness): string => {
  const count = rewrites.reduce((sum, { changes }) => sum + changes.length, 0);
  if (count === 0) return cliSays.noRewrites();
  return soundness.kind === 'sound'
    ? cliSays.soundRewrites(count, soundness.largest)
    : cliSays.untriedRewrites(count, soundness.why);
};

const told = (
  graph: Graph,
  tensors: TensorStore,
  upgrades: readonly string[],
  rewrites: string,
  out: string,
): string => {
  const parameters = [
    ...[...tensors.values()].map(({ shape }) => sizeOf(shape)),
    ...Object.values(graph.tensors).flatMap((entry) => (isInline(entry) ? [entry.data.length] : [])),
  ].reduce((sum, count) => sum + count, 0);
  return [
    `${graph.nodes.length} nodes, ${parameters} numbers in tensors`,
    ...graph.inputs.map(({ name, type, shape }) => `input ${name}: ${type}[${shape.join(', ')}]`),
    ...graph.outputs.map((name) => `output ${name}`),
    ...(upgrades.length === 0 ? [] : ['spelled anew, as opset 21 has it:', ...upgrades.map((line) => `  ${line}`)]),
    rewrites,
    `wrote ${['model.json', 'graph.json', ...(tensors.size > 0 ? [weightsFile] : [])].map((file) => join(out, file)).join(', ')}`,
  ].join('\n');
};

/** `import MODEL.onnx --out DIR`: the model as a folder of graph.json, weights.safetensors and model.json. */
const importCommand = async (file: string, options: ImportOptions): Promise<Result<string>> => {
  const opened = await openOnnxFile(file, () => options.sizes);
  const labels = readLabels(options.labels);
  const parsed = all({ opened, labels });
  if (E.isLeft(parsed)) return parsed;
  const { store, upgrades } = parsed.right.opened;
  const nan = findNonFinite(store);
  if (nan.length > 0) return E.left(nan.map(({ message }) => problem(file, cliSays.brokenImport(message))));
  const name = options.name ?? basename(file).replace(/\.onnx$/, '');
  const unknown = unknownSizes(parsed.right.opened.declared, options.sizes);
  if (unknown.length > 0) return E.left(unknown.map(({ message }) => problem('--size', message)));
  const sized = withSizes(parsed.right.opened.graph, options.sizes);
  const graph = inWeightsFile(withRanges({ ...sized, name }, options.range));
  const together = heldTogether(graph, store, parsed.right.opened.deciding);
  const document = `${JSON.stringify(modelJson(graph, name, parsed.right.labels, options, together), null, 2)}\n`;
  const decoded = E.chain(decodeModelDocument)(parseJson(document));
  if (E.isLeft(decoded)) return E.left(within('model.json', decoded.left));
  const wrong = checkAgainst(decoded.right, graph);
  if (wrong.length > 0) return E.left(within('model.json', wrong));
  const prepared = prepareModel(
    name,
    graph,
    store,
    { ...decoded.right, withoutRewrites: [] },
    { without: options.without },
  );
  if (E.isLeft(prepared))
    return E.left(
      prepared.left.flatMap((one) =>
        one.at === 'without-rewrite' ? [problem('--without-rewrite', one.message)] : within(file, [one]),
      ),
    );
  const inTheWay = foldersInTheWay(options.out, ['model.json', 'graph.json', weightsFile]);
  if (inTheWay.length > 0) return E.left(inTheWay);
  const tensors = fileTensors(graph, store);
  const drafts = openDrafts(options.out);
  try {
    const mapped = draftWeights(drafts, tensors);
    if (E.isLeft(mapped)) return mapped;
    const { typed } = prepared.right;
    const model = { ...prepared.right, typed: { ...typed, store: new Map([...typed.store, ...mapped.right]) } };
    const soundness = await checkRewrites(model);
    if (E.isLeft(soundness)) return E.left(within(file, soundness.left));
    const texts = { 'graph.json': formatGraph(graph), 'model.json': document };
    for (const [name, text] of Object.entries(texts)) {
      const written = drafts.write(name, text);
      if (E.isLeft(written)) return written;
    }
    const published = drafts.publish();
    return E.isLeft(published)
      ? published
      : E.right(told(graph, tensors, upgrades, toldRewrites(model, soundness.right), options.out));
  } finally {
    drafts.drop();
  }
};

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
  const { image: spec, scale: [factor] = [], ...rest } = parsed.right;
  return E.right({ ...spec, ...rest, scale: factor });
};

const runImport = async (file: string, flags: ImportFlags): Promise<Result<string>> => {
  const image = imageOf(flags);
  const range = optional(flags.range, parseRange);
  const sizes = parseSizes(flags.size);
  const out = filled('--out', flags.out, 'a folder');
  const parsed = all({ image, range, sizes, out });
  if (E.isLeft(parsed)) return parsed;
  const { name, summary, labels, composite, withoutRewrite: without } = flags;
  return importCommand(file, { ...parsed.right, name, summary, labels, composite, without });
};

/** Adds `import`. */
export const addImport = (program: Command, run: Run): void => {
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
      collect,
      [],
    )
    .option('--size <name=number>', 'fix a size that the model leaves open, such as T=128 (repeatable)', collect, [])
    .action((file: string, flags: ImportFlags) => run(() => runImport(file, flags)));
};

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
import * as E from 'fp-ts/lib/Either.js';
import { basename, join } from 'node:path';

/** How a picture becomes the input: the fields of `image` in model.json, where given. */
export interface ImageFlags {
  readonly channels: 'grey' | 'rgb';
  readonly size?: readonly [number, number];
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly layout?: 'NCHW' | 'NHWC';
}

export interface ImportOptions {
  readonly out: string;
  readonly name?: string;
  readonly summary?: string;
  /** A file of class names, one on each line or as a JSON list. */
  readonly labels?: string;
  readonly composite?: string;
  readonly image?: ImageFlags;
  /** Names of rewrites that are left out, now and whenever the folder is opened. */
  readonly without: readonly string[];
  /** Sizes that are fixed in the graph that is written. */
  readonly sizes: Sizes;
  /** Bounds of every input of real numbers. */
  readonly range?: Range;
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

const modelJson = (
  graph: Graph,
  name: string,
  labels: readonly string[] | undefined,
  options: ImportOptions,
): object => {
  const { image, summary, composite, without } = options;
  const [input] = graph.inputs;
  return {
    format: modelFormat,
    name,
    ...(summary !== undefined && { summary }),
    graph: 'graph.json',
    ...(labels && { labels }),
    ...(composite !== undefined && { composite }),
    ...(without.length > 0 && { withoutRewrites: without }),
    ...(image && input && { inputs: { [input.name]: { image: { ...image, size: pictureSize(graph, image) } } } }),
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
export const importCommand = async (file: string, options: ImportOptions): Promise<Result<string>> => {
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
  const document = modelJson(graph, name, parsed.right.labels, options);
  const decoded = decodeModelDocument(document);
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
    const texts = { 'graph.json': formatGraph(graph), 'model.json': `${JSON.stringify(document, null, 2)}\n` };
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

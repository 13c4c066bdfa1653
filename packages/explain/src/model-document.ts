import { decodeDocument, described, pointerTo, type Dim, type Graph, type StatedAxes } from '@kirchhoff/graph';
import { explainSays, problem, textSays, type Problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import * as t from 'io-ts';
import { checkTextInput, decodeText, textJson, type TextSpec } from '@kirchhoff/text';

/** The format this package reads. */
export const modelFormat = 'kirchhoff-model/1';

/** How a picture becomes a tensor: each channel of each pixel (0 … 255) is `(value · scale − mean) / std`. */
export interface ImageSpec {
  readonly channels: 'grey' | 'rgb';
  /** Height and width in pixels. */
  readonly size: readonly [number, number];
  readonly scale: number;
  /** One for each channel. */
  readonly mean: readonly number[];
  /** One for each channel, none of them 0. */
  readonly std: readonly number[];
  readonly layout: 'NCHW' | 'NHWC';
}

/** How something a person has becomes an input of the graph. */
export type InputSpec = { readonly image: ImageSpec } | { readonly text: TextSpec };

/** A decoded `model.json`: what a model is called, what its outputs mean, and how its inputs come about. */
export interface ModelDocument {
  readonly name: string;
  readonly summary?: string | undefined;
  /** A file beside the document that describes data, training and quality. */
  readonly card?: string | undefined;
  /** The graph document beside this one. */
  readonly graph: string;
  /** Names of the outputs' classes, in order. */
  readonly labels?: readonly string[] | undefined;
  /** The composite that governs it where nobody names one. */
  readonly composite?: string | undefined;
  /** Rewrites that are left out whenever the model is opened. */
  readonly withoutRewrites?: readonly string[] | undefined;
  /** By name of the graph's input: the axis along which its samples lie, or that it has none. Proved when the model is opened. */
  readonly batch?: StatedAxes | undefined;
  /** By name of the graph's input. */
  readonly inputs: Readonly<Record<string, InputSpec>>;
}

const sides = described(
  '[height, width] in pixels',
  (value): value is readonly [number, number] =>
    Array.isArray(value) && value.length === 2 && value.every((side) => Number.isSafeInteger(side) && Number(side) > 0),
  { type: 'array', minItems: 2, maxItems: 2, items: { type: 'integer', minimum: 1 } },
);
const finite = described('a finite number', (value): value is number => Number.isFinite(value), { type: 'number' });
const batchAxis = described(
  'an axis counted from 0, or "none"',
  (value): value is number | 'none' => value === 'none' || (Number.isSafeInteger(value) && Number(value) >= 0),
  { anyOf: [{ type: 'integer', minimum: 0 }, { const: 'none' }] },
);
/** The `image` of an input in model.json. */
export const imageJson = t.exact(
  t.intersection([
    t.type({ channels: t.keyof({ grey: null, rgb: null }), size: sides }),
    t.partial({
      scale: finite,
      mean: t.array(finite),
      std: t.array(finite),
      layout: t.keyof({ NCHW: null, NHWC: null }),
    }),
  ]),
);
/** One of `inputs` in model.json: exactly one of the two. */
export const inputJson = t.exact(t.partial({ image: imageJson, text: textJson }));
/** A `model.json`. */
export const modelJson = t.exact(
  t.intersection([
    t.type({ format: t.literal(modelFormat), name: t.string, graph: t.string }),
    t.partial({
      $schema: t.string,
      summary: t.string,
      card: t.string,
      labels: t.array(t.string),
      composite: t.string,
      withoutRewrites: t.array(t.string),
      batch: t.record(t.string, batchAxis),
      inputs: t.record(t.string, inputJson),
    }),
  ]),
);

export const channelCount: { readonly [C in ImageSpec['channels']]: number } = { grey: 1, rgb: 3 };

const decodeImage = (json: t.TypeOf<typeof imageJson>, pointer: string, problems: Problem[]): ImageSpec => {
  const count = channelCount[json.channels];
  const { channels, size, scale = 1, layout = 'NCHW' } = json;
  const { mean = Array.from({ length: count }, () => 0), std = Array.from({ length: count }, () => 1) } = json;
  for (const [key, values] of Object.entries({ mean, std })) {
    if (values.length !== count)
      problems.push(problem(pointerTo(pointer, key), explainSays.perChannel(key, values.length, count)));
  }
  const zero = std.indexOf(0);
  if (zero >= 0) problems.push(problem(pointerTo(pointer, 'std'), explainSays.zeroStd(zero)));
  return { channels, size, scale, mean, std, layout };
};

const decodeInput = (
  { image: picture, text }: t.TypeOf<typeof inputJson>,
  pointer: string,
  problems: Problem[],
): readonly InputSpec[] => {
  if (picture !== undefined && text === undefined)
    return [{ image: decodeImage(picture, pointerTo(pointer, 'image'), problems) }];
  if (text !== undefined && picture === undefined)
    return [{ text: decodeText(text, pointerTo(pointer, 'text'), problems) }];
  problems.push(problem(pointer, textSays.oneKind(['image', 'text'], text === undefined ? [] : ['image', 'text'])));
  return [];
};

/** Decodes a `kirchhoff-model/1` document, with defaults filled in. */
export const decodeModelDocument = (json: unknown): Result<ModelDocument> => {
  const decoded = decodeDocument(modelJson, json);
  if (E.isLeft(decoded)) return decoded;
  const { name, graph, summary, card, labels, composite, withoutRewrites, batch, inputs = {} } = decoded.right;
  const problems: Problem[] = [];
  const specs = Object.entries(inputs).flatMap(([input, spec]) =>
    decodeInput(spec, pointerTo('/inputs', input), problems).map((decoded) => [input, decoded] as const),
  );
  if (problems.length > 0) return E.left(problems);
  return E.right({
    name,
    graph,
    summary,
    card,
    labels,
    composite,
    withoutRewrites,
    batch,
    inputs: Object.fromEntries(specs),
  });
};

/** The shape that a picture becomes: a batch of one. */
export const shapeOfPicture = ({ channels, size: [height, width], layout }: ImageSpec): readonly number[] =>
  layout === 'NCHW' ? [1, channelCount[channels], height, width] : [1, height, width, channelCount[channels]];

const fits = (declared: readonly Dim[], given: readonly number[]): boolean =>
  declared.length === given.length &&
  declared.every((dim, axis) => axis === 0 || typeof dim === 'string' || dim === given[axis]);

const checkInput = (spec: InputSpec, declared: Graph['inputs'][number]): string | undefined => {
  if ('text' in spec) return checkTextInput(declared);
  const shape = shapeOfPicture(spec.image);
  return fits(declared.shape, shape) ? undefined : explainSays.pictureShape(declared.shape, shape);
};

/** Whether what the document says of inputs is true of the graph: names, and shapes but for the batch. */
export const checkAgainst = (document: ModelDocument, graph: Graph): readonly Problem[] =>
  Object.entries(document.inputs).flatMap(([name, spec]) => {
    const declared = graph.inputs.find((candidate) => candidate.name === name);
    const known = graph.inputs.map((input) => input.name);
    const said = declared === undefined ? explainSays.unknownInput(name, known) : checkInput(spec, declared);
    return said === undefined ? [] : [problem(pointerTo('/inputs', name), said)];
  });

import { pixelsToTensor, readNpy, type Model } from '@kirchhoff/explain';
import {
  openNamed,
  openTextReader,
  readBytes,
  readNamedBytes,
  readNamedDocument,
  readInputs,
  type Batch,
  type InputFile,
} from '@kirchhoff/explain/node';
import { decodeSampleTexts, encodeTexts, type NamedText } from '@kirchhoff/text';
import type { Tensor } from '@kirchhoff/graph';
import { option, each, compareSays, problem, type Result } from '@kirchhoff/message';
import type { Rulebook } from '@kirchhoff/rule';
import * as E from 'fp-ts/lib/Either.js';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decide, poseSamples, readsText, samplesFirstIn, type Ground, type Samples } from '../comparison/index.js';
import { rowOf, withData, type Subject } from '../methods/index.js';

/** Where the samples of one model come from. */
export interface SampleArguments {
  readonly path: string;
  readonly model: Model;
  readonly book: Rulebook;
  readonly files: readonly InputFile[];
  readonly texts: readonly NamedText[];
  /** A .npy of masks [N, H, W] that go with the pictures, in place of those that the model brings. */
  readonly masks: string | undefined;
  /** A .npy of samples [N, …] of the input that methods learn from; the samples themselves where it is not given. */
  readonly data: string | undefined;
  /** What removed parts are replaced by. */
  readonly baseline: number;
  /** At most so many samples. */
  readonly limit: number;
}

interface ReadSamples extends Samples {
  readonly masks?: Tensor | undefined;
  /** How many there are without a limit: masks may be of all of them. */
  readonly all: number;
}

/** An array of the samples that a model brings. */
const openSampleArray = (folder: string, file: string): Result<Tensor> =>
  E.chain((bytes: Uint8Array) => readNpy(bytes, join(folder, file)))(readNamedBytes(join(folder, 'model.json'), file));

const openNpy = (path: string): Result<Tensor> => {
  const bytes = readBytes(path);
  return E.isLeft(bytes) ? bytes : readNpy(bytes.right, path);
};

const rowsIn = (batch: Tensor, limit: number): readonly Tensor[] =>
  Array.from({ length: Math.min(limit, batch.shape[0]!) }, (_, n) => rowOf(batch, n));

/** Pictures that a model keeps as one array of bytes, images.npy [N, H, W, C], with masks.npy beside it. */
const bundledArray = ({ path, model, limit }: SampleArguments, folder: string): Result<ReadSamples> => {
  const place = join(folder, 'images.npy');
  const images = openSampleArray(path, 'samples/images.npy');
  if (E.isLeft(images)) return images;
  const [spec] = Object.values(model.document?.inputs ?? {});
  if (spec === undefined || !('image' in spec)) return E.left([problem(folder, compareSays.noSamples(model.name))]);
  const [, height = 0, width = 0, channels = 0, ...rest] = images.right.shape;
  if (images.right.type !== 'uint8' || rest.length > 0 || (channels !== 1 && channels !== 3))
    return E.left([problem(place, compareSays.noImages(images.right.type, images.right.shape))]);
  const tensors: Tensor[] = [];
  for (const { data } of rowsIn(images.right, limit)) {
    const made = pixelsToTensor({ width, height, channels, data: data as Uint8Array }, spec.image, place);
    if (E.isLeft(made)) return made;
    tensors.push(made.right);
  }
  const masks = existsSync(join(folder, 'masks.npy')) ? openSampleArray(path, 'samples/masks.npy') : undefined;
  if (masks !== undefined && E.isLeft(masks)) return masks;
  const names = tensors.map((_, n) => `sample ${n}`);
  return E.right({ names, tensors, all: images.right.shape[0]!, masks: masks?.right });
};

/** The batches that files make: one for each, so that they may differ in size; of a model of several inputs, one. */
const batchesIn = async (model: Model, files: readonly InputFile[]): Promise<Result<readonly Batch[]>> => {
  const groups = model.typed.graph.inputs.length === 1 ? files.map((file) => [file]) : [files];
  const read: Result<Batch>[] = [];
  for (const group of groups) read.push(await readInputs(model, group));
  return each(read);
};

const readFiles = async (args: SampleArguments, files: readonly InputFile[]): Promise<Result<ReadSamples>> => {
  const { model, limit } = args;
  const read = await batchesIn(model, files);
  if (E.isLeft(read)) return read;
  const rows = read.right.flatMap(({ inputs }): readonly Tensor[] => {
    const [given] = Object.values(inputs);
    return given === undefined ? [] : rowsIn(samplesFirstIn(model, given), Infinity);
  });
  const names = read.right.flatMap((batch) => batch.names);
  return E.right({ names, tensors: rows.slice(0, limit), all: rows.length });
};

const readTexts = async (args: SampleArguments, texts: readonly NamedText[]): Promise<Result<ReadSamples>> => {
  const [spec] = Object.values(args.model.document?.inputs ?? {});
  if (spec === undefined || !('text' in spec))
    return E.left([problem(args.model.name, compareSays.noSamples(args.model.name))]);
  const reader = await openTextReader(args.path, spec.text);
  if (E.isLeft(reader)) return reader;
  const tokens = encodeTexts(reader.right, texts.slice(0, args.limit));
  if (E.isLeft(tokens)) return tokens;
  return E.right({
    names: texts.slice(0, args.limit).map(({ name }) => name),
    tensors: tokens.right.map(({ ids }) => ids),
    tokens: tokens.right,
    all: texts.length,
  });
};

/** The samples given, or those that the model's folder brings. */
const readSamples = async (args: SampleArguments): Promise<Result<ReadSamples>> => {
  const { path, model, files, texts } = args;
  const isText = readsText(model);
  if (isText && texts.length > 0) return readTexts(args, texts);
  if (!isText && files.length > 0) return readFiles(args, files);
  const folder = join(path, 'samples');
  if (existsSync(join(folder, 'images.npy'))) return bundledArray(args, folder);
  if (existsSync(folder)) {
    const pictures = readdirSync(folder).filter((name) => name.endsWith('.png'));
    const chosen = pictures.slice(0, args.limit);
    const named = each(chosen.map((name) => openNamed(join(path, 'model.json'), `samples/${name}`)));
    if (E.isLeft(named)) return named;
    const some = chosen.map((name) => ({ name: undefined, file: join(folder, name) }));
    return E.map((read: ReadSamples): ReadSamples => ({ ...read, all: pictures.length }))(await readFiles(args, some));
  }
  if (!existsSync(join(path, 'samples.json'))) return E.left([problem(path, compareSays.noSamples(model.name))]);
  const written = readNamedDocument(join(path, 'model.json'), 'samples.json', decodeSampleTexts);
  return E.isLeft(written)
    ? written
    : readTexts(
        args,
        written.right.map((text) => ({ name: text, text })),
      );
};

/** The masks given, or else those that the model brings: one for each picture, of its height and width. */
const readMasks = (
  { masks: file }: SampleArguments,
  { tokens, tensors, all, masks: own }: ReadSamples,
): Result<Tensor | undefined> => {
  if (tokens !== undefined) return E.right(undefined);
  const read = file === undefined ? E.right(own) : openNpy(file);
  if (E.isLeft(read) || read.right === undefined) return read;
  const [count, ...places] = read.right.shape;
  const place = tensors[0]!.shape.slice(2);
  const fits = places.length === 2 && places.join() === place.join() && (count === all || count === tensors.length);
  return fits ? read : E.left([problem(option('mask'), compareSays.masksDiffer(read.right.shape, [all, ...place]))]);
};

const readData = (subject: Subject, file: string, given: Model | undefined): Result<Subject> => {
  const read = openNpy(file);
  const data = given === undefined ? read : E.map((batch: Tensor) => samplesFirstIn(given, batch))(read);
  const known = E.isLeft(data) ? data : withData(subject, data.right);
  return E.isLeft(known)
    ? E.left(known.left.map(({ at, message }) => problem(at || `${option('data')} ${file}`, message)))
    : known;
};

/** Reads the samples and what belongs to them, and asks the model what it decides. */
export const openGround = async (args: SampleArguments): Promise<Result<Ground>> => {
  const samples = await readSamples(args);
  if (E.isLeft(samples)) return samples;
  if (samples.right.tensors.length === 0) return E.left([problem(args.path, compareSays.noSamples(args.model.name))]);
  const posed = poseSamples(args.model, args.book, samples.right, args.baseline);
  if (E.isLeft(posed)) return posed;
  const masks = readMasks(args, samples.right);
  if (E.isLeft(masks)) return masks;
  const given = samples.right.tokens === undefined ? args.model : undefined;
  const subject =
    args.data === undefined ? E.right(posed.right.subject) : readData(posed.right.subject, args.data, given);
  return E.isLeft(subject) ? subject : decide({ ...posed.right, subject: subject.right }, masks.right);
};

import { batchAxis, joinBatches, type Model } from '@kirchhoff/explain';
import { fromNumbers, sizeOf, toNumbers, type Input, type Tensor, type TypedArray } from '@kirchhoff/graph';
import { each, explainSays, problem, type Result } from '@kirchhoff/message';
import type { TextReader, TextSpec } from '@kirchhoff/text';
import * as E from 'fp-ts/lib/Either.js';
import { refused } from './error.js';

/** Numbers row by row, in the shape that the input declares: one sample, or several one after another. */
export type Numbers = TypedArray | readonly number[];

/** Numbers in a shape of their own: that of one sample, or of a batch. */
export interface Shaped {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** A file (`kirchhoff/node`: a picture or a .npy array), a text where the model reads texts, numbers, or a tensor. */
export type Sample = string | Numbers | Shaped;

/** A sample, several as one batch, or either for each of a model's inputs by name. */
export type Given = Sample | readonly Sample[] | { readonly [input: string]: Sample | readonly Sample[] };

/** What is read from outside: files, and what texts are read by. */
export interface Surroundings {
  readonly readFile: (model: Model, input: Input, file: string) => Promise<Result<Tensor>>;
  readonly openReader: (input: Input, spec: TextSpec) => Promise<Result<TextReader>>;
}

const isList = (given: unknown): given is readonly (Sample | number)[] => Array.isArray(given);

const isNumbers = (given: Given): given is Numbers =>
  ArrayBuffer.isView(given) || (isList(given) && typeof given[0] === 'number');

const isShaped = (given: Given): given is Shaped =>
  typeof given === 'object' && 'shape' in given && 'data' in given && isList(given.shape);

const isSample = (given: Given): given is Sample => typeof given === 'string' || isNumbers(given) || isShaped(given);

const inType = ({ type }: Input, data: Numbers): TypedArray => {
  if (data instanceof BigInt64Array) return type === 'int64' ? data : fromNumbers(type, toNumbers(data));
  return data instanceof Float32Array && type === 'float32' ? data : fromNumbers(type, data);
};

/** Numbers in the declared shape; what of it is open is as long as they are. */
const shapeFor = (input: Input, axis: number, length: number): readonly number[] | undefined => {
  const open = input.shape.filter((dim, i) => typeof dim === 'string' && i !== axis);
  const fixed = input.shape.filter((dim): dim is number => typeof dim === 'number');
  const left = length / sizeOf(fixed);
  if (open.length > 1 || !Number.isSafeInteger(left) || (open.length === 0 && axis < 0 && left !== 1)) return undefined;
  return input.shape.map((dim, i) => {
    if (typeof dim === 'number') return dim;
    return open.length === 0 || i !== axis ? left : 1;
  });
};

const numbersOf = (model: Model, input: Input, given: Numbers | Shaped): Result<Tensor> => {
  const axis = batchAxis(model.typed.graph, input.shape);
  const data = isShaped(given) ? given.data : given;
  if (!isShaped(given)) {
    const shape = shapeFor(input, axis, data.length);
    return shape === undefined
      ? refused(input.name, explainSays.numbersForShape(data.length, input.name, input.shape))
      : E.right({ type: input.type, shape, data: inType(input, data) });
  }
  const alone = axis >= 0 && given.shape.length === input.shape.length - 1;
  const shape = alone ? given.shape.toSpliced(axis, 0, 1) : given.shape;
  return sizeOf(shape) === data.length
    ? E.right({ type: input.type, shape, data: inType(input, data) })
    : refused(input.name, explainSays.numbersForShape(data.length, input.name, shape));
};

const batchOf = async (
  model: Model,
  input: Input,
  given: Sample | readonly Sample[],
  { readFile }: Surroundings,
): Promise<Result<Tensor>> => {
  const samples: readonly Sample[] = isSample(given) ? [given] : given;
  const axis = batchAxis(model.typed.graph, input.shape);
  const read = each(
    await Promise.all(
      samples.map((one) => (typeof one === 'string' ? readFile(model, input, one) : numbersOf(model, input, one))),
    ),
  );
  if (E.isLeft(read)) return read;
  const [first, ...more] = read.right;
  if (first === undefined) return refused(input.name, explainSays.noSamples(input.name));
  if (more.length === 0) return E.right(first);
  if (axis < 0) return refused(input.name, explainSays.fixedBatch(input.name, input.shape, samples.length));
  const rest = ({ shape }: Tensor): string => shape.toSpliced(axis, 1).join();
  const odd = more.find((one) => rest(one) !== rest(first));
  return odd === undefined
    ? E.right(joinBatches([first, ...more], axis))
    : refused(input.name, explainSays.unequalBatch(first, odd, 'the first'));
};

/** The spec of the one input that reads texts, where a model has such. */
export const textSpecOf = ({ typed, document }: Model): readonly [Input, TextSpec] | undefined => {
  const [input, ...others] = typed.graph.inputs;
  const spec = input && document?.inputs[input.name];
  return spec !== undefined && others.length === 0 && 'text' in spec ? [input!, spec.text] : undefined;
};

/** The texts that are given, where all that is given is texts. */
export const textsIn = (given: Given): readonly string[] | undefined => {
  if (typeof given === 'string') return [given];
  if (!isList(given) || given.length === 0) return undefined;
  const many: readonly unknown[] = given;
  return many.every((one) => typeof one === 'string') ? many : undefined;
};

/** The files among what is given, wherever they stand. */
export const pathsIn = (given: Given): readonly string[] => {
  if (typeof given === 'string') return [given];
  if (isNumbers(given) || isShaped(given)) return [];
  const parts: readonly (Given | number)[] = isList(given) ? given : Object.values(given);
  return parts.flatMap((part) => (typeof part === 'number' ? [] : pathsIn(part)));
};

/** Names of samples, for captions and problems: a file's own name, else its number. */
export const namesIn = (given: Given, count: number): readonly string[] => {
  const texts = textsIn(given)?.map((file) => file.replace(/^.*[/\\]/, '').replace(/\.\w+$/, ''));
  return Array.from({ length: count }, (_, n) => (texts?.length === count ? texts[n]! : `sample ${n}`));
};

/** One tensor for each input of the model. */
export const readGiven = async (
  model: Model,
  given: Given,
  around: Surroundings,
): Promise<Result<Readonly<Record<string, Tensor>>>> => {
  const { inputs } = model.typed.graph;
  const known = inputs.map(({ name }) => name);
  const named = isSample(given) || isList(given) ? { [known[0] ?? '']: given } : given;
  const unknown = Object.keys(named).filter((name) => !known.includes(name));
  if (unknown.length > 0) return E.left(unknown.map((name) => problem(name, explainSays.unknownInput(name, known))));
  const read = await Promise.all(
    inputs.map(async (input) => {
      const one = named[input.name];
      const tensor =
        one === undefined
          ? refused(input.name, explainSays.missingInput(input.name, known))
          : await batchOf(model, input, one, around);
      return E.map((value: Tensor) => [input.name, value] as const)(tensor);
    }),
  );
  return E.map((entries: readonly (readonly [string, Tensor])[]) => Object.fromEntries(entries))(each(read));
};

import { allocate, sizeOf, type Input, type Tensor } from '@kirchhoff/graph';
import { explainSays, problem, type Problem } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import type { Model } from '../model.js';
import { readNpy } from '../npy.js';
import { readBytes } from './file.js';
import { readPicture } from './picture.js';

type Result<A> = E.Either<readonly Problem[], A>;

/** A file for one of the graph's inputs; the first input where no name is given. */
export interface InputFile {
  readonly name: string | undefined;
  readonly file: string;
}

/** The batch that some files make, and what to call its samples. */
export interface Batch {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly names: readonly string[];
}

const readOne = async (model: Model, input: Input, file: string): Promise<Result<Tensor>> => {
  if (file.endsWith('.npy')) {
    const bytes = readBytes(file);
    return E.isLeft(bytes) ? bytes : readNpy(bytes.right, file);
  }
  const spec = model.document?.inputs[input.name];
  if (spec === undefined) return E.left([problem(file, explainSays.noPreprocessing(input.name, model.name))]);
  return E.map(({ tensor }: { tensor: Tensor }) => tensor)(await readPicture(file, spec.image));
};

/** Several tensors as one batch, along the first axis. */
const joinBatch = (tensors: readonly Tensor[], files: readonly string[]): Result<Tensor> => {
  const [first] = tensors;
  const rest = first!.shape.slice(1);
  const odd = tensors.findIndex(({ shape, type }) => type !== first!.type || shape.slice(1).join() !== rest.join());
  if (odd >= 0) return E.left([problem(files[odd]!, explainSays.unequalBatch(first!, tensors[odd]!, files[0]!))]);
  const count = tensors.reduce((n, { shape }) => n + shape[0]!, 0);
  const shape = [count, ...rest];
  const data = allocate(first!.type, sizeOf(shape));
  let at = 0;
  for (const one of tensors) {
    (data as Float32Array).set(one.data as Float32Array, at);
    at += one.data.length;
  }
  return E.right({ type: first!.type, shape, data });
};

const baseName = (file: string): string =>
  file
    .split(/[/\\]/)
    .at(-1)!
    .replace(/\.[^.]*$/, '');

/** Reads the files given for each input of the graph, in the order given: several files form one batch. */
export const readInputs = async (model: Model, given: readonly InputFile[]): Promise<Result<Batch>> => {
  const declared = model.typed.graph.inputs;
  const problems: Problem[] = [];
  const inputs: Record<string, Tensor> = {};
  const known = declared.map(({ name }) => name);
  for (const { name, file } of given) {
    if (name !== undefined && !known.includes(name))
      problems.push(problem(file, explainSays.unknownInput(name, known)));
  }
  let names: string[] = [];
  for (const [i, input] of declared.entries()) {
    const files = given
      .filter(({ name }) => name === input.name || (name === undefined && i === 0))
      .map(({ file }) => file);
    if (files.length === 0) {
      problems.push(problem('--input', explainSays.missingInput(input.name, known)));
      continue;
    }
    const read = await Promise.all(files.map((file) => readOne(model, input, file)));
    const tensors = read.flatMap((one) => (E.isRight(one) ? [one.right] : []));
    problems.push(...read.flatMap((one) => (E.isLeft(one) ? one.left : [])));
    if (tensors.length < files.length) continue;
    const batch = tensors.length === 1 ? E.right(tensors[0]!) : joinBatch(tensors, files);
    if (E.isLeft(batch)) problems.push(...batch.left);
    else inputs[input.name] = batch.right;
    if (i === 0) {
      names = files.flatMap((file, k) => {
        const count = tensors[k]!.shape[0] ?? 1;
        return count === 1 ? [baseName(file)] : Array.from({ length: count }, (_, n) => `${baseName(file)}[${n}]`);
      });
    }
  }
  return problems.length > 0 ? E.left(problems) : E.right({ inputs, names });
};

import type { Graph, Input, Tensor } from '@kirchhoff/graph';
import {
  option,
  addProblems,
  cliSays,
  explainSays,
  problem,
  Refusal,
  textSays,
  type Problem,
  type Result,
} from '@kirchhoff/message';
import { checkInputs } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { batchAxis, joinBatches } from '../batch.js';
import { badValue } from '../bounds.js';
import { assumedPicture } from '../image.js';
import { masksOf, type Model } from '../model.js';
import { readNpy } from '../npy.js';
import type { Sizes } from '../sizes.js';
import { readBytes } from './file.js';
import { readPicture } from './picture.js';

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

/** One file as the tensor that an input takes: a .npy array, or a picture as the document says. */
export const readInput = async (model: Model, input: Input, file: string): Promise<Result<Tensor>> => {
  if (file === '') return E.left([problem(option('input'), cliSays.emptyArgument('a picture or a .npy file'))]);
  if (file.endsWith('.npy')) {
    const bytes = readBytes(file);
    return E.isLeft(bytes) ? bytes : readNpy(bytes.right, file);
  }
  const assumed = assumedPicture(model, input);
  const spec = model.document?.inputs[input.name] ?? (assumed && { image: assumed });
  if (spec === undefined) return E.left([problem(file, explainSays.noPreprocessing(input.name, model.name))]);
  if ('text' in spec) return E.left([problem(file, textSays.noTextFile(input.name))]);
  return E.map(({ tensor }: { tensor: Tensor }) => tensor)(await readPicture(file, spec.image));
};

/** A size other than that which a symbol of the model stands for, told by the symbol. */
const boundMisfit = ({ declared }: Model, { name, shape }: Input, { shape: found }: Tensor): string | undefined => {
  const symbols = declared.find((one) => one.name === name)?.shape ?? [];
  const bound = symbols.flatMap((dim, axis): readonly (readonly [string, number])[] => {
    const size = shape[axis];
    return typeof dim === 'string' && typeof size === 'number' ? [[dim, size]] : [];
  });
  const odd = shape.some(
    (dim, axis) => typeof symbols[axis] === 'string' && typeof dim === 'number' && dim !== found[axis],
  );
  return odd && found.length === shape.length ? explainSays.boundShape(name, found, symbols, bound) : undefined;
};

/** What is wrong with the tensor of one file, whichever files come with it. */
const checkFile = (model: Model, input: Input, file: string, tensor: Tensor): Result<Tensor> => {
  const said = badValue(input, tensor, () => masksOf(model));
  if (said !== undefined) return E.left([problem(file, said)]);
  const misfit = boundMisfit(model, input, tensor);
  if (misfit !== undefined) return E.left([problem(file, misfit)]);
  try {
    checkInputs([input], new Set(), { [input.name]: tensor });
  } catch (thrown) {
    if (thrown instanceof Refusal)
      return E.left(thrown.problems.map(({ message }) => problem(file, explainSays.misfit(message))));
    throw thrown;
  }
  return E.right(tensor);
};

/** Several tensors as one batch. */
const joinFiles = (
  graph: Graph,
  input: Input,
  tensors: readonly Tensor[],
  files: readonly string[],
): Result<Tensor> => {
  const axis = batchAxis(graph, input.shape);
  const [first, ...others] = tensors;
  if (axis < 0 && others.length > 0)
    return E.left([problem(option('input'), explainSays.fixedBatch(input.name, input.shape, files.length))]);
  const rest = ({ type, shape }: Tensor): string => [type, ...shape.toSpliced(axis, 1)].join();
  const odd = tensors.findIndex((one) => rest(one) !== rest(first!));
  if (odd >= 0) return E.left([problem(files[odd]!, explainSays.unequalBatch(first!, tensors[odd]!, files[0]!))]);
  const batch = others.length === 0 ? first! : joinBatches([first!, ...others], axis);
  return batch.shape[axis] === 0 ? E.left([problem(files[0]!, explainSays.noSamples(input.name))]) : E.right(batch);
};

/** What is stated of an axis that stays open, where the batch has another size. */
const otherSize = ({ shape }: Input, batch: Tensor, stated: Sizes): readonly Problem[] =>
  shape.flatMap((dim, axis) => {
    const size = typeof dim === 'string' ? stated.get(dim) : undefined;
    const found = batch.shape[axis]!;
    return size === undefined || size === found
      ? []
      : [problem('size', explainSays.otherSize(String(dim), size, found))];
  });

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
      const spec = model.document?.inputs[input.name];
      problems.push(
        spec !== undefined && 'text' in spec
          ? problem(option('text'), textSays.missingText(input.name))
          : problem(option('input'), explainSays.missingInput(input.name, known)),
      );
      continue;
    }
    const read = await Promise.all(
      files.map(async (file) =>
        E.chain((one: Tensor) => checkFile(model, input, file, one))(await readInput(model, input, file)),
      ),
    );
    const tensors = read.flatMap((one) => (E.isRight(one) ? [one.right] : []));
    addProblems(
      problems,
      read.flatMap((one) => (E.isLeft(one) ? one.left : [])),
    );
    if (tensors.length < files.length) continue;
    const batch = joinFiles(model.typed.graph, input, tensors, files);
    if (E.isLeft(batch)) addProblems(problems, batch.left);
    else {
      addProblems(problems, otherSize(input, batch.right, model.stated));
      inputs[input.name] = batch.right;
    }
    if (i === 0) {
      names = files.flatMap((file, k) => {
        const count = tensors[k]!.shape[batchAxis(model.typed.graph, input.shape)] ?? 1;
        return count === 1 ? [baseName(file)] : Array.from({ length: count }, (_, n) => `${baseName(file)}[${n}]`);
      });
    }
  }
  return problems.length > 0 ? E.left(problems) : E.right({ inputs, names });
};

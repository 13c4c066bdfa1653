import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readBytes } from '@kirchhoff/explain/node';
import type { Tensor } from '@kirchhoff/graph';
import { all, each, cliSays, problem, type Result } from '@kirchhoff/message';
import { decodeOnnxTensor, surveyOnnx, type Survey } from '@kirchhoff/onnx';
import * as E from 'fp-ts/lib/Either.js';

type Values = Readonly<Record<string, Tensor>>;

/** One set of inputs of a test case, and the outputs that belong to them, by the model's names. */
export interface DataSet {
  readonly name: string;
  readonly inputs: Values;
  readonly outputs: Values;
}

/** A test case in the layout of ONNX's own: `model.onnx` beside `test_data_set_N/{input,output}_I.pb`. */
export interface Case {
  readonly name: string;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly survey: Survey;
}

/** Folders at or below `folder` that hold a model.onnx, in order. */
export const caseFolders = (folder: string): readonly string[] => {
  if (existsSync(join(folder, 'model.onnx'))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => caseFolders(join(folder, name)));
};

/** Opens the case in `folder`, named by its path below `root`. */
export const openCase = (root: string, folder: string): Result<Case> => {
  const path = join(folder, 'model.onnx');
  const bytes = readBytes(path);
  if (E.isLeft(bytes)) return bytes;
  const survey = surveyOnnx(bytes.right);
  if (survey === undefined) return E.left([problem(path, cliSays.noCaseModel())]);
  return E.right({ name: relative(root, folder) || folder, path, bytes: bytes.right, survey });
};

const readTensors = (folder: string, kind: 'input' | 'output', names: readonly string[]): Result<Values> => {
  const tensors = names
    .map((name, i) => ({ name, path: join(folder, `${kind}_${i}.pb`) }))
    .filter(({ path }) => existsSync(path))
    .map(({ name, path }) =>
      E.map(({ tensor }: { readonly tensor: Tensor }) => [name, tensor] as const)(
        E.chain((bytes: Uint8Array) => decodeOnnxTensor(bytes, path))(readBytes(path)),
      ),
    );
  return E.map((named: readonly (readonly [string, Tensor])[]) => Object.fromEntries(named))(each(tensors));
};

/** The data sets of a case. Tensors belong to the model's inputs and outputs by their order, as ONNX's own runner has it. */
export const dataSets = ({ path, survey }: Case): Result<readonly DataSet[]> => {
  const folder = join(path, '..');
  const names = readdirSync(folder)
    .filter((name) => name.startsWith('test_data_set_'))
    .sort();
  if (names.length === 0) return E.left([problem(folder, cliSays.noDataSets())]);
  return each(
    names.map((name) =>
      all({
        name: E.right(name),
        inputs: readTensors(join(folder, name), 'input', survey.inputs),
        outputs: readTensors(join(folder, name), 'output', survey.outputs),
      }),
    ),
  );
};

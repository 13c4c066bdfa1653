import type { Input } from '@kirchhoff/graph';
import * as E from 'fp-ts/lib/Either.js';
import { shapeOfPicture, type ModelDocument } from '../model-document.js';
import { readNpy } from '../npy.js';
import type { Shapes } from '../sizes.js';
import { readBytes } from './file.js';
import type { InputFile } from './inputs.js';

const shapeIn = (
  file: string,
  input: Pick<Input, 'name'>,
  document: ModelDocument | undefined,
): readonly number[] | undefined => {
  const spec = document?.inputs[input.name];
  if (!file.endsWith('.npy')) return spec !== undefined && 'image' in spec ? shapeOfPicture(spec.image) : undefined;
  const bytes = readBytes(file);
  const read = E.isLeft(bytes) ? bytes : readNpy(bytes.right, file);
  return E.isLeft(read) ? undefined : read.right.shape;
};

/** The shapes that the first file of each input will have, as far as they can be told before a model is open. */
export const shapesOfFiles = (
  inputs: readonly Pick<Input, 'name'>[],
  files: readonly InputFile[],
  document: ModelDocument | undefined,
): Shapes =>
  Object.fromEntries(
    inputs.map((input, i) => {
      const given = files.find(({ name }) => name === input.name || (name === undefined && i === 0));
      return [input.name, given && shapeIn(given.file, input, document)];
    }),
  );

import { basename } from 'node:path';
import { explainSays, problem, type Result } from '@kirchhoff/message';
import { readOnnx, type OnnxModel, type OpenExternal, type ReadOptions } from '@kirchhoff/onnx';
import { computeOnnx } from '@kirchhoff/runtime';
import * as E from 'fp-ts/lib/Either.js';
import { largestFile, openBytes, readBytes } from './file.js';
import { openNamed } from './inside.js';

/** An ONNX file, read. Its large tensors still lie in it or in the files beside it. */
export interface OnnxFile extends OnnxModel {
  readonly name: string;
}

/** External data of an ONNX model: only files in the model's own folder or below it, or where a link to it leads. */
const openExternalBeside =
  (place: string): OpenExternal =>
  (location, offset, length) => {
    const named = openNamed(place, location);
    if (E.isLeft(named)) return named;
    const { path, folder, name, source } = named.right;
    const { size, read } = source;
    const wanted = length ?? size - offset;
    if (!(offset >= 0) || !(wanted >= 0) || !(offset + wanted <= size)) {
      return E.left([problem(path, explainSays.externalTruncated(offset + wanted, size))]);
    }
    return E.right({
      length: wanted,
      read: () => read(offset, wanted),
      file: { folder, name, offset, length: wanted },
    });
  };

/**
 * Opens an ONNX file and the external data beside it. What depends on no input is computed by onnxruntime.
 * @param offer sizes of what will be given for its inputs, taken where it cannot be read with its sizes open
 */
export const openOnnxFile = async (path: string, offer?: ReadOptions['offer']): Promise<Result<OnnxFile>> => {
  const source = openBytes(path);
  if (E.isRight(source) && source.right.size > largestFile)
    return E.left([problem(path, explainSays.onnxTooLarge(source.right.size))]);
  const bytes = readBytes(path);
  if (E.isLeft(bytes)) return bytes;
  const external = openExternalBeside(path);
  const model = await readOnnx(bytes.right, { place: path, external, evaluate: computeOnnx, offer });
  return E.isLeft(model) ? model : E.right({ name: basename(path), ...model.right });
};

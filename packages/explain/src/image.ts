import type { Input, Tensor } from '@kirchhoff/graph';
import { explainSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { channelCount, shapeOfPicture, type ImageSpec } from './model-document.js';
import type { Model } from './model.js';

/** Pixels row by row from the top, each 1 (grey), 3 (red, green, blue) or 4 (and alpha, not premultiplied) bytes. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** The luma of ITU-R BT.601; exactly the value itself where all three are equal. */
const grey = (r: number, g: number, b: number): number => (299 * r + 587 * g + 114 * b) / 1000;

/**
 * A picture as a float32 tensor of a batch of one, as the model's document says: grey by BT.601's luma,
 * `(value · scale − mean) / std`, channels first or last. What is transparent is seen before black.
 * The raster must have the size that the model takes.
 * @param place the picture's name, for problems
 */
export const pixelsToTensor = (raster: Raster, spec: ImageSpec, place = ''): Result<Tensor> => {
  const { width, height, channels, data } = raster;
  const [rows, columns] = spec.size;
  const pixels = width * height;
  if (width !== columns || height !== rows)
    return E.left([problem(place, explainSays.rasterSize(width, height, spec.size))]);
  if (data.length !== pixels * channels) {
    return E.left([problem(place, explainSays.rasterLength(data.length, pixels * channels))]);
  }
  const count = channelCount[spec.channels];
  const out = new Float32Array(pixels * count);
  const at = (i: number, c: number): number => data[i * channels + (channels === 1 ? 0 : c)] ?? 0;
  for (let i = 0; i < pixels; i++) {
    const cover = channels === 4 ? at(i, 3) / 255 : 1;
    for (let c = 0; c < count; c++) {
      const value = cover * (count === 1 ? grey(at(i, 0), at(i, 1), at(i, 2)) : at(i, c));
      const place = spec.layout === 'NCHW' ? c * pixels + i : i * count + c;
      out[place] = (value * spec.scale - (spec.mean[c] ?? 0)) / (spec.std[c] ?? 1);
    }
  }
  return E.right({ type: 'float32', shape: shapeOfPicture(spec), data: out });
};

/** How a picture is read where the shape of an input is that of one, and nothing else is known: grey or red, green, blue, 0 … 1. */
const pictureOf = ({ type, shape }: Input): ImageSpec | undefined => {
  const [, a, b, c] = shape;
  if (!type.startsWith('float') || shape.length !== 4) return undefined;
  const isChannels = (dim: unknown): dim is 1 | 3 => dim === 1 || dim === 3;
  const layout = isChannels(a) ? 'NCHW' : 'NHWC';
  const [count, height, width] = layout === 'NCHW' ? [a, b, c] : [c, a, b];
  if (!isChannels(count) || typeof height !== 'number' || typeof width !== 'number' || Math.min(height, width) < 2)
    return undefined;
  const [mean, std] = [0, 1].map((value) => Array<number>(count).fill(value)) as [number[], number[]];
  return { channels: count === 1 ? 'grey' : 'rgb', size: [height, width], scale: 1 / 255, mean, std, layout };
};

/** How pictures become an input of a model that no document describes, as far as its shape tells. */
export const assumedPicture = ({ document }: Model, input: Input): ImageSpec | undefined =>
  document === undefined ? pictureOf(input) : undefined;

/** What is to be said wherever pictures are read as nobody stated. @param files those that were given */
export const assumptions = (model: Model, files: readonly string[]): readonly string[] =>
  files.every((file) => file.endsWith('.npy'))
    ? []
    : model.typed.graph.inputs.flatMap((input) => {
        const spec = assumedPicture(model, input);
        return spec === undefined ? [] : [explainSays.assumedPicture(model.name, input.name, spec)];
      });

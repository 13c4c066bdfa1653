import type { Tensor } from '@kirchhoff/graph';
import { explainSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import { channelCount, shapeOfPicture, type ImageSpec } from './model-document.js';

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

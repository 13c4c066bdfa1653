import type { Tensor } from '@kirchhoff/graph';
import { explainSays, problem, type Result } from '@kirchhoff/message';
import * as E from 'fp-ts/lib/Either.js';
import sharp from 'sharp';
import { pixelsToTensor, type Raster } from '../image.js';
import type { ImageSpec } from '../model-document.js';
import { readBytes } from './file.js';

/** A picture as the model sees it. */
export interface Picture {
  /** Red, green, blue, alpha; of the size that the model takes. */
  readonly raster: Raster;
  /** A batch of one. */
  readonly tensor: Tensor;
  /** Height and width of the file's picture, upright. */
  readonly original: readonly [number, number];
}

const readable: readonly string[] = ['png', 'jpeg', 'webp', 'gif', 'tiff', 'heif', 'avif'];

/** sharp's own limit: 16,383 by 16,383. */
const mostPixels = 0x3fff ** 2;

const decodePicture = async (
  bytes: Uint8Array,
  path: string,
  [height, width]: readonly [number, number],
): Promise<Result<Omit<Picture, 'tensor'>>> => {
  if (bytes.length === 0) return E.left([problem(path, explainSays.noPicture())]);
  const known = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  if (known === undefined || !readable.includes(known.format)) return E.left([problem(path, explainSays.noPicture())]);
  if (known.width * known.height > mostPixels)
    return E.left([problem(path, explainSays.pictureTooLarge(known.height, known.width, mostPixels))]);
  const picture = sharp(bytes, { failOn: 'error', limitInputPixels: mostPixels });
  const { autoOrient } = known;
  const same = autoOrient.width === width && autoOrient.height === height;
  const upright = picture.autoOrient();
  const sized = same ? upright : upright.resize({ width, height, fit: 'fill' });
  try {
    const { data, info } = await sized
      .toColourspace('srgb')
      .ensureAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const raster: Raster = { width: info.width, height: info.height, channels: 4, data };
    return E.right({ raster, original: [autoOrient.height, autoOrient.width] });
  } catch (thrown) {
    return E.left([
      problem(path, explainSays.brokenPicture(thrown instanceof Error ? thrown.message.trim() : String(thrown))),
    ]);
  }
};

/**
 * Reads a picture (PNG, JPEG, WebP, GIF, TIFF, AVIF) as the model's document says. One of another size is resized to
 * the model's, its proportions not kept; turned as its EXIF orientation says; of an animation the first frame.
 */
export const readPicture = async (path: string, spec: ImageSpec): Promise<Result<Picture>> => {
  const bytes = readBytes(path);
  if (E.isLeft(bytes)) return bytes;
  const decoded = await decodePicture(bytes.right, path, spec.size);
  if (E.isLeft(decoded)) return decoded;
  const tensor = pixelsToTensor(decoded.right.raster, spec, path);
  return E.isLeft(tensor) ? tensor : E.right({ ...decoded.right, tensor: tensor.right });
};

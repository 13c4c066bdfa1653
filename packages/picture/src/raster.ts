import { pictureSays, refuse } from '@kirchhoff/message';
import { encode } from 'fast-png';
import { colourOf } from './scale.js';

/** How the axes of three-dimensional pixel data are ordered. */
export type PixelLayout = 'chw' | 'hwc';

/** Pixel values of one sample: `[H, W]`, or `[C, H, W]` (`[H, W, C]` with `layout: 'hwc'`); leading axes of 1 are dropped. */
export interface Pixels {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** Default `'chw'`. */
  readonly layout?: PixelLayout;
}

/** The values that print black and white (or no and full colour), one number or one per channel. */
export interface Bounds {
  readonly low: number | readonly number[];
  readonly high: number | readonly number[];
}

/** Red, green, blue, row by row, 8 bits each. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Pixel data with its axes told apart: the value of channel c at (x, y) is `data[c*channelStep + (y*width + x)*pixelStep]`. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly channelStep: number;
  readonly pixelStep: number;
  readonly data: ArrayLike<number>;
}

/** Tells the axes of pixel data apart. Throws `Refusal` where the shape is no picture's or does not fit the data. */
export const planeOf = ({ shape, data, layout = 'chw' }: Pixels): Plane => {
  let dims = [...shape];
  while (dims.length > 3 && dims[0] === 1) dims = dims.slice(1);
  if (dims.length === 2) dims = layout === 'chw' ? [1, ...dims] : [...dims, 1];
  const [first = 0, second = 0, third = 0] = dims;
  if (dims.length !== 3 || !dims.every((d) => Number.isInteger(d) && d > 0)) {
    refuse('', pictureSays.badPictureShape(shape));
  }
  if (first * second * third !== data.length) refuse('', pictureSays.badLength(shape, data.length));
  return layout === 'chw'
    ? { width: third, height: second, channels: first, channelStep: second * third, pixelStep: 1, data }
    : { width: second, height: first, channels: third, channelStep: 1, pixelStep: third, data };
};

const valueAt = (plane: Plane, channel: number, pixel: number): number => {
  const value = plane.data[channel * plane.channelStep + pixel * plane.pixelStep] ?? Number.NaN;
  if (!Number.isFinite(value)) refuse('', pictureSays.notFinite(value));
  return value;
};

const spread = (plane: Plane): Bounds => {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < plane.data.length; i++) {
    const value = plane.data[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
};

const perChannel = (name: string, bound: number | readonly number[], channels: number): readonly number[] => {
  const bounds = typeof bound === 'number' ? Array.from({ length: channels }, () => bound) : bound;
  if (bounds.length !== channels) refuse('', pictureSays.badBounds(name, bounds.length, channels));
  return bounds;
};

/**
 * An input as it looks: grey for one channel, colour for three. `bounds` say which values print black and white (swapped,
 * they print the negative; an input's declared `range` fits); without them the smallest and the largest value do.
 * Where the two are equal everything prints middle grey.
 */
export const inputRaster = (pixels: Pixels, bounds?: Bounds): Raster => {
  const plane = planeOf(pixels);
  const { width, height, channels } = plane;
  if (channels !== 1 && channels !== 3) refuse('', pictureSays.badChannels(channels));
  const { low, high } = bounds ?? spread(plane);
  const lows = perChannel('low', low, channels);
  const highs = perChannel('high', high, channels);
  const data = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let c = 0; c < 3; c++) {
      const channel = channels === 1 ? 0 : c;
      const [from, to] = [lows[channel] ?? 0, highs[channel] ?? 1];
      const value = valueAt(plane, channel, pixel);
      const part = from === to ? 0.5 : (value - from) / (to - from);
      data[3 * pixel + c] = Math.round(255 * Math.min(1, Math.max(0, part)));
    }
  }
  return { width, height, data };
};

/** The relevance of each pixel, row by row: its channels summed. */
export const pixelRelevance = (pixels: Pixels): Float64Array => {
  const plane = planeOf(pixels);
  const out = new Float64Array(plane.width * plane.height);
  for (let pixel = 0; pixel < out.length; pixel++) {
    let sum = 0;
    for (let c = 0; c < plane.channels; c++) sum += valueAt(plane, c, pixel);
    out[pixel] = sum;
  }
  return out;
};

/** Relevance in the colours of `colourOf`, channels summed. */
export const heatRaster = (pixels: Pixels, limit: number): Raster => {
  const { width, height } = planeOf(pixels);
  const relevance = pixelRelevance(pixels);
  const data = new Uint8Array(3 * width * height);
  for (let pixel = 0; pixel < relevance.length; pixel++) data.set(colourOf(relevance[pixel] ?? 0, limit), 3 * pixel);
  return { width, height, data };
};

/** Each pixel as a square of `factor` × `factor` pixels: what the network saw, not a smoothed picture of it. */
export const upscale = (raster: Raster, factor: number): Raster => {
  if (!Number.isInteger(factor) || factor < 1) refuse('', pictureSays.badFactor(factor));
  if (factor === 1) return raster;
  const [width, height] = [raster.width * factor, raster.height * factor];
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (Math.floor(y / factor) * raster.width + Math.floor(x / factor));
      data.set(raster.data.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { width, height, data };
};

/** The raster as the bytes of a PNG file. */
export const pngBytes = ({ width, height, data }: Raster): Uint8Array =>
  encode({ width, height, data, channels: 3, depth: 8 }, { zlib: { level: 9 } });

/** The raster as a PNG inside a `data:` address. */
export const pngDataUri = (raster: Raster): string => {
  const bytes = pngBytes(raster);
  let binary = '';
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return `data:image/png;base64,${btoa(binary)}`;
};

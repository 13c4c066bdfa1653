import { pictureSays, refuse } from '@kirchhoff/message';
import { planeOf, type Pixels, type Raster } from './raster.js';

/** How strongly an outline runs through each pixel, from 0 to 1, row by row. */
export interface Outline {
  readonly width: number;
  readonly height: number;
  readonly strength: Float32Array;
}

interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

const at = ({ width, height, data }: Grey, x: number, y: number): number =>
  data[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;

const greyOf = (pixels: Pixels): Grey => {
  const { width, height, channels, channelStep, pixelStep, data } = planeOf(pixels);
  const out = new Float32Array(width * height);
  for (let pixel = 0; pixel < out.length; pixel++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[c * channelStep + pixel * pixelStep] ?? 0;
    out[pixel] = sum / channels;
  }
  return { width, height, data: out };
};

/** Bilinear enlargement with pixel centres aligned. */
const enlarge = (grey: Grey, factor: number): Grey => {
  const [width, height] = [grey.width * factor, grey.height * factor];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = (y + 0.5) / factor - 0.5;
    const [top, down] = [Math.floor(v), v - Math.floor(v)];
    for (let x = 0; x < width; x++) {
      const u = (x + 0.5) / factor - 0.5;
      const [left, right] = [Math.floor(u), u - Math.floor(u)];
      data[y * width + x] =
        (1 - down) * ((1 - right) * at(grey, left, top) + right * at(grey, left + 1, top)) +
        down * ((1 - right) * at(grey, left, top + 1) + right * at(grey, left + 1, top + 1));
    }
  }
  return { width, height, data };
};

/** A moving mean of `2*radius + 1` pixels along one axis. */
const blur = (grey: Grey, radius: number, dx: number, dy: number): Grey => {
  const data = new Float32Array(grey.data.length);
  for (let y = 0; y < grey.height; y++) {
    for (let x = 0; x < grey.width; x++) {
      let sum = 0;
      for (let k = -radius; k <= radius; k++) sum += at(grey, x + k * dx, y + k * dy);
      data[y * grey.width + x] = sum / (2 * radius + 1);
    }
  }
  return { ...grey, data };
};

/**
 * The edges of an input, thin: the picture is enlarged smoothly by `factor` and blurred, and of its brightness gradient
 * only the ridges are kept (the first three steps of Canny 1986). The strongest edge has strength 1; a picture without
 * edges has none.
 */
export const outlineOf = (pixels: Pixels, factor: number): Outline => {
  if (!Number.isInteger(factor) || factor < 1) refuse('', pictureSays.badFactor(factor));
  const radius = Math.max(1, Math.floor(factor / 2));
  let grey = enlarge(greyOf(pixels), factor);
  for (let i = 0; i < 2; i++) grey = blur(blur(grey, radius, 1, 0), radius, 0, 1);
  const { width, height } = grey;
  const slope: Grey = { width, height, data: new Float32Array(width * height) };
  let steepest = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const steepness = Math.hypot(at(grey, x + 1, y) - at(grey, x - 1, y), at(grey, x, y + 1) - at(grey, x, y - 1));
      slope.data[y * width + x] = steepness;
      if (steepness > steepest) steepest = steepness;
    }
  }
  const strength = new Float32Array(width * height);
  if (steepest === 0) return { width, height, strength };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const here = at(slope, x, y);
      const gx = at(grey, x + 1, y) - at(grey, x - 1, y);
      const gy = at(grey, x, y + 1) - at(grey, x, y - 1);
      const size = Math.hypot(gx, gy) || 1;
      const [sx, sy] = [Math.round(gx / size), Math.round(gy / size)];
      const ridge = here > at(slope, x - sx, y - sy) && here >= at(slope, x + sx, y + sy);
      if (ridge) strength[y * width + x] = here / steepest;
    }
  }
  return { width, height, strength };
};

/** The raster with an outline over it in a faint grey (`darkness`: how much light the strongest edge takes). */
export const withOutline = (raster: Raster, outline: Outline, darkness = 0.55): Raster => {
  if (raster.width !== outline.width || raster.height !== outline.height) {
    refuse('', pictureSays.outlineSize(`${outline.width} × ${outline.height}`, `${raster.width} × ${raster.height}`));
  }
  const data = Uint8Array.from(raster.data, (value, i) =>
    Math.round(value * (1 - darkness * (outline.strength[Math.floor(i / 3)] ?? 0))),
  );
  return { ...raster, data };
};

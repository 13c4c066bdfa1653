import { printProblems } from '@kirchhoff/message';
import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, test } from 'vitest';
import { pixelsToTensor, type Raster } from '../src/image.js';
import type { ImageSpec } from '../src/model-document.js';

const spec = (changes: Partial<ImageSpec> = {}): ImageSpec => ({
  channels: 'rgb',
  size: [1, 2],
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  layout: 'NCHW',
  ...changes,
});
const greySpec = spec({ channels: 'grey', mean: [0], std: [1] });
const raster = (channels: 1 | 3 | 4, ...data: readonly number[]): Raster => ({
  width: 2,
  height: 1,
  channels,
  data: Uint8Array.from(data),
});
const values = (pixels: Raster, how: ImageSpec): readonly number[] => {
  const result = pixelsToTensor(pixels, how, 'p.png');
  if (E.isLeft(result)) throw new Error(printProblems(result.left));
  return [...(result.right.data as Float32Array)];
};

describe('pixelsToTensor', () => {
  const two = raster(3, 10, 20, 30, 40, 50, 60);

  test('channels first or last', () => {
    expect(values(two, spec())).toEqual([10, 40, 20, 50, 30, 60]);
    expect(values(two, spec({ layout: 'NHWC' }))).toEqual([10, 20, 30, 40, 50, 60]);
    const shaped = pixelsToTensor(two, spec());
    expect(E.isRight(shaped) && shaped.right.shape).toEqual([1, 3, 1, 2]);
    const last = pixelsToTensor(two, spec({ layout: 'NHWC' }));
    expect(E.isRight(last) && last.right.shape).toEqual([1, 1, 2, 3]);
  });

  test('scale, then mean and standard deviation of each channel', () => {
    expect(values(two, spec({ scale: 0.5, mean: [1, 2, 3], std: [1, 2, 4] }))).toEqual([4, 19, 4, 11.5, 3, 6.75]);
  });

  test('grey of colours is the luma of BT.601, colours of grey are equal', () => {
    expect(values(raster(3, 255, 0, 0, 0, 0, 255), greySpec)).toEqual([76.245, 29.07].map(Math.fround));
    expect(values(raster(1, 7, 9), spec())).toEqual([7, 9, 7, 9, 7, 9]);
  });

  test('a grey picture keeps its values exactly, however it is stored', () => {
    fc.assert(
      fc.property(fc.nat(255), fc.nat(255), (a, b) => {
        expect(values(raster(1, a, b), greySpec)).toEqual([a, b]);
        expect(values(raster(3, a, a, a, b, b, b), greySpec)).toEqual([a, b]);
        expect(values(raster(4, a, a, a, 255, b, b, b, 255), greySpec)).toEqual([a, b]);
      }),
      { seed: 42 },
    );
  });

  test('what is transparent is seen before black', () => {
    expect(values(raster(4, 100, 100, 100, 0, 100, 100, 100, 51), greySpec)).toEqual([0, 20]);
  });

  test('another size or a raster of the wrong length is refused', () => {
    const wrong = pixelsToTensor(two, spec({ size: [2, 1] }), 'p.png');
    expect(E.isLeft(wrong) && printProblems(wrong.left)).toBe(
      'p.png: the picture is 1 high and 2 wide, the model takes 2 by 1; resize it',
    );
    const short = pixelsToTensor(raster(3, 1, 2, 3), spec(), 'p.png');
    expect(E.isLeft(short) && printProblems(short.left)).toBe(
      'p.png: the raster holds 3 bytes where width × height × channels needs 6',
    );
  });
});

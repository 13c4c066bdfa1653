import { decode } from 'fast-png';
import { expect, test } from 'vitest';
import {
  colourOf,
  heatRaster,
  inputRaster,
  outlineOf,
  pngBytes,
  pngDataUri,
  upscale,
  withOutline,
} from '../src/index.js';

const red = { shape: [3, 1, 2], data: [1, 0.5, 0, 0.5, 0, 0.5] };

test('an input prints grey from one channel and colour from three, whichever way its axes run', () => {
  expect([...inputRaster({ shape: [1, 2], data: [0, 4] }).data]).toEqual([0, 0, 0, 255, 255, 255]);
  const chw = inputRaster(red, { low: 0, high: 1 });
  const hwc = inputRaster({ shape: [1, 2, 3], data: [1, 0, 0, 0.5, 0.5, 0.5], layout: 'hwc' }, { low: 0, high: 1 });
  expect([...chw.data]).toEqual([255, 0, 0, 128, 128, 128]);
  expect(hwc).toEqual(chw);
  expect(inputRaster({ ...red, shape: [1, 3, 1, 2] }, { low: 0, high: 1 })).toEqual(chw);
});

test('bounds may differ by channel, print a negative, and cut off what lies beyond', () => {
  expect([...inputRaster(red, { low: [0, 0, 0], high: [2, 1, 1] }).data]).toEqual([128, 0, 0, 64, 128, 128]);
  expect([...inputRaster({ shape: [1, 3], data: [-1, 1, 2] }, { low: 1, high: 0 }).data]).toEqual([
    255, 255, 255, 0, 0, 0, 0, 0, 0,
  ]);
  expect([...inputRaster({ shape: [1, 1], data: [7] }).data]).toEqual([128, 128, 128]);
});

test('relevance is summed over channels and coloured', () => {
  const raster = heatRaster({ shape: [2, 1, 2], data: [1, -2, 1, 2] }, 2);
  expect([...raster.data]).toEqual([...colourOf(2, 2), ...colourOf(0, 2)]);
});

test('upscaling repeats pixels', () => {
  const raster = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  expect([...upscale(raster, 2).data]).toEqual([
    1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6, 1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6,
  ]);
  expect(() => upscale(raster, 1.5)).toThrow('the factor is 1.5');
});

test('a PNG holds exactly the pixels of its raster', () => {
  const raster = upscale(heatRaster({ shape: [2, 2], data: [1, -1, 0, 0.5] }, 1), 3);
  const png = decode(pngBytes(raster));
  expect([png.width, png.height, png.channels]).toEqual([6, 6, 3]);
  expect([...png.data]).toEqual([...raster.data]);
  const address = pngDataUri(raster);
  expect(Uint8Array.from(atob(address.split(',')[1] ?? ''), (c) => c.charCodeAt(0))).toEqual(pngBytes(raster));
});

test('shapes that are no picture are refused by name', () => {
  expect(() => inputRaster({ shape: [2, 1, 2, 2], data: new Float32Array(8) })).toThrow(
    'shape [2,1,2,2] is no picture; give [H, W], [C, H, W] (or [H, W, C] with layout "hwc"), one sample at a time',
  );
  expect(() => heatRaster({ shape: [2, 3], data: [1] }, 1)).toThrow('shape [2,3] needs 6 values, found 1');
  expect(() => inputRaster({ shape: [2, 1, 1], data: [1, 2] })).toThrow('2 channels cannot be shown');
  expect(() => inputRaster(red, { low: [0, 0], high: 1 })).toThrow('"low" holds 2 bounds for 3 channels');
  expect(() => inputRaster({ shape: [1, 2], data: [1, Number.NaN] })).toThrow('the value NaN has no colour');
});

test('an outline follows the edge of the input and nothing else', () => {
  const square = Float32Array.from({ length: 100 }, (_, i) => (i % 10 >= 5 ? 1 : 0));
  const outline = outlineOf({ shape: [10, 10], data: square }, 4);
  const columns = new Set([...outline.strength].flatMap((s, i) => (s > 0.5 ? [i % 40] : [])));
  expect(columns.size).toBeGreaterThan(0);
  for (const column of columns) expect(Math.abs(column - 19.5)).toBeLessThan(2);
  expect(outlineOf({ shape: [3, 3], data: new Float32Array(9) }, 2).strength.every((s) => s === 0)).toBe(true);
});

test('an outline darkens a map and must fit it', () => {
  const raster = { width: 2, height: 1, data: Uint8Array.of(200, 100, 50, 200, 100, 50) };
  const outline = { width: 2, height: 1, strength: Float32Array.of(0, 1) };
  expect([...withOutline(raster, outline, 0.5).data]).toEqual([200, 100, 50, 100, 50, 25]);
  expect(() => withOutline(raster, { ...outline, width: 1 })).toThrow('the outline is 1 × 1, the map 2 × 1');
});
